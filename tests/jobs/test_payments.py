"""Payments are asked of their provider as they come, and no answer is lost on the way."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace

from serai.capital import payments_of
from serai.cloud import PLATFORM, Actor, Holding, Node
from serai.core import Database, DatabaseAway, Ids
from serai.flows import (
    TABLES,
    Booked,
    By,
    Confirmed,
    House,
    Party,
    PaymentMeans,
    book,
    cancel,
    confirm,
    decide_refund,
    set_refund_bound,
)
from serai.jobs.payments import ask_providers
from serai.ledger import Books, Outcome, Proposal, Table, Writer
from serai.merchants import Wanted
from tests.books import Between
from tests.worlds import ADMISSION, GROUP, PLATFORM_ENTITY, WANG, found_lantern_group


class AwayForAWhile(Between):
    """The real books behind a line that fails the first times an answer is taken."""

    def __init__(self, books: Books, failures: int) -> None:
        super().__init__(books)
        self.failures = failures

    async def propose(self, proposal: Proposal) -> Outcome:
        if proposal.key.operation == "answer_payment" and self.failures:
            self.failures -= 1
            raise DatabaseAway("cut")
        return await super().propose(proposal)


class Counted(Between):
    """The real books, and how many answers they were asked to take at one time."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self._now = self.most = 0

    async def propose(self, proposal: Proposal) -> Outcome:
        answers = proposal.key.operation == "answer_payment"
        self._now += answers
        self.most = max(self.most, self._now)
        try:
            return await super().propose(proposal)
        finally:
            self._now -= answers


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def house(database: Database, books: Writer) -> AsyncIterator[House]:
    house = House(database, books, Ids(database))
    await found_lantern_group(house)
    yield house


async def ask_for_payment(house: House, key: str) -> int:
    """Book an admission and ask for its payment; the order."""
    day = house.clock().date() + timedelta(days=9)
    wanted = (Wanted(offer_id=ADMISSION, first_day=day, minute=600),)
    party = Party(customer_id=WANG, payer_id=WANG, channel="web")
    booked = await book(house, By(PLATFORM, f"book:{key}"), party, wanted)
    assert isinstance(booked, Booked), booked
    means = PaymentMeans(provider="sandbox", token="succeeds")
    asked = await confirm(house, By(PLATFORM, f"pay:{key}"), booked.order_id, means=means)
    assert isinstance(asked, Confirmed), asked
    return booked.order_id


async def until_answered(house: House, order_id: int, asking: asyncio.Task[None]) -> None:
    async with asyncio.timeout(20):
        while (await payments_of(house.database, order_id))[0].status == "asked":
            await house.books.beyond(house.books.position - 1)
            assert not asking.done()


async def test_many_answers_leave_room_for_others_at_the_books(
    house: House, books: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.jobs.payments.MOST_ANSWERS", 2)
    orders = [await ask_for_payment(house, f"many:{number}") for number in range(6)]
    counted = Counted(books)
    asking = asyncio.create_task(ask_providers(replace(house, books=counted)))
    try:
        for order in orders:
            await until_answered(house, order, asking)
    finally:
        asking.cancel()
    assert counted.most == 2


async def test_an_answer_waits_for_a_database_that_is_away(
    house: House, books: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.jobs.payments.AWAY_SECONDS", 0.01)
    order = await ask_for_payment(house, "away")
    line = AwayForAWhile(books, failures=2)
    asking = asyncio.create_task(ask_providers(replace(house, books=line)))
    await until_answered(house, order, asking)
    asking.cancel()
    assert line.failures == 0
    assert (await payments_of(house.database, order))[0].status == "succeeded"


async def test_a_payment_that_is_committed_after_one_with_a_higher_id_is_asked_for(
    house: House,
) -> None:
    slow = replace(house, ids=Ids(house.database))
    await slow.ids.take(1)  # its ids come before those that the other takes from now on
    quick = replace(house, ids=Ids(house.database))
    asking = asyncio.create_task(ask_providers(house))
    higher = await ask_for_payment(quick, "quick")
    await until_answered(house, higher, asking)
    lower = await ask_for_payment(slow, "slow")
    assert lower < higher
    await until_answered(house, lower, asking)
    asking.cancel()


async def test_a_refund_goes_out_once_a_second_person_has_agreed(house: House) -> None:
    """Until then its provider hears nothing of it, whatever else it is asked."""
    everywhere = Holding(Node("group", GROUP), frozenset({"orders.write", "refunds.approve"}))
    clerk, other = (Actor(f"person:{id}", id=id, holdings=(everywhere,)) for id in (1, 2))
    await set_refund_bound(house, By(PLATFORM, "bound"), PLATFORM_ENTITY, 0)
    order = await ask_for_payment(house, "one")
    asking = asyncio.create_task(ask_providers(house))
    try:
        await until_answered(house, order, asking)
        await cancel(house, By(clerk, "cancel"), order)
        await until_answered(house, await ask_for_payment(house, "another"), asking)
        (_, refund) = await payments_of(house.database, order)
        assert refund.status == "waiting"
        await decide_refund(house, By(other, "decide"), refund.id, approved=True)
        async with asyncio.timeout(20):
            while (await payments_of(house.database, order))[1].status != "succeeded":
                await house.books.beyond(house.books.position - 1)
                assert not asking.done()
    finally:
        asking.cancel()
