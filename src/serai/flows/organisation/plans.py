"""Plans: moves to another company that wait for their day, begun, ended, or called off."""

import msgspec
from msgspec import Struct

from serai.cloud import PlannedMove, planned_move_of
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event


class MoveBegun(Struct, frozen=True):
    """Bookings of the store may stand in the new book from now on."""

    move_id: int


class MoveCancelled(Struct, frozen=True):
    """The store stays where it is."""

    move_id: int
    store_id: int


class MoveRefused(Struct, frozen=True):
    """It is known why a move was not carried out when it was last tried."""

    move_id: int
    refusal: str


async def cancel_move(house: House, by: By, move_id: int) -> MoveCancelled | Refusal:
    """Call a move off that waits for its day. One that has begun is brought to its end: some of
    the store's bookings stand in the new book already."""

    async def draft() -> Draft | Refusal:
        plan = await planned_move_of(house.database, move_id)
        if plan is None:
            return unknown("planned_move", "move_id")
        if plan.state != "waiting":
            return _ended()
        if plan.begun_at is not None:
            return Refusal(
                name="move_begun",
                says="The move has begun: bookings stand in the new company's book already.",
                advice="Mend what stands in its way; it goes on by itself.",
                field="move_id",
            )
        cancelled = MoveCancelled(plan.id, plan.store_id)
        moment = house.clock()
        change = {"state": "cancelled", "ended_at": moment}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=cancelled,
            changes=(Change("planned_moves", plan.id, plan.version, change),),
            events=(
                Event(
                    type="store.move_cancelled",
                    store=plan.store_id,
                    data=msgspec.json.encode(cancelled),
                ),
            ),
        )

    answer = await take(house, by, "cancel_move", MoveCancelled, draft, of=move_id)
    house.forget_organisation()
    return answer


async def begin(house: House, by: By, plan: PlannedMove) -> Refusal | None:
    """A planned move is under way: nobody calls it off any more."""
    if plan.begun_at is not None:
        return None

    async def draft() -> Draft | Refusal:
        now = await _waiting(house, plan)
        if isinstance(now, Refusal):
            return now
        moment = house.clock()
        change = Change("planned_moves", now.id, now.version, {"begun_at": moment})
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=MoveBegun(plan.id),
            changes=(change,),
        )

    begun = await take(house, by, "begin_move", MoveBegun, draft, keep_refusals=False)
    return begun if isinstance(begun, Refusal) else None


async def end(house: House, plan: PlannedMove) -> tuple[Change, ...] | Refusal:
    """What the step that moves the store changes of its plan."""
    now = await _waiting(house, plan)
    if isinstance(now, Refusal):
        return now
    values = {"state": "done", "ended_at": house.clock(), "refusal": "", "refused_at": None}
    return (Change("planned_moves", now.id, now.version, values),)


async def note_refusal(
    house: House, by: By, plan: PlannedMove, refusal: Refusal
) -> MoveRefused | Refusal:
    """Keep why a move could not be carried out when it was last tried."""

    async def draft() -> Draft | Refusal:
        now = await _waiting(house, plan)
        if isinstance(now, Refusal):
            return now
        moment = house.clock()
        change = {"refusal": refusal.name, "refused_at": moment}
        noted = MoveRefused(plan.id, refusal.name)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=noted,
            changes=(Change("planned_moves", now.id, now.version, change),),
        )

    answer = await take(house, by, "hold_move_up", MoveRefused, draft, keep_refusals=False)
    house.forget_organisation()
    return answer


async def _waiting(house: House, plan: PlannedMove) -> PlannedMove | Refusal:
    now = await planned_move_of(house.database, plan.id)
    return now if now is not None and now.state == "waiting" else _ended()


def _ended() -> Refusal:
    return Refusal(
        name="move_ended",
        says="The move was carried out or called off already.",
        advice="Look at the store as it stands now.",
        field="move_id",
    )


def move_planned(plan: PlannedMove) -> Refusal:
    """A store has one move to another company ahead of it."""
    return Refusal(
        name="move_planned",
        says=f"The store is planned to go to another company on {plan.since}.",
        advice="Call that off first.",
        field="store_id",
    )
