"""Information's SQL."""

from collections.abc import Sequence

from msgspec import Struct

from serai.core import Database
from serai.information.feeds import ExternalReference, FeedRun, Quarantined
from serai.ledger import Table

TABLES = (
    Table("feed_runs", FeedRun),
    Table("quarantine", Quarantined),
    Table("external_references", ExternalReference),
)

_RUN = f"SELECT {', '.join(FeedRun.__struct_fields__)} FROM feed_runs "  # noqa: S608 - own names
_WAITING = f"SELECT {', '.join(Quarantined.__struct_fields__)} FROM quarantine "  # noqa: S608 - own names
_REFERENCE = "SELECT id, system, kind, external_id, internal_id FROM external_references "

RUNS = _RUN + "WHERE feed = %(feed)s OR %(feed)s = '' ORDER BY id DESC LIMIT %(most)s"
QUARANTINE = (
    _WAITING
    + """WHERE (feed = %(feed)s OR %(feed)s = '') AND (status = %(status)s OR %(status)s = '')
    AND (%(reason)s = '' OR jsonb_exists(reasons, %(reason)s))
    AND id > %(after)s ORDER BY id LIMIT %(most)s"""
)
QUARANTINE_COUNTS = """
SELECT status, '' AS reason, count(*) AS rows FROM quarantine
WHERE feed = %(feed)s OR %(feed)s = '' GROUP BY status
UNION ALL
SELECT status, reason, count(*) FROM quarantine, jsonb_array_elements_text(reasons) AS reason
WHERE feed = %(feed)s OR %(feed)s = '' GROUP BY status, reason
ORDER BY status, rows DESC, reason
"""
QUARANTINED = _WAITING + "WHERE id = %(id)s"
REFERENCES = (
    _REFERENCE
    + "WHERE system = %(system)s AND kind = %(kind)s AND external_id = ANY(%(external_ids)s)"
)
REFERENCES_OF = _REFERENCE + "WHERE internal_id = %(internal_id)s ORDER BY id"


async def read_runs(database: Database, feed: str = "", most: int = 50) -> list[FeedRun]:
    """The last readings of a feed, or of every feed."""
    return await database.planned_anew().all(FeedRun, RUNS, feed=feed, most=most)


class QuarantineCount(Struct, frozen=True):
    """How many records have a status, for a reason; over all reasons where it is empty."""

    status: str
    reason: str
    rows: int


async def read_quarantine(
    database: Database,
    feed: str = "",
    status: str = "waiting",
    after: int = 0,
    most: int = 100,
    reason: str = "",
) -> list[Quarantined]:
    """Records in quarantine, oldest first; those with a reason, or all."""
    return await database.planned_anew().all(
        Quarantined, QUARANTINE, feed=feed, status=status, after=after, most=most, reason=reason
    )


async def count_quarantine(database: Database, feed: str = "") -> list[QuarantineCount]:
    """How many records wait, were released or dropped, and for which reasons."""
    return await database.planned_anew().all(QuarantineCount, QUARANTINE_COUNTS, feed=feed)


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
