"""The console behind its real server, over the Lantern Group, and a browser to look at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, async_playwright

from serai.core import Database, Ids
from serai.flows import House
from serai.ledger import Writer
from serai.web import Web
from tests.flows.clock import SetClock
from tests.flows.desk import Desk
from tests.houses import registered
from tests.serving import served
from tests.web.visitors import EVERYTHING, come_in, token_for
from tests.worlds import found_lantern_group, found_neighbours

__all__ = ["registered"]


@pytest_asyncio.fixture
async def house(database: Database, books: Writer) -> House:
    house = House(database, books, Ids(database))
    await found_lantern_group(house)
    await found_neighbours(house)
    return house


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house, SetClock(house.clock()))


@pytest_asyncio.fixture
async def site(house: House, tmp_path: Path) -> AsyncIterator[str]:
    """The console's address on this machine."""
    async with served(Litestar(plugins=[Web(house, tmp_path)])) as address:
        yield address


@pytest_asyncio.fixture
async def session(house: House) -> str:
    """The token of somebody who is signed in, and may do everything."""
    return await token_for(house, await come_in(house, *EVERYTHING))


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()
