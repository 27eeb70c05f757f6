"""The organisation as one spreadsheet: written, read, and compared with what stands."""

from serai.cloud.sheets.comparison import FARTHEST, compare
from serai.cloud.sheets.csv_files import write_csv
from serai.cloud.sheets.differences import Comparison, Difference, Edit, Said, Sort
from serai.cloud.sheets.faults import FAULTS, MOST_FAULTS, Fault
from serai.cloud.sheets.lines import COLUMNS, KINDS, Kind, Line, lines_of
from serai.cloud.sheets.places import Plan
from serai.cloud.sheets.reading import MOST_BYTES, MOST_ROWS, Sheet, read_sheet
from serai.cloud.sheets.xlsx_files import write_xlsx

__all__ = [
    "COLUMNS",
    "FARTHEST",
    "FAULTS",
    "KINDS",
    "MOST_BYTES",
    "MOST_FAULTS",
    "MOST_ROWS",
    "Comparison",
    "Difference",
    "Edit",
    "Fault",
    "Kind",
    "Line",
    "Plan",
    "Said",
    "Sheet",
    "Sort",
    "compare",
    "lines_of",
    "read_sheet",
    "write_csv",
    "write_xlsx",
]
