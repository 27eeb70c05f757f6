"""What the same hands let out alone of one company within a day: above it a second person is asked.

A night costs 450.00, and the day's figure of the platform's company here is 1,000.00.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec import structs

from serai.cloud import (
    AskedRefund,
    Wait,
    deed_numbered,
    person_of,
    refund_approvals,
)
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    BoundSet,
    By,
    House,
    NewPerson,
    audit,
    cancel,
    invite,
    no_show,
    preview_cancellation,
    set_refund_bound,
)
from serai.ledger import Writer
from tests.flows.clock import SetClock
from tests.flows.desk import STAY, Desk, done, want
from tests.flows.test_refunds import (
    acting,
    actor,
    clerk,
    decide,
    last_deed,
    program_of,
    set_bound,
    status,
)
from tests.people import let_in, role_on
from tests.worlds import DUCK, LANTERN_INN, ROOM_PREPAID, TEA_CEREMONY, TEA_COMPANY
from tests.worlds import PLATFORM_ENTITY as P

NIGHT = 45_000
DAY = 100_000


@pytest_asyncio.fixture
async def desk(desk: Desk) -> Desk:
    """A desk of a house whose companies' figure for a day is that of an order."""
    for entity in (P, TEA_COMPANY):
        bound = await set_refund_bound(desk.house, desk.by(), entity, DAY, DAY)
        assert bound == BoundSet(entity, DAY, DAY)
    return desk


