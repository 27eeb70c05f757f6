"""One order through five flows: a room, a table, a ticket, a boat tour and a duck, in three books,
of an own company and a franchised one."""

from serai.flows import confirm
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, refused, want
from tests.flows.statement import money, told, value
from tests.worlds import (
    ADMISSION,
    BOAT_TOUR,
    DINNER,
    DUCK,
    LANTERN_COMPANY,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
)

P, S = PLATFORM_ENTITY, LANTERN_COMPANY

WANTED = (
    want(ROOM_FLEXIBLE),
    want(DINNER, quantity=2, minute=1110),
    want(ADMISSION, quantity=2, minute=600),
    want(BOAT_TOUR, minute=570),
    want(DUCK),
)


async def test_it_is_booked_paid_served_and_ties_to_the_cent(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    booked = await desk.book(*WANTED)
    order = booked.order_id
    assert booked.amount_minor == 162_000
    assert refused(await confirm(desk.house, desk.by(), order)) == "payment_required"
    in_stock = {(P, "inventory"): 150_000, (P, "goods_received"): -150_000}
    assert await money(database) == in_stock

    await desk.pay(order)
    assert await money(database) == {
        **in_stock,
        (P, "payment_clearing"): 55_600,
        (P, "deposits"): -55_600,
    }
    assert await value(database) == {"on_the_books": 162_000}

    clock.set(at(20, 21))
    fulfilled = await desk.fulfil(order, "till")
    assert (fulfilled.earned_minor, fulfilled.paid_minor) == (162_000, 106_400)
    assert await money(database) == {
        (P, "payment_clearing"): 55_600,
        (P, "due_from"): 11_279,
        (P, "commission_revenue"): -17_060,
        (P, "output_tax"): -2_497,
        (P, "store_payable"): -35_995,
        (P, "revenue"): -11_327,
        (P, "cost_of_sales"): 3_000,
        (P, "inventory"): 147_000,
        (P, "goods_received"): -150_000,
        (S, "till"): 106_400,
        (S, "revenue"): -100_378,
        (S, "output_tax"): -6_022,
        (S, "commission_cost"): 10_640,
        (S, "input_tax"): 639,
        (S, "due_to"): -11_279,
    }
    assert await value(database) == {"earned": 162_000}
    assert await told(database, order) == [
        *["booking.placed"] * 3,
        *["payment.asked"] * 3,
        *["booking.confirmed"] * 3,
        *["booking.fulfilled"] * 3,
    ]


async def test_it_is_cancelled_in_time_and_leaves_nothing(desk: Desk) -> None:
    order = await desk.confirmed(*WANTED)
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, 55_600)
    (_, refund) = await desk.payments(order)
    await desk.answer(refund.id)
    assert await money(desk.house.database) == {
        (P, "inventory"): 150_000,
        (P, "goods_received"): -150_000,
    }
    assert await value(desk.house.database) == {"cancelled": 162_000}
