"""A row in quarantine is corrected, released once, and known from then on."""

from pathlib import Path

import pytest_asyncio

from serai.cloud import PLATFORM, Actor
from serai.core import Database, Ids, Refusal
from serai.flows import (
    By,
    House,
    Imported,
    Released,
    StatusFigures,
    correct_and_release,
    import_hotel_bookings,
)
from serai.information import Quarantined, read_quarantine, read_quarantined
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
