"""A server that stands still: whoever reads waits for as long as was said, and no longer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import Struct

from serai.core import Database, DatabaseAway, open_database
from serai.core.configuration import Settings
from serai.core.postgres import DatabaseUrls, embedded_postgres
from tests.databases import short_folder
from tests.frozen import frozen

ONE = "SELECT 1"
LONG = "SELECT pg_sleep(2.5)::text"
ENDS_SECONDS = 30
"""A test that waits so long has waited without a limit."""


class Own(Struct):
    """A server of its own, to be stopped."""

    home: Path
    urls: DatabaseUrls


@pytest_asyncio.fixture
async def own() -> AsyncIterator[Own]:
    with short_folder() as folder:
        home = folder / "home"
        async with embedded_postgres(Settings(home=home)) as postgres:
            yield Own(home, postgres.urls)


async def answer(database: Database) -> object:
    """What it answers, or that it is away."""
    try:
        return await database.value(ONE)
    except DatabaseAway:
        return "away"


async def test_nobody_waits_for_a_frozen_server_without_a_limit(own: Own) -> None:
    async with open_database(
        own.urls.platform,
        narrow_url=own.urls.app,
        most_connections=3,
        patience_seconds=0.5,
        answer_seconds=0.5,
    ) as database:
        narrow = database.within({"serai.shown": "red"})
        both = (database, narrow)
        assert [await answer(one) for one in both] == [1, 1]
        with frozen(own.home):
            async with asyncio.timeout(ENDS_SECONDS):
                told = await asyncio.gather(*(answer(one) for one in both * 5))
                assert told == ["away"] * 10
                assert await answer(database) == "away", "those who come later, too"
        async with asyncio.timeout(ENDS_SECONDS):
            while [await answer(one) for one in both] != [1, 1]:
                await asyncio.sleep(0.1)


async def test_whoever_has_more_patience_is_answered(own: Own) -> None:
    async with open_database(
        own.urls.platform, patience_seconds=0.5, answer_seconds=0.5
    ) as database:
        with pytest.raises(DatabaseAway, match="does not answer"):
            await database.value(LONG)
        assert await database.patient(20).value(LONG) == ""
        assert await database.patient(None).value(LONG) == ""
        assert await answer(database) == 1
