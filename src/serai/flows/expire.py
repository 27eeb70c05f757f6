"""Expire: a hold that nobody confirmed in time ends, and its records say so.

The ledger has freed the capacity at the deadline already; this follows with the lines.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from serai.cloud import PLATFORM
from serai.core import Refusal
from serai.flows.confirm import pendings_of
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at
from serai.ledger import Change, Pending, open_pendings
from serai.merchants import Line, OrderFile, overdue_orders, read_order


class Expired(Struct, frozen=True):
    """These lines are held no more."""

    order_id: int
    lines: tuple[int, ...]


class _Over(Struct, frozen=True):
    """The lines of an order whose hold is over, and until when its other lines are held."""

    file: OrderFile
    lines: tuple[Line, ...]
    held_until: datetime | None


async def expire_overdue(house: House) -> int:
    """Expire every hold that has run out; how many orders there were."""
    overdue = await overdue_orders(house.database, house.clock())
    for order_id in overdue:
        await expire(house, order_id)
    return len(overdue)


async def expire(house: House, order_id: int) -> Expired | Refusal:
    """Expire the held lines of an order, once the books have given back what they held.

    It takes effect when the hold ran out, however late somebody looks.
    """
    seen = await _over(house, order_id)
    if isinstance(seen, Refusal):
        return seen

    async def draft() -> Draft | Refusal:
        over = await _over(house, order_id)
        if isinstance(over, Refusal):
            return over
        file, lines = over.file, over.lines
        moment = file.order.held_until or house.clock()
        organisation = await house.organisation(line.store_id for line in lines)
        changes = [move_line(line, "expired", moment) for line in lines]
        if over.held_until is not None:
            order = file.order
            changes.append(
                Change("orders", order.id, order.version, {"held_until": over.held_until})
            )
        return Draft(
            effective=moment,
            business_date=day_at(organisation, lines[0], moment),
            answer=Expired(order_id, tuple(line.id for line in lines)),
            changes=tuple(changes),
            events=tell(file, lines, "booking.expired"),
        )

    versions = "+".join(f"{line.id}.{line.version}" for line in seen.lines)
    return await take(house, By(PLATFORM, versions), "expire", Expired, draft, keep_refusals=False)


async def _over(house: House, order_id: int) -> _Over | Refusal:
    # The order before its pending transfers: what is done to both in between gives its lines a new
    # version, and this step is stale.
    file = await read_order(house.database, order_id)
    if file is None:
        return unknown("order", "order_id")
    pendings = await open_pendings(house.database, order_id)
    now = house.clock()
    held = [line for line in file.lines if line.state == "held"]
    deadlines = {line.id: _deadline(file, line, pendings, now) for line in held}
    over = tuple(line for line in held if deadlines[line.id] <= now)
    if not over:
        return Refusal(
            name="hold_not_over",
            says="Nothing of this order is held beyond its time.",
            advice="Wait until the hold has run out.",
        )
    return _Over(file, over, min((d for d in deadlines.values() if d > now), default=None))


def _deadline(file: OrderFile, line: Line, pendings: Sequence[Pending], now: datetime) -> datetime:
    """Until when a line is held: nothing that it had set aside is pending once that is over."""
    own = pendings_of(pendings, (line,))
    if len(own) < len(line.needs):
        return now
    until = [pending.deadline for pending in own if pending.deadline is not None]
    return min(until, default=file.order.held_until or now)
