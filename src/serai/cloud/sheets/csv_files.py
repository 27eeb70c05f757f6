"""The organisation as CSV: UTF-8 with a mark at its beginning, as spreadsheets want it.

A text that a spreadsheet would work out as a formula has an apostrophe before it, which is taken
off again when the file is read.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from serai.cloud.sheets.cells import Cell, Formula, number_text
from serai.cloud.sheets.faults import Faults
from serai.cloud.sheets.lines import COLUMNS, Line

MARK = b"\xef\xbb\xbf"
_STARTS_FORMULA = "=+-@\t\r＝＋－＠"
_GUARDED = frozenset(_STARTS_FORMULA) | {"'"}
_TEXTS = frozenset({
    "code", "name_en", "name_zh", "timezone", "brand", "entity", "operator", "city", "currency",
    "country",
})  # fmt: skip


def write_csv(lines: Iterable[Line]) -> bytes:
    """The lines as one CSV file; the same lines always make the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([_written(column, getattr(line, column)) for column in COLUMNS])
    return MARK + text.getvalue().encode()


def read_csv(data: bytes, faults: Faults) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The rows of a CSV file with their numbers, up to the first that is broken."""
    try:
        text = data.removeprefix(MARK).decode()
    except UnicodeDecodeError as error:
        faults.add(data.count(b"\n", 0, error.start) + 1, "", "not_utf8")
        return
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for row in rows:
            number += 1
            yield number, tuple(_read(cell) for cell in row)
    except csv.Error as error:
        faults.add(number + 1, "", "broken", error)


def _written(column: str, value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return number_text(value)
        case date():
            return value.isoformat()
    text = str(value)
    return "'" + text if column in _TEXTS and text[:1] in _GUARDED else text


def _read(cell: str) -> Cell:
    if cell[:1] == "'" and cell[1:2] in _GUARDED and len(cell) > 1:
        return cell[1:]
    return Formula(cell) if cell[:1] in ("=", "＝") else cell
