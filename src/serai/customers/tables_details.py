"""The SQL of personal details."""

from collections.abc import Mapping, Sequence

from serai.cloud import RowsOfKey
from serai.core import Database, KeyRing
from serai.customers.details import Details, Document, Email, Phone
from serai.customers.people import Customer
from serai.customers.sealed_details import (
    TABLE,
    Kind,
    SealedDetails,
    hashes_of,
    open_details,
)
from serai.ledger import Table

DETAILS_TABLES = (Table(TABLE, SealedDetails),)

_SEALED = """
id, phone, phone_hash, email, email_hash, document, document_hash, key_id, version
"""
BY_ID = f"SELECT {_SEALED} FROM personal_details WHERE id = ANY(%(ids)s)"  # noqa: S608 - a constant of this file
SEALED_BY = f"""
SELECT {_SEALED} FROM personal_details WHERE key_id = %(key)s AND id > %(after)s
ORDER BY id LIMIT %(most)s
"""  # noqa: S608 - as above

_FOUND = """
SELECT c.id, c.kind, c.code, c.name, c.country, c.registered_on
FROM personal_details AS d JOIN customers AS c ON c.id = d.id
WHERE d.{kind}_hash = ANY(%(hashes)s::bytea[]) ORDER BY c.id LIMIT %(most)s
"""
FOUND: Mapping[Kind, str] = {
    "phone": _FOUND.format(kind="phone"),
    "email": _FOUND.format(kind="email"),
    "document": _FOUND.format(kind="document"),
}

# From one key to the next in the index: there are few of them, and many rows.
KEYS_IN_USE = """
WITH RECURSIVE known (key_id) AS (
    (SELECT key_id FROM personal_details ORDER BY key_id LIMIT 1)
    UNION ALL
    SELECT (SELECT d.key_id FROM personal_details AS d WHERE d.key_id > known.key_id
        ORDER BY d.key_id LIMIT 1)
    FROM known WHERE known.key_id IS NOT NULL
)
SELECT key_id FROM known WHERE key_id IS NOT NULL ORDER BY key_id
"""
ROWS_BY_KEY = """
SELECT key_id, count(*) AS rows FROM personal_details GROUP BY key_id ORDER BY key_id
"""


async def sealed_details(database: Database, ids: Sequence[int]) -> dict[int, SealedDetails]:
    """What is stored of those customers, as it is stored."""
    found = await database.all(SealedDetails, BY_ID, ids=list(ids))
    return {one.id: one for one in found}


async def read_details(database: Database, ring: KeyRing, customer_id: int) -> Details:
    """A customer's details; empty ones where none are known."""
    found = await database.one(SealedDetails, BY_ID, ids=[customer_id])
    return open_details(ring, found) if found else Details()


async def find_by_detail(
    database: Database, ring: KeyRing, detail: Phone | Email | Document, most: int
) -> list[Customer]:
    """The customers with exactly this detail; at most so many, those known longest first."""
    kind, hashes = hashes_of(ring, detail)
    return await database.all(Customer, FOUND[kind], hashes=hashes, most=most)


async def sealed_by(database: Database, key_id: str, after: int, most: int) -> list[SealedDetails]:
    """Details that a key seals, of customers beyond `after`, in their order."""
    return await database.all(SealedDetails, SEALED_BY, key=key_id, after=after, most=most)


async def keys_in_use(database: Database) -> list[str]:
    """The keys that are needed to open what there is."""
    return await database.column(KEYS_IN_USE)


async def rows_by_key(database: Database) -> list[RowsOfKey]:
    """How much each key seals."""
    return await database.all(RowsOfKey, ROWS_BY_KEY)
