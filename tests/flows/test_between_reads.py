"""Somebody else's deed between two reads of a deed: as if one had come after the other.

A deed reads an order, its pending transfers and more, each by itself. Here another deed is done
whole after the first of these reads, after the second, and so on.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from msgspec import Struct, structs

from serai.cloud import Actor, Holding, Node
from serai.core import Database, Refusal
from serai.flows import (
    House,
    answer_payment,
    ask_refund_again,
    cancel,
    collect,
    confirm,
    decide_refund,
    expire,
    fulfil,
    no_show,
)
from serai.ledger import open_pendings
from serai.merchants import Line
from tests.flows.desk import CARD, Desk, want
from tests.interrupted import ask_both
from tests.pairs import Pairs
from tests.worlds import ADMISSION, DINNER, GROUP, ROOM_FLEXIBLE, ROOM_PREPAID

BALANCES = """
SELECT unit, book, role, sum(debits_posted - credits_posted)::bigint AS posted
FROM accounts GROUP BY unit, book, role
"""

Balances = dict[tuple[str, int, str], int]


class _Balance(Struct, frozen=True):
    unit: str
    book: int
    role: str
    posted: int


class Found(Struct, frozen=True):
    """What two deeds were told, and what has come of them."""

    told: tuple[str, ...]
    states: tuple[str, ...]
    payments: tuple[tuple[str, str, int], ...]
    pending: tuple[tuple[str, int, bool], ...]
    moved: frozenset[tuple[tuple[str, int, str], int]]


APPROVING = Holding(Node("group", GROUP), frozenset({"refunds.approve"}))
STAFF = Holding(Node("group", GROUP), frozenset({"orders.write"}))
CLERK, COLLEAGUE, PORTER = (Actor(f"person:{n}", id=n, holdings=(STAFF,)) for n in (1, 2, 3))

Act = Callable[[House, Desk, int], Awaitable[object]]
"""A deed on an order, asked of a house."""
Scene = Callable[[Desk], Awaitable[int]]
"""An order as the deeds find it."""


async def paying_and_over(desk: Desk) -> int:
    """A payment has been asked for one line; the hold of the other has run out."""
    today = desk.clock().date()
    booked = await desk.book(want(ROOM_PREPAID, today), want(DINNER, today, minute=1110))
    room, _ = await desk.lines(booked.order_id)
    await desk.ask(booked.order_id, [room.id])
    desk.clock.forward(minutes=16)
    return booked.order_id


async def declined_and_held(desk: Desk) -> int:
    """Everything is held, one line after its payment was declined."""
    today = desk.clock().date()
    booked = await desk.book(want(ROOM_PREPAID, today), want(DINNER, today, minute=1110))
    room, _ = await desk.lines(booked.order_id)
    asked = await desk.ask(booked.order_id, [room.id])
    desk.clock.forward(minutes=5)
    await desk.answer(asked.payment_id, "declined")
    return booked.order_id


async def being_served(desk: Desk) -> int:
    """A ticket that was paid and a dinner that will be, both of an hour ago."""
    today = desk.clock().date()
    order = await desk.confirmed(
        want(ADMISSION, today, minute=660), want(DINNER, today, minute=1110)
    )
    desk.clock.forward(hours=9)
    return order


async def to_be_settled(desk: Desk) -> int:
    """A room that was served and not paid."""
    order = await desk.confirmed(want(ROOM_FLEXIBLE, desk.clock().date()))
    desk.clock.forward(hours=6)
    await desk.fulfil(order)
    return order


async def being_paid_back(desk: Desk) -> int:
    """A refund that was asked for."""
    later = desk.clock().date() + timedelta(days=5)
    order = await desk.confirmed(want(ROOM_PREPAID, later))
    await desk.cancel(order)
    return order


async def not_paid_back(desk: Desk) -> int:
    """A refund that the provider has declined."""
    order = await being_paid_back(desk)
    *_, refund = await desk.payments(order)
    await desk.answer(refund.id, "declined")
    return order


async def expires(house: House, desk: Desk, order: int) -> object:
    await expire(house, order)
    return None  # nobody is told


async def confirms(house: House, desk: Desk, order: int) -> object:
    return await confirm(house, desk.by(), order, means=CARD)


async def confirms_one(house: House, desk: Desk, order: int) -> object:
    *_, last = await desk.lines(order)
    return await confirm(house, desk.by(), order, lines=frozenset({last.id}), means=CARD)


async def cancels(house: House, desk: Desk, order: int) -> object:
    return await cancel(house, desk.by(), order)


async def cancels_one(house: House, desk: Desk, order: int) -> object:
    first, *_ = await desk.lines(order)
    return await cancel(house, desk.by(), order, lines=frozenset({first.id}))


async def succeeds(house: House, desk: Desk, order: int) -> object:
    payment, *_ = await desk.payments(order)
    return await answer_payment(house, desk.by(), payment.id, "succeeded", "provider")


async def declines(house: House, desk: Desk, order: int) -> object:
    payment, *_ = await desk.payments(order)
    return await answer_payment(house, desk.by(), payment.id, "declined", "provider")


async def goes_back(house: House, desk: Desk, order: int) -> object:
    _, refund, *_ = await desk.payments(order)
    return await answer_payment(house, desk.by(), refund.id, "succeeded", "provider")


async def comes_back(house: House, desk: Desk, order: int) -> object:
    _, refund, *_ = await desk.payments(order)
    return await answer_payment(house, desk.by(), refund.id, "declined", "provider")


async def asks_again(house: House, desk: Desk, order: int) -> object:
    _, refund, *_ = await desk.payments(order)
    return await ask_refund_again(house, desk.by(), refund.id)


async def serves(house: House, desk: Desk, order: int) -> object:
    return await fulfil(house, desk.by(), order, method="till")


async def serves_one(house: House, desk: Desk, order: int) -> object:
    *_, last = await desk.lines(order)
    return await fulfil(house, desk.by(), order, lines=frozenset({last.id}))


async def misses(house: House, desk: Desk, order: int) -> object:
    return await no_show(house, desk.by(), order)


async def takes_money(house: House, desk: Desk, order: int) -> object:
    return await collect(house, desk.by(), order, "till")


async def paid_for(desk: Desk) -> int:
    """Three rooms that were paid, of which a clerk pays back two alone, and no more."""
    later = desk.clock().date() + timedelta(days=5)
    return await desk.confirmed(*[want(ROOM_PREPAID, later)] * 3)


async def pays_two_back(house: House, desk: Desk, order: int) -> object:
    first, second, _ = await desk.lines(order)
    return await _pays_back(house, desk, order, CLERK, first, second)


async def pays_one_back(house: House, desk: Desk, order: int) -> object:
    *_, last = await desk.lines(order)
    return await _pays_back(house, desk, order, COLLEAGUE, last)


async def pays_all_back(house: House, desk: Desk, order: int) -> object:
    return await _pays_back(house, desk, order, PORTER, *await desk.lines(order))


async def _pays_back(house: House, desk: Desk, order: int, who: Actor, *lines: Line) -> object:
    by = structs.replace(desk.by(), actor=who)
    cancelled = await cancel(house, by, order, lines=frozenset(line.id for line in lines))
    if isinstance(cancelled, Refusal):
        return cancelled
    return Waits() if cancelled.refund_waits_minor else cancelled


async def waits_for_a_second(desk: Desk) -> int:
    """Three rooms were cancelled by one clerk; the money waits for somebody else."""
    order = await paid_for(desk)
    assert isinstance(await pays_all_back(desk.house, desk, order), Waits)
    return order


async def _is_decided(
    house: House, desk: Desk, order: int, who: Actor, *, approved: bool
) -> object:
    by = structs.replace(desk.by(), actor=structs.replace(who, holdings=(APPROVING,)))
    refund = next(one for one in await desk.payments(order) if one.kind == "refund")
    return await decide_refund(house, by, refund.id, approved=approved)


async def is_approved(house: House, desk: Desk, order: int) -> object:
    return await _is_decided(house, desk, order, CLERK, approved=True)


async def is_refused(house: House, desk: Desk, order: int) -> object:
    return await _is_decided(house, desk, order, COLLEAGUE, approved=False)


class Waits(Struct, frozen=True):
    """A second person is asked."""


SCENES: dict[Scene, tuple[Act, ...]] = {
    paying_and_over: (expires, declines, succeeds, cancels, cancels_one, confirms_one),
    declined_and_held: (expires, succeeds, cancels, cancels_one, confirms, confirms_one),
    being_served: (serves, serves_one, misses, cancels, cancels_one, takes_money),
    to_be_settled: (takes_money, serves, cancels),
    being_paid_back: (goes_back, comes_back, asks_again),
    not_paid_back: (asks_again, goes_back, comes_back),
    paid_for: (pays_two_back, pays_one_back, pays_all_back),
    waits_for_a_second: (is_approved, is_refused, asks_again),
}
INTERRUPTED = [(scene, act) for scene, acts in SCENES.items() for act in acts]


@pytest.mark.parametrize(
    ("scene", "act"), INTERRUPTED, ids=lambda part: part.__name__.replace("_", "-")
)
async def test_it_is_as_if_one_had_come_after_the_other(desk: Desk, scene: Scene, act: Act) -> None:
    async def tried(one: Act, other: Act, after: int) -> tuple[Found, int]:
        return await _tried(desk, scene, one, other, after)

    pairs = await Pairs().of((act,), SCENES[scene], tried)
    assert not pairs.wrong, "\n".join(pairs.wrong)


async def _tried(desk: Desk, scene: Scene, one: Act, other: Act, after: int) -> tuple[Found, int]:
    """What comes of `one` on a new order with `other` after so many of its reads (or after it, if
    there are fewer), and how often it has read."""
    desk.clock.forward(weeks=1)  # the same day of the week has the same prices
    desk.clock.set(desk.clock().replace(hour=10, minute=0))
    was = await _balances(desk)
    order = await scene(desk)
    apart = House(desk.house.database, desk.house.books, desk.house.ids, desk.clock)

    async def first(database: Database) -> str:
        return _told(await one(structs.replace(desk.house, database=database), desk, order))

    async def second() -> str:
        return _told(await other(apart, desk, order))

    *told, reads = await ask_both(desk.house.database, first, second, after)
    found = Found(
        tuple(told),
        tuple(await desk.states(order)),
        tuple((one.kind, one.status, one.amount_minor) for one in await desk.payments(order)),
        tuple(
            (f"{pending.debit.unit} {pending.debit.role}", pending.amount, pending.deadline is None)
            for pending in await open_pendings(desk.house.database, order)
        ),
        frozenset(
            (key, posted - was.get(key, 0))
            for key, posted in (await _balances(desk)).items()
            if posted != was.get(key, 0)
        ),
    )
    return found, reads


async def _balances(desk: Desk) -> Balances:
    rows = await desk.house.database.all(_Balance, BALANCES)
    return {(row.unit, row.book, row.role): row.posted for row in rows}


def _told(answer: object) -> str:
    return answer.name if isinstance(answer, Refusal) else type(answer).__name__
