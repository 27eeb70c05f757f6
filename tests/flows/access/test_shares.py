"""Shares of hours and days are written down, and a process that begins goes on with them."""

import pytest
from msgspec import structs

from serai.cloud.shares import EXPORTS, NODE, NODE_EXPORTS
from serai.core import Database, DatabaseAway, Refusal
from serai.flows import House, house_of_writer, keep_shares, recall_shares
from serai.ledger import Outcome, Proposal, Writer
from tests.flows.clock import SetClock

WHO, NODE_ID = 4711, 21
ROWS = "SELECT name || ' ' || whose FROM kept_shares ORDER BY name, whose"


@pytest.fixture
def house(empty_house: House) -> House:
    return empty_house


async def keeps(house: House) -> int:
    kept = await keep_shares(house)
    assert not isinstance(kept, Refusal), kept
    return kept.shares


async def begun_again(house: House, database: Database, books: Writer) -> House:
    """The house as the next process finds it."""
    again = house_of_writer(database, books, house.clock)
    await recall_shares(again)
    return again


async def test_a_restart_is_no_way_to_a_new_share(
    house: House, database: Database, books: Writer, clock: SetClock
) -> None:
    assert house.shares.take(EXPORTS, WHO, 60).wait_seconds == 0
    assert house.shares.take(NODE_EXPORTS, NODE_ID, 120).wait_seconds == 0
    assert house.shares.take(NODE, NODE_ID, 10).wait_seconds == 0
    assert await keeps(house) == 2
    assert await database.column(ROWS) == [f"exports {WHO}", f"node-exports {NODE_ID}"]

    clock.forward(minutes=10)
    again = await begun_again(house, database, books)
    standing = again.shares.take(EXPORTS, WHO, 10)
    assert (standing.left, standing.wait_seconds) == (0, 0), "what has come back meanwhile"
    assert again.shares.take(EXPORTS, WHO).wait_seconds > 0
    assert again.shares.take(NODE_EXPORTS, NODE_ID, 160).left == 0
    assert again.shares.take(EXPORTS, WHO + 1).left == 59
    assert await keeps(again) == 3
    assert len(await database.column(ROWS)) == 3, "a row for each share, however often"

    clock.forward(days=1)
    later = await begun_again(again, database, books)
    assert later.shares.take(EXPORTS, WHO, 60).left == 0


async def test_only_what_changed_is_written_down(house: House) -> None:
    assert await keeps(house) == 0
    house.shares.take(EXPORTS, WHO)
    assert await keeps(house) == 1
    assert await keeps(house) == 0
    house.shares.take(EXPORTS, WHO)
    assert await keeps(house) == 1


class AwayBooks:
    """Books whose database is away."""

    position = 0

    async def propose(self, _proposal: Proposal) -> Outcome:
        raise DatabaseAway

    async def beyond(self, position: int) -> int:
        return position


async def test_what_could_not_be_written_down_is_written_the_next_time(
    house: House, database: Database
) -> None:
    house.shares.take(EXPORTS, WHO)
    with pytest.raises(DatabaseAway):
        await keep_shares(structs.replace(house, books=AwayBooks()))
    house.shares.take(NODE_EXPORTS, NODE_ID)
    assert await keeps(house) == 2
    assert await database.column(ROWS) == [f"exports {WHO}", f"node-exports {NODE_ID}"]
    assert await keeps(house) == 0
