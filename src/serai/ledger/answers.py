"""What keys were answered with, and what the journal has moved for stores: for feeds."""

from collections.abc import Sequence

from msgspec import Struct

from serai.core import Database

STORED_ANSWERS = """
SELECT digest, answer FROM keys WHERE digest = ANY(%(digests)s) AND NOT refused
"""

MOVED_BY_STORES = """
SELECT t.store_id, d.unit, d.role AS debit_role, c.role AS credit_role,
    count(DISTINCT t.booking_id) AS bookings, sum(t.amount)::bigint AS amount
FROM transfers AS t
JOIN accounts AS d ON d.id = t.debit_account
JOIN accounts AS c ON c.id = t.credit_account
WHERE t.store_id = ANY(%(stores)s) AND t.kind IN ('posted', 'post')
GROUP BY t.store_id, d.unit, d.role, c.role
"""


class StoredAnswer(Struct, frozen=True):
    """The answer that was given to a key."""

    digest: bytes
    answer: bytes


class Moved(Struct, frozen=True):
    """What was posted for a store from one role to another, and for how many bookings."""

    store_id: int
    unit: str
    debit_role: str
    credit_role: str
    bookings: int
    amount: int


async def stored_answers(database: Database, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """The answers of those keys whose proposals are in the books already."""
    rows = await database.all(StoredAnswer, STORED_ANSWERS, digests=list(digests))
    return {row.digest: row.answer for row in rows}


async def moved_by_stores(database: Database, store_ids: Sequence[int]) -> list[Moved]:
    """Everything that the journal has posted for the stores, by unit and roles.

    It reads the whole journal: for the end of an import, not for a page.
    """
    return await database.all(Moved, MOVED_BY_STORES, stores=list(store_ids))
