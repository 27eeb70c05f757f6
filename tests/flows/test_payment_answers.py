"""A provider answers when it likes: at once, late, never, twice, or against its own word."""

import asyncio

import pytest

from serai.capital import Verdict
from serai.flows import answer_payment, cancel, confirm, expire_overdue
from tests.flows.clock import SetClock, at
from tests.flows.desk import CARD, STAY, Desk, done, refused, want
from tests.flows.statement import goods, held, left, money, pending_money, told, value
from tests.worlds import (
    ADMISSION,
    DINNER,
    DUCK,
    DUCKS,
    LANTERN_COMPANY,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    ROOMS,
)

P, S = PLATFORM_ENTITY, LANTERN_COMPANY


async def test_nothing_is_confirmed_before_the_money_is_there(desk: Desk) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_PREPAID), want(DINNER, minute=1110))
    confirmed = await desk.ask(booked.order_id)
    assert confirmed.state == "paying"
    assert await desk.states(booked.order_id) == ["paying", "paying"]
    assert await money(database) == {}
    assert await value(database) == {}
    assert await held(database, ROOMS) == 1

    assert await desk.answer(confirmed.payment_id) == "succeeded"
    assert await desk.states(booked.order_id) == ["confirmed", "confirmed"]
    assert await value(database) == {"on_the_books": 64_900}
    assert await told(database, booked.order_id) == [
        "booking.placed", "payment.asked", "booking.confirmed",
    ]  # fmt: skip


async def test_silence_never_voids_a_payment(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    clock.forward(days=10)
    assert await expire_overdue(desk.house) == 0
    assert await held(desk.house.database, ROOMS) == 1
    assert await desk.answer(confirmed.payment_id) == "succeeded"
    assert await desk.states(booked.order_id) == ["confirmed"]


async def test_a_declined_card_leaves_the_hold_for_another_one(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    clock.forward(hours=1)
    assert await desk.answer(confirmed.payment_id, "declined") == "declined"
    assert await desk.states(booked.order_id) == ["held"]
    assert await money(desk.house.database) == {}
    file = await desk.file(booked.order_id)
    assert file.order.held_until == clock() + (booked.held_until - at(1, 10))

    clock.forward(minutes=14)
    again = await desk.pay(booked.order_id)
    assert again.payment_id != confirmed.payment_id
    assert await desk.states(booked.order_id) == ["confirmed"]


async def test_a_declined_order_runs_out_like_any_other(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    await desk.answer(confirmed.payment_id, "declined")
    clock.forward(minutes=15, seconds=1)
    assert await expire_overdue(desk.house) == 1
    assert await desk.states(booked.order_id) == ["expired"]
    assert await left(desk.house.database, ROOMS, STAY) == 5


async def test_a_success_for_an_expired_order_is_refunded(desk: Desk, clock: SetClock) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    await desk.answer(confirmed.payment_id, "declined")
    clock.forward(minutes=16)
    await expire_overdue(desk.house)
    assert await desk.answer(confirmed.payment_id, "succeeded") == "returned"
    assert await desk.states(booked.order_id) == ["expired"]
    assert await money(database) == {
        (P, "payment_clearing"): 45_000,
        (P, "customer_money"): -45_000,
    }
    _, refund = await desk.payments(booked.order_id)
    assert (refund.kind, refund.amount_minor) == ("refund", 45_000)
    assert await desk.answer(refund.id) == "succeeded"
    assert await money(database) == await pending_money(database) == {}


async def test_a_success_after_a_decline_is_returned_though_the_order_is_held(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    first = await desk.ask(booked.order_id)
    await desk.answer(first.payment_id, "declined")
    second = await desk.ask(booked.order_id)
    assert await desk.answer(first.payment_id, "succeeded") == "returned"
    assert await desk.states(booked.order_id) == ["paying"]
    assert await desk.answer(second.payment_id) == "succeeded"
    _, _, refund = await desk.payments(booked.order_id)
    await desk.answer(refund.id)
    assert (await money(desk.house.database))[P, "payment_clearing"] == 45_000


@pytest.mark.parametrize("outcome", ["succeeded", "declined"])
async def test_the_same_answer_again_changes_nothing(desk: Desk, outcome: Verdict) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    first = await desk.answer(confirmed.payment_id, outcome)
    before = (await money(desk.house.database), await desk.file(booked.order_id))
    assert await desk.answer(confirmed.payment_id, outcome) == first
    assert (await money(desk.house.database), await desk.file(booked.order_id)) == before


async def test_twenty_answers_at_once_are_one(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    answers = await asyncio.gather(*(desk.answer(confirmed.payment_id) for _ in range(20)))
    assert set(answers) == {"succeeded"}
    assert (await money(desk.house.database))[S, "deposits"] == -45_000


async def test_a_provider_cannot_take_back_a_success(desk: Desk) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID))
    (payment,) = await desk.payments(order)
    taken_back = await answer_payment(desk.house, desk.by(), payment.id, "declined", "x")
    assert refused(taken_back) == "payment_already_answered"


async def test_a_payment_for_what_was_cancelled_meanwhile_goes_back(desk: Desk) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_PREPAID), want(ADMISSION, minute=600))
    confirmed = await desk.ask(booked.order_id)
    cancelled = await desk.cancel(booked.order_id)
    assert (cancelled.fee_minor, cancelled.refund_minor) == (0, 0)
    assert await left(database, ROOMS, STAY) == 5
    assert await desk.answer(confirmed.payment_id) == "returned"
    assert await desk.states(booked.order_id) == ["cancelled", "cancelled"]
    assert await pending_money(database) == {
        (P, "customer_money"): 53_000,
        (P, "payment_clearing"): -53_000,
    }


async def test_only_the_cancelled_lines_part_of_a_payment_goes_back(desk: Desk) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_PREPAID), want(DUCK), want(DINNER, minute=1110))
    room, dinner, duck = (line.id for line in await desk.lines(booked.order_id))
    confirmed = await desk.ask(booked.order_id)
    await desk.cancel(booked.order_id, [duck])
    assert await desk.states(booked.order_id) == ["paying", "paying", "cancelled"]
    assert await desk.answer(confirmed.payment_id) == "succeeded"
    assert await desk.states(booked.order_id) == ["confirmed", "confirmed", "cancelled"]
    _, refund = await desk.payments(booked.order_id)
    assert (refund.amount_minor, refund.lines) == (12_800, (duck,))
    assert await value(database) == {"on_the_books": 64_900}
    assert await goods(database, DUCKS) == {}

    later = await desk.cancel(booked.order_id, [room, dinner])
    assert later.refund_minor == 45_000
    *_, refund = await desk.payments(booked.order_id)
    assert (refund.amount_minor, refund.lines) == (45_000, (room,))


