"""Move a store: from a day on it hangs on another brand, legal entity, operator or city."""

from datetime import date

import msgspec
from msgspec import Struct, structs

from serai.capital import hand_over
from serai.cloud import Axis, Organisation, differences, in_force, move, nodes_at, sheets
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation.carry import carry_bookings, used_ahead
from serai.flows.organisation.tables import (
    keys_of,
    last_booked,
    open_in_book,
    selling,
    standing_in_book,
    unsettled,
)
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.times import today_at
from serai.ledger import MOST_STEPS, Account, Belonging, Change, Event, Insert, Step
from serai.logistics import hand_over_stock, resources_of


class StoreMoved(Struct, frozen=True):
    """The store's parent on an axis is another one from a day on."""

    store_id: int
    axis: Axis
    parent_id: int
    since: date


async def move_store(
    house: House, by: By, store_id: int, axis: Axis, parent_id: int, since: date
) -> StoreMoved | Refusal:
    """Give a store another parent from a day on: today, a day to come, or a past one since which
    it has taken no booking. Bookings keep the parents of the day they were made.

    The books of a store that sells change with its legal entity, on the day itself: what is booked
    and owed is carried over booking by booking, and then the store itself with its cash and goods.
    Who is interrupted asks again and goes on.
    """
    if axis == "entity":
        refused = await _carry(house, by, store_id, parent_id, since)
        if refused is not None:
            return refused

    async def draft() -> Draft | Refusal:
        moment = house.clock()
        organisation = await house.organisation({store_id})
        store = organisation.stores.get(store_id)
        if store is None:
            return unknown("store", "store_id")
        if parent_id not in nodes_at(organisation, axis):
            return unknown(axis, "parent_id")
        last = (await last_booked(house.database, organisation, [store_id])).get(store_id)
        today = today_at(store, moment)
        refused = _check_day(since, today, last) or _check_parent(
            organisation, store_id, axis, parent_id, since
        )
        if refused is None and axis == "entity":
            refused = _check_entity(organisation, store_id, parent_id, today)
        if refused is not None:
            return refused
        chain: tuple[Step, ...] | Refusal = ()
        if axis == "entity" and (last or await selling(house.database, [store_id])):
            chain = await _change_books(house, organisation, store_id, parent_id, since)
        if isinstance(chain, Refusal):
            return chain
        before = [row for row in organisation.parents(store_id) if row.axis == axis]
        new, changed = differences(before, move(before, parent_id, since))
        ids = await house.ids.take(len(new))
        moved = StoreMoved(store_id, axis, parent_id, since)
        return Draft(
            effective=moment,
            business_date=today,
            answer=moved,
            chain=chain,
            inserts=(
                (Insert("store_parents", tuple(structs.replace(row, id=next(ids)) for row in new)),)
                if new
                else ()
            ),
            changes=tuple(
                Change("store_parents", one.before.id, one.before.version, one.values)
                for one in changed
            ),
            events=(Event(type="store.moved", store=store_id, data=msgspec.json.encode(moved)),),
        )

    of = (store_id, axis, parent_id, since)
    answer = await take(house, by, "move_store", StoreMoved, draft, of=of)
    house.forget_organisation()
    if isinstance(answer, Refusal) and answer.name in ("record_rejected", "exceeds_credits"):
        return open_balances()  # an order came in between: database and books have looked again
    return answer


async def _carry(
    house: House, by: By, store_id: int, parent_id: int, since: date
) -> Refusal | None:
    """Carry a store's bookings over, when it is one that may move to another company today."""
    organisation = await house.organisation({store_id})
    store, goal = organisation.stores.get(store_id), organisation.entities.get(parent_id)
    if store is None or goal is None:
        return None  # the step itself says so
    today = today_at(store, house.clock())
    now = organisation.entities.get(organisation.parent(store_id, "entity", today) or 0)
    if (
        now in (None, goal)
        or since != today
        or now.currency != goal.currency
        or _has_moved(organisation, store_id, today)
    ):
        return None
    waiting = await unsettled(house.database, store_id)
    if waiting:
        return open_balances(", ".join(waiting))
    return await carry_bookings(house, by, store, now.id, goal.id, now.currency)


