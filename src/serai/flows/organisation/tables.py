"""The SQL of what bookings and books say against moves."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.cloud import Organisation
from serai.core import Database
from serai.flows.times import today_at
from serai.logistics import resources_of

LAST_BOOKED = """
SELECT store_id, (
    SELECT max(placed_at) FROM bookings AS b WHERE b.store_id = asked.store_id
) AS placed_at
FROM unnest(%(stores)s::bigint[]) AS asked (store_id)
"""


SELLING = "SELECT DISTINCT store_id FROM offers WHERE store_id = ANY(%(stores)s)"

# What stands in a book for a store or its goods and is still to end: of the roles of money and
# value what is owed either way, of goods what was sold, and any stock, which is nowhere else.
OPEN = """
SELECT DISTINCT state AS what FROM lines
WHERE store_id = %(store)s AND state IN ('held', 'paying', 'confirmed')
UNION
SELECT DISTINCT a.role
FROM unnest(%(units)s::text[], %(holders)s::bigint[]) AS k (unit, holder)
JOIN all_accounts AS a ON a.book = %(book)s AND a.unit = k.unit AND a.holder = k.holder
WHERE (a.role IN ('deposits', 'guest_receivable', 'on_the_books', 'sold', 'inventory',
        'goods_received')
        AND (a.debits_posted <> a.credits_posted OR a.debits_pending + a.credits_pending > 0))
    OR (a.role = 'available' AND a.unit LIKE 'stock:%%')
ORDER BY 1
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


async def selling(database: Database, store_ids: Sequence[int]) -> frozenset[int]:
    """Those of the stores that have anything on sale."""
    return frozenset(await database.column(SELLING, stores=list(store_ids)))


async def open_in_book(database: Database, book: int, currency: str, store_id: int) -> list[str]:
    """What of a store is still open in a book: states of lines and roles of accounts."""
    resources = await resources_of(database, [store_id])
    pairs = [(currency, store_id), (f"{VALUE_PREFIX}{currency}", store_id)]
    for resource in resources:
        pairs += [(resource.unit, resource.id), (currency, resource.id)]
    return await database.column(
        OPEN,
        store=store_id,
        book=book,
        units=[unit for unit, _ in pairs],
        holders=[holder for _, holder in pairs],
    )
