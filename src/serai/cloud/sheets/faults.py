"""What is wrong with a sheet, cell by cell: all of it at once, so that it is mended at once."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

MOST_FAULTS = 500
"""So many are named; of more it is said how many there are."""

FAULTS: Mapping[str, str] = {
    # Files
    "file_empty": "The file is empty.",
    "file_too_large": "The file is larger than {value}.",
    "unpacked_too_large": "The file unpacks to more than {value}.",
    "not_a_sheet": "This is no spreadsheet: neither .xlsx nor .csv.",
    "not_utf8": "The text is not UTF-8.",
    "broken": "The file is broken here: {value}.",
    "too_many_rows": "The sheet has more than {value} rows.",
    "column_missing": "The column is missing.",
    "column_unknown": "There is no such column: {value}.",
    "column_twice": "The column stands twice.",
    # Cells
    "kind_unknown": "{value} is no kind of line.",
    "formula": "A formula stands where a value is wanted: {value}.",
    "too_long": "The cell has {value} characters, more than are allowed.",
    "not_plain": "The cell has line breaks or signs that cannot be shown.",
    "markup": "A text has no < or >: {value}.",
    "missing": "The cell is empty.",
    "not_for_kind": "This kind of line has no such column; the cell must be empty.",
    "not_a_code": "{value} is no code: letters, digits and . _ : / - only, at most 60.",
    "not_a_number": "{value} is no number.",
    "out_of_range": "{value} is out of range.",
    "not_a_date": "{value} is no date; write it as 2026-12-31.",
    "not_yes_or_no": "{value} is neither yes nor no.",
    "segment_unknown": "{value} is none of hotel, dining, tour, ticket, retail.",
    "not_a_currency": "{value} is no currency that is kept here.",
    "not_a_country": "{value} is no country; two capital letters are.",
    "timezone_unknown": "{value} is no time zone.",
    # Against each other, and against what stands
    "twice": "This is in row {value} already.",
    "differs": "Row {value} says something else of the same store.",
    "parent_unknown": "There is no {value}, neither here nor in the organisation.",
    "fixed": "This cannot be changed: {value}.",
    "group_missing": "The house is empty: the sheet needs a line for the group.",
    "group_other": "The group is {value}; a sheet cannot make another one.",
    "since_missing": "The store's parents change; say from which day on.",
    "since_too_early": "The store has parents from {value} on, and none before.",
    "since_too_late": "A move is planned at most {value} ahead.",
    "booked_since": "Business is booked up to {value}; choose a later day.",
    "entity_in_use": "The store sells in the books of {value}; move it on its own page, "
    "or on a day to come.",
    "move_planned": "The store is planned to go to {value}; call that off on its page first.",
    "currency_differs": "The company keeps its books in {value}.",
}  # fmt: skip
"""What each fault says; `{value}` is what was found."""


class Fault(Struct, frozen=True):
    """One thing that is wrong: in which row (1 is the heading, 0 the file), in which column."""

    row: int
    column: str
    name: str
    value: str = ""

    @property
    def says(self) -> str:
        """The fault in a sentence."""
        return FAULTS[self.name].replace("{value}", self.value)


class Faults:
    """Gathers faults: the first ones in full, all of them as a number."""

    def __init__(self) -> None:
        self._first: dict[Fault, None] = {}
        self.count = 0

    def add(self, row: int, column: str, name: str, value: object = "") -> None:
        """Note a fault."""
        self.note(Fault(row, column, name, str(value)[:80]))

    def note(self, fault: Fault) -> None:
        """Note a fault, once."""
        if fault in self._first:
            return
        self.count += 1
        if len(self._first) < MOST_FAULTS:
            self._first[fault] = None

    def __iter__(self) -> Iterator[Fault]:
        return iter(sorted(self._first, key=lambda fault: fault.row))
