"""The SQL of shares that outlive a process."""

from collections.abc import Sequence
from datetime import datetime

from serai.cloud.shares import KeptShare
from serai.core import Database
from serai.ledger import Table

TABLES = (Table("kept_shares", KeptShare),)

_SHARE = "id, name, whose, used, at, version"
KEPT = f"SELECT {_SHARE} FROM kept_shares WHERE at > %(since)s"  # noqa: S608 - columns of ours
KEPT_OF = f"""
SELECT {_SHARE} FROM kept_shares
WHERE (name, whose) IN (
    SELECT s.name, s.whose FROM unnest(%(names)s::text[], %(whose)s::bigint[]) AS s (name, whose))
"""  # noqa: S608 - as above


async def kept_shares(database: Database, since: datetime) -> list[KeptShare]:
    """What was written down of shares after a moment."""
    return await database.all(KeptShare, KEPT, since=since)


async def kept_shares_of(
    database: Database, names: Sequence[str], whose: Sequence[int]
) -> dict[tuple[str, int], KeptShare]:
    """What was written down of these shares."""
    found = await database.all(KeptShare, KEPT_OF, names=list(names), whose=list(whose))
    return {(one.name, one.whose): one for one in found}
