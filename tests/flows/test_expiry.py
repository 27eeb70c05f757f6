"""A hold gives back what it holds at its deadline, whether or not anybody has looked since."""

import asyncio
from datetime import timedelta

from serai.flows import Booked, By, book, confirm, expire, expire_overdue
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, WANG_AT_WEB, Desk, done, refused, want
from tests.flows.statement import held, left, told, value
from tests.worlds import DINNER, DUCK, ROOM_FLEXIBLE, ROOM_PREPAID, ROOMS


async def test_a_hold_is_kept_until_its_deadline(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE))
    assert booked.held_until == at(1, 10, 15)
    clock.forward(minutes=14, seconds=59)
    assert await expire_overdue(desk.house) == 0
    assert refused(await expire(desk.house, booked.order_id)) == "hold_not_over"
    assert (await desk.ask(booked.order_id)).state == "confirmed"


async def test_at_the_deadline_others_can_have_it_before_anybody_has_swept(
    desk: Desk, clock: SetClock
) -> None:
    for _ in range(5):
        await desk.book(want(ROOM_FLEXIBLE))
    full = await book(desk.house, desk.by(), WANG_AT_WEB, (want(ROOM_FLEXIBLE),))
    assert refused(full) == "exceeds_credits"
    clock.forward(minutes=15, seconds=1)
    for _ in range(5):
        await desk.book(want(ROOM_FLEXIBLE))


async def test_what_has_run_out_is_not_confirmed_though_its_lines_still_say_held(
    desk: Desk, clock: SetClock
) -> None:
    database = desk.house.database
    booked = await desk.book(want(ROOM_FLEXIBLE), want(DINNER, minute=1110))
    clock.forward(minutes=16)
    late = await confirm(desk.house, desk.by(), booked.order_id)
    assert refused(late) == "pending_transfer_expired"
    other = await desk.book(want(DUCK))  # any batch gives back what has run out
    await desk.cancel(other.order_id)
    assert await desk.states(booked.order_id) == ["held", "held"]
    late = await confirm(desk.house, desk.by(), booked.order_id)
    assert refused(late) == "pending_transfer_expired"
    assert await value(database) == {}
    assert await held(database, ROOMS) == 0


async def test_the_sweeper_says_so_with_the_lines(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE), want(DINNER, minute=1110))
    clock.forward(hours=2)
    assert await expire_overdue(desk.house) == 1
    assert await expire_overdue(desk.house) == 0
    assert await desk.states(booked.order_id) == ["expired", "expired"]
    (line, _) = await desk.lines(booked.order_id)
    assert line.state_at == booked.held_until
    assert await told(desk.house.database, booked.order_id) == ["booking.placed", "booking.expired"]
    assert refused(await confirm(desk.house, desk.by(), booked.order_id)) == "line_expired"


async def test_only_what_is_not_confirmed_runs_out(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE), want(DINNER, minute=1110))
    room, _ = (line.id for line in await desk.lines(booked.order_id))
    await desk.ask(booked.order_id, [room])
    clock.forward(minutes=20)
    await expire_overdue(desk.house)
    assert await desk.states(booked.order_id) == ["confirmed", "expired"]


async def test_lines_run_out_each_in_its_own_time(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_PREPAID), want(DINNER, minute=1110))
    room, _ = (line.id for line in await desk.lines(booked.order_id))
    asked = await desk.ask(booked.order_id, [room])
    clock.forward(minutes=10)
    await desk.answer(asked.payment_id, "declined")
    clock.forward(minutes=6)
    assert await expire_overdue(desk.house) == 1
    assert await desk.states(booked.order_id) == ["held", "expired"]
    order = (await desk.file(booked.order_id)).order
    assert order.held_until is not None
    assert at(1, 10, 25) <= order.held_until < at(1, 10, 26)
    assert await expire_overdue(desk.house) == 0
    clock.set(at(1, 10, 26))
    assert await expire_overdue(desk.house) == 1
    assert await desk.states(booked.order_id) == ["expired", "expired"]
    assert await left(desk.house.database, ROOMS, STAY) == 5


async def test_a_confirmation_and_an_expiry_at_once_agree_on_who_was_first(
    desk: Desk, clock: SetClock
) -> None:
    booked = [await desk.book(want(ROOM_FLEXIBLE, STAY + timedelta(days=n))) for n in range(8)]
    clock.forward(minutes=15, seconds=1)
    await asyncio.gather(
        *(confirm(desk.house, desk.by(), one.order_id) for one in booked),
        *(expire(desk.house, one.order_id) for one in booked),
        *(expire(desk.house, one.order_id) for one in booked),
    )
    for one in booked:
        assert await desk.states(one.order_id) == ["expired"]
    assert await value(desk.house.database) == {}


async def test_who_asks_for_a_long_hold_gets_it(desk: Desk, clock: SetClock) -> None:
    booked = done(
        await book(desk.house, desk.by(), WANG_AT_WEB, (want(ROOM_FLEXIBLE),), hold_seconds=86_400)
    )
    assert isinstance(booked, Booked)
    clock.forward(hours=23, minutes=59)
    assert (await desk.ask(booked.order_id)).state == "confirmed"


async def test_a_confirmation_that_came_too_late_stays_refused_under_its_key(
    desk: Desk, clock: SetClock
) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE))
    clock.forward(minutes=15, seconds=1)
    by: By = desk.by()
    first = await confirm(desk.house, by, booked.order_id)
    assert refused(first) == "pending_transfer_expired"
    assert await confirm(desk.house, by, booked.order_id) == first