async def test_a_decline_after_a_cancellation_holds_nothing_again(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    confirmed = await desk.ask(booked.order_id)
    await desk.cancel(booked.order_id)
    assert await desk.answer(confirmed.payment_id, "declined") == "declined"
    assert await desk.states(booked.order_id) == ["cancelled"]
    assert await held(desk.house.database, ROOMS) == 0


@pytest.mark.parametrize("seed", range(6))
async def test_a_cancellation_and_an_answer_at_once_agree_on_who_was_first(
    desk: Desk, seed: int
) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_PREPAID), want(DUCK))
    confirmed = await desk.ask(booked.order_id)
    deeds = [desk.answer(confirmed.payment_id), desk.cancel(booked.order_id)]
    await asyncio.gather(*(deeds if seed % 2 else reversed(deeds)))
    assert await desk.states(booked.order_id) == ["cancelled", "cancelled"]
    for payment in await desk.payments(booked.order_id):
        if payment.kind == "refund":
            await desk.answer(payment.id)
    found = await money(database)
    assert {role for (_, role), _ in found.items()} == {"inventory", "goods_received"}
    assert await left(database, ROOMS, STAY) == 5


async def test_lines_can_be_paid_for_one_after_the_other(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID), want(DUCK), want(ROOM_FLEXIBLE))
    prepaid, flexible, duck = (line.id for line in await desk.lines(booked.order_id))
    first = await desk.ask(booked.order_id, [duck])
    assert await desk.states(booked.order_id) == ["held", "held", "paying"]
    assert (await desk.ask(booked.order_id, [flexible])).state == "confirmed"
    await desk.answer(first.payment_id, "declined")
    assert await desk.states(booked.order_id) == ["held", "confirmed", "held"]
    await desk.pay(booked.order_id, [prepaid, duck])
    assert await desk.states(booked.order_id) == ["confirmed"] * 3


async def test_what_must_be_paid_first_is_not_confirmed_without_a_means(desk: Desk) -> None:
    booked = await desk.book(want(ROOM_PREPAID))
    by = desk.by()
    assert refused(await confirm(desk.house, by, booked.order_id)) == "payment_required"
    with_card = await confirm(desk.house, by, booked.order_id, means=CARD)
    assert refused(with_card) == "key_reused"
    done(await confirm(desk.house, desk.by(), booked.order_id, means=CARD))
    assert refused(await confirm(desk.house, desk.by(), booked.order_id)) == "line_paying"


async def test_nobody_pays_nothing(desk: Desk) -> None:
    assert refused(await answer_payment(desk.house, desk.by(), 7, "succeeded", "x")) == (
        "payment_not_found"
    )
    assert refused(await cancel(desk.house, desk.by(), 7)) == "order_not_found"
