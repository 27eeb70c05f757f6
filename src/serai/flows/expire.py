"""Expire: a hold that nobody confirmed in time ends, and its records say so.

The ledger has freed the capacity at the deadline already; this follows with the lines.
"""

from msgspec import Struct

from serai.cloud import PLATFORM
from serai.core import Refusal
from serai.flows.confirm import day_at, pendings_of
from serai.flows.house import House
from serai.flows.refusals import check_states, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.ledger import open_pendings
from serai.merchants import overdue_orders, read_order


class Expired(Struct, frozen=True):
    """These lines are held no more."""

    order_id: int
    lines: tuple[int, ...]


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
    file = await read_order(house.database, order_id)
    if file is None:
        return unknown("order", "order_id")
    held = tuple(line for line in file.lines if line.state == "held")
    refused = check_states(held, ("held",), "expired")
    if refused is not None:
        return refused
    for pending in pendings_of(await open_pendings(house.database, order_id), held):
        if pending.deadline is None or pending.deadline > house.clock():
            return Refusal(name="hold_not_over", says="The hold has not run out yet.")

    async def draft() -> Draft:
        moment = file.order.held_until or house.clock()
        organisation = await house.organisation()
        return Draft(
            effective=moment,
            business_date=day_at(organisation, held[0], moment),
            answer=Expired(order_id, tuple(line.id for line in held)),
            changes=tuple(move_line(line, "expired", moment) for line in held),
            events=tell(file, held, "booking.expired"),
        )

    version = max(line.version for line in held)
    return await take(house, By(PLATFORM, f"{order_id}:{version}"), "expire", Expired, draft)
