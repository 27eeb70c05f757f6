"""An agent is an independent seller: the platform owes it the takings less commission."""

from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, want
from tests.flows.statement import goods, money, pending_money, value
from tests.worlds import (
    ADMISSION,
    DAY_QUOTA,
    DECK_SEATS,
    PLATFORM_ENTITY,
    SUNSET_CRUISE,
    WINDOW_QUOTA,
)

P = PLATFORM_ENTITY


async def test_takings_are_held_and_then_owed_less_commission(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ADMISSION, quantity=2, minute=600))
    assert await money(database) == {(P, "payment_clearing"): 16_000, (P, "deposits"): -16_000}
    assert await value(database) == {"on_the_books": 16_000}
    clock.set(at(20, 10, 5))
    fulfilled = await desk.fulfil(order, "till")
    assert (fulfilled.earned_minor, fulfilled.paid_minor) == (16_000, 0)
    assert await money(database) == {
        (P, "payment_clearing"): 16_000,
        (P, "store_payable"): -13_456,
        (P, "commission_revenue"): -2_400,
        (P, "output_tax"): -144,
    }
    assert await goods(database, DAY_QUOTA) == {"consumed": 2}
    assert await goods(database, WINDOW_QUOTA) == {"consumed": 2}


async def test_what_is_kept_of_a_late_cancellation_is_the_sellers_less_commission(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ADMISSION, quantity=2, minute=600))
    clock.set(at(20, 8))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (4_800, 11_200)
    kept = {
        (P, "store_payable"): -4_037,
        (P, "commission_revenue"): -720,
        (P, "output_tax"): -43,
    }
    assert await money(database) == {
        **kept,
        (P, "payment_clearing"): 16_000,
        (P, "customer_money"): -11_200,
    }
    assert await pending_money(database) == {
        (P, "customer_money"): 11_200,
        (P, "payment_clearing"): -11_200,
    }
    assert await value(database) == {"cancelled": 16_000}


async def test_a_guest_who_does_not_come_has_paid_the_seller(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ADMISSION, quantity=1, minute=600))
    clock.set(at(20, 18))
    gone = await desk.no_show(order)
    assert (gone.fee_minor, gone.refund_minor) == (8_000, 0)
    assert await money(database) == {
        (P, "payment_clearing"): 8_000,
        (P, "store_payable"): -6_728,
        (P, "commission_revenue"): -1_200,
        (P, "output_tax"): -72,
    }
    assert await goods(database, DAY_QUOTA) == {"forfeited": 1}


async def test_an_agent_that_collects_for_itself_owes_commission_and_nothing_else_is_ours(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    booked = await desk.book(want(SUNSET_CRUISE, minute=1080))
    confirmed = await desk.ask(booked.order_id)
    assert (confirmed.state, confirmed.payments) == ("confirmed", ())
    assert await money(database) == {}
    clock.set(at(20, 19))
    await desk.fulfil(booked.order_id)
    assert await money(database) == {
        (P, "due_from_store"): 2_544,
        (P, "commission_revenue"): -2_400,
        (P, "output_tax"): -144,
    }
    assert await value(database) == {"earned": 19_999}


async def test_its_fees_are_between_it_and_its_guests(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(SUNSET_CRUISE, minute=1080))
    clock.set(at(20, 17))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (9_999, 0)
    assert await money(desk.house.database) == {}
    assert await goods(desk.house.database, DECK_SEATS) == {}
