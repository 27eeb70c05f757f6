"""What is said of moves and sheets that are refused, and of every mistake in a sheet."""

from collections.abc import Callable, Mapping

from serai.cloud import sheets
from serai.core import Refusal
from serai.web.group.refusals import RefusalShown, refusal_shown
from serai.web.languages import N_, Language

Say = Callable[[str], str]


_REFUSALS: Mapping[str, tuple[str, str]] = {
    "bound_out_of_range": (
        N_("This is no amount that one person could pay back alone."),
        N_("Write an amount, 0 for none at all."),
    ),
    "booked_since": (
        N_("The store has taken bookings on that day or later, under its parents of then."),
        N_("Choose today, or a day to come."),
    ),
    "date_too_far": (
        N_("A move is planned at most three years ahead."),
        N_("Choose an earlier day."),
    ),
    "since_too_early": (
        N_("The store has no parents on that day."),
        N_("Choose a later day."),
    ),
    "already_there": (
        N_("The store hangs there already on that day."),
        N_("Choose another one, or another day."),
    ),
    "currency_differs": (
        N_("The two companies keep their books in different currencies."),
        N_("Choose a company that keeps its books in the same currency."),
    ),
    "moves_today": (
        N_("A store that sells changes its company today or on a day to come, once a day."),
        N_("Choose today, or plan it for a day to come."),
    ),
    "move_planned": (
        N_("The store is planned to go to another company already."),
        N_("Call that off first."),
    ),
    "move_begun": (
        N_("The move has begun: bookings stand in the new company’s book already."),
        N_("Mend what stands in its way; it goes on by itself."),
    ),
    "move_ended": (
        N_("The move was carried out or called off already."),
        N_("Look at the store as it stands now."),
    ),
    "chain_too_long": (
        N_("The store has a booking, or more goods, than can change books in one step."),
        N_("Serve that booking first, or open a store of its own for the new company."),
    ),
    "open_balances": (
        N_("Something of the store is held or being paid at this moment."),
        N_("Wait some minutes until it is settled, and try again."),
    ),
    "taxes_differ": (
        N_("The two companies owe different taxes on what is booked."),
        N_("Enter the same rates for both, or serve what is booked first."),
    ),
    "stale_preview": (
        N_("The organisation or the file has changed since the preview."),
        N_("Look at a new preview, and apply that."),
    ),
    "sheet_refused": (
        N_("The file has mistakes."),
        N_("Mend all that the preview names, and send it again."),
    ),
    "import_running": (
        N_("Another file is being applied at this moment."),
        N_("Wait until it is done."),
    ),
    "stale": (
        N_("Somebody else changed this in the meantime."),
        N_("Look at it as it stands now, and try again."),
    ),
}

_FAULTS: Mapping[str, str] = {
    "file_empty": N_("The file is empty."),
    "file_too_large": N_("The file is larger than {value}."),
    "unpacked_too_large": N_("The file unpacks to more than {value}."),
    "not_a_sheet": N_("This is no spreadsheet: neither .xlsx nor .csv."),
    "not_utf8": N_("The text is not UTF-8."),
    "broken": N_("The file is broken here: {value}."),
    "too_many_rows": N_("The sheet has more than {value} rows."),
    "column_missing": N_("The column is missing."),
    "column_unknown": N_("There is no such column: {value}."),
    "column_twice": N_("The column stands twice."),
    "kind_unknown": N_("{value} is no kind of line."),
    "formula": N_("A formula stands where a value is wanted: {value}."),
    "too_long": N_("The cell has {value} characters, more than are allowed."),
    "not_plain": N_("The cell has line breaks or signs that cannot be shown."),
    "markup": N_("A text has no < or >: {value}."),
    "missing": N_("The cell is empty."),
    "not_for_kind": N_("This kind of line has no such column; the cell must be empty."),
    "not_a_code": N_("{value} is no code: letters, digits and . _ : / - only, at most 60."),
    "not_a_number": N_("{value} is no number."),
    "out_of_range": N_("{value} is out of range."),
    "not_a_date": N_("{value} is no date; write it as 2026-12-31."),
    "not_yes_or_no": N_("{value} is neither yes nor no."),
    "segment_unknown": N_("{value} is none of hotel, dining, tour, ticket, retail."),
    "not_a_currency": N_("{value} is no currency that is kept here."),
    "not_a_country": N_("{value} is no country; two capital letters are."),
    "timezone_unknown": N_("{value} is no time zone."),
    "twice": N_("This is in row {value} already."),
    "differs": N_("Row {value} says something else of the same store."),
    "parent_unknown": N_("There is no {value}, neither here nor in the organisation."),
    "fixed": N_("This cannot be changed: {value}."),
    "group_missing": N_("The house is empty: the sheet needs a line for the group."),
    "group_other": N_("The group is {value}; a sheet cannot make another one."),
    "since_missing": N_("The store’s parents change; say from which day on."),
    "since_too_early": N_("The store has parents from {value} on, and none before."),
    "since_too_late": N_("A move is planned at most {value} ahead."),
    "booked_since": N_("Business is booked up to {value}; choose a later day."),
    "entity_in_use": N_(
        "The store sells in the books of {value}; move it on its own page, or on a day to come."
    ),
    "move_planned": N_("The store is planned to go to {value}; call that off on its page first."),
    "currency_differs": N_("The company keeps its books in {value}."),
}


def refusal_words(refusal: Refusal, language: Language) -> RefusalShown:
    """A refusal about the organisation in a reader's language."""
    return refusal_shown(refusal, language, _REFUSALS)


def fault_words(fault: sheets.Fault, say: Say) -> str:
    """A mistake in a reader's language."""
    text = _FAULTS.get(fault.name)
    return say(text).replace("{value}", fault.value) if text else fault.says
