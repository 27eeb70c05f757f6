"""A file becomes lines: whichever of the two forms it has, and however wrong it is."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from serai.cloud.sheets.cells import BadCell, Cell, plain_text, read_line
from serai.cloud.sheets.csv_files import read_csv
from serai.cloud.sheets.faults import Fault, Faults
from serai.cloud.sheets.lines import COLUMNS, LATER_COLUMNS, Line
from serai.cloud.sheets.xlsx_files import read_xlsx

MOST_BYTES = 32 << 20
MOST_ROWS = 200_000
"""Four times the stores that the house is built for."""

_ZIP = b"PK"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class Sheet(Struct, frozen=True):
    """What a file says: its good lines, what is wrong with the others, and a digest of it.

    `named` are the codes of all lines, also of bad ones, by kind.
    """

    digest: bytes
    lines: tuple[Line, ...]
    named: frozenset[tuple[str, str]]
    faults: tuple[Fault, ...]
    fault_count: int


def read_sheet(data: bytes) -> Sheet:
    """Read a file of the organisation, .xlsx or .csv, told apart by what is in it."""
    faults = Faults()
    lines: list[Line] = []
    named: set[tuple[str, str]] = set()
    columns: tuple[str, ...] | None = None
    filled = 0
    for row, cells in _rows(data, faults):
        if all(cell in (None, "") for cell in cells):
            continue
        if columns is None:
            columns = _heading(row, cells, faults)
            if columns is None:
                break
            continue
        filled += 1
        if filled > MOST_ROWS or row > MOST_ROWS + 1:
            faults.add(row, "", "too_many_rows", f"{MOST_ROWS:,}")
            break
        by_column = dict(zip(columns, cells, strict=False))
        if any(cell not in (None, "") for cell in cells[len(columns) :]):
            faults.add(row, "", "column_unknown", len(columns) + 1)
        line = read_line(row, by_column, faults)
        if line is not None:
            lines.append(line)
        named.add((_bare(by_column.get("kind")), _bare(by_column.get("code"))))
    if columns is None and not faults.count:
        faults.add(0, "", "file_empty")
    return Sheet(sha256(data).digest(), tuple(lines), frozenset(named), tuple(faults), faults.count)


def _rows(data: bytes, faults: Faults) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    if not data:
        faults.add(0, "", "file_empty")
    elif len(data) > MOST_BYTES:
        faults.add(0, "", "file_too_large", f"{MOST_BYTES >> 20} MB")
    elif data.startswith(_ZIP):
        yield from read_xlsx(data, MOST_ROWS, faults)
    elif data.startswith(_OLD_EXCEL) or b"\0" in data[:4096]:
        faults.add(0, "", "not_a_sheet")
    else:
        yield from read_csv(data, faults)


def _heading(row: int, cells: Sequence[Cell], faults: Faults) -> tuple[str, ...] | None:
    """The columns by their places; None when there are not the ones that a sheet must have."""
    before = faults.count
    names = [_bare(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if "kind" not in names or "code" not in names:
        faults.add(row, "", "not_a_sheet")
        return None
    for place, name in enumerate(names):
        if name not in COLUMNS:
            faults.add(row, name, "column_unknown", name or place + 1)
        elif name in names[:place]:
            faults.add(row, name, "column_twice")
    for name in COLUMNS:
        if name not in names and name not in LATER_COLUMNS:
            faults.add(row, name, "column_missing")
    return tuple(names) if faults.count == before else None


def _bare(cell: Cell) -> str:
    try:
        return plain_text(cell)
    except BadCell:
        return ""
