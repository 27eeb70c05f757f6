"""Replaying any request changes nothing; a key stands for one request and its first answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from serai.cloud import PLATFORM, Actor
from serai.core import Database
from serai.flows import (
    By,
    House,
    answer_payment,
    book,
    cancel,
    collect,
    confirm,
    expire,
    fulfil,
    no_show,
)
from serai.ledger import Scope
from tests.flows.clock import SetClock, at
from tests.flows.desk import CARD, STAY, WANG_AT_WEB, Desk, refused, want
from tests.worlds import (
    DINNER,
    LAKESIDE_COMPANY,
    LANTERN_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    TEA_CEREMONY,
)

TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    AND has_table_privilege(oid, 'SELECT')
ORDER BY relname
"""

Deed = Callable[[House, By, int], Awaitable[object]]


async def everything(database: Database) -> dict[str, str]:
    """Every row of every table that the platform may read, as a digest by table."""
    return {
        table: await database.value(
            f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} AS t"
        )
        for table in await database.column(TABLES)
    }


async def _held(desk: Desk, clock: SetClock) -> int:
    return (await desk.book(want(ROOM_PREPAID), want(DINNER, minute=1110))).order_id


async def _asked(desk: Desk, clock: SetClock) -> int:
    booked = await desk.book(want(ROOM_PREPAID), want(TEA_CEREMONY, minute=840))
    return (await desk.ask(booked.order_id)).payment_id


async def _confirmed(desk: Desk, clock: SetClock) -> int:
    return await desk.confirmed(want(ROOM_PREPAID, nights=2), want(ROOM_FLEXIBLE))


async def _begun(desk: Desk, clock: SetClock) -> int:
    order = await _confirmed(desk, clock)
    clock.set(at(20, 19))
    return order


async def _owing(desk: Desk, clock: SetClock) -> int:
    order = await _begun(desk, clock)
    await desk.fulfil(order)
    return order


async def _refund(desk: Desk, clock: SetClock) -> int:
    order = await _confirmed(desk, clock)
    await desk.cancel(order)
    return (await desk.payments(order))[-1].id


DEEDS: dict[str, tuple[Callable[[Desk, SetClock], Awaitable[int]], Deed]] = {
    "book": (_held, lambda house, by, _: book(house, by, WANG_AT_WEB, (want(ROOM_PREPAID),))),
    "confirm": (_held, lambda house, by, order: confirm(house, by, order, means=CARD)),
    "answer": (_asked, lambda house, by, one: answer_payment(house, by, one, "succeeded", "r")),
    "decline": (_asked, lambda house, by, one: answer_payment(house, by, one, "declined", "r")),
    "refunded": (_refund, lambda house, by, one: answer_payment(house, by, one, "succeeded", "r")),
    "cancel": (_confirmed, lambda house, by, order: cancel(house, by, order)),
    "fulfil": (_begun, lambda house, by, order: fulfil(house, by, order, method="till")),
    "no_show": (_begun, lambda house, by, order: no_show(house, by, order)),
    "collect": (_owing, lambda house, by, order: collect(house, by, order, "till")),
}


@pytest.mark.parametrize("name", DEEDS)
async def test_a_request_that_comes_again_hears_the_same_and_changes_nothing(
    desk: Desk, clock: SetClock, name: str
) -> None:
    prepare, deed = DEEDS[name]
    subject = await prepare(desk, clock)
    by = By(PLATFORM, "the-key", b"the request")
    first = await deed(desk.house, by, subject)
    after = await everything(desk.house.database)
    clock.forward(minutes=3)
    assert await deed(desk.house, by, subject) == first
    assert await everything(desk.house.database) == after


@pytest.mark.parametrize("name", DEEDS)
async def test_ten_at_once_under_one_key_are_one(desk: Desk, clock: SetClock, name: str) -> None:
    prepare, deed = DEEDS[name]
    subject = await prepare(desk, clock)
    by = By(PLATFORM, "the-key")
    answers = await asyncio.gather(*(deed(desk.house, by, subject) for _ in range(10)))
    assert len({str(answer) for answer in answers}) == 1
    after = await everything(desk.house.database)
    assert str(await deed(desk.house, by, subject)) == str(answers[0])
    assert await everything(desk.house.database) == after


@pytest.mark.parametrize("name", DEEDS)
async def test_of_ten_at_once_under_keys_of_their_own_one_does_it(
    desk: Desk, clock: SetClock, name: str
) -> None:
    """But for bookings, and for answers, which are the same ten times."""
    prepare, deed = DEEDS[name]
    subject = await prepare(desk, clock)
    answers = await asyncio.gather(
        *(deed(desk.house, By(PLATFORM, f"key-{n}"), subject) for n in range(10))
    )
    said = sorted({type(answer).__name__ for answer in answers})
    if name in ("answer", "decline", "refunded"):
        assert said == ["Answered"]
    elif name == "book":
        assert sum(type(answer).__name__ == "Booked" for answer in answers) == 4  # one is held
    else:
        assert sum(type(answer).__name__ == "Refusal" for answer in answers) == 9


