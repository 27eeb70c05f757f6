"""Nobody came: what has begun or is charged is lost, what is kept stays, the rest goes back."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from serai.flows import no_show
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, Desk, refused, want
from tests.flows.statement import credited, goods, left, money, value
from tests.worlds import (
    DINNER,
    DUCK,
    DUCKS,
    LANTERN_COMPANY,
    LISBON_COMPANY,
    LISBON_ROOM,
    LISBON_ROOMS,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    ROOMS,
    TABLES_FOR_FOUR,
)

P, S = PLATFORM_ENTITY, LANTERN_COMPANY


async def test_what_is_charged_in_full_is_forfeited_in_full(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    clock.set(at(20, 23))
    gone = await desk.no_show(order)
    assert (gone.fee_minor, gone.refund_minor) == (135_000, 0)
    assert await goods(database, ROOMS) == {"forfeited": 3}
    assert await value(database) == {"not_shown": 135_000}
    assert await money(database) == {
        (P, "payment_clearing"): 135_000,
        (P, "due_to"): -135_000,
        (S, "due_from"): 135_000,
        (S, "fee_revenue"): -127_358,
        (S, "output_tax"): -7_642,
    }
    assert await credited(database, "not_shown") == {STAY: 135_000}


async def test_nights_beyond_the_charged_ones_can_be_sold_again(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_HALF_SURE, nights=3))
    clock.set(at(20, 23))
    gone = await desk.no_show(order)
    assert (gone.fee_minor, gone.refund_minor) == (90_004, 44_996)
    assert await goods(database, ROOMS) == {"forfeited": 2}
    assert await left(database, ROOMS, STAY + timedelta(days=2)) == 5

    lisbon = ZoneInfo("Europe/Lisbon")
    other = await desk.confirmed(want(LISBON_ROOM, date(2026, 7, 1), nights=2))
    clock.set(datetime(2026, 7, 1, 23, 0, tzinfo=lisbon))
    gone = await desk.no_show(other)
    assert (gone.fee_minor, gone.refund_minor) == (13_086, 0)
    assert await goods(database, LISBON_ROOMS) == {"forfeited": 1}
    nights = [date(2026, 7, 1) + timedelta(days=night) for night in range(2)]
    assert [await left(database, LISBON_ROOMS, night) for night in nights] == [3, 4]
    found = await money(database, "EUR")
    assert found == {
        (LISBON_COMPANY, "guest_receivable"): 13_086,
        (LISBON_COMPANY, "fee_revenue"): -12_345,
        (LISBON_COMPANY, "output_tax"): -741,
    }


async def test_a_fee_owed_by_the_guest_can_be_collected(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(21, 3))
    assert (await desk.no_show(order)).fee_minor == 66_600
    await desk.collect(order, "card")
    assert await money(desk.house.database) == {
        (S, "payment_clearing"): 66_600,
        (S, "fee_revenue"): -62_830,
        (S, "output_tax"): -3_770,
    }


async def test_the_rest_of_an_evening_is_free_for_others_when_nothing_is_charged(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(DINNER, quantity=2, minute=1110))
    clock.set(at(20, 18, 50))
    gone = await desk.no_show(order)
    assert (gone.fee_minor, gone.refund_minor) == (0, 0)
    assert await goods(database, TABLES_FOR_FOUR) == {"forfeited": 2}
    quarters = [await left(database, TABLES_FOR_FOUR, STAY, 1110 + 15 * n) for n in range(6)]
    assert quarters == [1, 1, 2, 2, 2, 2]


async def test_goods_that_nobody_fetched_are_still_there(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(DUCK, quantity=2))
    clock.set(at(22, 12))
    gone = await desk.no_show(order)
    assert (gone.fee_minor, gone.refund_minor) == (0, 25_600)
    assert await goods(database, DUCKS) == {}
    found = await money(database)
    assert found[P, "inventory"] == 150_000
    assert found[P, "customer_money"] == -25_600


async def test_it_is_refused_before_the_service_begins(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(20, 14, 59))
    assert refused(await no_show(desk.house, desk.by(), order)) == "service_not_begun"
    clock.forward(minutes=1)
    await desk.no_show(order)
    assert refused(await no_show(desk.house, desk.by(), order)) == "line_not_shown"


async def test_only_what_was_confirmed_can_be_missed(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE))
    clock.set(at(20, 18))
    assert refused(await no_show(desk.house, desk.by(), booked.order_id)) == "line_held"
