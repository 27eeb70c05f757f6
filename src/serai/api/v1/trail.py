"""The audit trail: who did what to which thing, and when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from litestar import get
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from serai.api.v1.asking import AskedHouse
from serai.api.v1.cursors import cut, read_id
from serai.api.v1.fields import PLAIN, USUAL_LIMIT, Cursor, Limit, NodeId, in_utc
from serai.api.v1.statuses import READ
from serai.cloud import NEWEST_DEED, DeedsWanted, KeptDeed, find_deeds

Named = Annotated[str | None, QueryParameter(min_length=1, max_length=100, pattern=PLAIN)]
Rows = Annotated[
    dict[str, Any], Meta(description="By table and row, the columns that may be told.")
]


class DeedAnswer(Struct, frozen=True, kw_only=True):
    """What somebody did, or tried: then `refusal` says why they were refused. `number` has no
    gaps; `hash` is over the deed and the hash of the one before it."""

    number: int
    recorded: datetime
    actor: str
    operation: str
    thing: str
    thing_id: int
    refusal: str
    address: str
    request_id: str
    before: Rows
    after: Rows
    hash: Annotated[str, Meta(description="SHA-256, in hexadecimal.")]


class DeedPage(Struct, frozen=True):
    """Deeds, the latest first; `next` is null on the last page."""

    items: tuple[DeedAnswer, ...]
    next: str | None


@get(
    "/trail",
    operation_id="listDeeds",
    summary="List deeds",
    response_description="A page of the audit trail.",
    tags=["Platform"],
    responses=READ,
    opt={"right": "trail.read"},
)
async def list_deeds(
    house: AskedHouse,
    actor: Annotated[Named, QueryParameter(description="Who: person:7, program:9.")] = None,
    operation: Annotated[Named, QueryParameter(description="What: book, grant_role.")] = None,
    thing: Annotated[Named, QueryParameter(description="To what: order, person.")] = None,
    thing_id: NodeId = None,
    address: Annotated[Named, QueryParameter(description="From which address.")] = None,
    refused: Annotated[
        bool | None, QueryParameter(description="Only what was refused, or only what was done.")
    ] = None,
    since: Annotated[date | None, QueryParameter(description="On this day (UTC) or later.")] = None,
    until: Annotated[
        date | None, QueryParameter(description="On this day (UTC) or earlier.")
    ] = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> DeedPage:
    """The audit trail as you see it, the latest deed first: who did what to which thing, from
    where, with what it changed."""
    wanted = DeedsWanted(
        actor=actor or "",
        operation=operation or "",
        thing=thing or "",
        thing_id=thing_id or 0,
        address=address or "",
        refused=refused,
        since=_midnight(since),
        until=_midnight(until, 1),
    )
    before = read_id(cursor, NEWEST_DEED)
    found = await find_deeds(house.database, wanted, before=before, limit=limit + 1)
    page = cut(found, limit, lambda deed: deed.number)
    return DeedPage(tuple(_answer(deed) for deed in page.rows), page.next)


def _midnight(day: date | None, days_later: int = 0) -> datetime | None:
    """When a day begins, or the one after it; there is none after the last day of all."""
    if day is None or (day == date.max and days_later):
        return None
    return datetime.combine(day + timedelta(days=days_later), time(tzinfo=UTC))


def _answer(deed: KeptDeed) -> DeedAnswer:
    return DeedAnswer(
        number=deed.number,
        recorded=in_utc(deed.recorded),
        actor=deed.actor,
        operation=deed.operation,
        thing=deed.thing,
        thing_id=deed.thing_id,
        refusal=deed.refusal,
        address=deed.address,
        request_id=deed.request_id,
        before=deed.before,
        after=deed.after,
        hash=deed.hash,
    )
