"""The demo's present: customers come, desks serve, and it stops when told; what its guests read."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from serai.capital import Payment, Verdict, find_refunds
from serai.cli.demo import traffic
from serai.cli.demo.curated import place_late, place_traced
from serai.cli.demo.fates import Life
from serai.cli.demo.guests import let_in_guests
from serai.cli.demo.guide import Shown, guide
from serai.cli.demo.history import PROVIDER, Player, deeds_of
from serai.cli.demo.present import Present
from serai.cli.demo.programs import PROGRAMS, let_in_programs
from serai.cli.demo.refunds import STORIES, pay_back
from serai.cloud import actor_of_person, grants_of, keys_of, person_named, read_programs
from serai.core import Database, Ids, Settings
from serai.core.postgres import DatabaseUrls
from serai.flows import TABLES, House, Party, may_decide_refund, read_refund_files
from serai.jobs import run_jobs
from serai.ledger import Table, Writer
from serai.merchants import Wanted
from tests.cli.small_demo import SmallDemo, found_small, whole_books
from tests.houses import ring_of_tests

TOLD = "SELECT count(*) FROM events WHERE type = %(type)s"
SERVED_ON = """
SELECT (effective AT TIME ZONE 'Asia/Shanghai')::date FROM events WHERE type = 'booking.fulfilled'
"""


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def demo(database: Database, books: Writer) -> SmallDemo:
    return await found_small(House(database, books, Ids(database), ring=ring_of_tests()))


async def until_told(demo: SmallDemo, type: str, times: int) -> None:
    """Wait until events of a type were told so often."""
    house, position = demo.house, 0
    while await house.database.value(TOLD, type=type) < times:
        position = await house.books.beyond(position)


async def test_customers_come_pay_and_the_books_stay_whole(
    demo: SmallDemo, urls: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic, "LEAST_A_SECOND", 40.0)
    monkeypatch.setattr(traffic, "THINKING_SECONDS", (0.0, 0.1))
    jobs = asyncio.create_task(run_jobs(demo.house, urls.writer))
    life = asyncio.create_task(traffic.run_traffic(demo.house, demo.market, demo.crowd))
    async with asyncio.timeout(60):
        await until_told(demo, "booking.confirmed", 20)
    for task in (life, jobs):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await whole_books(urls.platform)


async def test_desks_serve_what_is_over_at_its_own_time(
    demo: SmallDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    dinner_day = demo.founding.anchor.date() - timedelta(days=2)
    life = dinner(demo, dinner_day)
    player = Player(demo.house, demo.founding, {0: life})
    await player.play_day(list(deeds_of(0, life)))
    monkeypatch.setattr(traffic, "MISSED_PERCENT", 0)
    present = asyncio.create_task(traffic.run_traffic(demo.house, demo.market, demo.crowd))
    async with asyncio.timeout(60):
        await until_told(demo, "booking.fulfilled", 1)
    present.cancel()
    with pytest.raises(asyncio.CancelledError):
        await present
    assert await demo.house.database.value(SERVED_ON) == dinner_day


async def test_payments_of_the_past_are_not_answered_before_it_is_in() -> None:
    begins = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    present, heard = Present(begins), list[str]()

    async def hear(verdict: Verdict, reference: str) -> None:
        heard.append(reference)

    past = asyncio.create_task(present.ask(payment(1, begins - timedelta(days=2)), hear))
    await present.ask(payment(2, begins), hear)
    assert heard == ["sandbox-2"]
    present.begin()
    await past
    assert heard == ["sandbox-2", "sandbox-1"]


def payment(id: int, asked_at: datetime) -> Payment:
    return Payment(
        id=id, order_id=1, kind="payment", provider=PROVIDER, token="succeeds", currency="CNY",
        amount_minor=100, collector_id=1, lines=(), status="asked", asked_at=asked_at,
    )  # fmt: skip


def dinner(demo: SmallDemo, day: date) -> Life:
    """A table for two that was booked, and of which nothing was heard since."""
    offers = demo.market.shops["D01-0001"].offers
    table = next(offer for offer in offers if offer.product == "dinner")
    guest = demo.crowd.people[0]
    return Life(
        placed_at=demo.founding.anchor - timedelta(days=4),
        party=Party(customer_id=guest.id, payer_id=guest.id, channel="app", adults=2),
        wanted=(Wanted(offer_id=table.offer_id, first_day=day, quantity=2, minute=18 * 60),),
        tokens=("succeeds",),
        lapses=False,
        cancelled_at=None,
        ends=(),
    )


def test_more_customers_come_in_the_evening() -> None:
    evening = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    night = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    assert traffic.rate_at(evening) > 3 * traffic.rate_at(night) / 2
    assert traffic.rate_at(night) == traffic.LEAST_A_SECOND


async def test_the_guide_names_three_things_to_try(demo: SmallDemo) -> None:
    house = demo.house
    traced = await place_traced(house, demo.founding, demo.market, demo.crowd)
    late = await place_late(house, demo.founding, demo.market, demo.crowd)
    assert traced is not None
    assert late is not None
    settings = Settings(home=Path("/nowhere"), host="127.0.0.1", port=8123)
    text = guide(
        settings, await house.organisation(), demo.market, Shown(traced, late),
        house.clock().date(),
    )  # fmt: skip
    at = "http://127.0.0.1:8123"
    assert f"{at}/group/orders/{traced.id}/trace" in text
    assert f"{at}/group/orders/{late.id}/cancellation" in text
    assert f"{at}/group/last-room" in text
    assert f"{at}/group/books/" in text
    assert "serai import hotel-bookings FILE" in text
    assert "serai audit" in text
    assert traced.number in text


async def test_refunds_wait_for_somebody_to_decide(demo: SmallDemo, urls: DatabaseUrls) -> None:
    """Asked for by the demo's own people, so that others of them can decide; told once a day."""
    await let_in_guests(demo.house)
    told = await pay_back(demo.house, demo.founding, demo.market, demo.crowd)
    assert told == len(STORIES)
    assert await pay_back(demo.house, demo.founding, demo.market, demo.crowd) == told
    refunds = await find_refunds(demo.house.database)
    assert sorted(one.status for one in refunds) == ["asked", "refused", *["waiting"] * 4]
    finance = await person_named(demo.house.database, "group.finance")
    assert finance is not None
    actor = actor_of_person(finance, await grants_of(demo.house.database, [finance.id]))
    files = await read_refund_files(demo.house, refunds)
    waiting = [one.approval for one in files if one.approval and one.approval.state == "waiting"]
    assert [await may_decide_refund(demo.house, actor, one) for one in waiting] == [True] * 4
    await whole_books(urls.platform)


async def test_programs_are_let_in_once_by_people_who_may(demo: SmallDemo) -> None:
    await let_in_guests(demo.house)
    await let_in_programs(demo.house)
    await let_in_programs(demo.house)
    programs = await read_programs(demo.house.database)
    assert {(one.name, one.level, one.scopes) for one in programs} == {
        (one.name, one.level, one.scopes) for one in PROGRAMS
    }
    for program in programs:
        admitting = next(one for one in PROGRAMS if one.name == program.name).admitted_by
        person = await person_named(demo.house.database, admitting)
        assert person is not None
        assert program.made_by == actor_of_person(person, []).name
    keys = await keys_of(demo.house.database, [one.id for one in programs])
    assert len(keys) == len(PROGRAMS)
    assert all(one.is_good(demo.house.clock()) for one in keys)
