"""One row in quarantine: as it came, what is wrong beside its fields, corrected and released."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import uuid4

from litestar import Request, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.core import Refusal
from serai.flows import House, correct_and_release, drop_row, released_order
from serai.information import Quarantined, hotel_bookings, read_quarantined
from serai.ledger import MOST
from serai.merchants import order_numbers
from serai.web.group.console import SharedConsole
from serai.web.group.feeds import reason_text
from serai.web.group.forms import by_form
from serai.web.group.query import asked
from serai.web.group.refusals import refusal_shown
from serai.web.languages import N_, Language
from serai.web.look import language_of
from serai.web.problems import Asked, BadQuery, NoSuch

FIELD_PREFIX = "column:"
LONGEST_VALUE = 2_000

NUMBERS = (
    "lead_time", "stays_in_weekend_nights", "stays_in_week_nights", "adults", "children", "babies",
)  # fmt: skip
FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "columns_unequal": (hotel_bookings.BEYOND,),
    "no_nights": ("stays_in_weekend_nights", "stays_in_week_nights"),
    "stay_too_long": ("stays_in_weekend_nights", "stays_in_week_nights"),
    "no_guests": ("adults", "children", "babies"),
    "guests_implausible": ("adults", "children", "babies"),
    "rate_implausible": ("adr",),
    "date_impossible": (
        "arrival_date_year", "arrival_date_month", "arrival_date_day_of_month", "lead_time",
        "reservation_status_date",
    ),
    "status_unknown": ("reservation_status",),
    "deposit_unknown": ("deposit_type",),
    "hotel_unknown": ("hotel",),
    "room_type_missing": ("reserved_room_type",),
}  # fmt: skip
"""The columns that a reason is about."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "hotel": hotel_bookings.HOTELS,
    "reservation_status": hotel_bookings.STATUSES,
    "deposit_type": hotel_bookings.DEPOSITS,
}
"""Columns that have only some values."""


class RecordWanted(Struct, frozen=True):
    """What has just been done, if anything."""

    told: Literal["released", "dropped"] | None = None


class FieldShown(Struct, frozen=True):
    """A column of the row: as it came, as it stands in the form, and what is wrong with it."""

    column: str
    came: str
    value: str
    faults: Sequence[str]
    choices: Sequence[tuple[str, str]]


@get("/feeds/quarantine/{row_id:int}", include_in_schema=False, opt={"right": "feeds.read"})
async def quarantined_page(
    request: Request[Any, Any, Any], console: SharedConsole, row_id: FromPath[int]
) -> Template:
    """One row in quarantine."""
    row = await read_row(console.house, row_id)
    return await page_of(
        console.house, row, language_of(request), told=asked(request, RecordWanted).told
    )


@post(
    "/feeds/quarantine/{row_id:int}/release",
    include_in_schema=False,
    opt={"right": "feeds.write"},
    status_code=200,
)
async def release_row(
    request: Request[Any, Any, Any], console: SharedConsole, row_id: FromPath[int]
) -> Template | Redirect:
    """Bring the row in as the form has it, or say what is still wrong with it."""
    form = await request.form()
    row = await read_row(console.house, row_id)
    corrected = corrections(row, form)
    by = by_form(request, form)
    released = await correct_and_release(console.house, by, row_id, corrected)
    if isinstance(released, Refusal):
        return await page_of(
            console.house, row, language_of(request), corrected=corrected, refused=released
        )
    return Redirect(f"/group/feeds/quarantine/{row_id}?told=released", status_code=303)


@post(
    "/feeds/quarantine/{row_id:int}/drop",
    include_in_schema=False,
    opt={"right": "feeds.write"},
    status_code=200,
)
async def drop_quarantined(
    request: Request[Any, Any, Any], console: SharedConsole, row_id: FromPath[int]
) -> Template | Redirect:
    """Take the row out of quarantine for good."""
    form = await request.form()
    row = await read_row(console.house, row_id)
    by = by_form(request, form)
    dropped = await drop_row(console.house, by, row_id)
    if isinstance(dropped, Refusal):
        return await page_of(console.house, row, language_of(request), refused=dropped)
    return Redirect(f"/group/feeds/quarantine/{row_id}?told=dropped", status_code=303)


