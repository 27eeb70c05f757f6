"""Payments are asked of their provider as they come, and no answer is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace

from serai.capital import payments_of
from serai.cloud import PLATFORM
from serai.core import Database, DatabaseAway, Ids
from serai.flows import TABLES, Booked, By, Confirmed, House, Party, PaymentMeans, book, confirm
from serai.jobs.payments import ask_providers
from serai.ledger import Books, Outcome, Proposal, Table, Writer
from serai.merchants import Wanted
from tests.worlds import ADMISSION, WANG, found_lantern_group


class AwayForAWhile:
    """The real books behind a line that fails the first times an answer is taken."""

    def __init__(self, books: Books, failures: int) -> None:
        self._books = books
        self.failures = failures

    async def propose(self, proposal: Proposal) -> Outcome:
        if proposal.key.operation == "answer_payment" and self.failures:
            self.failures -= 1
            raise DatabaseAway("cut")
        return await self._books.propose(proposal)

    @property
    def position(self) -> int:
        return self._books.position

    async def beyond(self, position: int) -> int:
        return await self._books.beyond(position)


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def house(database: Database, books: Writer) -> AsyncIterator[House]:
    house = House(database, books, Ids(database))
    await found_lantern_group(house)
    yield house


async def test_an_answer_waits_for_a_database_that_is_away(
    house: House, books: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.jobs.payments.AWAY_SECONDS", 0.01)
    day = house.clock().date() + timedelta(days=9)
    wanted = (Wanted(offer_id=ADMISSION, first_day=day, minute=600),)
    party = Party(customer_id=WANG, payer_id=WANG, channel="web")
    booked = await book(house, By(PLATFORM, "book"), party, wanted)
    assert isinstance(booked, Booked), booked
    means = PaymentMeans(provider="sandbox", token="succeeds")
    asked = await confirm(house, By(PLATFORM, "pay"), booked.order_id, means=means)
    assert isinstance(asked, Confirmed), asked
    line = AwayForAWhile(books, failures=2)
    asking = asyncio.create_task(ask_providers(replace(house, books=line)))
    async with asyncio.timeout(20):
        while (await payments_of(house.database, booked.order_id))[0].status == "asked":
            await books.beyond(books.position - 1)
            assert not asking.done()
    asking.cancel()
    assert line.failures == 0
    assert (await payments_of(house.database, booked.order_id))[0].status == "succeeded"
