"""`serai step-back`: the way back from an upgrade, while the platform is stopped."""

import asyncio

from serai.cli.running import find_database
from serai.core import PostgresError, Settings, running_postgres
from serai.migrations import step_back as open_to_previous


async def step_back(settings: Settings) -> None:
    """Open the schema to the release before this one; raises PostgresError while one runs."""
    if not settings.database_url and await running_postgres(settings) is not None:
        raise PostgresError(
            f"The platform runs in {settings.home}. Stop it first: it would close the schema again."
        )
    async with find_database(settings) as urls:
        await asyncio.to_thread(open_to_previous, urls.owner)
