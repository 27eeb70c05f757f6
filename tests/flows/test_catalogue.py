"""The catalogue in memory: whatever changes is seen by the very next order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from msgspec import Struct

from serai.capital import TaxRate
from serai.cloud import PLATFORM, LegalEntity, StoreParent
from serai.core import Database, DatabaseAway
from serai.customers import Customer
from serai.flows import TABLES, By, House, Party, book, enter
from serai.flows.catalogue import Catalogue, WatchedBooks
from serai.ledger import (
    Books,
    Change,
    Committed,
    Key,
    Outcome,
    Proposal,
    open_remote_writer,
    serve_writer,
)
from serai.logistics import CapacityRule
from serai.merchants import Offer, OrderFile, Price, Terms, Wanted, read_order
from tests.books import Between
from tests.databases import short_folder
from tests.flows.desk import WANG_AT_WEB, Desk, done, refused, want
from tests.worlds import (
    FAR_OFF,
    LAKESIDE_GATE,
    LANTERN_COMPANY,
    LANTERN_INN,
    LONG_AGO,
    ROOM_FLEXIBLE,
    ROOMS,
)

Row = TypeVar("Row", bound=Struct)

ROOM = want(ROOM_FLEXIBLE, date(2026, 6, 22))
"""A Monday, for 500 yuan."""


@pytest.fixture
def socket() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "writer.sock"


@pytest_asyncio.fixture(params=["here", "through the socket"])
async def elsewhere(
    request: pytest.FixtureRequest, house: House, database: Database, socket: Path
) -> AsyncIterator[House]:
    """Who changes things: the writer's own process, or another one."""
    if request.param == "here":
        yield house
        return
    async with serve_writer(house.books, socket, TABLES), open_remote_writer(socket) as books:
        yield House(database, books, house.ids, house.clock)


async def ordered(desk: Desk, *wanted: Wanted) -> OrderFile:
    booked = await desk.book(*(wanted or (ROOM,)))
    file = await read_order(desk.house.database, booked.order_id)
    assert file is not None
    return file


async def change(house: House, table: str, id: int, version: int, **values: object) -> None:
    now = house.clock()
    outcome = await house.books.propose(
        Proposal(
            key=Key("test", "change", f"{table}:{id}:{version}"),
            effective=now,
            business_date=now.date(),
            changes=(Change(table, id, version, dict(values)),),
        )
    )
    assert isinstance(outcome, Committed), outcome


async def add(house: House, *records: Struct) -> None:
    done(await enter(house, By(PLATFORM, repr(records)), records))


async def test_a_price(desk: Desk, elsewhere: House) -> None:
    assert (await ordered(desk)).order.amount_minor == 50_000
    await change(elsewhere, "offers", ROOM_FLEXIBLE, 1, prices=(Price(amount_minor=52_000),))
    assert (await ordered(desk)).order.amount_minor == 52_000
    await change(elsewhere, "offers", ROOM_FLEXIBLE, 2, prices=(Price(amount_minor=49_000),))
    assert (await ordered(desk)).order.amount_minor == 49_000


async def test_an_offer_that_is_closed(desk: Desk, elsewhere: House) -> None:
    await ordered(desk)
    await change(elsewhere, "offers", ROOM_FLEXIBLE, 1, until=date(2026, 6, 22))
    answer = await book(desk.house, desk.by(), WANG_AT_WEB, (ROOM,))
    assert refused(answer) == "offer_closed"


async def test_an_offer_that_is_new(desk: Desk, elsewhere: House) -> None:
    new = Offer(
        id=900, store_id=LANTERN_INN, product_id=70, plan_id=83, currency="CNY",
        prices=(Price(amount_minor=1_000),), since=LONG_AGO, until=FAR_OFF,
    )  # fmt: skip
    wanted = want(900, ROOM.first_day)
    assert refused(await book(desk.house, desk.by(), WANG_AT_WEB, (wanted,))) == "offer_not_found"
    await add(elsewhere, new)
    assert (await ordered(desk, wanted)).order.amount_minor == 1_000


async def test_terms(desk: Desk, elsewhere: House) -> None:
    assert (await ordered(desk)).bookings[0].terms.commission_bp == 1_000
    own = Terms(
        id=901, store_id=LANTERN_INN, channel="web", kind="principal", commission_bp=1_200,
        commission_tax_bp=600, collects="platform", since=LONG_AGO,
    )  # fmt: skip
    await add(elsewhere, own)
    assert (await ordered(desk)).bookings[0].terms.commission_bp == 1_200


async def test_a_tax_rate(desk: Desk, elsewhere: House) -> None:
    luxury = TaxRate(
        id=902, entity_id=LANTERN_COMPANY, tax_class="luxury", rate_bp=900, inclusive=True,
        fees_taxed=True, since=LONG_AGO,
    )  # fmt: skip
    await ordered(desk)
    await add(elsewhere, luxury)
    rate = (await desk.house.catalogue.taxes()).rate(LANTERN_COMPANY, "luxury", ROOM.first_day)
    assert rate == luxury


