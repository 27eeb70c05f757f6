"""The SQL of what bookings and books say against moves."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.cloud import Organisation
from serai.core import Database
from serai.flows.times import today_at
from serai.ledger import Limit
from serai.logistics import Resource

LAST_BOOKED = """
SELECT store_id, (
    SELECT max(placed_at) FROM bookings AS b WHERE b.store_id = asked.store_id
) AS placed_at
FROM unnest(%(stores)s::bigint[]) AS asked (store_id)
"""


SELLING = "SELECT DISTINCT store_id FROM offers WHERE store_id = ANY(%(stores)s)"

# What is promised or owed for a store in a book, and is still to end there.
OPEN = """
SELECT DISTINCT state AS what FROM lines
WHERE store_id = %(store)s AND state IN ('held', 'paying', 'confirmed')
UNION
SELECT DISTINCT a.role
FROM unnest(%(units)s::text[], %(holders)s::bigint[]) AS k (unit, holder)
JOIN all_accounts AS a ON a.book = %(book)s AND a.unit = k.unit AND a.holder = k.holder
WHERE a.role IN ('deposits', 'guest_receivable', 'on_the_books', 'sold')
    AND (a.debits_posted <> a.credits_posted OR a.debits_pending + a.credits_pending > 0)
ORDER BY 1
"""

# What a store has in a book, and takes along: its cash, its goods, what is owed for them.
STANDING = """
SELECT a.unit, a.holder, a.role, a.account_limit, a.debits_posted - a.credits_posted AS debit
FROM unnest(%(units)s::text[], %(holders)s::bigint[]) AS k (unit, holder)
JOIN all_accounts AS a ON a.book = %(book)s AND a.unit = k.unit AND a.holder = k.holder
WHERE a.role IN ('till', 'inventory', 'goods_received')
    OR (a.role = 'available' AND a.unit LIKE 'stock:%%')
ORDER BY a.id
"""


class Standing(Struct, frozen=True):
    """An account of a store with its balance, debits less credits."""

    unit: str
    holder: int
    role: str
    account_limit: Limit
    debit: int


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


class Keys(Struct, frozen=True):
    """Under which units and holders a store's accounts are kept in a book."""

    book: int
    units: tuple[str, ...]
    holders: tuple[int, ...]


def keys_of(book: int, currency: str, store_id: int, resources: Sequence[Resource]) -> Keys:
    """Where a store's accounts are found: by itself, and by what it has."""
    pairs = [(currency, store_id), (f"{VALUE_PREFIX}{currency}", store_id)]
    for resource in resources:
        pairs += [(resource.unit, resource.id), (currency, resource.id)]
    units, holders = zip(*pairs, strict=True)
    return Keys(book, units, holders)


async def open_in_book(database: Database, keys: Keys, store_id: int) -> list[str]:
    """What of a store is still open in a book: states of lines and roles of accounts."""
    return await database.column(
        OPEN, store=store_id, book=keys.book, units=list(keys.units), holders=list(keys.holders)
    )


async def standing_in_book(database: Database, keys: Keys) -> list[Standing]:
    """What a store has in a book, and would take along."""
    return await database.all(
        Standing, STANDING, book=keys.book, units=list(keys.units), holders=list(keys.holders)
    )
