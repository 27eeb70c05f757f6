"""The API over the Lantern Group, asked as a program would ask it, by a clock that is set."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.api import Api
from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.flows import TABLES, House, house_of_writer
from serai.ledger import Table, Writer, open_writer
from tests.api.program import Program
from tests.api.serving import served
from tests.flows.clock import SetClock
from tests.worlds import found_lantern_group


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest_asyncio.fixture
async def books(
    urls: DatabaseUrls, registered: Sequence[Table], clock: SetClock
) -> AsyncIterator[Writer]:
    async with open_writer(urls.writer, registered, clock) as writer:
        yield writer


@pytest_asyncio.fixture
async def house(database: Database, books: Writer, clock: SetClock) -> House:
    house = house_of_writer(database, books, clock)
    await found_lantern_group(house)
    return house


@pytest.fixture
def application(house: House, tmp_path: Path) -> Litestar:
    return Litestar(plugins=[Api(house, tmp_path, lambda name: f"/static/{name}")])


@pytest_asyncio.fixture
async def program(application: Litestar) -> AsyncIterator[Program]:
    """A program that talks to the API, without a socket in between."""
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        yield Program(client, str(application.state.provider_secret))


@pytest_asyncio.fixture
async def address(application: Litestar) -> AsyncIterator[str]:
    """The application behind its real server."""
    async with served(application) as address:
        yield address
