"""An order seen as five timelines, every figure of which leads to its transfers."""

import pytest

from serai.flows import FLOWS, Trace, trace
from serai.ledger import journal_rows
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, refused, want
from tests.worlds import (
    ADMISSION,
    DINNER,
    DUCK,
    LANTERN_COMPANY,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    ROOMS,
    SUNSET_CRUISE,
    TEA_CEREMONY,
    WANG,
)


async def traced(desk: Desk, order: int) -> Trace:
    """A trace whose ties all hold."""
    found = done(await trace(desk.house, order))
    assert [tie for tie in found.ties if not tie.holds] == []
    return found


async def test_each_step_tells_what_it_did_in_each_flow(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2), want(DUCK))
    clock.set(at(22, 11))
    await desk.fulfil(order)
    found = await traced(desk, order)
    told = [
        {flow: [happening.what for happening in step.of(flow)] for flow in FLOWS}
        for step in found.steps
    ]
    assert told == [
        {
            "customers": ["ordered"],
            "merchants": ["placed", "placed"],
            "goods": ["hold", "hold"],
            "money": [],
            "information": ["booking.placed", "booking.placed"],
        },
        {
            "customers": ["payment.asked"],
            "merchants": [],
            "goods": ["hold", "hold", "hold", "hold"],
            "money": [],
            "information": ["payment.asked", "payment.asked"],
        },
        {
            "customers": ["payment.succeeded"],
            "merchants": ["confirmed", "confirmed"],
            "goods": ["confirm", "confirm"],
            "money": ["payment", "confirm", "confirm", "confirm"],
            "information": ["booking.confirmed", "booking.confirmed"],
        },
        {
            "customers": [],
            "merchants": ["fulfilled", "fulfilled"],
            "goods": ["fulfil", "fulfil"],
            "money": [*["charge"] * 3, *["commission"] * 4, *["charge"] * 4],
            "information": ["booking.fulfilled", "booking.fulfilled"],
        },
    ]
    (ordered,) = found.steps[0].of("customers")
    assert ordered.subject == WANG
    assert ordered.figure is not None
    assert ordered.figure.amount == 102_800


async def test_every_figure_is_the_sum_of_its_transfers(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(
        want(ROOM_HALF_SURE, nights=3), want(ADMISSION, quantity=2, minute=600), want(DUCK)
    )
    room, duck, admission = await desk.lines(order)
    assert (room.name_en, duck.name_en, admission.name_en) == (
        "Garden Room", "Admission", "Duck",
    )  # fmt: skip
    clock.set(at(20, 10))
    await desk.cancel(order, [room.id])
    await desk.fulfil(order, lines=[duck.id, admission.id])
    found = await traced(desk, order)
    moved = 0
    for step in found.steps:
        for flow in ("goods", "money", "merchants"):
            for happening in step.of(flow):
                figure = happening.figure
                assert figure is not None
                rows = await journal_rows(desk.house.database, figure.transfers)
                assert len(rows) == len(figure.transfers)
                assert all(row.unit == figure.unit for row in rows)
                assert all(row.order_id == order for row in rows)
                if rows:
                    assert figure.amount == sum(row.amount for row in rows)
                    moved += len(rows)
    assert moved == await desk.house.database.value(
        "SELECT count(*) FROM transfers WHERE order_id = %(order)s", order=order
    )


async def test_a_hold_says_how_it_ended(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE, nights=2))
    found = await traced(desk, booked.order_id)
    (hold,) = [one for one in found.steps[0].of("goods") if one.what == "hold"]
    assert hold.figure is not None
    assert (hold.subject, hold.figure.amount, hold.figure.ended) == (ROOMS, 2, None)
    clock.forward(minutes=16)
    await desk.book(want(DUCK))
    found = await traced(desk, booked.order_id)
    (hold,) = [one for one in found.steps[0].of("goods") if one.what == "hold"]
    assert hold.figure is not None
    assert (hold.figure.movement, hold.figure.ended) == ("pending", "expired")


async def test_what_an_order_has_left_on_the_books(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2))
    found = await traced(desk, order)
    left = {
        (one.book, one.role): one.balance
        for one in found.balances
        if one.unit == "CNY" and one.balance
    }
    assert left == {
        (PLATFORM_ENTITY, "payment_clearing"): 90_000,
        (PLATFORM_ENTITY, "due_to"): -90_000,
        (LANTERN_COMPANY, "due_from"): 90_000,
        (LANTERN_COMPANY, "deposits"): -90_000,
    }
    assert all(one.transfers for one in found.balances)


@pytest.mark.parametrize("ending", ["cancel", "fulfil", "no_show", "expire", "decline"])
async def test_the_ties_hold_however_it_ends(desk: Desk, clock: SetClock, ending: str) -> None:
    booked = await desk.book(
        want(ROOM_HALF_SURE, nights=2), want(DINNER, quantity=3, minute=1110),
        want(TEA_CEREMONY, minute=840), want(SUNSET_CRUISE, minute=1080), want(DUCK, quantity=2),
    )  # fmt: skip
    order = booked.order_id
    if ending == "expire":
        clock.forward(hours=1)
    elif ending == "decline":
        for asked in (await desk.ask(order)).payments:
            await desk.answer(asked, "declined")
    else:
        await desk.pay(order)
        await traced(desk, order)
        clock.set(at(20, 20))
        match ending:
            case "cancel":
                await desk.cancel(order)
            case "fulfil":
                await desk.fulfil(order)
            case _:
                await desk.no_show(order)
        for payment in await desk.payments(order):
            if payment.kind == "refund":
                await desk.answer(payment.id)
    found = await traced(desk, order)
    assert {tie.name for tie in found.ties} >= {
        "order_is_its_lines", "order_is_what_became_of_it", "payments_are_cleared",
    }  # fmt: skip


async def test_there_is_no_trace_of_what_nobody_ordered(desk: Desk) -> None:
    assert refused(await trace(desk.house, 7)) == "order_not_found"
