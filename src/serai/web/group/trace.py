"""An order's trace: one order seen as five timelines, every figure of which leads to its
transfers."""

from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import Organisation
from serai.core import Refusal
from serai.customers import read_customers
from serai.flows import House, Trace, trace
from serai.ledger import MOST
from serai.logistics import read_resources
from serai.merchants import orders_seen
from serai.web.group.account_names import AccountNames, is_goods
from serai.web.group.console import SharedConsole
from serai.web.group.directory import name_of
from serai.web.group.order import when_text
from serai.web.group.order_balance import balance_books
from serai.web.group.order_beam import beam_of
from serai.web.group.order_ties import ties_shown
from serai.web.group.tracing import Tracing
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, language_of, word
from serai.web.problems import NoSuch

OPEN_STATES = frozenset({"held", "paying", "confirmed"})


class LineShown(Struct, frozen=True):
    """A line of the order in short: where, what and when, sold as what, and how it stands."""

    segment: str
    store_id: int
    store: str
    says: str
    kind: str
    state: str
    amount: Amount
    fee: Amount | None


@get("/orders/{order_id:int}/trace", include_in_schema=False, opt={"right": "orders.read"})
async def trace_page(
    request: Request[Any, Any, Any], console: SharedConsole, order_id: FromPath[int]
) -> Template | Redirect:
    """The trace of one order; whoever sees a part of it is led to that part."""
    language = language_of(request)
    mine = console.house.database
    if not console.is_whole and order_id <= MOST and await orders_seen(mine, [order_id]):
        return Redirect(f"/group/orders/{order_id}")
    say = gettext_of(language)
    organisation = (await console.directory()).organisation
    found = await read_trace(console.house, order_id)
    names = await names_of(console.house, organisation, found, language)
    file = found.file
    return Template(
        "group/trace.html",
        context={
            "order": file.order,
            "state": file.state,
            "channel": word(file.order.channel, say),
            "customer": names.people.get(file.order.customer_id),
            "cancellable": any(line.state in OPEN_STATES for line in file.lines),
            "steps": Tracing(found, names).steps(console.now()),
            "beam": beam_of(found),
            "lines": lines_shown(found, names),
            "ties": ties_shown(found, names),
            "books": balance_books(found, names),
        },
    )


def lines_shown(found: Trace, names: AccountNames) -> list[LineShown]:
    """The lines of an order in short."""
    shown = []
    for line in found.file.lines:
        booking = found.file.booking(line.booking_id)
        what = f"{line.quantity} × {name_of(line, names.language)}"
        shown.append(
            LineShown(
                booking.segment,
                line.store_id,
                names.store(line.store_id) or "–",
                f"{what} · {when_text(line, gettext_of(names.language))}",
                booking.terms.kind,
                line.state,
                Amount(line.amount_minor, booking.currency),
                Amount(line.fee_minor, booking.currency) if line.fee_minor else None,
            )
        )
    return shown


async def read_trace(house: House, order_id: int) -> Trace:
    """The trace of an order; raises `NoSuch` when there is no such order, or when no more than a
    part of it is seen: a trace ties the whole together."""
    may = house.sight.everything and 0 < order_id <= MOST
    found = await trace(house, order_id) if may else None
    if found is None or isinstance(found, Refusal):
        raise NoSuch(N_("No such order"), action=N_("To the orders"), href="/group/orders")
    return found


async def names_of(
    house: House, organisation: Organisation, found: Trace, language: Language
) -> AccountNames:
    """Names for all that a trace shows."""
    file = found.file
    people = {file.order.customer_id, file.order.agent_id}
    resources = {need.resource_id for line in file.lines for need in line.needs}
    for step in found.steps:
        for one in step.happenings:
            if one.figure and is_goods(one.figure.unit):
                resources.add(one.subject)
            if one.figure and "company_receivable" in (
                one.figure.debit_role,
                one.figure.credit_role,
            ):
                people |= {booking.payer_id for booking in file.bookings}
    return AccountNames(
        organisation,
        language,
        await read_resources(house.database, sorted(resources)),
        await read_customers(house.database, sorted(people - {0})),
    )
