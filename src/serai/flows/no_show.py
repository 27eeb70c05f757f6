"""No-show: the guest did not come; the slot has begun and never becomes available again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import move_value
from serai.cloud import Actor, Organisation, Wait
from serai.core import Refusal
from serai.flows.agreement import deal_of, is_deposited, needs_of_line, of_line
from serai.flows.cancel import owed_back, settle_fee
from serai.flows.fulfil import earned_of, need_date
from serai.flows.house import House
from serai.flows.refunds import pay_back
from serai.flows.refusals import check_states, choose, unknown
from serai.flows.step import By, Draft, listed, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at, has_begun
from serai.flows.turns import Turn
from serai.ledger import Step
from serai.logistics import forfeit, give_back
from serai.merchants import Line, LineNeed, OrderFile, no_show_fee, read_order


class NotShown(Struct, frozen=True):
    """Nobody came for these lines: `fee_minor` is kept, `refund_minor` goes back,
    `refund_waits_minor` of it once a second person has agreed, because of `refund_wait`."""

    order_id: int
    lines: tuple[int, ...]
    fee_minor: int
    refund_minor: int
    currency: str
    refund_waits_minor: int = 0
    refund_wait: Wait | None = None


async def no_show(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    at: datetime | None = None,
) -> NotShown | Refusal:
    """Treat confirmed lines (all by default) as not shown, once their service has begun.

    What has begun or is paid for is forfeited; nights after those can be sold again, and goods
    that nobody fetched are still there.
    """

    async with house.turns.one() as turn:

        async def draft() -> Draft | Refusal:
            return await _draft(house, by.actor, order_id, lines, at or house.clock(), turn)

        return await take(house, by, "no_show", NotShown, draft, of=(order_id, listed(lines)))


async def _draft(
    house: House, actor: Actor, order_id: int, lines: frozenset[int] | None, moment: datetime,
    turn: Turn,
) -> Draft | Refusal:  # fmt: skip
    file = await read_order(house.database, order_id)
    if file is None:
        return unknown("order", "order_id")
    own = choose(file, lines)
    if isinstance(own, Refusal):
        return own
    refused = check_states(own, ("confirmed",), "marked as not shown") or _check_begun(own, moment)
    if refused is not None:
        return refused
    fees = {
        line.id: no_show_fee(line.amount_minor, line.guarantee, line.cancellation) for line in own
    }
    owed = owed_back(file, own, fees)
    back = await pay_back(house, actor, file, own, owed, moment, turn)
    organisation = await house.organisation(line.store_id for line in own)
    return Draft(
        effective=moment,
        business_date=day_at(organisation, own[0], moment),
        answer=NotShown(
            order_id,
            tuple(line.id for line in own),
            sum(fees.values()),
            sum(owed.values()),
            file.order.currency,
            back.waits_minor,
            back.wait,
        ),
        chain=(*forgo_all(organisation, file, own, fees, moment), *back.chain),
        inserts=back.inserts,
        changes=(
            *(move_line(line, "not_shown", moment, fees[line.id]) for line in own),
            *back.changes,
        ),
        events=(*tell(file, own, "booking.not_shown", fees), *back.events),
    )


def _check_begun(lines: Sequence[Line], moment: datetime) -> Refusal | None:
    for line in lines:
        if moment < line.begins_at:
            return Refusal(
                name="service_not_begun",
                says=f"{line.name_en} has not begun yet.",
                advice="Wait until it has, or cancel it.",
                field="lines",
            )
    return None


def forgo_all(
    organisation: Organisation, file: OrderFile, lines: Sequence[Line], fees: Mapping[int, int],
    moment: datetime,
) -> tuple[Step, ...]:  # fmt: skip
    """What becomes of lines that nobody has come for at `moment`, line by line."""
    chain: list[Step] = []
    for line in lines:
        store = organisation.stores[line.store_id]
        charged = _charged_days(file, line, fees[line.id])
        ahead = [
            need
            for need in line.needs
            if not has_begun(need, line, store, moment)
            and (need.kind == "stock" or need_date(need, line) not in charged)
        ]
        chain += forgo(file, line, fees[line.id], ahead, day_at(organisation, line, moment))
    return tuple(chain)


def _charged_days(file: OrderFile, line: Line, fee: int) -> frozenset[date]:
    """The service dates that a fee pays for in full, the first ones first."""
    charged = set()
    for earned in earned_of(file.charges_of(line), date.max):
        if not 0 < earned.amount <= fee:
            break
        charged.add(earned.service_date)
        fee -= earned.amount
    return frozenset(charged)


def forgo(
    file: OrderFile, line: Line, fee: int, ahead: Collection[LineNeed] = (), on: date | None = None
) -> tuple[Step, ...]:
    """What nobody came for is forfeited, but for needs still `ahead`; what is kept of it, and
    what goes back."""
    booking = file.booking(line.booking_id)
    deal, of = deal_of(booking), of_line(line)
    gone = [need for need in line.needs if need not in ahead]
    chain: list[Step] = [
        *forfeit(booking.entity_id, needs_of_line(line, gone), of, on=on),
        *give_back(booking.entity_id, needs_of_line(line, ahead), of, on=on, reason="no_show"),
    ]
    chain += move_value(deal, line.amount_minor, "on_the_books", "not_shown", "no_show", of, on)
    return (*chain, *settle_fee(deal, line, fee, is_deposited(line, booking), of, "no_show", on))
