"""Moves of stores to another legal entity that wait for their day."""

from datetime import date, datetime

from litestar import Response, get, post
from msgspec import Struct

from serai.api.v1.asking import AskedHouse, AskedWrite, actor_of, needs_key
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.cursors import cut_at
from serai.api.v1.fields import USUAL_LIMIT, Cursor, Limit, PathId, in_utc
from serai.api.v1.organisation_sheets import check_group
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ, WRITE_ONE
from serai.cloud import PlannedMove
from serai.flows import cancel_move, may_write_whole

TAGS = ["Organisation"]


class PlannedMoveAnswer(Struct, frozen=True, kw_only=True):
    """A store goes from one legal entity to another when the day `since` begins by its own clock.
    `begun`: bookings may stand in the new book already, and it is not called off any more.
    `refusal` names what stood in the way when it was last tried; it is tried again by itself."""

    id: int
    store_id: int
    from_id: int
    to_id: int
    since: date
    asked_by: str
    asked_at: datetime
    begun: bool
    refusal: str


class PlannedMovePage(Struct, frozen=True):
    """Planned moves by id; `next` is the cursor of the next page, null on the last."""

    items: tuple[PlannedMoveAnswer, ...]
    next: str | None


class MoveCancelledAnswer(Struct, frozen=True):
    """The store stays with its legal entity."""

    move_id: int
    store_id: int


@get(
    "/planned-moves",
    operation_id="listPlannedMoves",
    summary="List planned moves",
    response_description="A page of planned moves.",
    tags=TAGS,
    responses=READ,
    opt={"right": "organisation.read"},
)
async def list_planned_moves(
    house: AskedHouse, limit: Limit = USUAL_LIMIT, cursor: Cursor = None
) -> PlannedMovePage:
    """Stores that are to go to another legal entity on a day to come, until they have gone. They
    are planned on the store's page, or by a sheet."""
    page = cut_at(cursor, (await house.organisation()).planned.values(), limit)
    return PlannedMovePage(tuple(_answer(one) for one in page.rows), page.next)


@post(
    "/planned-moves/{move_id:int}/cancellation",
    operation_id="cancelPlannedMove",
    summary="Call a planned move off",
    response_description="The store stays where it is.",
    status_code=200,
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "organisation.write"},
)
async def cancel_planned_move(
    asked: AskedWrite, request: ApiRequest, move_id: PathId
) -> Response[MoveCancelledAnswer]:
    """Call a move off that waits for its day; one that has begun is brought to its end."""
    if not may_write_whole(actor_of(request.scope)):
        seen = (await asked.seen.organisation()).planned.values()
        if all(one.id != move_id for one in seen):
            raise RefusedRequest(no_such("planned_move", "move_id"))
    check_group(request)
    cancelled = asked.settle(await cancel_move(asked.house, asked.by, move_id))
    answer = MoveCancelledAnswer(cancelled.move_id, cancelled.store_id)
    return Response(answer, headers=asked.headers)


def _answer(one: PlannedMove) -> PlannedMoveAnswer:
    return PlannedMoveAnswer(
        id=one.id,
        store_id=one.store_id,
        from_id=one.from_id,
        to_id=one.to_id,
        since=one.since,
        asked_by=one.asked_by,
        asked_at=in_utc(one.asked_at),
        begun=one.begun_at is not None,
        refusal=one.refusal,
    )
