"""The API over the Lantern Group, asked as a program would ask it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.api import Api
from serai.core import Database, Ids
from serai.flows import TABLES, House
from serai.ledger import Table, Writer
from tests.worlds import found_lantern_group


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def house(database: Database, books: Writer) -> House:
    house = House(database, books, Ids(database))
    await found_lantern_group(house)
    return house


@pytest.fixture
def application(house: House, tmp_path: Path) -> Litestar:
    return Litestar(plugins=[Api(house, tmp_path, lambda name: f"/static/{name}")])


@pytest_asyncio.fixture
async def client(application: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        yield client
