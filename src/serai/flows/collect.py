"""Collect: what guests still owe a store is paid at its desk: a stay, or a fee that was kept."""

from datetime import datetime

from msgspec import Struct

from serai.capital import DeskMethod, pay_at_desk
from serai.core import Database, Refusal
from serai.flows.agreement import deal_of, of_line
from serai.flows.house import House
from serai.flows.payers import check_companies
from serai.flows.refusals import choose, unknown
from serai.flows.step import By, Draft, listed, take
from serai.flows.telling import tell
from serai.flows.times import day_at
from serai.ledger import Change, Step, journal_of_order
from serai.merchants import OrderFile, read_order

GUEST_RECEIVABLE = "guest_receivable"


class Collected(Struct, frozen=True):
    """What these lines owed is paid."""

    order_id: int
    lines: tuple[int, ...]
    paid_minor: int
    currency: str


async def collect(
    house: House,
    by: By,
    order_id: int,
    method: DeskMethod,
    *,
    lines: frozenset[int] | None = None,
    at: datetime | None = None,
) -> Collected | Refusal:
    """Settle all that lines of an order (all by default) owe their stores, by `method`."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        file = await read_order(house.database, order_id)
        if file is None:
            return unknown("order", "order_id")
        own = choose(file, lines)
        if isinstance(own, Refusal):
            return own
        owed = await owed_by_line(house.database, file)
        own = tuple(line for line in own if owed.get(line.id, 0) > 0)
        if not own:
            return _nothing_owed()
        if method == "company":
            payers = {file.booking(line.booking_id).payer_id for line in own}
            refused = await check_companies(house, payers)
            if refused is not None:
                return refused
        organisation = await house.organisation(line.store_id for line in own)
        chain: list[Step] = []
        for line in own:
            deal, on = deal_of(file.booking(line.booking_id)), day_at(organisation, line, moment)
            chain += pay_at_desk(deal, owed[line.id], method, of_line(line), on)
        paid = {line.id: owed[line.id] for line in own}
        return Draft(
            effective=moment,
            business_date=day_at(organisation, own[0], moment),
            answer=Collected(order_id, tuple(paid), sum(paid.values()), file.order.currency),
            chain=tuple(chain),
            # Their versions move on, so that nobody is asked for the same money twice.
            changes=tuple(Change("lines", line.id, line.version, {}) for line in own),
            events=tell(file, own, "booking.paid", paid=paid),
        )

    return await take(house, by, "collect", Collected, draft, of=(order_id, listed(lines), method))


async def owed_by_line(database: Database, file: OrderFile) -> dict[int, int]:
    """What each line of an order owes its store, from the journal."""
    owed: dict[int, int] = {}
    for row in await journal_of_order(database, file.order.id):
        if row.kind != "posted" or row.unit != file.order.currency:
            continue
        if row.debit_role == GUEST_RECEIVABLE:
            owed[row.line_id] = owed.get(row.line_id, 0) + row.amount
        if row.credit_role == GUEST_RECEIVABLE:
            owed[row.line_id] = owed.get(row.line_id, 0) - row.amount
    return owed


def _nothing_owed() -> Refusal:
    return Refusal(
        name="nothing_owed",
        says="Nothing is owed for these lines.",
        advice="Look at what was paid for the order already.",
        field="lines",
    )
