"""Information's SQL."""

from collections.abc import Sequence

from serai.core import Database
from serai.information.feeds import ExternalReference, FeedRun, Quarantined
from serai.ledger import Table

TABLES = (
    Table("feed_runs", FeedRun),
    Table("quarantine", Quarantined),
    Table("external_references", ExternalReference),
)

_RUN = f"SELECT {', '.join(FeedRun.__struct_fields__)} FROM feed_runs "  # noqa: S608 - own names
_WAITING = f"SELECT {', '.join(Quarantined.__struct_fields__)} FROM quarantine "  # noqa: S608
_REFERENCE = "SELECT id, system, kind, external_id, internal_id FROM external_references "

RUNS = _RUN + "WHERE feed = %(feed)s OR %(feed)s = '' ORDER BY id DESC LIMIT %(most)s"
QUARANTINE = (
    _WAITING
    + """WHERE (feed = %(feed)s OR %(feed)s = '') AND (status = %(status)s OR %(status)s = '')
    AND id > %(after)s ORDER BY id LIMIT %(most)s"""
)
QUARANTINED = _WAITING + "WHERE id = %(id)s"
REFERENCES = (
    _REFERENCE
    + "WHERE system = %(system)s AND kind = %(kind)s AND external_id = ANY(%(external_ids)s)"
)
REFERENCES_OF = _REFERENCE + "WHERE internal_id = %(internal_id)s ORDER BY id"


async def read_runs(database: Database, feed: str = "", most: int = 50) -> list[FeedRun]:
    """The last readings of a feed, or of every feed."""
    return await database.all(FeedRun, RUNS, feed=feed, most=most)


async def read_quarantine(
    database: Database, feed: str = "", status: str = "waiting", after: int = 0, most: int = 100
) -> list[Quarantined]:
    """Records in quarantine, oldest first."""
    return await database.all(
        Quarantined, QUARANTINE, feed=feed, status=status, after=after, most=most
    )


async def read_quarantined(database: Database, id: int) -> Quarantined | None:
    """One record in quarantine, or None."""
    return await database.one(Quarantined, QUARANTINED, id=id)


async def find_references(
    database: Database, system: str, kind: str, external_ids: Sequence[str]
) -> dict[str, int]:
    """Our ids of what another system calls by those names."""
    rows = await database.all(
        ExternalReference, REFERENCES, system=system, kind=kind, external_ids=list(external_ids)
    )
    return {row.external_id: row.internal_id for row in rows}


async def references_of(database: Database, internal_id: int) -> list[ExternalReference]:
    """What others call one of our things."""
    return await database.all(ExternalReference, REFERENCES_OF, internal_id=internal_id)
