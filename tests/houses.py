"""The house that tests of flows, pages and the API share, by a clock that is set.

A folder of tests takes what it needs into its own `conftest.py`.
"""

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from serai.core import Database, KeyRing, SealingKey
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


@pytest.fixture
def empty_house(database: Database, books: Writer, clock: SetClock) -> House:
    """A house before anything was founded."""
    return house_of_writer(database, books, clock, ring_of_tests())


def ring_of_tests(*secrets: bytes) -> KeyRing:
    """Keys to seal with, of which the first one seals."""
    keys = [SealingKey(secret) for secret in secrets or (b"the key that every test may know",)]
    return KeyRing(lambda: keys, pepper=b"pepper")


@pytest_asyncio.fixture
async def lantern_house(empty_house: House) -> House:
    """The Lantern Group alone."""
    await found_lantern_group(empty_house)
    return empty_house


@pytest_asyncio.fixture
async def whole_house(lantern_house: House) -> House:
    """The Lantern Group and its neighbours."""
    await found_neighbours(lantern_house)
    return lantern_house


@pytest.fixture
def desk(house: House, clock: SetClock) -> Desk:
    return Desk(house, clock)
