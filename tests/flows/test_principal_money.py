"""A principal sells in its own name; the platform collects for it, or it does so itself."""

from datetime import date

from serai.flows import Party
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, want
from tests.flows.statement import credited, goods, money, value
from tests.worlds import (
    ACME,
    DINNER,
    DUCK,
    DUCKS,
    LANTERN_COMPANY,
    PLATFORM_ENTITY,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    ROOMS,
    TABLES_FOR_FOUR,
    TEA_CEREMONY,
    TEA_COMPANY,
    TEA_TIN,
    TEA_TINS,
    WANG,
)

P, S, T = PLATFORM_ENTITY, LANTERN_COMPANY, TEA_COMPANY


async def test_a_prepaid_stay_is_a_deposit_of_the_seller_until_it_is_earned(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    assert await money(database) == {
        (P, "payment_clearing"): 135_000,
        (P, "due_to"): -135_000,
        (S, "due_from"): 135_000,
        (S, "deposits"): -135_000,
    }
    assert await value(database) == {"on_the_books": 135_000}
    assert await goods(database, ROOMS) == {"sold": 3}

    clock.set(at(23, 11))
    fulfilled = await desk.fulfil(order)
    assert (fulfilled.earned_minor, fulfilled.paid_minor) == (135_000, 0)
    assert await money(database) == {
        (P, "payment_clearing"): 135_000,
        (P, "due_to"): -135_000,
        (P, "due_from"): 14_310,
        (P, "commission_revenue"): -13_500,
        (P, "output_tax"): -810,
        (S, "due_from"): 135_000,
        (S, "revenue"): -127_359,
        (S, "output_tax"): -7_641,
        (S, "commission_cost"): 13_500,
        (S, "input_tax"): 810,
        (S, "due_to"): -14_310,
    }
    assert await value(database) == {"earned": 135_000}
    assert await goods(database, ROOMS) == {"consumed": 3}


async def test_each_night_is_earned_on_its_own_business_date(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_FLEXIBLE, date(2026, 6, 18), nights=3))
    clock.set(at(21, 11))
    await desk.fulfil(order, "till")
    database = desk.house.database
    thursday, friday, saturday = (date(2026, 6, day) for day in (18, 19, 20))
    assert await credited(database, "earned") == {
        thursday: 50_000, friday: 66_600, saturday: 66_600,
    }  # fmt: skip
    assert await credited(database, "revenue") == {
        thursday: 47_170, friday: 62_830, saturday: 62_830,
    }  # fmt: skip
    assert await credited(database, "commission_revenue") == {
        thursday: 5_000, friday: 6_660, saturday: 6_660,
    }  # fmt: skip
    assert await credited(database, "consumed") == {thursday: 1, friday: 1, saturday: 1}
    assert await credited(database, "guest_receivable") == {date(2026, 6, 21): 183_200}


async def test_a_guest_who_leaves_early_is_charged_by_the_day_of_leaving(
    desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, date(2026, 6, 18), nights=3))
    clock.set(at(19, 9))
    await desk.fulfil(order)
    assert await credited(desk.house.database, "earned") == {
        date(2026, 6, 18): 45_000,
        date(2026, 6, 19): 90_000,
    }


async def test_what_is_not_prepaid_is_owed_by_the_guest_and_paid_at_the_desk(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_FLEXIBLE, date(2026, 6, 18), nights=2))
    assert await money(database) == {}
    clock.set(at(20, 11))
    fulfilled = await desk.fulfil(order)
    assert fulfilled.paid_minor == 0
    owed = {
        (S, "guest_receivable"): 116_600,
        (S, "revenue"): -110_000,
        (S, "output_tax"): -6_600,
        (S, "commission_cost"): 11_660,
        (S, "input_tax"): 700,
        (S, "due_to"): -12_360,
        (P, "due_from"): 12_360,
        (P, "commission_revenue"): -11_660,
        (P, "output_tax"): -700,
    }
    assert await money(database) == owed

    collected = await desk.collect(order, "till")
    assert collected.paid_minor == 116_600
    del owed[S, "guest_receivable"]
    assert await money(database) == {**owed, (S, "till"): 116_600}


