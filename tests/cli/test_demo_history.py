"""The demo's past: played once however often it is started, whole in every book."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest
import pytest_asyncio

from serai.cli.demo.curated import place_late, place_traced
from serai.cli.demo.history import PROVIDER
from serai.cli.demo.present import Present
from serai.cloud import PLATFORM
from serai.core import Database, Ids, Refusal
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    TABLES,
    Booked,
    By,
    House,
    Party,
    PaymentMeans,
    book,
    confirm,
    preview_cancellation,
)
from serai.jobs import run_jobs
from serai.ledger import Table, Writer
from serai.merchants import Wanted, read_order
from tests.cli.small_demo import SmallDemo, found_small, whole_books
from tests.houses import ring_of_tests

STATES = "SELECT state FROM lines ORDER BY id"
ORDERS = "SELECT count(*) FROM orders"
SEGMENTS = "SELECT DISTINCT segment FROM bookings ORDER BY segment"
OVERSTAYED = """
SELECT count(*) FROM lines
WHERE state = 'confirmed' AND begins_at + make_interval(days => length + 1) < %(anchor)s
"""
ANSWERED_AFTERWARDS = """
SELECT count(*) FROM payments WHERE asked_at < %(anchor)s AND answered_at >= %(anchor)s
"""
DATED_AFTERWARDS = "SELECT count(*) FROM transfers WHERE effective > %(anchor)s"


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def demo(database: Database, books: Writer) -> SmallDemo:
    return await found_small(House(database, books, Ids(database), ring=ring_of_tests()))


async def test_the_past_is_whole_and_over(demo: SmallDemo, urls: DatabaseUrls) -> None:
    played = await demo.play()
    database = demo.house.database
    assert played.placed == len(demo.lives) == await database.value(ORDERS)
    assert not played.refused
    states = Counter(await database.column(STATES))
    assert states["fulfilled"] > 20
    assert states["confirmed"] > 0, "some are still to come"
    assert await database.column(SEGMENTS) == ["dining", "hotel", "retail", "ticket", "tour"]
    anchor = demo.founding.anchor
    assert await database.value(OVERSTAYED, anchor=anchor) == 0
    assert await database.value(DATED_AFTERWARDS, anchor=anchor) == 0
    await whole_books(urls.platform)


async def test_a_second_start_plays_nothing_again(demo: SmallDemo) -> None:
    await demo.play()
    position = demo.house.books.position
    again = await demo.play()
    assert again.placed == 0
    assert demo.house.books.position == position


async def test_killed_in_the_middle_it_goes_on_without_a_double(
    demo: SmallDemo, urls: DatabaseUrls
) -> None:
    playing = asyncio.create_task(demo.play())
    position = demo.house.books.position
    middle = position + 60
    while position < middle:
        position = await demo.house.books.beyond(position)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    begun = await demo.house.database.value(ORDERS)
    assert 0 < begun < len(demo.lives)
    await demo.play()
    assert await demo.house.database.value(ORDERS) == len(demo.lives)
    await whole_books(urls.platform)


async def test_guests_pay_and_are_answered_while_the_past_is_played_in(
    demo: SmallDemo, urls: DatabaseUrls
) -> None:
    house, anchor = demo.house, demo.founding.anchor
    present = Present(house.clock())
    jobs = asyncio.create_task(run_jobs(house, urls.writer, {PROVIDER: present}))
    playing = asyncio.create_task(demo.play())
    async with asyncio.timeout(60):
        order_id = await pay_as_a_guest(demo)
        position = 0
        while not await is_confirmed(house, order_id):
            position = await house.books.beyond(position)
    await playing
    assert await place_traced(house, demo.founding, demo.market, demo.crowd)
    present.begin()
    assert await house.database.value(ANSWERED_AFTERWARDS, anchor=anchor) == 0
    assert await house.database.value(OVERSTAYED, anchor=anchor) == 0
    jobs.cancel()
    with pytest.raises(asyncio.CancelledError):
        await jobs
    await whole_books(urls.platform)


async def pay_as_a_guest(demo: SmallDemo) -> int:
    """An order of somebody who looks at the demo, with its payment asked for."""
    offers = demo.market.shops["S01-0001"].offers
    guest, offer = demo.crowd.people[0], next(one for one in offers if one.guarantee == "prepaid")
    party = Party(customer_id=guest.id, payer_id=guest.id, channel="app")
    tomorrow = demo.house.clock().date() + timedelta(days=1)
    wanted = (Wanted(offer_id=offer.offer_id, first_day=tomorrow),)
    booked = await book(demo.house, By(PLATFORM, "guest"), party, wanted)
    assert isinstance(booked, Booked), booked
    means = PaymentMeans(provider=PROVIDER, token="succeeds")
    confirmed = await confirm(demo.house, By(PLATFORM, "guest"), booked.order_id, means=means)
    assert not isinstance(confirmed, Refusal), confirmed
    return booked.order_id


async def is_confirmed(house: House, order_id: int) -> bool:
    file = await read_order(house.database, order_id)
    return file is not None and {line.state for line in file.lines} == {"confirmed"}


async def test_the_traced_order_ties_across_five_stores(
    demo: SmallDemo, urls: DatabaseUrls
) -> None:
    order = await place_traced(demo.house, demo.founding, demo.market, demo.crowd)
    assert order is not None
    file = await read_order(demo.house.database, order.id)
    assert file is not None
    assert {booking.segment for booking in file.bookings} == {
        "hotel", "dining", "ticket", "tour", "retail",
    }  # fmt: skip
    assert {booking.terms.kind for booking in file.bookings} == {"principal", "agent"}
    assert {line.state for line in file.lines} == {"fulfilled"}
    assert order.amount_minor == sum(line.amount_minor for line in file.lines)
    assert await place_traced(demo.house, demo.founding, demo.market, demo.crowd) == order
    await whole_books(urls.platform)


async def test_the_late_order_would_cost_a_fee(demo: SmallDemo) -> None:
    order = await place_late(demo.house, demo.founding, demo.market, demo.crowd)
    assert order is not None
    preview = await preview_cancellation(demo.house, order.id)
    assert not isinstance(preview, Refusal), preview
    assert preview.cancelled.fee_minor == order.amount_minor * 80 // 100
    assert preview.cancelled.refund_minor == order.amount_minor - preview.cancelled.fee_minor
    assert order.placed_at < demo.house.clock() - timedelta(days=8)
    assert await place_late(demo.house, demo.founding, demo.market, demo.crowd) == order
