"""Which database the settings ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from serai.core.configuration import Settings
from serai.core.postgres.embedded import Postgres, embedded_postgres
from serai.core.postgres.outside import outside_postgres


@asynccontextmanager
async def provide(settings: Settings) -> AsyncIterator[Postgres]:
    """Hold the database of these settings: the outside one if they name it, else our own."""
    if settings.database_url is not None:
        yield Postgres(await outside_postgres(settings.database_url))
        return
    async with embedded_postgres(settings) as postgres:
        yield postgres
