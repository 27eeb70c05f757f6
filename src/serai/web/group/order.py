"""One order: its bookings with lines, charges and folio, and its payments."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.capital import Payment, payments_of
from serai.cloud import Organisation
from serai.customers import Customer, read_customers
from serai.ledger import MOST, JournalRow, journal_of_order
from serai.merchants import Booking, Charge, Line, OrderFile, clock_text, read_order, state_of
from serai.web.entry import actor_of
from serai.web.group.catalogue import cancellation_words, guarantee_word
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.folio import Folio, folio_of
from serai.web.group.payments import payment_state
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Column, Formats, Table, language_of, word
from serai.web.problems import NoSuch

Say = Callable[[str], str]
OPEN_STATES = frozenset({"held", "paying", "confirmed"})


class LineRow(Struct, frozen=True):
    """A line of a booking as it is listed."""

    name: str
    when: str
    quantity: int
    guarantee: str
    cancellation: str
    state: str
    fee: Amount | None
    amount: Amount


class ChargeRow(Struct, frozen=True):
    """A charge as it is listed: its tax is in its amount."""

    service_date: date | None
    name: str
    tax: str
    tax_minor: int
    amount_minor: int


class PaymentRow(Struct, frozen=True):
    """A payment or refund as it is listed."""

    kind: str
    provider: str
    status: str
    asked_at: object
    answered_at: object
    reference: str
    amount: Amount


class BookingPart(Struct, frozen=True):
    """One store's part of the order, ready to be shown."""

    booking: Booking
    state: str
    store: str
    store_href: str
    brand: str
    city: str
    payer: str
    lines: Table
    charges: Table
    folio: Folio


@get("/orders/{order_id:int}", include_in_schema=False, opt={"right": "orders.read"})
async def order_page(
    request: Request[Any, Any, Any], console: SharedConsole, order_id: FromPath[int]
) -> Template:
    """One order."""
    language = language_of(request)
    directory = await console.directory()
    database = console.house.database
    file = await read_order(database, order_id) if 0 < order_id <= MOST else None
    if file is None:
        raise NoSuch(N_("No such order"), action=N_("To the orders"), href="/group/orders")
    order = file.order
    ids = {order.customer_id, order.agent_id, *(one.payer_id for one in file.bookings)}
    people = await read_customers(database, [id for id in ids if id])
    journal = await journal_of(console, file)
    payments = await payments_of(database, order_id)
    say = gettext_of(language)
    return Template(
        "group/order.html",
        context={
            "order": order,
            "state": file.state,
            "customer": people.get(order.customer_id),
            "agent": people.get(order.agent_id),
            "channel": word(order.channel, say),
            "parts": [
                booking_part(
                    file,
                    one,
                    journal,
                    people,
                    directory.organisation,
                    language,
                    f"/group/stores/{one.store_id}" if console.has_store(one.store_id) else "",
                )
                for one in file.bookings
            ],
            "payments": payments_table(payments, say),
            "waits": any(one.status == "waiting" for one in payments),
            "cancellable": any(line.state in OPEN_STATES for line in file.lines),
            "transfers": len(journal),
            "see_customers": actor_of(request.scope).may("customers.read"),
            "whole": console.is_whole,
        },
    )


async def journal_of(console: Console, file: OrderFile) -> list[JournalRow]:
    """The transfers of the bookings and in the books that are seen, each with both its accounts: a
    folio needs the role of the other side, too, whose own figures are the company's."""
    rows = await journal_of_order(console.whole.house.database, file.order.id)
    seen = {booking.id for booking in file.bookings}
    return [row for row in rows if row.booking_id in seen or console.has_book(row.book)]


