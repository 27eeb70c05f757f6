"""A database of a bench's own: migrated at the beginning, and audited at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from serai.cli.bench.server import short_folder
from serai.core import DatabaseUrls, PostgresError, Settings, provide
from serai.ledger import audit_books
from serai.migrations import migrate


@asynccontextmanager
async def own_database() -> AsyncIterator[DatabaseUrls]:
    """An embedded PostgreSQL in a folder that is removed afterwards."""
    with short_folder() as folder:
        async with provide(Settings(home=folder / "home")) as postgres:
            await asyncio.to_thread(migrate, postgres.urls.owner)
            yield postgres.urls


async def audit(urls: DatabaseUrls) -> int:
    """How many invariants the books keep; raises `PostgresError` when one does not hold."""
    findings = await audit_books(urls.platform)
    failed = [finding.invariant for finding in findings if finding.failed]
    if failed:
        raise PostgresError(f"The books are damaged after the run: {', '.join(failed)}.")
    return len(findings)
