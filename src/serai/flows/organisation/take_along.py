"""Take along: what a store has in the book of its company besides bookings (cash, goods, what is
owed for them, and what is used up of tonight) goes over in the step that moves the store."""

from serai.capital import hand_over
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation.carry import Removal
from serai.flows.organisation.tables import (
    Keys,
    keys_of,
    open_in_book,
    standing_in_book,
    units_used,
)
from serai.flows.times import today_at
from serai.ledger import MOST_STEPS, Account, Belonging, Step
from serai.logistics import capacity, hand_over_stock, read_free, take_out


async def take_along(house: House, removal: Removal) -> tuple[Step, ...] | Refusal:
    """The chain that takes all of it along, once no booking is open in the book that it leaves."""
    found = await open_in_book(house.database, _keys(removal), removal.store.id)
    if found:
        return open_balances(", ".join(found))
    return await belongings(house, removal)


async def belongings(house: House, removal: Removal) -> tuple[Step, ...] | Refusal:
    """The same chain, whether bookings are open or not."""
    of, origin, goal = Belonging(store=removal.store.id), removal.origin, removal.goal
    chain = list(await _used_ahead(house, removal, of))
    for one in await standing_in_book(house.database, _keys(removal)):
        if one.role == "available":
            resource = removal.resources[one.holder]
            chain += hand_over_stock(origin, goal, resource, -one.debit, of)
        else:
            account = Account(origin, one.unit, one.holder, one.role, 0, one.account_limit)
            chain += hand_over(account, goal, one.debit, of)
    if len(chain) > MOST_STEPS:
        return Refusal(
            name="chain_too_long",
            says=f"The store has more goods than can change books in one step ({len(chain)}).",
            advice="Open a store of its own for the new company.",
            field="parent_id",
        )
    return tuple(chain)


async def _used_ahead(house: House, removal: Removal, of: Belonging) -> tuple[Step, ...]:
    """What was used up in the old book of slots that lie ahead (tonight's room, whose guest came):
    it is not free in the new one either."""
    goal, resources = removal.goal, removal.resources
    today = today_at(removal.store, house.clock())
    used = await units_used(house.database, removal.store.id, removal.origin, today)
    free = await read_free(
        house.database,
        [(goal, resources[one.resource_id].unit, one.resource_id, one.slot) for one in used],
    )
    chain: list[Step] = []
    for one in used:
        resource = resources[one.resource_id]
        opens = capacity(resource, one.slot)
        left = free.get((one.resource_id, one.slot), opens)
        chain += take_out(goal, resource, one.slot, min(one.quantity, left), of, opens=opens)
    return tuple(chain)


def open_balances(what: str = "held") -> Refusal:
    """Something of the store is still open in the book that it would leave."""
    return Refusal(
        name="open_balances",
        says=f"The store is still open in the books of its company: {what.replace('_', ' ')}.",
        advice="Wait until what is held is confirmed or has run out, and try again.",
        field="parent_id",
    )


def _keys(removal: Removal) -> Keys:
    resources = tuple(removal.resources.values())
    return keys_of(removal.origin, removal.currency, removal.store.id, resources)
