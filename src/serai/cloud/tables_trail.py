"""The SQL that reads the audit trail; the writer alone writes it."""

from collections.abc import AsyncIterator

from msgspec.structs import asdict

from serai.cloud.trail import MOST_EXPORTED, NEWEST_DEED, ChainEnd, DeedsWanted, KeptDeed
from serai.core import Database

READ_AT_ONCE = 1_000

_DEED = """number, recorded, actor, actor_id, operation, thing, thing_id, refusal, address,
    request_id, book, store_id, before, after, encode(hash, 'hex') AS hash"""

# Numbers and moments grow together, so days are looked up once and the rest goes by number.
FOUND_DEEDS = f"""
SELECT {_DEED} FROM trail
WHERE number < %(before)s
    AND (%(since)s::timestamptz IS NULL OR number >= (
        SELECT number FROM trail WHERE recorded >= %(since)s ORDER BY recorded, number LIMIT 1))
    AND (%(until)s::timestamptz IS NULL OR number <= (
        SELECT number FROM trail WHERE recorded < %(until)s
        ORDER BY recorded DESC, number DESC LIMIT 1))
    AND (%(actor)s = '' OR actor = %(actor)s)
    AND (%(operation)s = '' OR operation = %(operation)s)
    AND (%(thing)s = '' OR thing = %(thing)s)
    AND (%(thing_id)s::bigint = 0 OR thing_id = %(thing_id)s)
    AND (%(address)s = '' OR address = %(address)s)
    AND (%(refused)s::boolean IS NULL OR (refusal <> '') = %(refused)s)
ORDER BY number DESC LIMIT %(limit)s
"""  # noqa: S608 - columns of ours
DEED = f"SELECT {_DEED} FROM trail WHERE number = %(number)s"  # noqa: S608 - columns of ours
CHAIN_END = "SELECT last_deed AS number, encode(last_hash, 'hex') AS hash FROM fence"


async def find_deeds(
    database: Database, wanted: DeedsWanted, *, before: int = NEWEST_DEED, limit: int = 100
) -> list[KeptDeed]:
    """The deeds that are looked for, the newest first, from the one before `before` on."""
    anew = database.planned_anew()
    return await anew.all(KeptDeed, FOUND_DEEDS, before=before, limit=limit, **asdict(wanted))


async def every_deed(database: Database, wanted: DeedsWanted) -> AsyncIterator[KeptDeed]:
    """The deeds that are looked for, the newest first; `MOST_EXPORTED` of them at most."""
    before, left = NEWEST_DEED, MOST_EXPORTED
    while left:
        some = await find_deeds(database, wanted, before=before, limit=min(READ_AT_ONCE, left))
        for deed in some:
            yield deed
        if len(some) < min(READ_AT_ONCE, left):
            return
        before, left = some[-1].number, left - len(some)


async def deed_numbered(database: Database, number: int) -> KeptDeed | None:
    """The deed with this number."""
    return await database.one(KeptDeed, DEED, number=number)


async def chain_end(database: Database) -> ChainEnd | None:
    """Where the chain has come to, as the fence knows it."""
    return await database.one(ChainEnd, CHAIN_END)
