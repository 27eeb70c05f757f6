"""The API over the Lantern Group, asked as a program would ask it, by a clock that is set."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.api import Api
from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import Program
from tests.houses import books, clock, empty_house, lantern_house, registered
from tests.serving import served

__all__ = ["books", "clock", "empty_house", "lantern_house", "registered"]


@pytest.fixture
def house(lantern_house: House) -> House:
    return lantern_house


@pytest.fixture
def application(house: House, tmp_path: Path) -> Litestar:
    return Litestar(plugins=[Api(house, tmp_path, lambda name: f"/static/{name}")])


@pytest_asyncio.fixture
async def key(house: House) -> str:
    """The key of a program that may do anything in the whole group."""
    return await key_for(house, "tests", "all")


@pytest_asyncio.fixture
async def program(application: Litestar, key: str) -> AsyncIterator[Program]:
    """A program that talks to the API, without a socket in between."""
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://house", headers=headers
    ) as client:
        yield Program(client, str(application.state.provider_secret))


@pytest_asyncio.fixture
async def address(application: Litestar) -> AsyncIterator[str]:
    """The application behind its real server."""
    async with served(application) as address:
        yield address
