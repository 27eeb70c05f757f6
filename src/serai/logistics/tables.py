"""Logistics' SQL."""

from collections.abc import Sequence

from msgspec import Struct

from serai.core import Database
from serai.ledger import Table
from serai.logistics.resources import Resource

TABLES = (Table("resources", Resource),)

_RESOURCE = "SELECT id, store_id, code, name_en, name_zh, kind, calendar, version FROM resources "
BY_ID = _RESOURCE + "WHERE id = ANY(%(ids)s)"
BY_STORE = _RESOURCE + "WHERE store_id = ANY(%(stores)s) ORDER BY id"

FREE = """
SELECT a.holder AS resource_id, a.slot,
    a.credits_posted - a.debits_posted - a.debits_pending AS free
FROM all_accounts AS a
JOIN unnest(%(books)s::bigint[], %(units)s::text[], %(resources)s::bigint[], %(slots)s::bigint[])
    AS k (book, unit, resource_id, slot)
    ON a.book = k.book AND a.unit = k.unit AND a.holder = k.resource_id
        AND a.role = 'available' AND a.slot = k.slot
"""

TOUCHED = """
SELECT slot FROM all_accounts
WHERE book = %(book)s AND unit = %(unit)s AND holder = %(resource)s AND role = 'available'
ORDER BY slot
"""


class Free(Struct, frozen=True):
    """What is left of a resource in a slot that has been touched."""

    resource_id: int
    slot: int
    free: int


async def read_resources(database: Database, ids: Sequence[int]) -> dict[int, Resource]:
    """The resources of those ids that exist."""
    found = await database.all(Resource, BY_ID, ids=list(ids))
    return {resource.id: resource for resource in found}


async def resources_of(database: Database, store_ids: Sequence[int]) -> list[Resource]:
    """Every resource of the stores."""
    return await database.all(Resource, BY_STORE, stores=list(store_ids))


async def read_free(
    database: Database, wanted: Sequence[tuple[int, str, int, int]]
) -> dict[tuple[int, int], int]:
    """What is left, by (resource, slot), of each (book, unit, resource, slot) touched so far.

    A slot that is missing from the answer has all that the calendar gives it.
    """
    books, units, resources, slots = zip(*wanted, strict=True) if wanted else ((), (), (), ())
    rows = await database.all(
        Free, FREE, books=list(books), units=list(units), resources=list(resources),
        slots=list(slots),
    )  # fmt: skip
    return {(row.resource_id, row.slot): row.free for row in rows}


async def touched_slots(database: Database, book: int, resource: Resource) -> list[int]:
    """The slots of a resource that stand on the books already, with the capacity of then."""
    return await database.column(TOUCHED, book=book, unit=resource.unit, resource=resource.id)