async def test_a_card_at_the_desk_is_settled_by_the_stores_own_provider(
    desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(DINNER, quantity=3, minute=1110))
    clock.set(at(20, 20))
    fulfilled = await desk.fulfil(order, "card")
    assert (fulfilled.earned_minor, fulfilled.paid_minor) == (59_700, 59_700)
    assert await money(desk.house.database) == {
        (S, "payment_clearing"): 59_700,
        (S, "revenue"): -56_322,
        (S, "output_tax"): -3_378,
        (S, "commission_cost"): 5_970,
        (S, "input_tax"): 358,
        (S, "due_to"): -6_328,
        (P, "due_from"): 6_328,
        (P, "commission_revenue"): -5_970,
        (P, "output_tax"): -358,
    }
    assert await goods(desk.house.database, TABLES_FOR_FOUR) == {"consumed": 6}


async def test_a_companys_stay_goes_to_its_account_whatever_the_desk_says(
    desk: Desk, clock: SetClock
) -> None:
    acme = Party(customer_id=WANG, payer_id=ACME, channel="phone")
    order = await desk.confirmed(want(ROOM_COMPANY), party=acme)
    assert await money(desk.house.database) == {}
    clock.set(at(21, 11))
    await desk.fulfil(order, "till")
    assert await money(desk.house.database) == {
        (S, "company_receivable"): 48_000,
        (S, "revenue"): -45_283,
        (S, "output_tax"): -2_717,
        (S, "commission_cost"): 4_800,
        (S, "input_tax"): 288,
        (S, "due_to"): -5_088,
        (P, "due_from"): 5_088,
        (P, "commission_revenue"): -4_800,
        (P, "output_tax"): -288,
    }


async def test_who_collects_for_itself_owes_the_platform_its_commission_only(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(TEA_CEREMONY, quantity=2, minute=840))
    assert await money(database) == {
        (T, "payment_clearing"): 19_998,
        (T, "deposits"): -19_998,
    }
    clock.set(at(20, 16))
    await desk.fulfil(order)
    assert await money(database) == {
        (T, "payment_clearing"): 19_998,
        (T, "revenue"): -18_866,
        (T, "output_tax"): -1_132,
        (T, "commission_cost"): 1_600,
        (T, "input_tax"): 96,
        (T, "due_to"): -1_696,
        (P, "due_from"): 1_696,
        (P, "commission_revenue"): -1_600,
        (P, "output_tax"): -96,
    }


async def test_an_entity_pays_itself_no_commission_and_goods_leave_at_cost(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(DUCK, quantity=2))
    in_stock = {(P, "inventory"): 150_000, (P, "goods_received"): -150_000}
    assert await money(database) == {
        **in_stock,
        (P, "payment_clearing"): 25_600,
        (P, "deposits"): -25_600,
    }
    clock.set(at(20, 12))
    await desk.fulfil(order)
    assert await money(database) == {
        (P, "goods_received"): -150_000,
        (P, "inventory"): 144_000,
        (P, "cost_of_sales"): 6_000,
        (P, "payment_clearing"): 25_600,
        (P, "revenue"): -22_654,
        (P, "output_tax"): -2_946,
    }
    assert await goods(database, DUCKS) == {"consumed": 2}


async def test_goods_come_into_the_inventory_once_at_what_a_piece_costs(
    desk: Desk, clock: SetClock
) -> None:
    first = await desk.confirmed(want(TEA_TIN, quantity=1))
    second = await desk.confirmed(want(TEA_TIN, quantity=2))
    clock.set(at(20, 12))
    await desk.fulfil(first)
    await desk.fulfil(second)
    found = await money(desk.house.database)
    assert found[T, "goods_received"] == -25_000
    assert found[T, "cost_of_sales"] == 7_500
    assert found[T, "inventory"] == 17_500
    assert await goods(desk.house.database, TEA_TINS) == {"consumed": 6}


async def test_each_collector_is_paid_by_a_payment_of_its_own(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID), want(TEA_CEREMONY, minute=840))
    confirmed = await desk.ask(booked.order_id)
    to_platform, to_tea_house = confirmed.payments
    await desk.answer(to_platform)
    assert await desk.states(booked.order_id) == ["confirmed", "paying"]
    await desk.answer(to_tea_house)
    assert await desk.states(booked.order_id) == ["confirmed", "confirmed"]
    assert await money(desk.house.database) == {
        (P, "payment_clearing"): 45_000,
        (P, "due_to"): -45_000,
        (S, "due_from"): 45_000,
        (S, "deposits"): -45_000,
        (T, "payment_clearing"): 9_999,
        (T, "deposits"): -9_999,
    }