async def test_a_refusal_is_an_answer_too(desk: Desk) -> None:
    for _ in range(5):
        last = await desk.book(want(ROOM_PREPAID))
    by = By(PLATFORM, "unlucky")
    first = await book(desk.house, by, WANG_AT_WEB, (want(ROOM_PREPAID),))
    assert refused(first) == "exceeds_credits"
    await desk.cancel(last.order_id)
    assert await book(desk.house, by, WANG_AT_WEB, (want(ROOM_PREPAID),)) == first
    await desk.book(want(ROOM_PREPAID))


async def test_a_key_is_for_one_request(desk: Desk) -> None:
    house, by = desk.house, By(PLATFORM, "reused")
    one = await book(house, by, WANG_AT_WEB, (want(ROOM_PREPAID),))
    other = await book(house, by, WANG_AT_WEB, (want(ROOM_PREPAID, nights=2),))
    assert refused(other) == "key_reused"
    told_apart = By(PLATFORM, "reused", b"another body")
    assert refused(await book(house, told_apart, WANG_AT_WEB, (want(ROOM_PREPAID),))) == (
        "key_reused"
    )
    assert await book(house, by, WANG_AT_WEB, (want(ROOM_PREPAID),)) == one


async def test_the_same_key_for_another_order_is_another_request(desk: Desk) -> None:
    first = await desk.confirmed(want(ROOM_PREPAID))
    second = await desk.confirmed(want(ROOM_PREPAID))
    by = By(PLATFORM, "cancel-it")
    await cancel(desk.house, by, first)
    assert refused(await cancel(desk.house, by, second)) == "key_reused"
    (room,) = await desk.lines(first)
    assert refused(await cancel(desk.house, by, first, lines=frozenset({room.id}))) == "key_reused"
    assert await desk.states(second) == ["confirmed"]


async def test_two_people_and_two_deeds_may_use_the_same_key(desk: Desk) -> None:
    house = desk.house
    one = await book(house, By(Actor("li"), "1"), WANG_AT_WEB, (want(ROOM_FLEXIBLE),))
    other = await book(house, By(Actor("zhao"), "1"), WANG_AT_WEB, (want(ROOM_FLEXIBLE),))
    assert one != other
    order = (await desk.book(want(ROOM_FLEXIBLE))).order_id
    done = await confirm(house, By(Actor("li"), "1"), order)
    assert type(done).__name__ == "Confirmed"


async def test_two_requests_with_one_key_at_the_same_time(desk: Desk) -> None:
    by = By(PLATFORM, "both")
    one, other = await asyncio.gather(
        book(desk.house, by, WANG_AT_WEB, (want(ROOM_FLEXIBLE),)),
        book(desk.house, by, WANG_AT_WEB, (want(DINNER, minute=1110),)),
    )
    names = {type(one).__name__, type(other).__name__}
    assert names == {"Booked", "Refusal"}
    assert refused(one if type(one).__name__ == "Refusal" else other) == "key_reused"


async def test_expiry_does_not_remember_that_it_came_too_early(desk: Desk, clock: SetClock) -> None:
    booked = await desk.book(want(ROOM_FLEXIBLE, STAY + timedelta(days=1)))
    assert refused(await expire(desk.house, booked.order_id)) == "hold_not_over"
    clock.forward(minutes=16)
    expired = await expire(desk.house, booked.order_id)
    assert type(expired).__name__ == "Expired"
    assert refused(await expire(desk.house, booked.order_id)) == "hold_not_over"


async def test_nobody_writes_outside_of_their_scope(desk: Desk) -> None:
    stranger = Actor("lakeside", Scope(frozenset({LAKESIDE_COMPANY})))
    outside = await book(desk.house, By(stranger, "1"), WANG_AT_WEB, (want(ROOM_FLEXIBLE),))
    assert refused(outside) == "outside_scope"
    own = Actor("lantern", Scope(frozenset({LANTERN_COMPANY})))
    booked = await book(desk.house, By(own, "1"), WANG_AT_WEB, (want(ROOM_FLEXIBLE),))
    assert type(booked).__name__ == "Booked"


async def test_a_refusal_is_said_again_when_others_have_opened_the_night_since(
    house: House, desk: Desk
) -> None:
    by, many = desk.by(), (want(ROOM_FLEXIBLE, quantity=6),)
    first = await book(house, by, WANG_AT_WEB, many)
    assert refused(first) == "exceeds_credits"
    await desk.book(want(ROOM_FLEXIBLE))
    assert await book(house, by, WANG_AT_WEB, many) == first
