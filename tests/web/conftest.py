"""The pages over the Lantern Group, asked as a browser would ask them, by a clock that is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.flows import House
from serai.web import Web
from tests.houses import books, clock, desk, empty_house, lantern_house, registered, whole_house
from tests.web.visitors import EVERYTHING, sign_in_as

__all__ = [
    "books", "clock", "desk", "empty_house", "lantern_house", "registered", "whole_house",
]  # fmt: skip


@pytest.fixture
def house(whole_house: House) -> House:
    return whole_house


def open_pages(house: House, home: Path, *routes: object) -> httpx.AsyncClient:
    """A browser without a window; whatever goes wrong is answered, as the real server does."""
    application = Litestar(list(routes), plugins=[Web(house, home)])  # type: ignore[arg-type]  # handlers
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(
        transport=transport, base_url="http://house", headers={"accept-language": "en"}
    )


@asynccontextmanager
async def signed_pages(
    house: House, home: Path, *routes: object
) -> AsyncIterator[httpx.AsyncClient]:
    """The same, in which somebody is signed in who may do everything."""
    async with open_pages(house, home, *routes) as client:
        await sign_in_as(client, house, *EVERYTHING)
        yield client


@pytest_asyncio.fixture
async def pages(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with signed_pages(house, tmp_path) as client:
        yield client


@pytest_asyncio.fixture
async def door(house: House, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    async with open_pages(house, tmp_path) as client:
        yield client
