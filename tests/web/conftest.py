"""The pages over the Lantern Group, asked as a browser would ask them, by a clock that is set."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.core import Database, Ids
from serai.core.postgres import DatabaseUrls
from serai.flows import TABLES, House
from serai.ledger import Table, Writer, open_writer
from serai.web import Web
from tests.flows.clock import SetClock
from tests.flows.desk import Desk
from tests.worlds import found_lantern_group, found_neighbours


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


@pytest.fixture
def empty_house(database: Database, books: Writer, clock: SetClock) -> House:
    return House(database, books, Ids(database), clock)


@pytest_asyncio.fixture
async def house(empty_house: House) -> House:
    await found_lantern_group(empty_house)
    await found_neighbours(empty_house)
    return empty_house


@pytest.fixture
def desk(house: House, clock: SetClock) -> Desk:
    return Desk(house, clock)


def open_pages(house: House, home: Path, *routes: object) -> httpx.AsyncClient:
    """A browser without a window; whatever goes wrong is answered, as the real server does."""
    application = Litestar(list(routes), plugins=[Web(house, home)])  # type: ignore[arg-type]  # handlers
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(
        transport=transport, base_url="http://house", headers={"accept-language": "en"}
    )


@pytest_asyncio.fixture
async def pages(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with open_pages(house, tmp_path) as client:
        yield client