async def test_how_many_rooms_there_are(desk: Desk, elsewhere: House) -> None:
    await ordered(desk)
    tuesday = want(ROOM_FLEXIBLE, date(2026, 6, 23), quantity=7)
    answer = await book(desk.house, desk.by(), WANG_AT_WEB, (tuesday,))
    assert refused(answer) == "exceeds_credits"
    await change(elsewhere, "resources", ROOMS, 1, calendar=(CapacityRule(quantity=7),))
    await ordered(desk, tuesday)


async def test_who_runs_a_store(desk: Desk, elsewhere: House) -> None:
    await ordered(desk)
    company = LegalEntity(
        id=903, code="E9", name_en="New", name_zh="新", currency="CNY", country="CN"
    )
    parent = StoreParent(
        id=904,
        store_id=LAKESIDE_GATE,
        axis="entity",
        parent_id=903,
        since=date(2019, 1, 1),
        until=date(2020, 1, 1),
    )
    await add(elsewhere, company, parent)
    assert 903 in (await desk.house.organisation()).entities


async def test_a_customer_who_is_new(desk: Desk, elsewhere: House) -> None:
    party = Party(customer_id=905, payer_id=905, channel="web")
    answer = await book(desk.house, desk.by(), party, (ROOM,))
    assert refused(answer) == "customer_not_found"
    await add(elsewhere, Customer(id=905, kind="person", code="C-905", name="Li Na"))
    done(await book(desk.house, desk.by(), party, (ROOM,)))


async def test_what_nobody_has_changed_is_not_read_again(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ordered(desk)

    async def none(*_: object, **__: object) -> None:
        raise AssertionError("the database was asked")

    await desk.house.ids.take(1)
    monkeypatch.setattr(database, "all", none)
    await desk.book(ROOM)


class Held(Between):
    """Books that answer when they are let go, and can be broken off."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self.has_committed = asyncio.Event()
        self.go = asyncio.Event()
        self.broken = False

    async def propose(self, proposal: Proposal) -> Outcome:
        outcome = await super().propose(proposal)
        self.has_committed.set()
        await self.go.wait()
        if self.broken:
            raise DatabaseAway("unsure")
        return outcome


class Slow(Database):
    """A database whose answers are late."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.readings = 0
        self.has_read = asyncio.Event()
        self.go = asyncio.Event()

    async def all(self, kind: type[Row], sql: str, /, **parameters: object) -> list[Row]:
        self.readings += 1
        rows = await self._database.all(kind, sql, **parameters)
        self.has_read.set()
        await self.go.wait()
        return rows


async def price_of(catalogue: Catalogue) -> int:
    return (await catalogue.articles([ROOM_FLEXIBLE]))[ROOM_FLEXIBLE].offer.prices[0].amount_minor


def nothing(house: House) -> Proposal:
    now = house.clock()
    return Proposal(key=Key("test", "nothing", ""), effective=now, business_date=now.date())


def dearer(house: House) -> Proposal:
    now = house.clock()
    prices = (Price(amount_minor=60_000),)
    return Proposal(
        key=Key("test", "dearer", "1"),
        effective=now,
        business_date=now.date(),
        changes=(Change("offers", ROOM_FLEXIBLE, 1, {"prices": prices}),),
    )


async def test_a_change_is_heeded_when_whoever_asked_for_it_has_gone(house: House) -> None:
    catalogue = Catalogue(house.database, keeps=True)
    held = Held(house.books)
    watched = WatchedBooks(held, catalogue)
    assert await price_of(catalogue) == 50_000
    asking = asyncio.create_task(watched.propose(dearer(house)))
    await held.has_committed.wait()
    asking.cancel()
    held.go.set()
    async with asyncio.timeout(10):
        while await price_of(catalogue) != 60_000:
            await house.books.propose(nothing(house))


async def test_a_change_that_is_unsure_is_looked_for_again(house: House) -> None:
    catalogue = Catalogue(house.database, keeps=True)
    held = Held(house.books)
    held.broken = True
    held.go.set()
    watched = WatchedBooks(held, catalogue)
    assert await price_of(catalogue) == 50_000
    with pytest.raises(DatabaseAway):
        await watched.propose(dearer(house))
    assert await price_of(catalogue) == 60_000


async def test_a_reading_that_began_before_a_change_is_not_kept(house: House) -> None:
    slow = Slow(house.database)
    catalogue = Catalogue(slow, keeps=True)
    watched = WatchedBooks(house.books, catalogue)
    reading = asyncio.create_task(price_of(catalogue))
    await slow.has_read.wait()
    await watched.propose(dearer(house))
    slow.go.set()
    assert await reading == 50_000  # it was asked for before
    assert await price_of(catalogue) == 60_000


async def test_a_rush_on_what_nobody_has_asked_for_costs_a_few_readings(house: House) -> None:
    slow = Slow(house.database)
    slow.go.set()
    catalogue = Catalogue(slow, keeps=True)
    await asyncio.gather(*(price_of(catalogue) for _ in range(100)))
    assert slow.readings <= 8  # twice offers, products, plans and resources
