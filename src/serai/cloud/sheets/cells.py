"""Cells become values: what a person or a spreadsheet has written, read strictly."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, get_args
from zoneinfo import available_timezones

from msgspec import Struct

from serai.cloud.organisation import MOST_ALONE_MINOR, Segment
from serai.cloud.sheets.faults import Faults
from serai.cloud.sheets.lines import COLUMNS, COLUMNS_OF, KINDS, Kind, Line
from serai.core import CURRENCY_SCALES, is_plain

LONGEST_TEXT = 200
MOST_PEOPLE = 100_000_000
_CODE = re.compile(r"[\w.:/-]{1,60}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,20})?")
_YES = frozenset({"yes", "true", "1", "是"})
_NO = frozenset({"no", "false", "0", "否"})
_SEGMENTS = get_args(Segment)
_MAY_BE_EMPTY = frozenset({"since", "refunds_alone_minor", "refunds_day_minor"})


class Formula(Struct, frozen=True):
    """A cell that a spreadsheet would work out."""

    text: str


Cell = str | int | float | bool | date | Formula | None


class BadCell(Exception):
    """A cell that cannot be read: the fault's name, and what was found."""

    def __init__(self, name: str, value: object = "") -> None:
        super().__init__(name)
        self.name = name
        self.value = value


def read_line(row: int, cells: Mapping[str, Cell], faults: Faults) -> Line | None:
    """The line that cells by column make; None, and every fault noted, when they make none."""
    before = faults.count
    kind = _kind(row, cells.get("kind"), faults)
    if kind is None:
        return None
    own = COLUMNS_OF[kind]
    values: dict[str, Any] = {}
    for column in COLUMNS[1:]:
        try:
            text = plain_text(cells.get(column))
            if column not in own:
                if text:
                    raise BadCell("not_for_kind")
                continue
            if text or column not in _MAY_BE_EMPTY:
                values[column] = _READERS[column](text)
        except BadCell as bad:
            faults.add(row, column, bad.name, bad.value)
    return Line(kind=kind, row=row, **values) if faults.count == before else None


def _kind(row: int, cell: Cell, faults: Faults) -> Kind | None:
    try:
        text = plain_text(cell)
    except BadCell as bad:
        faults.add(row, "kind", bad.name, bad.value)
        return None
    for kind in KINDS:
        if text == kind:
            return kind
    faults.add(row, "kind", "kind_unknown" if text else "missing", text)
    return None


def plain_text(cell: Cell) -> str:
    """A cell as text, stripped; raises `BadCell` for what cannot stand in any cell."""
    match cell:
        case None:
            return ""
        case str():
            text = cell.strip()
        case Formula():
            raise BadCell("formula", cell.text)
        case bool():
            return "yes" if cell else "no"
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case float():
            return number_text(cell)
        case int():
            return str(cell)
    if len(text) > LONGEST_TEXT:
        raise BadCell("too_long", len(text))
    if not is_plain(text):
        raise BadCell("not_plain")
    if "<" in text or ">" in text:
        raise BadCell("markup", text)
    return text


def number_text(number: float) -> str:
    """A number in digits that read back as the same number; whole ones without a point."""
    if not math.isfinite(number):
        return repr(number)
    return str(int(number)) if number.is_integer() else format(Decimal(repr(number)), "f")


def _read_code(text: str) -> str:
    if not _CODE.fullmatch(text):
        raise BadCell("not_a_code" if text else "missing", text)
    return text


def _read_name(text: str) -> str:
    if not text:
        raise BadCell("missing")
    return text


def _read_segment(text: str) -> str:
    if text not in _SEGMENTS:
        raise BadCell("segment_unknown" if text else "missing", text)
    return text


def _read_currency(text: str) -> str:
    if text not in CURRENCY_SCALES:
        raise BadCell("not_a_currency" if text else "missing", text)
    return text


def _read_country(text: str) -> str:
    if not re.fullmatch("[A-Z]{2}", text):
        raise BadCell("not_a_country" if text else "missing", text)
    return text


def _read_own(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise BadCell("not_yes_or_no" if text else "missing", text)


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadCell("not_a_number" if text else "missing", text)
    return float(text)


def _within(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = _number(text)
        if not math.isfinite(number) or not least <= number <= most:
            raise BadCell("out_of_range", text)
        return number

    return read


def _whole_within(least: int, most: int) -> Callable[[str], int]:
    within = _within(least, most)

    def read(text: str) -> int:
        number = within(text)
        if not number.is_integer():
            raise BadCell("out_of_range", text)
        return int(number)

    return read


def _read_timezone(text: str) -> str:
    if text not in _timezones():
        raise BadCell("timezone_unknown" if text else "missing", text)
    return text


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _read_since(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadCell("not_a_date", text) from None
    if len(text) != len("2026-12-31") or not 1970 <= day.year < 2200:
        raise BadCell("not_a_date", text)
    return day


_READERS: Mapping[str, Callable[[str], Any]] = {
    "code": _read_code,
    "name_en": _read_name,
    "name_zh": _read_name,
    "segment": _read_segment,
    "currency": _read_currency,
    "country": _read_country,
    "own": _read_own,
    "latitude": _within(-90, 90),
    "longitude": _within(-180, 180),
    "timezone": _read_timezone,
    "population": _whole_within(0, MOST_PEOPLE),
    "closing_minute": _whole_within(0, 1439),
    "brand": _read_code,
    "entity": _read_code,
    "operator": _read_code,
    "city": _read_code,
    "since": _read_since,
    "refunds_alone_minor": _whole_within(0, MOST_ALONE_MINOR),
    "refunds_day_minor": _whole_within(0, MOST_ALONE_MINOR),
}
