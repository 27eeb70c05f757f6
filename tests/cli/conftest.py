"""A PostgreSQL of somebody else for commands, beside that of the tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.outside import Outside, outside_server


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[Outside]:
    async with outside_server() as server:
        yield server
