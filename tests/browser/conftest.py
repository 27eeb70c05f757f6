"""The console behind its real server, over the Lantern Group, and a browser to look at it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from litestar import Litestar
from playwright.async_api import Browser, async_playwright

from serai.core import Database, Ids, utc_now
from serai.flows import House
from serai.ledger import Writer
from serai.web import Web
from tests.flows.clock import SHANGHAI, SetClock
from tests.flows.desk import Desk
from tests.houses import books, registered
from tests.serving import served
from tests.web.visitors import EVERYTHING, come_in, token_for
from tests.worlds import found_lantern_group, found_neighbours

__all__ = ["books", "registered"]


@pytest.fixture
def clock() -> SetClock:
    """Noon of this day in Hangzhou, whatever the hour is here: at night a store's day is that of
    the evening before."""
    return SetClock(utc_now().astimezone(SHANGHAI).replace(hour=12, minute=0, second=0))


@pytest_asyncio.fixture
async def house(database: Database, books: Writer, clock: SetClock) -> House:
    house = House(database, books, Ids(database), clock)
    await found_lantern_group(house)
    await found_neighbours(house)
    return house


@pytest.fixture
def desk(house: House, clock: SetClock) -> Desk:
    return Desk(house, clock)


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
