"""The organisation as a workbook of Excel, written and read line by line.

Every text is a cell of text, so that none is taken for a formula. What a file unpacks to is known
before any of it is read.
"""

import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.writer.excel import ExcelWriter

from serai.cloud.sheets.cells import Cell, Formula
from serai.cloud.sheets.faults import Faults
from serai.cloud.sheets.lines import COLUMNS, Line

SHEET = "organisation"
MOST_UNPACKED = 256 << 20
MOST_SHARED = 64 << 20
"""Texts that cells share are in memory at once; everything else goes by."""
MOST_COLUMNS = 64
MOST_WHOLE = 8 << 20
"""Of a part that may be read at once; what is longer is looked through row by row."""
MOST_IN_ROW = 100_000
"""Elements of one row, which is in memory at once: a workbook has 16,384 columns at most."""
MOST_BESIDE = 5_000_000
"""Rows, or texts that cells share: of each a trace stays in memory."""

_ROW_DEPTH = 3
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"
_SHARED = "xl/sharedStrings.xml"
_FIRST_TIME = (1980, 1, 1, 0, 0, 0)
_SAVED_AT = re.compile(r"(<dcterms:(?:modified|created)[^>]*>)[^<]*")
_WIDTHS = {"name_en": 34, "name_zh": 26, "code": 16, "timezone": 18}


def write_xlsx(lines: Iterable[Line]) -> bytes:
    """The lines as one workbook; the same lines always make the same bytes."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "C2"
    for place, column in enumerate(COLUMNS):
        letters = chr(ord("A") + place)
        sheet.column_dimensions[letters].width = _WIDTHS.get(column, 12)
    sheet.append(COLUMNS)
    for line in lines:
        sheet.append([_written(sheet, getattr(line, column)) for column in COLUMNS])
    made = io.BytesIO()
    ExcelWriter(book, _Timeless(made, "w", ZIP_DEFLATED)).save()
    return made.getvalue()


def _written(sheet: Any, value: object) -> object:
    match value:
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case str() if value[:1] in ("=", "#"):  # openpyxl would make a formula or an error of it
            cell = WriteOnlyCell(sheet, value)
            cell.data_type = "s"
            return cell
    return value


class _Timeless(ZipFile):
    """An archive that does not say when it was made."""

    def writestr(self, zinfo_or_arcname: str | ZipInfo, data: Any, *args: Any, **more: Any) -> None:
        name = zinfo_or_arcname
        if isinstance(name, ZipInfo):
            name = name.filename
        if name == "docProps/core.xml":
            text = data if isinstance(data, str) else data.decode()
            data = _SAVED_AT.sub(r"\g<1>1980-01-01T00:00:00Z", text)
        super().writestr(_entry(name), data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **more: Any) -> None:
        with open(filename, "rb") as file, self.open(_entry(str(arcname)), "w") as entry:
            shutil.copyfileobj(file, entry)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _FIRST_TIME)
    entry.compress_type = ZIP_DEFLATED
    return entry


def read_xlsx(
    data: bytes, most_rows: int, faults: Faults
) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """The rows of a workbook's sheet with their numbers: of the one named `organisation`, or of
    the first. A broken file ends with a fault."""
    number = 0
    try:
        if not _is_bounded(data, faults):
            return
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
        if not book.worksheets:
            faults.add(0, "", "not_a_sheet")
            return
        sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
        rows = sheet.iter_rows(max_row=most_rows + 2, max_col=MOST_COLUMNS)
        for number, row in enumerate(rows, start=1):
            yield number, tuple(_read(cell) for cell in row)
    except (BadZipFile, zipfile.LargeZipFile, ParseError, EOFError, NotImplementedError) as error:
        faults.add(number, "", "broken", error)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError) as error:
        # What openpyxl meets in a workbook that no spreadsheet has written.
        faults.add(number, "", "broken", type(error).__name__)


def _is_bounded(data: bytes, faults: Faults) -> bool:
    with ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if "xl/workbook.xml" not in archive.namelist():
            faults.add(0, "", "not_a_sheet")
            return False
        unpacked = sum(entry.file_size for entry in entries)
        shared = sum(entry.file_size for entry in entries if entry.filename == _SHARED)
        if unpacked > MOST_UNPACKED or shared > MOST_SHARED or len(entries) > 1_000:
            most = MOST_SHARED if unpacked <= MOST_UNPACKED else MOST_UNPACKED
            faults.add(0, "", "unpacked_too_large", f"{most >> 20} MB")
            return False
        return all(
            _has_no_entities(archive.open(entry), faults)
            and (entry.file_size <= MOST_WHOLE or _has_short_rows(archive.open(entry), faults))
            for entry in entries
        )


def _has_no_entities(file: IO[bytes], faults: Faults) -> bool:
    """Whether a part declares nothing of its own: no spreadsheet writes such a heading."""
    with file:
        if b"<!" in file.read(4096).replace(b"<!--", b""):
            faults.add(0, "", "broken", "<!DOCTYPE")
            return False
    return True


class _TooMuch(Exception):
    """More than any spreadsheet writes."""


class _Rows:
    """Counts the rows of a part, and what is within each: whatever stands three deep is one, as
    the rows of a sheet are."""

    def __init__(self) -> None:
        self._depth = self._rows = self._within = 0

    def start(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        self._within += 1
        self._rows += self._depth <= _ROW_DEPTH
        if self._within > MOST_IN_ROW or self._rows > MOST_BESIDE:
            raise _TooMuch("a row is too long, or there are too many")

    def end(self, _name: str) -> None:
        if self._depth <= _ROW_DEPTH:
            self._within = 0
        self._depth -= 1


def _has_short_rows(file: IO[bytes], faults: Faults) -> bool:
    """Whether no row of a long part is longer than a workbook can have it: a row is in memory at
    once, and there it is many times as large as in the file."""
    rows, parser = _Rows(), ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = rows.start, rows.end
    with file:
        head = file.read(4096)
        begin = head.lstrip(_BEFORE_XML)
        if begin and not begin.startswith(b"<"):
            return True  # a picture, or the like: nothing that is read
        try:
            parser.Parse(head)
            parser.ParseFile(file)
        except (_TooMuch, ExpatError) as error:
            faults.add(0, "", "broken", error)
            return False
    return True


def _read(cell: Any) -> Cell:
    value = cell.value
    match value:
        case None | bool() | int() | float() | date():
            found: Cell = value
            return found
        case str():
            return Formula(value) if cell.data_type == "f" else value
    return Formula(str(value))  # a formula over several cells, or a length of time
