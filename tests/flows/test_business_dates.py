"""Days are the store's own, whatever zone the server, the database or the guest lives in."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from serai.core import Ids, open_database
from serai.core.postgres import DatabaseUrls
from serai.flows import House, fulfil, no_show
from serai.ledger import Writer
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, Desk, refused, want
from tests.flows.statement import credited, money
from tests.worlds import (
    ADMISSION,
    DINNER,
    LISBON_COMPANY,
    LISBON_ROOM,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    found_lantern_group,
    found_neighbours,
)


@pytest_asyncio.fixture(params=["UTC", "Asia/Shanghai", "America/Los_Angeles"])
async def elsewhere(
    request: pytest.FixtureRequest, urls: DatabaseUrls, books: Writer, clock: SetClock
) -> AsyncIterator[Desk]:
    """A desk whose database answers in another zone."""
    options = quote(f"-c timezone={request.param}")
    url = f"{urls.platform}{'&' if '?' in urls.platform else '?'}options={options}"
    async with open_database(url) as database:
        house = House(database, books, Ids(database), clock)
        await found_lantern_group(house)
        await found_neighbours(house)
        yield Desk(house, clock)


async def test_a_guest_is_served_from_the_business_day_of_arrival_on(
    elsewhere: Desk, clock: SetClock
) -> None:
    desk = elsewhere
    order = await desk.confirmed(want(ROOM_PREPAID))
    clock.set(at(20, 3, 59))  # the house closes the day before at four
    assert refused(await fulfil(desk.house, desk.by(), order)) == "service_not_begun"
    clock.set(at(20, 4))
    await desk.fulfil(order)
    assert await credited(desk.house.database, "earned") == {STAY: 45_000}


async def test_an_early_entry_is_not_an_entry_of_the_evening_before(
    elsewhere: Desk, clock: SetClock
) -> None:
    desk = elsewhere
    order = await desk.confirmed(want(ADMISSION, minute=540))
    clock.set(at(19, 23))
    assert refused(await fulfil(desk.house, desk.by(), order)) == "service_not_begun"
    clock.set(at(20, 9))
    await desk.fulfil(order)


async def test_the_moment_of_a_no_show_is_the_same_everywhere(
    elsewhere: Desk, clock: SetClock
) -> None:
    desk = elsewhere
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(datetime(2026, 6, 20, 6, 59, 59, tzinfo=UTC))
    assert refused(await no_show(desk.house, desk.by(), order)) == "service_not_begun"
    clock.set(datetime(2026, 6, 20, 7, 0, tzinfo=UTC))
    await desk.no_show(order)


async def test_a_deadline_is_the_same_everywhere(elsewhere: Desk, clock: SetClock) -> None:
    desk = elsewhere
    # The clocks of Lisbon and of Los Angeles change within the last 24 hours, each on its own day.
    for day in (date(2026, 10, 25), date(2026, 11, 1)):
        in_time = await desk.confirmed(want(LISBON_ROOM, day))
        clock.set(datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
        clock.forward(hours=-24)
        assert (await desk.cancel(in_time)).fee_minor == 0


async def test_a_dinner_paid_after_midnight_belongs_to_the_evening(
    desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(DINNER, minute=1125))
    clock.set(at(21, 0, 40))
    await desk.fulfil(order, "till")
    assert await credited(desk.house.database, "revenue") == {STAY: 18_774}
    assert await credited(desk.house.database, "guest_receivable") == {STAY: 19_900}


async def test_a_booking_after_midnight_is_for_the_night_that_has_begun(
    desk: Desk, clock: SetClock
) -> None:
    clock.set(at(21, 1))
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    booking = (await desk.file(order)).bookings[0]
    assert booking.first_day == STAY
    clock.set(at(21, 2))
    await desk.fulfil(order, "till")


async def test_a_store_abroad_has_its_own_day(desk: Desk, clock: SetClock) -> None:
    clock.set(at(20, 5))  # ten in the evening of the 19th in Lisbon
    order = await desk.confirmed(want(LISBON_ROOM, date(2026, 6, 19)))
    await desk.fulfil(order, "card")
    assert await credited(desk.house.database, "revenue") == {date(2026, 6, 19): 12_345}


async def test_each_night_bears_the_tax_of_its_own_date(desk: Desk, clock: SetClock) -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    order = await desk.confirmed(want(LISBON_ROOM, date(2026, 12, 31), nights=2))
    clock.set(datetime(2027, 1, 2, 11, tzinfo=lisbon))
    await desk.fulfil(order, "card")
    assert (await money(desk.house.database, "EUR"))[LISBON_COMPANY, "output_tax"] == -1_975
    assert await credited(desk.house.database, "revenue") == {
        date(2026, 12, 31): 12_345,
        date(2027, 1, 1): 12_345,
    }
