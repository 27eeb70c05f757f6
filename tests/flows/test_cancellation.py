"""Cancelling unwinds all that a line had set aside, owed or paid; its preview says so before."""

import asyncio
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from serai.core import Refusal
from serai.flows import Party, cancel, preview_cancellation
from serai.ledger import Transfer, journal_of_order
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, Desk, done, refused, want
from tests.flows.statement import goods, held, left, money, pending_money, told, value
from tests.worlds import (
    ACME,
    DINNER,
    DUCK,
    DUCKS,
    LANTERN_COMPANY,
    LISBON_COMPANY,
    LISBON_ROOM,
    PLATFORM_ENTITY,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    ROOMS,
    TABLES_FOR_FOUR,
    TEA_CEREMONY,
    TEA_COMPANY,
    WANG,
)

P, S, T = PLATFORM_ENTITY, LANTERN_COMPANY, TEA_COMPANY


async def test_a_free_cancellation_leaves_nothing_once_the_money_is_back(desk: Desk) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, 90_000)
    assert await money(database) == {
        (P, "payment_clearing"): 90_000,
        (P, "customer_money"): -90_000,
    }
    assert await pending_money(database) == {
        (P, "customer_money"): 90_000,
        (P, "payment_clearing"): -90_000,
    }
    assert await value(database) == {"cancelled": 90_000}
    assert await goods(database, ROOMS) == {}
    assert await left(database, ROOMS, STAY) == 5

    refund = await _refund(desk, order)
    assert await desk.answer(refund) == "succeeded"
    assert await money(database) == {}
    assert await pending_money(database) == {}


async def test_a_late_one_keeps_its_fee_from_the_deposit_and_gives_back_the_rest(
    desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(ROOM_HALF_SURE, nights=3))
    clock.set(at(20, 10))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (44_995, 90_005)
    assert await desk.answer(await _refund(desk, order)) == "succeeded"
    assert await money(desk.house.database) == {
        (P, "payment_clearing"): 44_995,
        (P, "due_to"): -44_995,
        (S, "due_from"): 44_995,
        (S, "fee_revenue"): -42_448,
        (S, "output_tax"): -2_547,
    }


async def test_where_fees_bear_no_tax_all_of_it_is_revenue(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(TEA_CEREMONY, minute=840))
    clock.set(at(20, 12))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (4_999, 5_000)
    assert await desk.answer(await _refund(desk, order)) == "succeeded"
    assert await money(desk.house.database) == {
        (T, "payment_clearing"): 4_999,
        (T, "fee_revenue"): -4_999,
    }


async def test_a_fee_guaranteed_by_card_is_owed_by_the_guest_until_it_is_collected(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_FLEXIBLE, date(2026, 6, 18), nights=2))
    clock.set(at(18, 9))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (58_300, 0)
    kept = {(S, "fee_revenue"): -55_000, (S, "output_tax"): -3_300}
    assert await money(database) == {**kept, (S, "guest_receivable"): 58_300}
    assert (await desk.collect(order, "card")).paid_minor == 58_300
    assert await money(database) == {**kept, (S, "payment_clearing"): 58_300}


async def test_a_companys_fee_goes_to_its_account(desk: Desk, clock: SetClock) -> None:
    acme = Party(customer_id=WANG, payer_id=ACME, channel="phone")
    order = await desk.confirmed(want(ROOM_COMPANY), party=acme)
    clock.set(at(20, 9))
    await desk.cancel(order)
    assert await money(desk.house.database) == {
        (S, "company_receivable"): 24_000,
        (S, "fee_revenue"): -22_642,
        (S, "output_tax"): -1_358,
    }


async def test_without_a_guarantee_there_is_no_fee(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(DINNER, quantity=2, minute=1110))
    clock.set(at(20, 18))
    cancelled = await desk.cancel(order)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, 0)
    assert await money(desk.house.database) == {}


async def test_it_is_free_up_to_the_deadline_itself(desk: Desk, clock: SetClock) -> None:
    in_time = await desk.confirmed(want(ROOM_FLEXIBLE))
    late = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(19, 15))
    assert (await desk.cancel(in_time)).fee_minor == 0
    clock.forward(seconds=1)
    assert (await desk.cancel(late)).fee_minor == 33_300


async def test_the_hours_before_a_deadline_are_real_ones_when_the_clocks_change(
    desk: Desk, clock: SetClock
) -> None:
    lisbon = ZoneInfo("Europe/Lisbon")
    in_time = await desk.confirmed(want(LISBON_ROOM, date(2026, 10, 25)))
    late = await desk.confirmed(want(LISBON_ROOM, date(2026, 10, 25)))
    # The night before, 25 hours lie between one o'clock and the next: check-in is at 15:00
    # winter time, so free cancellation ends at 16:00 summer time.
    clock.set(datetime(2026, 10, 24, 16, 0, tzinfo=lisbon))
    assert (await desk.cancel(in_time)).fee_minor == 0
    clock.forward(seconds=1)
    assert (await desk.cancel(late)).fee_minor == 6_543
    found = await money(desk.house.database, "EUR")
    assert found[LISBON_COMPANY, "guest_receivable"] == 6_543


async def test_what_is_only_held_is_given_back_and_never_charged(
    desk: Desk, clock: SetClock
) -> None:
    clock.set(at(20, 9))
    booked = await desk.book(want(ROOM_PREPAID), want(DUCK))
    cancelled = await desk.cancel(booked.order_id)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, 0)
    assert await value(desk.house.database) == {}
    assert await held(desk.house.database, ROOMS) == await held(desk.house.database, DUCKS) == 0
    assert await left(desk.house.database, ROOMS, STAY) == 5
    assert await told(desk.house.database, booked.order_id) == [
        "booking.placed", "booking.placed", "booking.cancelled", "booking.cancelled",
    ]  # fmt: skip


