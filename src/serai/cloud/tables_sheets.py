"""The SQL of sheets that are being applied."""

from datetime import datetime

from msgspec import Struct

from serai.core import Database
from serai.ledger import Table


class SheetImport(Struct, frozen=True, kw_only=True):
    """A sheet that is being applied, or was: `done` of `nodes` stand as it wants them.

    `digest` names what was previewed: this file on that organisation; both in hexadecimal.
    """

    id: int
    digest: str
    file_digest: str
    asked_by: str
    nodes: int
    done: int
    started_at: datetime
    ended_at: datetime | None = None
    version: int = 1


TABLES = (Table("sheet_imports", SheetImport),)

BY_DIGEST = """
SELECT id, digest, file_digest, asked_by, nodes, done, started_at, ended_at, version
FROM sheet_imports WHERE digest = %(digest)s
"""

IMPORTS_SINCE = """
SELECT id FROM sheet_imports WHERE ended_at IS NULL OR ended_at > %(since)s ORDER BY id
"""


async def sheet_imports_since(database: Database, since: datetime) -> list[int]:
    """The imports that have not ended, or have since then."""
    return await database.column(IMPORTS_SINCE, since=since)


async def find_sheet_import(database: Database, digest: str) -> SheetImport | None:
    """The import of what was previewed under a digest."""
    return await database.one(SheetImport, BY_DIGEST, digest=digest)