def booking_part(
    file: OrderFile,
    booking: Booking,
    journal: Sequence[JournalRow],
    people: dict[int, Customer],
    organisation: Organisation,
    language: Language,
    store_href: str,
) -> BookingPart:
    """A booking with its lines, its charges and its folio."""
    say, formats = gettext_of(language), Formats(language)
    lines = [line for line in file.lines if line.booking_id == booking.id]
    charges = [charge for charge in file.charges if charge.booking_id == booking.id]
    names = {line.id: name_of(line, language) for line in lines}
    store = organisation.stores.get(booking.store_id)
    brand = organisation.brands.get(booking.brand_id)
    city = organisation.cities.get(booking.city_id)
    payer = people.get(booking.payer_id)
    return BookingPart(
        booking=booking,
        state=state_of(line.state for line in lines),
        store=name_of(store, language) if store else "–",
        store_href=store_href,
        brand=name_of(brand, language) if brand else "–",
        city=name_of(city, language) if city else "–",
        payer=payer.name if payer else "–",
        lines=lines_table(lines, booking.currency, formats, say, language),
        charges=charges_table(charges, names, booking.currency, formats, say),
        folio=folio_of(booking, [row for row in journal if row.booking_id == booking.id]),
    )


def lines_table(
    lines: Sequence[Line], currency: str, formats: Formats, say: Say, language: Language
) -> Table:
    """The lines of a booking."""
    rows = [
        LineRow(
            name=name_of(line, language),
            when=when_text(line, say),
            quantity=line.quantity,
            guarantee=guarantee_word(line.guarantee, say),
            cancellation=cancellation_words(line.guarantee, line.cancellation, formats, say),
            state=line.state,
            fee=Amount(line.fee_minor, currency) if line.fee_minor else None,
            amount=Amount(line.amount_minor, currency),
        )
        for line in lines
    ]  # fmt: skip
    columns = (
        Column("name", say("Product"), place="title", note="when"),
        Column("quantity", say("Quantity"), "count"),
        Column("guarantee", say("Guarantee"), place="wide"),
        Column("cancellation", say("Cancellation"), place="wide"),
        Column("state", say("State"), "state"),
        Column("fee", say("Fee kept"), "amount", place="wide"),
        Column("amount", say("Amount"), "amount", place="lead"),
    )
    return Table(columns, rows, say("Lines"))


def when_text(line: Line, say: Say) -> str:
    """When the service of a line is, in a few words."""
    first = line.first_day.isoformat()
    if any(need.kind == "room" for need in line.needs):
        if line.length == 1:
            return say("{day}, one night").format(day=first)
        return say("{day}, {nights} nights").format(day=first, nights=line.length)
    return f"{first} {clock_text(line.minute)}" if line.minute else first


def charges_table(
    charges: Sequence[Charge], names: dict[int, str], currency: str, formats: Formats, say: Say
) -> Table:
    """The charges of a booking, and their sum."""
    rows = [
        ChargeRow(
            charge.service_date,
            names.get(charge.line_id, "–"),
            formats.percent(charge.tax_bp / 10_000, places=0),
            charge.tax_minor,
            charge.amount_minor,
        )
        for charge in charges
    ]
    whole = ChargeRow(
        None, say("Together"), "",
        sum(row.tax_minor for row in rows), sum(row.amount_minor for row in rows),
    )  # fmt: skip
    columns = (
        Column("name", say("Charge"), place="title"),
        Column("service_date", say("Service date"), "day"),
        Column("tax", say("Tax rate"), place="wide"),
        Column("tax_minor", say("Tax in it"), "money", currency),
        Column("amount_minor", say("Amount"), "money", currency, place="lead"),
    )
    return Table(columns, rows, say("Charges"), totals=whole if len(rows) > 1 else None)


def payments_table(payments: Sequence[Payment], say: Say) -> Table:
    """What was asked of payment providers, and what they answered."""
    rows = [
        PaymentRow(
            kind=say("Refund") if one.kind == "refund" else say("Payment"),
            provider=one.provider,
            status=payment_state(one),
            asked_at=one.asked_at,
            answered_at=one.answered_at,
            reference=one.provider_reference,
            amount=Amount(one.amount_minor, one.currency),
        )
        for one in payments
    ]
    columns = (
        Column("kind", say("Kind"), place="title", note="provider"),
        Column("status", say("State"), "state"),
        Column("asked_at", say("Asked"), "when"),
        Column("answered_at", say("Answered"), "when", place="wide"),
        Column("reference", say("Reference"), "mono", place="wide"),
        Column("amount", say("Amount"), "amount", place="lead"),
    )
    return Table(columns, rows, say("Payments"))
