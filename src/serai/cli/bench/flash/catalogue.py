"""A catalogue of ten million slots that were touched once, and the archive of those that are past.

The past is laid down in SQL as the writer would have left it, which the audit proves at the end:
the writer alone would need minutes for what is only the ground of this measurement.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from time import perf_counter

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Identifier
from rich.console import Console

from serai.cli.bench.database import audit, own_database
from serai.cli.bench.flash import tables as sql
from serai.cli.bench.flash.figures import CatalogueFigures, Place, answers_of
from serai.cli.bench.flash.ground import BUSINESS_DATE, Passers, commit
from serai.core import Database, DatabaseUrls, day_of, open_database, slot_of
from serai.flows import TABLES
from serai.ledger import Belonging, Step, Writer, open_writer
from serai.logistics import KEPT_DAYS, Need, archive_past_slots, read_free, sell

BOOK = 1
DAYS_PAST = 365
DAYS_TO_COME = 35
DAYS = DAYS_PAST + DAYS_TO_COME
DAYS_AT_ONCE = 20
CAPACITY = 1_000_000
ORDERS_AT_ONCE = 256
LOOK_UPS = 30
LOOKED_UP = 1_000
LATE_TOUCHES = 200
GIGABYTE = 1e9


class Extent(Struct, frozen=True):
    """How many resources there are, each with a slot on every day; the first day is 0."""

    resources: int

    @property
    def slots(self) -> int:
        """The slots that were touched once."""
        return self.resources * DAYS

    def need(self, resource: int, day: date) -> Need:
        """One of a resource on a day; resources count from 1."""
        return Need(resource, "room", slot_of(day), 1, CAPACITY)


class Orders:
    """Orders of two: one in a slot that stands on the books, one in a slot that nobody touched."""

    def __init__(self, extent: Extent, seed: int) -> None:
        self._extent = extent
        self._chance = random.Random(seed)
        self._fresh = 0

    def chain(self, _: int = 0) -> tuple[Step, ...]:
        """What the next order proposes."""
        resource = self._chance.randint(1, self._extent.resources)
        known = BUSINESS_DATE + timedelta(days=self._chance.randrange(1, DAYS_TO_COME))
        beyond, fresh = divmod(self._fresh, self._extent.resources)
        self._fresh += 1
        untouched = BUSINESS_DATE + timedelta(days=DAYS_TO_COME + beyond)
        needs = [self._extent.need(resource, known), self._extent.need(fresh + 1, untouched)]
        return sell(BOOK, needs, Belonging(order=self._fresh))

    def late(self, number: int) -> tuple[Step, ...]:
        """An order of the distant past: each in a slot of its own."""
        day = BUSINESS_DATE - timedelta(days=KEPT_DAYS + 1 + number // self._extent.resources)
        resource = 1 + number % self._extent.resources
        return sell(BOOK, [self._extent.need(resource, day)], Belonging(order=number + 1))


async def bench_catalogue(
    slots: int, seconds: float, console: Console, seed: int
) -> CatalogueFigures:
    """Fill the catalogue, measure, archive what is past while people order, measure again.

    Orders are measured for so many seconds each time.
    """
    extent = Extent(max(1, slots // DAYS))
    async with own_database() as urls, open_database(urls.platform) as database:
        filled_seconds = await asyncio.to_thread(_fill, urls, extent, console)
        async with open_writer(urls.writer, TABLES) as writer:
            orders = Orders(extent, seed)
            before = await _measure(database, writer, extent, orders, seconds)
            _tell(console, "before", before)
            passers = Passers(writer, orders.chain)
            await asyncio.sleep(seconds)
            quiet = await passers.since()
            began = perf_counter()
            archived = await archive_past_slots(urls.writer, BUSINESS_DATE)
            archived_seconds = perf_counter() - began
            meanwhile = await passers.leave()
            console.print(f"{archived:,} archived in {archived_seconds:.1f} s", highlight=False)
            await asyncio.to_thread(_execute, urls, sql.TIDY_UP)
            after = await _measure(database, writer, extent, orders, seconds)
            _tell(console, "after", after)
            late_seconds = await _touch_late(writer, orders, min(LATE_TOUCHES, archived))
        sizes = await database.one(Sizes, sql.SIZES)
        assert sizes is not None
        await asyncio.to_thread(_execute, urls, sql.PACK)
        packed = await database.one(Sizes, sql.SIZES)
        assert packed is not None
        console.print("auditing ...")
        began = perf_counter()
        checked = await audit(urls)
        audited_seconds = perf_counter() - began
    return CatalogueFigures(
        slots=extent.slots,
        filled_seconds=round(filled_seconds, 1),
        archived=archived,
        archived_seconds=round(archived_seconds, 1),
        archived_per_second=round(archived / archived_seconds),
        before=before,
        after=after,
        packed_gb=_gigabytes(packed.in_use + packed.indexes),
        archive_gb=_gigabytes(sizes.archive),
        orders_before=answers_of(quiet),
        orders_meanwhile=answers_of(meanwhile),
        late_touch_ms=round(1000 * late_seconds, 2),
        audited_seconds=round(audited_seconds, 1),
        invariants_checked=checked,
    )


class Sizes(Struct, frozen=True):
    """In bytes: the accounts in use, their indexes, and the archive with its own."""

    accounts: int
    in_use: int
    indexes: int
    archive: int


def _fill(urls: DatabaseUrls, extent: Extent, console: Console) -> float:
    """Lay down the catalogue as of the business date; the seconds that this has taken."""
    began = perf_counter()
    first_slot = slot_of(BUSINESS_DATE - timedelta(days=DAYS_PAST))
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        indexes = owner.execute(sql.KEY_INDEXES).fetchall()
        for name, _ in indexes:
            owner.execute(SQL(sql.DROP_INDEX).format(name=Identifier(name)))
        shape = {"book": BOOK, "resources": extent.resources, "capacity": CAPACITY}
        owner.execute(sql.FILL_SOURCES, {**shape, "days": DAYS})
        for first in range(0, DAYS, DAYS_AT_ONCE):
            bounds = {"first_day": first, "end_day": min(first + DAYS_AT_ONCE, DAYS)}
            with owner.transaction():
                owner.execute(sql.FILL_ACCOUNTS, {**shape, **bounds, "first_slot": first_slot})
                owner.execute(sql.FILL_TRANSFERS, {**shape, **bounds, "today": BUSINESS_DATE})
            day = day_of(first_slot) + timedelta(days=bounds["end_day"])
            console.print(f"slots up to {day} are laid down", highlight=False)
        owner.execute(sql.ROOM_TO_SORT)
        for _, definition in indexes:
            owner.execute(definition)
        owner.execute(sql.FILL_FENCE)
        owner.execute(sql.TIDY_UP)
    return perf_counter() - began


def _execute(urls: DatabaseUrls, statement: str) -> None:
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(statement.encode())


async def _measure(
    database: Database, writer: Writer, extent: Extent, orders: Orders, seconds: float
) -> Place:
    looked_up = await _look_up(database, extent)
    taken = await _order(writer, orders.chain, seconds)
    sizes = await database.one(Sizes, sql.SIZES)
    assert sizes is not None
    return Place(
        accounts=sizes.accounts,
        table_gb=_gigabytes(sizes.in_use),
        indexes_gb=_gigabytes(sizes.indexes),
        look_up_ms=round(1000 * looked_up, 2),
        orders_per_second=round(taken / seconds),
    )


async def _look_up(database: Database, extent: Extent) -> float:
    """The seconds for what is free in 1,000 slots to come, of resources here and there."""
    chance = random.Random(extent.resources)
    taken = []
    for _ in range(LOOK_UPS):
        wanted = []
        for _ in range(LOOKED_UP):
            resource = chance.randint(1, extent.resources)
            day = BUSINESS_DATE + timedelta(days=chance.randrange(DAYS_TO_COME))
            wanted.append((BOOK, f"room:{resource}", resource, slot_of(day)))
        began = perf_counter()
        await read_free(database, wanted)
        taken.append(perf_counter() - began)
    return median(taken)


async def _order(writer: Writer, chain: Callable[[], tuple[Step, ...]], seconds: float) -> int:
    """Keep so many orders on their way for a while; how many were taken."""
    end = perf_counter() + seconds
    numbers = iter(range(10**9))
    operation = f"order {writer.commits}"

    async def buyer() -> int:
        taken = 0
        while perf_counter() < end:
            await commit(writer, operation, next(numbers), chain())
            taken += 1
        return taken

    return sum(await asyncio.gather(*(buyer() for _ in range(ORDERS_AT_ONCE))))


async def _touch_late(writer: Writer, orders: Orders, touches: int) -> float:
    """The median seconds of an order in an archived slot, one after the other."""
    taken = []
    for number in range(touches):
        began = perf_counter()
        await commit(writer, "late", number, orders.late(number))
        taken.append(perf_counter() - began)
    return median(taken) if taken else 0.0


def _tell(console: Console, when: str, place: Place) -> None:
    console.print(
        f"{when}: {place.accounts:,} accounts in use, {place.table_gb:.2f} GB and "
        f"{place.indexes_gb:.2f} GB of indexes, {place.orders_per_second:,} orders/s",
        highlight=False,
    )


def _gigabytes(size: int) -> float:
    return round(size / GIGABYTE, 3)
