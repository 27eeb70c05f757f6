"""A row in quarantine is corrected, released once, and known from then on."""

from pathlib import Path

import pytest_asyncio

from serai.cloud import PLATFORM, Actor
from serai.core import Database, Ids, Refusal
from serai.flows import (
    By,
    Dropped,
    House,
    Imported,
    Released,
    StatusFigures,
    correct_and_release,
    drop_row,
    import_hotel_bookings,
    released_order,
)
from serai.information import (
    QuarantineCount,
    Quarantined,
    count_quarantine,
    read_quarantine,
    read_quarantined,
)
from serai.ledger import Scope, Writer
from tests.flows.clock import SetClock
from tests.hotel_rows import file, row

SOMEBODY = By(PLATFORM, "release")


@pytest_asyncio.fixture
async def house(database: Database, books: Writer, clock: SetClock) -> House:
    return House(database, books, Ids(database), clock)


async def set_aside(house: House, path: Path) -> Quarantined:
    imported = await import_hotel_bookings(house, [path])
    assert isinstance(imported, Imported), imported
    (waiting,) = await read_quarantine(house.database)
    return waiting


async def refused(house: House, waiting: Quarantined, **corrected: str) -> Refusal:
    answer = await correct_and_release(house, SOMEBODY, waiting.id, corrected)
    assert isinstance(answer, Refusal), answer
    return answer


async def test_a_corrected_row_is_replayed_and_leaves_quarantine(
    house: House, tmp_path: Path
) -> None:
    path = file(tmp_path, row(), row(adults=0, reserved_room_type="P", agent=7, country="ITA"))
    waiting = await set_aside(house, path)
    released = await correct_and_release(house, SOMEBODY, waiting.id, {"adults": "2"})
    assert isinstance(released, Released), released
    assert await correct_and_release(house, SOMEBODY, waiting.id, {"adults": "2"}) == released
    settled = await read_quarantined(house.database, waiting.id)
    assert settled is not None
    assert (settled.status, settled.corrected) == ("released", {"adults": "2"})
    assert settled.record == waiting.record
    assert await released_order(house, settled) == released.order_id
    assert settled.settled_at == house.clock()
    assert await read_quarantine(house.database) == []
    states = await house.database.column(
        "SELECT state FROM lines WHERE order_id = %(order)s", order=released.order_id
    )
    assert states == ["fulfilled"]

    again = await import_hotel_bookings(house, [path])
    assert isinstance(again, Imported)
    assert (again.accepted, again.rejected, again.already_known) == (0, 0, 2)
    assert again.by_status["Check-Out"] == StatusFigures(2, 6, 60_060)
    assert await read_quarantine(house.database) == []


async def test_a_row_that_is_still_wrong_keeps_waiting(house: House, tmp_path: Path) -> None:
    waiting = await set_aside(house, file(tmp_path, row(), row(adults=0, adr=-1)))
    answer = await refused(house, waiting, adults="1")
    assert answer.name == "row_rejected"
    assert "rate_implausible" in answer.advice
    assert (await refused(house, waiting, shoe="41")).name == "column_unknown"
    assert await read_quarantine(house.database) == [waiting]
    assert await house.database.value("SELECT count(*) FROM bookings") == 1


async def test_a_released_row_is_not_released_otherwise(house: House, tmp_path: Path) -> None:
    waiting = await set_aside(house, file(tmp_path, row(), row(adults=0)))
    released = await correct_and_release(house, SOMEBODY, waiting.id, {"adults": "1"})
    assert isinstance(released, Released)
    assert (await refused(house, waiting, adults="2")).name == "row_released"
    assert await house.database.value("SELECT count(*) FROM bookings") == 2


async def test_nobody_releases_what_is_not_there_or_not_theirs(
    house: House, tmp_path: Path
) -> None:
    waiting = await set_aside(house, file(tmp_path, row(), row(adults=0)))
    missing = await correct_and_release(house, SOMEBODY, 1, {"adults": "1"})
    assert isinstance(missing, Refusal)
    assert missing.name == "quarantined_row_not_found"
    stranger = By(Actor("stranger", Scope(frozenset({1}))), "1")
    outside = await correct_and_release(house, stranger, waiting.id, {"adults": "1"})
    assert isinstance(outside, Refusal)
    assert outside.name == "outside_scope"
    assert await read_quarantine(house.database) == [waiting]


async def test_a_dropped_row_is_in_no_book_and_stays_dropped(house: House, tmp_path: Path) -> None:
    path = file(tmp_path, row(), row(adults=0, adr=-1))
    waiting = await set_aside(house, path)
    assert await read_quarantine(house.database, reason="no_guests") == [waiting]
    assert await read_quarantine(house.database, reason="no_nights") == []
    assert await count_quarantine(house.database) == [
        QuarantineCount("waiting", "", 1),
        QuarantineCount("waiting", "no_guests", 1),
        QuarantineCount("waiting", "rate_implausible", 1),
    ]
    assert await drop_row(house, SOMEBODY, waiting.id) == Dropped(waiting.id)
    assert await drop_row(house, SOMEBODY, waiting.id) == Dropped(waiting.id)
    again = await drop_row(house, By(PLATFORM, "another"), waiting.id)
    assert isinstance(again, Refusal)
    assert again.name == "row_dropped"
    assert (await refused(house, waiting, adults="1", adr="1")).name == "row_dropped"
    dropped = await read_quarantined(house.database, waiting.id)
    assert dropped is not None
    assert (dropped.status, dropped.settled_at) == ("dropped", house.clock())
    assert await released_order(house, dropped) == 0
    imported = await import_hotel_bookings(house, [path])
    assert isinstance(imported, Imported)
    assert imported.accepted == 0
    assert await house.database.value("SELECT count(*) FROM bookings") == 1