async def paid(desk: Desk, count: int) -> list[int]:
    """Orders of a night each, paid in advance, five a day: there are no more rooms."""
    days = [STAY + timedelta(days=n // 5) for n in range(count)]
    return [await desk.confirmed(want(ROOM_PREPAID, day)) for day in days]


async def became(desk: Desk, orders: Sequence[int]) -> list[str]:
    """Of the orders' refunds."""
    return [one for order in orders for one in await status(desk, order)]


async def test_order_by_order_is_no_way_around_it(desk: Desk, urls: DatabaseUrls) -> None:
    orders = await paid(desk, 4)
    who = desk.actor = await clerk(desk.house)
    waits = [(await desk.cancel(order)).refund_waits_minor for order in orders]
    assert waits == [0, 0, NIGHT, NIGHT]
    assert await became(desk, orders) == ["asked", "asked", "waiting", "waiting"]
    first, third = [(await desk.payments(orders[n]))[-1] for n in (0, 2)]
    assert (first.let_out_by, third.let_out_by) == ((who.id,), ())
    assert not [finding for finding in await audit(urls.platform) if finding.failed]


async def test_it_says_how_much_has_gone_and_from_where_on_it_waits(desk: Desk) -> None:
    house, who = desk.house, await clerk(desk.house)
    orders = await paid(desk, 3)
    desk.actor = who
    assert [(await desk.cancel(order)).refund_wait for order in orders[:2]] == [None, None]
    expected = Wait(
        reason="day", entity_id=P, currency="CNY", before_minor=2 * NIGHT, bound_minor=DAY
    )
    shown = done(await preview_cancellation(house, orders[2], actor=who))
    assert shown.cancelled.refund_wait == expected
    assert (await desk.cancel(orders[2])).refund_wait == expected
    refund = (await desk.payments(orders[2]))[-1].id
    asked = (await refund_approvals(house.database, [refund]))[refund].asked
    assert isinstance(asked, AskedRefund)
    assert asked.wait == expected


async def test_of_an_order_it_says_so_too(desk: Desk) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    desk.actor = await clerk(desk.house)
    assert (await desk.cancel(order)).refund_wait == Wait(
        reason="order", entity_id=P, currency="CNY", before_minor=0, bound_minor=DAY
    )


@pytest.mark.parametrize(("day", "expected"), [(90_000, "asked"), (89_999, "waiting")])
async def test_the_figure_is_what_may_just_go(desk: Desk, day: int, expected: str) -> None:
    done(await set_refund_bound(desk.house, desk.by(), P, DAY, day))
    orders = await paid(desk, 2)
    desk.actor = await clerk(desk.house)
    for order in orders:
        await desk.cancel(order)
    assert await became(desk, orders) == ["asked", expected]


async def test_a_day_is_the_last_24_hours(desk: Desk, clock: SetClock) -> None:
    orders = await paid(desk, 4)
    desk.actor = await clerk(desk.house)
    await desk.cancel(orders[0])
    clock.forward(hours=12)
    await desk.cancel(orders[1])
    clock.forward(hours=11)
    await desk.cancel(orders[2])
    clock.forward(hours=1)
    await desk.cancel(orders[3])
    assert await became(desk, orders) == ["asked", "asked", "waiting", "asked"]


async def test_each_has_a_figure_of_their_own(desk: Desk) -> None:
    orders = await paid(desk, 4)
    desk.actor = await clerk(desk.house)
    for order in orders[:2]:
        await desk.cancel(order)
    desk.actor = await actor(desk.house, "second", "store_clerk", LANTERN_INN)
    for order in orders[2:]:
        await desk.cancel(order)
    assert await became(desk, orders) == ["asked"] * 4


async def test_each_company_has_a_figure_of_its_own(desk: Desk) -> None:
    orders = await paid(desk, 2)
    tea = await desk.confirmed(want(TEA_CEREMONY, minute=840))
    desk.actor = await actor(desk.house, "manager", "group_controller")
    for order in (*orders, tea):
        await desk.cancel(order)
    assert await became(desk, [*orders, tea]) == ["asked"] * 3


async def test_only_what_went_alone_counts(desk: Desk) -> None:
    """Not what another has agreed to, nor what the provider has declined."""
    orders = await paid(desk, 5)
    who = await clerk(desk.house)
    other = await actor(desk.house, "other", "group_finance")
    desk.actor = who
    for order in orders[:3]:
        await desk.cancel(order)
    done(await decide(desk, other, (await desk.payments(orders[2]))[-1].id))
    assert await desk.answer((await desk.payments(orders[0]))[-1].id, "declined") == "declined"
    desk.actor = who
    for order in orders[3:]:
        await desk.cancel(order)
    assert await became(desk, orders) == ["declined", "asked", "asked", "asked", "waiting"]


async def test_nobody_comes_counts_alike(desk: Desk, clock: SetClock) -> None:
    orders = [await desk.confirmed(want(DUCK, quantity=4)) for _ in range(2)]
    clock.forward(days=30)
    desk.actor = await actor(desk.house, "seller", "store_clerk")
    for order in orders:
        done(await no_show(desk.house, desk.by(), order))
    assert await became(desk, orders) == ["asked", "waiting"]


async def test_neither_the_platform_nor_customers_are_counted(desk: Desk) -> None:
    orders = await paid(desk, 4)
    for order in orders:
        await desk.cancel(order)
    assert await became(desk, orders) == ["asked"] * 4
    assert {(await desk.payments(order))[-1].let_out_by for order in orders} == {()}


async def test_with_0_for_a_day_every_refund_waits(desk: Desk) -> None:
    done(await set_refund_bound(desk.house, desk.by(), P, DAY, 0))
    (order,) = await paid(desk, 1)
    desk.actor = await clerk(desk.house)
    await desk.cancel(order)
    assert await status(desk, order) == ["waiting"]


async def test_saying_one_figure_leaves_the_other(desk: Desk) -> None:
    await set_bound(desk, P, 5)
    entity = (await desk.house.organisation()).entities[P]
    assert (entity.refunds_alone_minor, entity.refunds_day_minor) == (5, DAY)


# Hands


async def test_a_program_and_whoever_has_made_it_share_one(desk: Desk) -> None:
    house = desk.house
    orders = await paid(desk, 4)
    maker = desk.actor = await actor(house, "maker", "brand_manager")
    shop = await program_of(house, desk.by(), "shop", "orders")
    for who, order in zip((shop, maker, shop, maker), orders, strict=True):
        desk.actor = who
        await desk.cancel(order)
    assert await became(desk, orders) == ["asked", "asked", "waiting", "waiting"]


async def test_two_clerks_whom_one_has_let_in_are_that_ones_hands_for_some_days(
    desk: Desk, clock: SetClock
) -> None:
    house = desk.house
    orders = await paid(desk, 5)
    roles = (role_on("brand_manager"), role_on("store_manager", LANTERN_INN))
    manager = desk.actor = await acting(house, await let_in(house, "manager", *roles))
    clerks = []
    for name in ("first", "second"):
        wanted = NewPerson(
            name=name, display_name=name, roles=(role_on("store_clerk", LANTERN_INN),)
        )
        invited = done(await invite(house, desk.by(), wanted, "four calm river stones"))
        person = await person_of(house.database, invited.invited.person_id)
        assert person is not None
        clerks.append(await acting(house, person))
    for who, order in zip((*clerks, manager), orders, strict=False):
        desk.actor = who
        await desk.cancel(order)
    assert await became(desk, orders[:3]) == ["asked", "asked", "waiting"]
    clock.forward(days=8)
    for who, order in zip(clerks, orders[3:], strict=True):
        desk.actor = who
        await desk.cancel(order)
    assert await became(desk, orders[3:]) == ["asked", "asked"]


# At once


async def test_what_one_does_at_once_is_counted_one_after_the_other(desk: Desk) -> None:
    house, orders = desk.house, await paid(desk, 12)
    who = await clerk(house)
    answers = await asyncio.gather(
        *(cancel(house, By(who, f"at-once-{order}"), order) for order in orders)
    )
    assert sum(done(one).refund_waits_minor == 0 for one in answers) == 2
    assert sorted(await became(desk, orders)) == ["asked"] * 2 + ["waiting"] * 10


async def test_nor_do_two_processes_let_out_more(desk: Desk, books: Writer) -> None:
    """They do not know of each other's turns: the versions of the rows find them out."""
    orders = await paid(desk, 6)
    who = await clerk(desk.house)
    houses = [House(desk.house.database, books, desk.house.ids, desk.clock) for _ in orders]
    answers = await asyncio.gather(
        *(
            cancel(house, By(who, f"apart-{order}"), order)
            for house, order in zip(houses, orders, strict=True)
        )
    )
    assert sum(done(one).refund_waits_minor == 0 for one in answers) == 2


async def test_a_person_and_their_program_at_once_are_one(desk: Desk) -> None:
    house, orders = desk.house, await paid(desk, 6)
    maker = desk.actor = await actor(house, "maker", "brand_manager")
    shop = await program_of(house, desk.by(), "shop", "orders")
    await asyncio.gather(
        *(
            cancel(house, By(shop if n % 2 else maker, f"both-{n}"), order)
            for n, order in enumerate(orders)
        )
    )
    assert sorted(await became(desk, orders)) == ["asked"] * 2 + ["waiting"] * 4


async def test_the_deed_is_told_of_the_order_alone(desk: Desk) -> None:
    """That it was somebody's turn is nothing to tell."""
    house = desk.house
    (order,) = await paid(desk, 1)
    desk.actor = await clerk(house)
    await desk.cancel(order)
    deed = await deed_numbered(house.database, await last_deed(house.database))
    assert deed is not None
    assert (deed.thing, deed.thing_id) == ("order", order)
    assert deed.after.keys() == {"lines", "payments"}


async def test_asked_again_it_hears_the_same(desk: Desk) -> None:
    house, orders = desk.house, await paid(desk, 3)
    who = await clerk(house)
    keys = [By(who, f"key-{order}") for order in orders]
    first = [await cancel(house, by, order) for by, order in zip(keys, orders, strict=True)]
    again = [await cancel(house, by, order) for by, order in zip(keys, orders, strict=True)]
    assert first == again
    assert [done(one).refund_waits_minor for one in again] == [0, 0, NIGHT]
    assert structs.asdict(done(again[2]))["refund_wait"].before_minor == 2 * NIGHT