async def test_what_was_held_beyond_its_time_can_still_be_cancelled(
    desk: Desk, clock: SetClock
) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    clock.forward(minutes=16)
    await desk.cancel(booked.order_id)
    assert await desk.states(booked.order_id) == ["cancelled"]
    assert await left(desk.house.database, ROOMS, STAY) == 5


async def test_some_lines_are_cancelled_and_the_others_stay(desk: Desk) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID), want(DINNER, minute=1110), want(DUCK))
    room, dinner, duck = (line.id for line in await desk.lines(order))
    cancelled = await desk.cancel(order, [room, dinner])
    assert (set(cancelled.lines), cancelled.refund_minor) == ({room, dinner}, 45_000)
    assert await desk.states(order) == ["cancelled", "cancelled", "confirmed"]
    assert await goods(database, TABLES_FOR_FOUR) == {}
    assert await goods(database, DUCKS) == {"sold": 1}
    assert await value(database) == {"cancelled": 64_900, "on_the_books": 12_800}
    assert refused(await cancel(desk.house, desk.by(), order)) == "line_cancelled"
    assert (await desk.cancel(order, [duck])).refund_minor == 12_800


async def test_what_has_begun_cannot_be_sold_again_and_what_is_ahead_can(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    clock.set(at(20, 18))
    cancelled = await desk.cancel(order)
    assert cancelled.fee_minor == 135_000
    assert await goods(database, ROOMS) == {"forfeited": 1}
    nights = [STAY + timedelta(days=night) for night in range(3)]
    assert [await left(database, ROOMS, night) for night in nights] == [4, 5, 5]


async def test_until_check_in_the_night_itself_can_be_sold_again(
    desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(20, 14, 59))
    await desk.cancel(order)
    assert await left(desk.house.database, ROOMS, STAY) == 5


async def test_money_goes_back_to_the_card_it_came_from(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID), want(DUCK))
    room, duck = (line.id for line in await desk.lines(booked.order_id))
    (first,) = (await desk.pay(booked.order_id, [room])).payments
    (second,) = (await desk.pay(booked.order_id, [duck])).payments
    await desk.cancel(booked.order_id, [room])
    (refund,) = [one for one in await desk.payments(booked.order_id) if one.kind == "refund"]
    assert (refund.refund_of, refund.amount_minor, refund.lines) == (first, 45_000, (room,))
    await desk.cancel(booked.order_id, [duck])
    *_, refund = await desk.payments(booked.order_id)
    assert (refund.refund_of, refund.amount_minor, refund.lines) == (second, 12_800, (duck,))


async def test_a_refund_that_the_provider_declines_stays_customer_money(desk: Desk) -> None:
    database = desk.house.database
    order = await desk.confirmed(want(ROOM_PREPAID))
    await desk.cancel(order)
    assert await desk.answer(await _refund(desk, order), "declined") == "declined"
    assert await pending_money(database) == {}
    assert await money(database) == {
        (P, "payment_clearing"): 45_000,
        (P, "customer_money"): -45_000,
    }


async def test_the_preview_is_what_the_deed_then_does(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(
        want(ROOM_HALF_SURE, nights=2), want(DUCK), want(DINNER, minute=1110)
    )
    clock.set(at(20, 10))
    before = await journal_of_order(desk.house.database, order)
    preview = done(await preview_cancellation(desk.house, order))
    assert await journal_of_order(desk.house.database, order) == before
    assert await desk.states(order) == ["confirmed"] * 3

    assert await desk.cancel(order) == preview.cancelled
    after = (await journal_of_order(desk.house.database, order))[len(before) :]
    assert [
        (step.debit.role, step.credit.role, step.amount)
        for step in preview.chain
        if isinstance(step, Transfer)
    ] == [(row.debit_role, row.credit_role, row.amount) for row in after]


async def test_nothing_can_be_cancelled_twice_or_after_service(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID))
    await desk.cancel(order)
    assert refused(await cancel(desk.house, desk.by(), order)) == "line_cancelled"
    served = await desk.confirmed(want(DINNER, minute=1110))
    clock.set(at(20, 19))
    await desk.fulfil(served, "till")
    assert refused(await cancel(desk.house, desk.by(), served)) == "line_fulfilled"
    preview = await preview_cancellation(desk.house, served)
    assert isinstance(preview, Refusal)


async def _refund(desk: Desk, order: int) -> int:
    """The refund that waits for its provider."""
    (refund,) = [
        one.id
        for one in await desk.payments(order)
        if one.kind == "refund" and one.status == "asked"
    ]
    return refund


@pytest.mark.parametrize("turn", range(8))
async def test_cancellations_at_once_of_some_and_of_all_agree_on_who_was_first(
    desk: Desk, clock: SetClock, turn: int
) -> None:
    """The others' holds run out just then, which the books find out in the same batch."""
    booked = await desk.book(
        want(ROOM_HALF_SURE, nights=2), want(ROOM_PREPAID), want(ROOM_FLEXIBLE)
    )
    order = booked.order_id
    (room, *_) = await desk.lines(order)
    await desk.pay(order, [room.id])
    clock.set(at(20, 10))
    deeds = [
        cancel(desk.house, desk.by(), order, lines=frozenset({room.id})),
        cancel(desk.house, desk.by(), order),
    ]
    answers = await asyncio.gather(*(deeds if turn % 2 else reversed(deeds)))
    assert sorted(one.name if isinstance(one, Refusal) else "done" for one in answers) == [
        "done",
        "line_cancelled",
    ]
