"""Lists of bookings behind a role: what is open of each, and whether they make up the balance."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from serai.cloud import Organisation
from serai.core import Database
from serai.ledger import OpenItem, RoleSum, open_items
from serai.merchants import BookingNumber, booking_numbers
from serai.web.group.courses import on_debit_side
from serai.web.group.directory import name_of
from serai.web.group.trial import role_href
from serai.web.languages import Language, gettext_of
from serai.web.look import Amount, Column, Table

SHORT = 5


class ItemRow(Struct, frozen=True):
    """What a booking has open."""

    number: str
    href: str
    store: str
    first_day: date | None
    amount: Amount


class OpenList(Struct, frozen=True):
    """The balance of a role beside the sum of its bookings, and the largest of these."""

    role: str
    balance: Amount
    total: Amount
    items: int
    rows: Sequence[ItemRow]
    href: str
    next: str | None

    @property
    def holds(self) -> bool:
        """Whether both are equal."""
        return self.balance == self.total


async def read_open_list(
    database: Database, organisation: Organisation, row: RoleSum, day: date, language: Language,
    most: int = SHORT, after: int = 0,
) -> OpenList:  # fmt: skip
    """The bookings behind a role as of a day, from the one after booking `after` on."""
    found = await open_items(
        database, row.book, row.unit, row.role, day, most=most + 1, after=after
    )
    shown = found[:most]
    numbers = await booking_numbers(database, [item.booking_id for item in shown])
    sign = 1 if on_debit_side(row.role) else -1
    return OpenList(
        role=row.role,
        balance=Amount(sign * row.balance, row.unit),
        total=Amount(sign * (found[0].total if found else 0), row.unit),
        items=found[0].items if found else 0,
        rows=[
            item_row(item, numbers.get(item.booking_id), row.unit, sign, organisation, language)
            for item in shown
        ],
        href=role_href(row.book, row.role, row.unit, day),
        next=str(shown[-1].booking_id) if len(found) > most else None,
    )


def item_row(
    item: OpenItem, known: BookingNumber | None, unit: str, sign: int, organisation: Organisation,
    language: Language,
) -> ItemRow:  # fmt: skip
    """A booking's row; what belongs to no booking has a row of its own."""
    say = gettext_of(language)
    store = organisation.stores.get(known.store_id if known else item.holder)
    return ItemRow(
        number=known.number if known else say("Without a booking"),
        href=f"/group/orders/{known.order_id}/trace" if known else "",
        store=name_of(store, language) if store else "–",
        first_day=known.first_day if known else None,
        amount=Amount(sign * item.balance, unit),
    )


def items_table(shown: OpenList, language: Language, address: str, *, turned: bool) -> Table:
    """The bookings of a list as a table."""
    say = gettext_of(language)
    columns = (
        Column("number", say("Booking"), place="title", href="href"),
        Column("store", say("Store")),
        Column("first_day", say("First day"), "day"),
        Column("amount", say("Open"), "amount", place="lead"),
    )
    return Table(columns, shown.rows, say("Bookings"), address, next=shown.next, turned=turned)
