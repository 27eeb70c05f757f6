"""The Lantern Group, founded anew for each test."""

from collections.abc import Sequence

import pytest
import pytest_asyncio

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
