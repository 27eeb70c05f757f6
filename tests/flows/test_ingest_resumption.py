"""Real rows: cut short and taken up again, or brought in twice at once, they are there once."""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs

from serai.core import Database, DatabaseAway, Ids
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    FeedFigures,
    House,
    Imported,
    ImportProgress,
    audit,
    feed_figures,
    feed_stores,
    import_hotel_bookings,
)
from serai.information import read_quarantine
from serai.ledger import Books, Outcome, Proposal, Writer
from serai.logistics import resources_of
from tests import bookings_by_hand
from tests.bookings_by_hand import Totals, first_rows
from tests.books import Between
from tests.flows.clock import SetClock
from tests.hotel_rows import file, row

ROWS, FEWER = 2_000, 100
NOTHING = Totals(0, 0, Decimal(0), Decimal(0))


@pytest_asyncio.fixture
async def house(database: Database, books: Writer, clock: SetClock) -> House:
    return House(database, books, Ids(database), clock)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return first_rows(ROWS, tmp_path)


async def imported(house: House, path: Path) -> Imported:
    found = await import_hotel_bookings(house, [path])
    assert isinstance(found, Imported), found
    return found


def assert_same(figures: dict[str, FeedFigures], totals: dict[tuple[str, str], Totals]) -> None:
    """The books and the file say the same, to the cent, for every hotel and status."""
    for hotel, found in figures.items():
        fees = Decimal(0)
        for status, books in found.by_status.items():
            own = totals.get((hotel, status), NOTHING)
            assert (books.bookings, books.nights) == (own.bookings, own.nights), (hotel, status)
            assert Decimal(books.amount_minor) / 100 == own.amount, (hotel, status)
            fees += own.fees
        assert Decimal(found.fees_minor) / 100 == fees


async def assert_in_the_books(house: House, urls: DatabaseUrls, path: Path) -> None:
    stores = await feed_stores(house)
    assert_same(await feed_figures(house, stores), bookings_by_hand.totals(path))
    waiting = await read_quarantine(house.database, most=10_000)
    assert Counter(row.reasons for row in waiting) == bookings_by_hand.reasons(path)
    names = {id: hotel for hotel, id in stores.items()}
    most = {
        (names[room.store_id], room.code): room.calendar[-1].quantity
        for room in await resources_of(house.database, list(names))
    }
    assert {kind: count for kind, count in most.items() if count} == (
        bookings_by_hand.most_in_house(path)
    )
    findings = await audit(urls.platform)
    assert [finding for finding in findings if finding.failed] == []


async def test_real_rows_are_in_the_books_to_the_cent(
    house: House, urls: DatabaseUrls, rows: Path
) -> None:
    found = await imported(house, rows)
    sound = sum(one.bookings for one in bookings_by_hand.totals(rows).values())
    assert (found.read, found.accepted, found.rejected) == (ROWS, sound, ROWS - sound)
    await assert_in_the_books(house, urls, rows)


@pytest.mark.parametrize("seed", [1, 2])
async def test_made_up_rows_are_in_the_books_to_the_cent(
    house: House, urls: DatabaseUrls, tmp_path: Path, seed: int
) -> None:
    """A week with far too few rooms: what is cancelled, and when, decides who lacks one."""
    path = file(tmp_path, *made_up(random.Random(seed), 200))
    found = await imported(house, path)
    assert found.accepted + found.rejected == 200
    await assert_in_the_books(house, urls, path)
    assert await house.database.value("SELECT count(*) FROM transfers WHERE reason = 'shortfall'")


def made_up(luck: random.Random, count: int) -> Iterator[dict[str, str]]:
    for _ in range(count):
        arrival, nights = luck.randint(8, 14), luck.randint(0, 5)
        lead = luck.choice([0, 1, 3, 30])
        status = luck.choice(["Check-Out", "Check-Out", "Canceled", "No-Show"])
        day = date(2016, 5, arrival)
        over = {
            "Check-Out": day + timedelta(days=nights),
            "Canceled": day - timedelta(days=luck.randint(0, lead)),
            "No-Show": day,
        }[status]
        yield row(
            hotel=luck.choice(["City Hotel", "Resort Hotel"]),
            reserved_room_type=luck.choice("AAAB"),
            arrival_date_day_of_month=arrival,
            stays_in_weekend_nights=0,
            stays_in_week_nights=nights,
            lead_time=lead,
            adults=luck.choice([0, 1, 2, 2, 2]),
            adr=luck.choice(["0", "62", "75.335", "80.5", "5000", "5000.01", "-1"]),
            deposit_type=luck.choice(["No Deposit", "No Deposit", "Non Refund", "Refundable"]),
            agent=luck.choice(["NULL", "9", "240"]),
            company=luck.choice(["NULL", "NULL", "40"]),
            reservation_status=status,
            reservation_status_date=over,
        )


async def test_an_import_that_was_cut_short_goes_on(
    house: House, urls: DatabaseUrls, rows: Path
) -> None:
    """Steps in flight are lost wherever they are when the import ends."""

    class Cut(Exception):
        pass

    def cut(progress: ImportProgress) -> None:
        if progress.done > progress.total / 2:
            raise Cut

    with pytest.raises(Cut):
        await import_hotel_bookings(house, [rows], cut)
    await asyncio.sleep(0)
    before = await house.database.value("SELECT count(*) FROM bookings")
    found = await imported(house, rows)
    assert found.accepted + found.rejected + found.already_known == ROWS
    assert found.already_known >= before > 0
    assert found.accepted > 0
    await assert_in_the_books(house, urls, rows)
    again = await imported(house, rows)
    assert (again.accepted, again.already_known) == (0, found.accepted + found.already_known)


async def test_the_same_rows_imported_twice_at_once_come_in_once(
    house: House, urls: DatabaseUrls, tmp_path: Path
) -> None:
    rows = first_rows(FEWER, tmp_path)
    one, other = await asyncio.gather(*(imported(house, rows) for _ in range(2)))
    await assert_in_the_books(house, urls, rows)
    sound = one.accepted + one.already_known
    assert one.accepted + other.accepted == sound, "each tells of what it brought in itself"
    assert other.accepted + other.already_known == sound


class FailingBooks(Between):
    """Books that answer so many proposals, and then no more."""

    def __init__(self, books: Books, answers: int) -> None:
        super().__init__(books)
        self._answers = answers

    async def propose(self, proposal: Proposal) -> Outcome:
        self._answers -= 1
        if self._answers < 0:
            raise DatabaseAway("the database has gone away")
        return await super().propose(proposal)


async def is_told_away(house: House, path: Path) -> bool:
    """Whether an import ends with that error, which nobody keeps."""
    try:
        await import_hotel_bookings(house, [path])
    except DatabaseAway:
        return True
    return False


async def test_when_the_books_go_away_one_error_is_told_and_not_one_for_each_step(
    house: House, urls: DatabaseUrls, rows: Path
) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    others = asyncio.all_tasks()
    failing = structs.replace(house, books=FailingBooks(house.books, ROWS // 2))
    assert await is_told_away(failing, rows)
    assert asyncio.all_tasks() == others
    gc.collect()
    assert told == []
    await imported(house, rows)
    await assert_in_the_books(house, urls, rows)
