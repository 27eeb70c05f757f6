"""The Lantern Group and its neighbours, founded anew for each test, by a clock that is set."""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.flows import TABLES, House, house_of_writer
from serai.ledger import Table, Writer, open_writer
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


@pytest_asyncio.fixture
async def house(database: Database, books: Writer, clock: SetClock) -> House:
    house = house_of_writer(database, books, clock)
    await found_lantern_group(house)
    await found_neighbours(house)
    return house


@pytest.fixture
def desk(house: House, clock: SetClock) -> Desk:
    return Desk(house, clock)
