"""The Lantern Group with everything that somebody could reach for, by a clock that is set."""

from collections.abc import Callable

import pytest
import pytest_asyncio

from serai.flows import House
from tests.flows.desk import Desk
from tests.houses import books, clock, desk, empty_house, lantern_house, registered, whole_house
from tests.isolation.tenants import Tenants, settle

__all__ = [
    "books", "clock", "desk", "empty_house", "lantern_house", "registered", "whole_house",
]  # fmt: skip

Record = Callable[[str, object], None]
"""What pytest's `record_property` gives; "tried" is told at the end of the run."""


@pytest.fixture
def house(whole_house: House) -> House:
    return whole_house


@pytest_asyncio.fixture
async def tenants(desk: Desk) -> Tenants:
    """Orders at every store, and somebody with each role on each node."""
    return await settle(desk)
