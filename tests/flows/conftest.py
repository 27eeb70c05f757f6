"""The Lantern Group and its neighbours, founded anew for each test, by a clock that is set."""

import pytest

from serai.flows import House
from tests.houses import books, clock, desk, empty_house, lantern_house, registered, whole_house

__all__ = [
    "books", "clock", "desk", "empty_house", "lantern_house", "registered", "whole_house",
]  # fmt: skip


@pytest.fixture
def house(whole_house: House) -> House:
    return whole_house
