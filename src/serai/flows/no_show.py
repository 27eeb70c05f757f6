"""No-show: the guest did not come; the slot has begun and never becomes available again."""

from datetime import datetime

from msgspec import Struct

from serai.capital import ask_refund, keep_fee, move_value, payments_of, return_deposit
from serai.core import Refusal
from serai.flows.agreement import deal_of, needs_of_line, of_line
from serai.flows.cancel import split_refund
from serai.flows.confirm import day_at, of_payment
from serai.flows.house import House
from serai.flows.refusals import check_states, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.ledger import Insert, Step
from serai.logistics import forfeit
from serai.merchants import Line, OrderFile, chosen, no_show_fee, read_order


class NotShown(Struct, frozen=True):
    """Nobody came for these lines: `fee_minor` is kept, `refund_minor` goes back."""

    order_id: int
    lines: tuple[int, ...]
    fee_minor: int
    refund_minor: int
    currency: str


async def no_show(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    at: datetime | None = None,
) -> NotShown | Refusal:
    """Treat confirmed lines (all by default) as not shown, once their service has begun."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        file = await read_order(house.database, order_id)
        if file is None:
            return unknown("order", "order_id")
        own = chosen(file.lines, lines)
        refused = check_states(own, ("confirmed",), "marked as not shown")
        if refused is not None:
            return refused
        for line in own:
            if moment < line.begins_at:
                return Refusal(
                    name="service_not_begun",
                    says=f"{line.name_en} has not begun yet.",
                    advice="Wait until it has, or cancel it.",
                    field="lines",
                )
        payments = await payments_of(house.database, order_id)
        refund_ids = await house.ids.take(len(payments))
        fees = {
            line.id: no_show_fee(line.amount_minor, line.guarantee, line.cancellation)
            for line in own
        }
        owed_back = sum(
            line.amount_minor - fees[line.id] for line in own if line.guarantee == "prepaid"
        )
        refunds = split_refund(payments, tuple(refund_ids), owed_back, moment)
        chain: list[Step] = []
        for line in own:
            chain += forgo(file, line, fees[line.id])
        for refund in refunds:
            chain += ask_refund(
                refund.collector_id, refund.currency, refund.amount_minor, of_payment(refund)
            )
        organisation = await house.organisation()
        return Draft(
            effective=moment,
            business_date=day_at(organisation, own[0], moment),
            answer=NotShown(
                order_id,
                tuple(line.id for line in own),
                sum(fees.values()),
                owed_back,
                file.order.currency,
            ),
            chain=tuple(chain),
            inserts=(Insert("payments", refunds),) if refunds else (),
            changes=tuple(move_line(line, "not_shown", moment, fees[line.id]) for line in own),
            events=tell(file, own, "booking.not_shown", fees),
        )

    return await take(house, by, "no_show", NotShown, draft)


def forgo(file: OrderFile, line: Line, fee: int) -> tuple[Step, ...]:
    """What nobody came for is forfeited; what is kept of it, and what goes back."""
    booking = file.booking(line.booking_id)
    deal, of = deal_of(booking), of_line(line)
    prepaid = line.guarantee == "prepaid"
    chain: list[Step] = [*forfeit(booking.entity_id, needs_of_line(line), of)]
    chain += move_value(deal, line.amount_minor, "on_the_books", "not_shown", "no_show", of)
    chain += keep_fee(deal, fee, line.fee_tax_bp, of, "no_show", prepaid=prepaid)
    if prepaid:
        chain += return_deposit(deal, line.amount_minor - fee, of)
    return tuple(chain)