def _check_day(since: date, today: date, last: date | None) -> Refusal | None:
    if since > today + sheets.FARTHEST:
        return Refusal(
            name="date_too_far",
            says="A move is planned at most three years ahead.",
            advice="Choose an earlier day.",
            field="since",
        )
    if last is not None and since < today and since <= last:
        return Refusal(
            name="booked_since",
            says=f"The store has taken bookings up to {last}, under its parents of then.",
            advice="Choose today, or a day to come.",
            field="since",
        )
    return None


def _check_parent(
    organisation: Organisation, store_id: int, axis: Axis, parent_id: int, since: date
) -> Refusal | None:
    periods = [row for row in organisation.parents(store_id) if row.axis == axis]
    row = in_force(periods, since)
    if row is None:
        return Refusal(
            name="since_too_early",
            says="The store has no parents on that day.",
            advice="Choose a later day.",
            field="since",
        )
    if row.parent_id == parent_id:
        return Refusal(
            name="already_there",
            says="The store hangs there already on that day.",
            advice="Choose another one, or another day.",
            field="parent_id",
        )
    return None


def _check_entity(
    organisation: Organisation, store_id: int, parent_id: int, today: date
) -> Refusal | None:
    now = organisation.entities.get(organisation.parent(store_id, "entity", today) or 0)
    if now is not None and now.currency != organisation.entities[parent_id].currency:
        return Refusal(
            name="currency_differs",
            says=f"{now.name_en} keeps its books in {now.currency}.",
            advice="Choose a company that keeps its books in the same currency.",
            field="parent_id",
        )
    return None


async def _change_books(
    house: House, organisation: Organisation, store_id: int, parent_id: int, since: date
) -> tuple[Step, ...] | Refusal:
    """What a store that sells takes along from one book to another, if it can go."""
    today = today_at(organisation.stores[store_id], house.clock())
    now = organisation.entities.get(organisation.parent(store_id, "entity", today) or 0)
    if now is None:
        return ()
    if since != today or _has_moved(organisation, store_id, today):
        return Refusal(
            name="moves_today",
            says=f"A store that sells changes its company on the day itself, today {today}, and "
            "once a day.",
            advice="Move it on that day, once nothing of it is open.",
            field="since",
        )
    resources = {one.id: one for one in await resources_of(house.database, [store_id])}
    keys = keys_of(now.id, now.currency, store_id, tuple(resources.values()))
    found = await open_in_book(house.database, keys, store_id)
    if found:
        return open_balances(", ".join(found))
    of = Belonging(store=store_id)
    store = organisation.stores[store_id]
    chain = list(await used_ahead(house, store, now.id, parent_id, of))
    for one in await standing_in_book(house.database, keys):
        if one.role == "available":
            chain += hand_over_stock(now.id, parent_id, resources[one.holder], -one.debit, of)
        else:
            account = Account(now.id, one.unit, one.holder, one.role, 0, one.account_limit)
            chain += hand_over(account, parent_id, one.debit, of)
    if len(chain) > MOST_STEPS:
        return Refusal(
            name="chain_too_long",
            says=f"The store has more goods than can change books in one step ({len(chain)}).",
            advice="Open a store of its own for the new company.",
            field="parent_id",
        )
    return tuple(chain)


def _has_moved(organisation: Organisation, store_id: int, today: date) -> bool:
    """Whether a store's company is another one since today."""
    periods = [row for row in organisation.parents(store_id) if row.axis == "entity"]
    return any(row.since == today for row in periods[1:])


def open_balances(what: str = "held") -> Refusal:
    """Something of the store is still open in the book that it would leave."""
    return Refusal(
        name="open_balances",
        says=f"The store is still open in the books of its company: {what.replace('_', ' ')}.",
        advice="Wait until what is held is confirmed or has run out, and try again.",
        field="parent_id",
    )
