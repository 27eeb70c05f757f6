"""Move a store: from a day on it hangs on another brand, legal entity, operator or city."""

from datetime import date, datetime

import msgspec
from msgspec import Struct, structs

from serai.cloud import (
    Axis,
    Organisation,
    PlannedMove,
    Store,
    StoreParent,
    differences,
    in_force,
    move,
    nodes_at,
    sheets,
    waits_for_its_day,
)
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation.carry import carry_bookings, removal_of
from serai.flows.organisation.foresee import foresee
from serai.flows.organisation.plans import begin, end, move_planned
from serai.flows.organisation.tables import last_booked, selling
from serai.flows.organisation.take_along import open_balances, take_along
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.times import today_at
from serai.ledger import Change, Event, Insert, Step


class StoreMoved(Struct, frozen=True):
    """The store's parent on an axis is another one from a day on; one that is `planned` becomes it
    when that day begins."""

    store_id: int
    axis: Axis
    parent_id: int
    since: date
    planned: bool = False


async def move_store(
    house: House, by: By, store_id: int, axis: Axis, parent_id: int, since: date
) -> StoreMoved | Refusal:
    """Give a store another parent from a day on: today, a day to come, or a past one since which
    it has taken no booking. Bookings keep the parents of the day they were made.

    The books of a store that sells change with its legal entity, on the day itself: what is booked
    and owed is carried over booking by booking, and then the store itself with its cash and goods.
    Who is interrupted asks again and goes on. For a day to come it is planned, and `carry_out`
    does the same on that day.
    """
    return await _move(house, by, StoreMoved(store_id, axis, parent_id, since))


async def carry_out(house: House, by: By, plan: PlannedMove) -> StoreMoved | Refusal:
    """Move a store today to the legal entity that it was planned to go to; the plan ends with it,
    in the same step."""
    organisation = await house.organisation({plan.store_id})
    today = today_at(organisation.stores[plan.store_id], house.clock())
    return await _move(house, by, StoreMoved(plan.store_id, "entity", plan.to_id, today), plan)


async def _move(
    house: House, by: By, wanted: StoreMoved, plan: PlannedMove | None = None
) -> StoreMoved | Refusal:
    if wanted.axis == "entity":
        refused = await _carry(house, by, wanted, plan)
        if refused is not None:
            return refused
    of = (wanted.store_id, wanted.axis, wanted.parent_id, wanted.since)
    answer = await take(
        house, by, "move_store", StoreMoved, lambda: _draft(house, by, wanted, plan),
        of=of, keep_refusals=plan is None,
    )  # fmt: skip
    house.forget_organisation()
    if isinstance(answer, Refusal) and answer.name in ("record_rejected", "exceeds_credits"):
        # Others were faster: database and books have looked again.
        ahead = (await house.organisation()).planned.get(wanted.store_id)
        return open_balances() if plan or ahead is None else move_planned(ahead)
    return answer


async def _carry(
    house: House, by: By, wanted: StoreMoved, plan: PlannedMove | None
) -> Refusal | None:
    """Carry a store's bookings over, when it is one that may move to another company today."""
    organisation = await house.organisation({wanted.store_id})
    store = organisation.stores.get(wanted.store_id)
    goal = organisation.entities.get(wanted.parent_id)
    if store is None or goal is None:
        return None  # the step itself says so
    today = today_at(store, house.clock())
    now = organisation.entities.get(organisation.parent(store.id, "entity", today) or 0)
    if (
        now in (None, goal)
        or wanted.since != today
        or now.currency != goal.currency
        or _has_moved(organisation, store.id, today)
        or _is_ahead(organisation, store.id, plan)
    ):
        return None
    removal = await removal_of(house, store, now, goal.id)
    refused = await foresee(house, removal)
    if refused is None and plan is not None:
        refused = await begin(house, by, plan)
    return refused or await carry_bookings(house, by, removal)


async def _draft(
    house: House, by: By, wanted: StoreMoved, plan: PlannedMove | None
) -> Draft | Refusal:
    moment = house.clock()
    organisation = await house.organisation({wanted.store_id})
    ended = () if plan is None else await end(house, plan)
    if isinstance(ended, Refusal):
        return ended
    store = organisation.stores.get(wanted.store_id)
    if store is None:
        return unknown("store", "store_id")
    if wanted.parent_id not in nodes_at(organisation, wanted.axis):
        return unknown(wanted.axis, "parent_id")
    last = (await last_booked(house.database, organisation, [store.id])).get(store.id)
    today = today_at(store, moment)
    before = [row for row in organisation.parents(store.id) if row.axis == wanted.axis]
    refused = _check_day(wanted.since, today, last) or _check_parent(before, wanted)
    if refused is None and wanted.axis == "entity":
        refused = _check_entity(organisation, wanted, today, plan)
    if refused is not None:
        return refused
    if wanted.axis == "entity" and waits_for_its_day(before, wanted.since, today):
        return await _plan(house, by, wanted, before, today)
    chain: tuple[Step, ...] | Refusal = ()
    if wanted.axis == "entity" and (last or await selling(house.database, [store.id])):
        chain = await _change_books(house, organisation, store, wanted)
    if isinstance(chain, Refusal):
        return chain
    return await _step(house, wanted, before, moment, today, chain, ended)


