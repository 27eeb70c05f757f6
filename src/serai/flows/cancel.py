"""Cancel: everything that a line had set aside, owed or paid is unwound, in one step.

The preview is the same code as the deed, without the commit.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import Deal, keep_fee, move_value, pay_at_desk, return_deposit
from serai.cloud import PLATFORM, Actor, Organisation, Wait
from serai.core import Refusal
from serai.flows.agreement import deal_of, is_deposited, needs_of_line, of_line
from serai.flows.confirm import pendings_of
from serai.flows.house import House
from serai.flows.refunds import pay_back
from serai.flows.refusals import check_states, choose, unknown
from serai.flows.step import By, Draft, listed, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at, has_begun
from serai.flows.turns import Turn
from serai.ledger import Belonging, Pending, Step, Void, open_pendings
from serai.logistics import forfeit, give_back
from serai.merchants import Line, LineNeed, OrderFile, cancellation_fee, read_order


class Cancelled(Struct, frozen=True):
    """These lines are cancelled: `fee_minor` is kept, `refund_minor` goes back the way it came;
    `refund_waits_minor` of it once a second person has agreed, because of `refund_wait`."""

    order_id: int
    lines: tuple[int, ...]
    fee_minor: int
    refund_minor: int
    currency: str
    refund_waits_minor: int = 0
    refund_wait: Wait | None = None


class CancellationPreview(Struct, frozen=True):
    """What a cancellation at this moment would do, with every transfer it would make."""

    cancelled: Cancelled
    chain: tuple[Step, ...]


async def cancel(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    at: datetime | None = None,
) -> Cancelled | Refusal:
    """Cancel lines of an order, all of them by default.

    A line that is being paid for is cancelled at once; its money goes back when it comes. What
    has begun of a service cannot be sold again.
    """

    async with house.turns.one() as turn:

        async def draft() -> Draft | Refusal:
            return await _draft(house, by.actor, order_id, lines, at or house.clock(), turn)

        return await take(house, by, "cancel", Cancelled, draft, of=(order_id, listed(lines)))


async def preview_cancellation(
    house: House, order_id: int, *, lines: frozenset[int] | None = None, actor: Actor = PLATFORM
) -> CancellationPreview | Refusal:
    """What `cancel` would do now, were it `actor` who asks."""
    drafted = await _draft(house, actor, order_id, lines, house.clock())
    if isinstance(drafted, Refusal):
        return drafted
    if not isinstance(drafted.answer, Cancelled):
        raise TypeError("a cancellation answers with what was cancelled")
    return CancellationPreview(drafted.answer, drafted.chain)


async def _draft(
    house: House, actor: Actor, order_id: int, lines: frozenset[int] | None, moment: datetime,
    turn: Turn | None = None,
) -> Draft | Refusal:  # fmt: skip
    file = await read_order(house.database, order_id)
    if file is None:
        return unknown("order", "order_id")
    own = choose(file, lines)
    if isinstance(own, Refusal):
        return own
    refused = check_states(own, ("held", "paying", "confirmed"), "cancelled")
    if refused is not None:
        return refused
    fees = {line.id: _fee(line, moment) for line in own}
    owed = owed_back(file, [line for line in own if line.state == "confirmed"], fees)
    back = await pay_back(house, actor, file, own, owed, moment, turn)
    pendings = pendings_of(await open_pendings(house.database, order_id), own)
    organisation = await house.organisation(line.store_id for line in own)
    return Draft(
        effective=moment,
        business_date=day_at(organisation, own[0], moment),
        answer=Cancelled(
            file.order.id,
            tuple(line.id for line in own),
            sum(fees.values()),
            sum(owed.values()),
            file.order.currency,
            back.waits_minor,
            back.wait,
        ),
        chain=(*unwind(organisation, file, own, fees, pendings, moment), *back.chain),
        inserts=back.inserts,
        changes=(
            *(move_line(line, "cancelled", moment, fees[line.id]) for line in own),
            *back.changes,
        ),
        events=(*tell(file, own, "booking.cancelled", fees), *back.events),
    )


def _fee(line: Line, moment: datetime) -> int:
    """What is kept of a line; nothing of one that was not confirmed."""
    if line.state != "confirmed":
        return 0
    return cancellation_fee(
        line.amount_minor, line.guarantee, line.cancellation, line.begins_at, moment
    )


def unwind(
    organisation: Organisation, file: OrderFile, lines: Sequence[Line], fees: Mapping[int, int],
    pendings: Sequence[Pending], moment: datetime,
) -> tuple[Step, ...]:  # fmt: skip
    """What a cancellation at `moment` takes back of these lines: holds, units, value, deposits."""
    chain: list[Step] = [Void(pending=pending.id, reason="cancel") for pending in pendings]
    for line in lines:
        if line.state != "confirmed":
            continue
        store = organisation.stores[line.store_id]
        begun = [need for need in line.needs if has_begun(need, line, store, moment)]
        chain += release(file, line, fees[line.id], begun, day_at(organisation, line, moment))
    return tuple(chain)


def release(
    file: OrderFile, line: Line, fee: int, begun: Collection[LineNeed] = (), on: date | None = None
) -> tuple[Step, ...]:
    """What a confirmed line gives back, but for needs that have begun, and what is kept of it."""
    booking = file.booking(line.booking_id)
    deal, of = deal_of(booking), of_line(line)
    ahead = [need for need in line.needs if need not in begun]
    chain: list[Step] = [
        *give_back(booking.entity_id, needs_of_line(line, ahead), of, on=on),
        *forfeit(booking.entity_id, needs_of_line(line, begun), of, on=on, reason="cancel"),
    ]
    chain += move_value(deal, line.amount_minor, "on_the_books", "cancelled", "cancel", of, on)
    return (*chain, *settle_fee(deal, line, fee, is_deposited(line, booking), of, "cancel", on))


def settle_fee(
    deal: Deal, line: Line, fee: int, deposited: bool, of: Belonging, reason: str, on: date | None
) -> tuple[Step, ...]:
    """What is kept of a line that is not served: from its deposit, the rest of which goes back,
    or owed by whoever pays for it."""
    kept = keep_fee(deal, fee, line.fee_tax_bp, of, reason, prepaid=deposited, on=on)
    if deposited:
        return (*kept, *return_deposit(deal, line.amount_minor - fee, of, reason, on))
    if line.guarantee == "company":
        return (*kept, *pay_at_desk(deal, fee, "company", of, on))
    return kept


def owed_back(file: OrderFile, lines: Sequence[Line], fees: Mapping[int, int]) -> dict[int, int]:
    """What goes back of what was paid in advance for each of these lines, in minor units."""
    return {
        line.id: line.amount_minor - fees[line.id]
        for line in lines
        if is_deposited(line, file.booking(line.booking_id))
    }
