"""The SQL of what bookings say against moves."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.cloud import Organisation
from serai.core import Database
from serai.flows.times import today_at

LAST_BOOKED = """
SELECT store_id, (
    SELECT max(placed_at) FROM bookings AS b WHERE b.store_id = asked.store_id
) AS placed_at
FROM unnest(%(stores)s::bigint[]) AS asked (store_id)
"""


class _Last(Struct, frozen=True):
    store_id: int
    placed_at: datetime | None


async def last_booked(
    database: Database, organisation: Organisation, store_ids: Sequence[int]
) -> dict[int, date]:
    """The business date of the last booking of each of these stores that has any."""
    if not store_ids:
        return {}
    rows = await database.all(_Last, LAST_BOOKED, stores=list(store_ids))
    return {
        row.store_id: today_at(organisation.stores[row.store_id], row.placed_at)
        for row in rows
        if row.placed_at is not None
    }