async def read_row(house: House, row_id: int) -> Quarantined:
    """The row; raises `NoSuch` when there is none."""
    row = await read_quarantined(house.database, row_id) if 0 < row_id <= MOST else None
    if row is None:
        raise NoSuch(N_("No such row"), action=N_("To the feeds"), href="/group/feeds")
    return row


def corrections(row: Quarantined, form: FormMultiDict) -> dict[str, str]:
    """The columns whose values differ from those that came."""
    found = {}
    for name, value in form.multi_items():
        column = name.removeprefix(FIELD_PREFIX)
        if column == name or not isinstance(value, str):
            continue
        if len(value) > LONGEST_VALUE:
            known = Asked(column[:40], "words", most=LONGEST_VALUE)
            raise BadQuery(column, known, f"/group/feeds/quarantine/{row.id}")
        if value.strip() != row.record.get(column, ""):
            found[column] = value.strip()
    return found


async def page_of(
    house: House, row: Quarantined, language: Language, *,
    corrected: Mapping[str, str] | None = None, refused: Refusal | None = None,
    told: str | None = None,
) -> Template:  # fmt: skip
    """The row with its reasons: those it came with, or those that corrections have left."""
    values = {**row.record, **(row.corrected if corrected is None else corrected)}
    waiting = row.status == "waiting"
    reasons = reasons_of(values, row.line_number) if waiting else ()
    fields = fields_of(row, values, reasons, language)
    order_id = await released_order(house, row) if row.status == "released" else 0
    numbers = await order_numbers(house.database, [order_id]) if order_id else {}
    return Template(
        "group/feeds/row.html",
        context={
            "row": row,
            "waiting": waiting,
            "faulty": [field for field in fields if field.faults],
            "others": [field for field in fields if not field.faults],
            "came_with": [reason_text(reason, language) for reason in row.reasons],
            "changed": {
                column: (row.record.get(column, ""), value)
                for column, value in row.corrected.items()
            },
            "refused": refusal_shown(refused, language) if refused else None,
            "told": told,
            "order_id": order_id,
            "order_number": numbers.get(order_id, ""),
            "release_key": uuid4().hex,
            "drop_key": uuid4().hex,
        },
        status_code=409 if refused else 200,
        headers={"cache-control": "no-store"},
    )


def reasons_of(values: Mapping[str, str], line_number: int) -> tuple[str, ...]:
    """Why the row is refused as its values stand; nothing when it would be accepted."""
    parsed = hotel_bookings.parse(hotel_bookings.as_row(values, line_number))
    return parsed.reasons if isinstance(parsed, hotel_bookings.Rejected) else ()


def fields_of(
    row: Quarantined, values: Mapping[str, str], reasons: Sequence[str], language: Language
) -> list[FieldShown]:
    """Every column of the row, in the feed's order, with what is wrong with it."""
    columns = [*hotel_bookings.COLUMNS]
    if hotel_bookings.BEYOND in values:
        columns.append(hotel_bookings.BEYOND)
    faults: dict[str, list[str]] = {column: [] for column in columns}
    for reason in reasons:
        for column in columns_of(reason, values):
            if column in faults:
                faults[column].append(reason_text(reason, language))
    return [
        FieldShown(
            column,
            row.record.get(column, ""),
            values.get(column, ""),
            faults[column],
            choices_of(column, values.get(column, "")),
        )
        for column in columns
    ]


def columns_of(reason: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The columns that a reason is about in this row; numbers are looked at one by one."""
    wrong: Callable[[str], bool]
    match reason:
        case "number_unreadable":
            wrong = _is_no_number
        case "number_negative":
            wrong = _is_negative
        case "text_too_long":
            return tuple(column for column, value in values.items() if len(value) > 100)
        case _:
            return FIELDS_OF.get(reason, ())
    return tuple(column for column in NUMBERS if wrong(values.get(column, "")))


def _is_no_number(value: str) -> bool:
    return not value.removeprefix("-").isdecimal() and value not in ("NA", "NULL")


def _is_negative(value: str) -> bool:
    return value.startswith("-") and value[1:].isdecimal()


def choices_of(column: str, value: str) -> list[tuple[str, str]]:
    """What a column may hold, and what it holds now; empty when that is free."""
    known = CHOICES.get(column, ())
    if not known:
        return []
    return [(one, one) for one in dict.fromkeys((value, *known))]
