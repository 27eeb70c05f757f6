"""The console behind its real server, over the Lantern Group, and a browser to look at it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from playwright.async_api import Browser, async_playwright

from serai.core import Database, Ids
from serai.flows import TABLES, House
from serai.ledger import Table, Writer
from serai.web import Web
from tests.flows.clock import SetClock
from tests.flows.desk import Desk
from tests.worlds import found_lantern_group, found_neighbours


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(
        Litestar(plugins=[Web(house, tmp_path)]),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian gives it no types
        with suppress(asyncio.CancelledError):
            await serving


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()
