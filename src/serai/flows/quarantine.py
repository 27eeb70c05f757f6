"""Quarantine: rows that a feed's schema refused are corrected by a person and released.

A released row goes through the same reading and the same replay as any other, once.
"""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from serai.core import Refusal
from serai.flows.deeds import deeds_of
from serai.flows.house import House
from serai.flows.ingest import bring_in, feed_stores, order_of_row
from serai.flows.refusals import explain, unknown
from serai.flows.step import By, Draft, take
from serai.information import Quarantined, hotel_bookings, read_quarantined
from serai.ledger import Change, Event, Insert


class Released(Struct, frozen=True):
    """A row is out of quarantine and in the books, as this order."""

    quarantined_id: int
    order_id: int


class Dropped(Struct, frozen=True):
    """A row is out of quarantine, and in no book."""

    quarantined_id: int


class Settling(Struct, frozen=True):
    """What is written of a row that is released, beside what it becomes."""

    changes: tuple[Change, ...]
    inserts: tuple[Insert, ...] = ()
    events: tuple[Event, ...] = ()


async def correct_and_release(
    house: House, by: By, quarantined_id: int, corrected: Mapping[str, str]
) -> Released | Refusal:
    """Bring a row in with some of its columns corrected; `corrected` is by column.

    The same correction again answers the same; a row is never brought in twice.
    """
    waiting = await read_quarantined(house.database, quarantined_id)
    if waiting is None or waiting.feed != hotel_bookings.FEED:
        return unknown("quarantined_row", "id")
    refused = await _outside(house, by) or _check(waiting, corrected)
    if refused is not None:
        return refused
    row = hotel_bookings.as_row({**waiting.record, **corrected}, waiting.line_number)
    parsed = hotel_bookings.parse(row)
    if isinstance(parsed, hotel_bookings.Rejected):
        return _still_rejected(parsed)
    settling = Settling(changes=(_settle(waiting, corrected, house.clock()),))
    deeds = await deeds_of(house, by.actor, by.origin, "release_row", settling)
    order_id = await bring_in(house, parsed, waiting.fingerprint, settling.changes, deeds)
    return Released(waiting.id, order_id)


async def drop_row(house: House, by: By, quarantined_id: int) -> Dropped | Refusal:
    """Take a row out of quarantine for good: it never was a booking."""

    async def draft() -> Draft | Refusal:
        waiting = await read_quarantined(house.database, quarantined_id)
        if waiting is None:
            return unknown("quarantined_row", "id")
        refused = await _outside(house, by)
        if refused is not None:
            return refused
        if waiting.status != "waiting":
            return _settled_before(waiting)
        moment = house.clock()
        values: dict[str, object] = {"status": "dropped", "settled_at": moment}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Dropped(waiting.id),
            changes=(Change("quarantine", waiting.id, waiting.version, values),),
            events=(Event(type="feed.dropped"),),
        )

    return await take(house, by, "drop_row", Dropped, draft, of=quarantined_id)


async def released_order(house: House, quarantined: Quarantined) -> int:
    """The order that a released row has become; 0 when it has become none."""
    return await order_of_row(house, quarantined.fingerprint)


async def _outside(house: House, by: By) -> Refusal | None:
    """Rows become bookings in the hotels' own book; whoever may not write there may not."""
    allowed = by.actor.scope.books
    if allowed is None:
        return None
    stores = await feed_stores(house)
    organisation = await house.organisation(stores.values())
    today = house.clock().date()
    if all(organisation.parent(id, "entity", today) in allowed for id in stores.values()):
        return None
    return explain(Refusal(name="outside_scope"))


def _check(waiting: Quarantined, corrected: Mapping[str, str]) -> Refusal | None:
    for column in corrected:
        if column not in hotel_bookings.COLUMNS and column != hotel_bookings.BEYOND:
            return Refusal(
                name="column_unknown",
                says=f"The feed has no column {column[:40]!r}.",
                advice="Correct the feed's own columns.",
                field=column[:40],
            )
    if waiting.status != "waiting" and waiting.corrected != dict(corrected):
        return _settled_before(waiting)
    return None


def _settled_before(waiting: Quarantined) -> Refusal:
    return Refusal(
        name=f"row_{waiting.status}",
        says=f"This row was {waiting.status} already.",
        advice="Look at what became of it.",
        field="id",
    )


def _still_rejected(rejected: hotel_bookings.Rejected) -> Refusal:
    reasons = "; ".join(hotel_bookings.REASONS[reason][0] for reason in rejected.reasons)
    return Refusal(
        name="row_rejected",
        says=f"The row {reasons}.",
        advice=f"Correct it further: {', '.join(rejected.reasons)}.",
        field="corrected",
    )


def _settle(waiting: Quarantined, corrected: Mapping[str, str], moment: datetime) -> Change:
    values: dict[str, object] = {
        "status": "released",
        "corrected": dict(corrected),
        "settled_at": moment,
    }
    return Change("quarantine", waiting.id, waiting.version, values)
