"""What keys were answered with, and what the journal has moved for stores: for feeds."""

from collections.abc import Sequence

from msgspec import Struct

from serai.core import Database
from serai.ledger import tables_reading as sql


class StoredAnswer(Struct, frozen=True):
    """The answer that was given to a key."""

    digest: bytes
    answer: bytes


class Moved(Struct, frozen=True):
    """What was posted for a store out of a role, or into it, and for how many bookings."""

    store_id: int
    unit: str
    role: str
    reason: str
    bookings: int
    amount: int


async def stored_answers(database: Database, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """The answers of those keys whose proposals are in the books already."""
    rows = await database.all(StoredAnswer, sql.STORED_ANSWERS, digests=list(digests))
    return {row.digest: row.answer for row in rows}


async def moved_out(
    database: Database, store_ids: Sequence[int], roles: Sequence[str]
) -> list[Moved]:
    """What the journal has posted for the stores out of these roles, by unit and reason.

    It reads the whole journal: for the end of an import, not for a page.
    """
    return await database.all(Moved, sql.MOVED_OUT, stores=list(store_ids), roles=list(roles))


async def moved_in(
    database: Database, store_ids: Sequence[int], roles: Sequence[str]
) -> list[Moved]:
    """What the journal has posted for the stores into these roles; as `moved_out`."""
    return await database.all(Moved, sql.MOVED_IN, stores=list(store_ids), roles=list(roles))
