"""The audit trail as a file: CSV for people's spreadsheets, lines of JSON for programs."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Literal

import msgspec

from serai.cloud.trail import KeptDeed

TrailForm = Literal["csv", "jsonl"]

COLUMNS = tuple(KeptDeed.__struct_fields__)
_FORMULA = tuple("=+-@\t\r＝＋－＠")


async def written_trail(deeds: AsyncIterator[KeptDeed], form: TrailForm) -> AsyncIterator[str]:
    """The lines of a file with these deeds."""
    if form == "csv":
        yield _line(COLUMNS)
    async for deed in deeds:
        if form == "csv":
            yield _line([_cell(getattr(deed, column)) for column in COLUMNS])
        else:
            yield msgspec.json.encode(deed).decode() + "\n"


def _cell(value: object) -> str:
    """A value as a cell; no text becomes a formula where the file is opened."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return msgspec.json.encode(value).decode().strip('"')


def _line(cells: tuple[str, ...] | list[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(cells)
    return written.getvalue()