async def _step(
    house: House, wanted: StoreMoved, before: list[StoreParent], moment: datetime, today: date,
    chain: tuple[Step, ...], ended: tuple[Change, ...],
) -> Draft:  # fmt: skip
    new, changed = differences(before, move(before, wanted.parent_id, wanted.since))
    ids = await house.ids.take(len(new))
    rows = tuple(structs.replace(row, id=next(ids)) for row in new)
    return Draft(
        effective=moment,
        business_date=today,
        answer=wanted,
        chain=chain,
        inserts=(Insert("store_parents", rows),) if rows else (),
        changes=(
            *(
                Change("store_parents", one.before.id, one.before.version, one.values)
                for one in changed
            ),
            *ended,
        ),
        events=(
            Event(type="store.moved", store=wanted.store_id, data=msgspec.json.encode(wanted)),
        ),
    )


async def _plan(
    house: House, by: By, wanted: StoreMoved, before: list[StoreParent], today: date
) -> Draft:
    """The move is kept for its day: a parent by date would change the store's book by itself."""
    now, moment = in_force(before, wanted.since), house.clock()
    assert now is not None  # it was looked at
    kept = PlannedMove(
        id=next(await house.ids.take(1)), store_id=wanted.store_id, from_id=now.parent_id,
        to_id=wanted.parent_id, since=wanted.since, asked_by=by.actor.name, asked_at=moment,
    )  # fmt: skip
    planned = structs.replace(wanted, planned=True)
    return Draft(
        effective=moment,
        business_date=today,
        answer=planned,
        inserts=(Insert("planned_moves", (kept,)),),
        # Of a move now and this one at the same moment, one comes first and the other hears of it.
        changes=(Change("store_parents", now.id, now.version, {}),),
        events=(
            Event(
                type="store.move_planned", store=wanted.store_id, data=msgspec.json.encode(planned)
            ),
        ),
    )


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


def _check_parent(periods: list[StoreParent], wanted: StoreMoved) -> Refusal | None:
    row = in_force(periods, wanted.since)
    if row is None:
        return Refusal(
            name="since_too_early",
            says="The store has no parents on that day.",
            advice="Choose a later day.",
            field="since",
        )
    if row.parent_id == wanted.parent_id:
        return Refusal(
            name="already_there",
            says="The store hangs there already on that day.",
            advice="Choose another one, or another day.",
            field="parent_id",
        )
    return None


def _check_entity(
    organisation: Organisation, wanted: StoreMoved, today: date, plan: PlannedMove | None
) -> Refusal | None:
    if _is_ahead(organisation, wanted.store_id, plan):
        return move_planned(organisation.planned[wanted.store_id])
    now = organisation.entities.get(organisation.parent(wanted.store_id, "entity", today) or 0)
    if now is not None and now.currency != organisation.entities[wanted.parent_id].currency:
        return Refusal(
            name="currency_differs",
            says=f"{now.name_en} keeps its books in {now.currency}.",
            advice="Choose a company that keeps its books in the same currency.",
            field="parent_id",
        )
    return None


def _is_ahead(organisation: Organisation, store_id: int, plan: PlannedMove | None) -> bool:
    """Whether another move of the store than this one waits for its day."""
    ahead = organisation.planned.get(store_id)
    return ahead is not None and (plan is None or ahead.id != plan.id)


async def _change_books(
    house: House, organisation: Organisation, store: Store, wanted: StoreMoved
) -> tuple[Step, ...] | Refusal:
    """What a store that sells takes along from one book to another, if it can go."""
    today = today_at(store, house.clock())
    now = organisation.entities.get(organisation.parent(store.id, "entity", today) or 0)
    if now is None:
        return ()
    if wanted.since != today or _has_moved(organisation, store.id, today):
        return Refusal(
            name="moves_today",
            says=f"A store that sells changes its company on the day itself, today {today} or a "
            "day to come, and once a day.",
            advice="Choose today, or plan it for a day to come.",
            field="since",
        )
    return await take_along(house, await removal_of(house, store, now, wanted.parent_id))


def _has_moved(organisation: Organisation, store_id: int, today: date) -> bool:
    """Whether a store's company is another one since today."""
    periods = [row for row in organisation.parents(store_id) if row.axis == "entity"]
    return any(row.since == today for row in periods[1:])
