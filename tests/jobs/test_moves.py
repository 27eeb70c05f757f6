"""The job that carries out planned moves comes again after the database was away."""

import asyncio
from datetime import date

import pytest
from msgspec import structs

from serai.core import DatabaseAway, rounds
from serai.flows import House, carry_out_moves, move_store
from serai.jobs.timers import every
from serai.ledger import Books, Outcome, Proposal
from tests.books import Between
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, want
from tests.houses import books, clock, desk, empty_house, lantern_house, registered, whole_house
from tests.worlds import LAKESIDE_COMPANY, LANTERN_INN, ROOM_PREPAID

__all__ = [
    "books", "clock", "desk", "empty_house", "lantern_house", "registered", "whole_house",
]  # fmt: skip


@pytest.fixture
def house(whole_house: House) -> House:
    return whole_house


class Flickering(Between):
    """The books of a database that is away for every other proposal, before it or after it."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self._count = 0

    async def propose(self, proposal: Proposal) -> Outcome:
        self._count += 1
        if self._count % 4 == 1:
            raise DatabaseAway("before the commit")
        outcome = await super().propose(proposal)
        if self._count % 4 == 3:
            raise DatabaseAway("after the commit, before the answer")
        return outcome


async def test_a_move_is_carried_out_however_often_the_database_is_away(
    house: House, desk: Desk, clock: SetClock
) -> None:
    orders = [await desk.confirmed(want(ROOM_PREPAID, date(2026, 6, 8))) for _ in range(3)]
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY,
                          date(2026, 6, 3)))  # fmt: skip
    clock.set(at(3, 4))
    shaky = structs.replace(house, books=Flickering(house.books))
    over = asyncio.Event()

    async def deed() -> object:
        found = await carry_out_moves(shaky)
        over.set()
        return found

    job = asyncio.create_task(every("moves", 0, deed))
    await asyncio.wait_for(over.wait(), 30)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    files = [await desk.file(order) for order in orders]
    assert [file.bookings[0].entity_id for file in files] == [LAKESIDE_COMPANY] * 3
    (found,) = [one for one in rounds() if one.name == "moves"]
    assert found.trouble == ""
    organisation = await house.organisation()
    assert organisation.parent(LANTERN_INN, "entity", date(2026, 6, 3)) == LAKESIDE_COMPANY
    assert organisation.planned == {}
