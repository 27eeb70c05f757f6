"""Whoever raises what one person pays back alone goes by the figures from before for seven days."""

import pytest
from msgspec import structs

from serai.cloud import Actor, Wait
from serai.cloud.sheets import lines_of, write_csv
from serai.flows import House, apply_sheet, preview_sheet, raised, set_refund_bound
from tests.flows.clock import SetClock
from tests.flows.desk import Desk, done, want
from tests.flows.test_refunds import acting, actor, clerk, program_of, status
from tests.people import let_in, role_on
from tests.worlds import PLATFORM_ENTITY as P
from tests.worlds import ROOM_PREPAID

THREE_NIGHTS = 135_000
MUCH = 90_000_000


async def both(house: House, name: str = "both") -> Actor:
    """Somebody who writes the organisation and cancels orders, too."""
    roles = (role_on("group_it"), role_on("brand_manager"))
    return await acting(house, await let_in(house, name, *roles))


async def raise_bounds(desk: Desk, who: Actor, alone: int = MUCH, day: int = MUCH) -> None:
    desk.actor = who
    done(await set_refund_bound(desk.house, desk.by(), P, alone, day))


async def cancelled(desk: Desk, who: Actor, nights: int = 3) -> tuple[str, Wait | None]:
    """What became of the refund of some nights that somebody cancels, and why."""
    order = await desk.confirmed(want(ROOM_PREPAID, nights=nights))
    desk.actor = who
    wait = (await desk.cancel(order)).refund_wait
    return (await status(desk, order))[0], wait


async def test_whoever_has_raised_it_does_not_pay_back_by_it(desk: Desk, clock: SetClock) -> None:
    house = desk.house
    who, other = await both(house), await clerk(house)
    await raise_bounds(desk, who)
    assert await cancelled(desk, who) == (
        "waiting",
        Wait(reason="raised", entity_id=P, currency="CNY", bound_minor=100_000),
    )
    assert await cancelled(desk, other) == ("asked", None)
    assert (await cancelled(desk, who, nights=2))[0] == "asked", "as before"
    clock.forward(days=8)
    assert await cancelled(desk, who) == ("asked", None)


async def test_nor_by_a_figure_of_a_day_that_they_have_raised(desk: Desk) -> None:
    who = await both(desk.house)
    done(await set_refund_bound(desk.house, desk.by(), P, 100_000, 90_000))
    await raise_bounds(desk, who, 100_000)
    became = [await cancelled(desk, who, nights=1) for _ in range(3)]
    assert [one for one, _ in became] == ["asked", "asked", "waiting"]
    wait = became[2][1]
    assert wait is not None
    assert (wait.reason, wait.before_minor, wait.bound_minor) == ("raised", 90_000, 90_000)


async def test_nor_by_one_that_they_have_raised_by_a_sheet(desk: Desk) -> None:
    house = desk.house
    who = desk.actor = await both(house)
    data = write_csv([
        structs.replace(line, refunds_alone_minor=MUCH) if line.kind == "entity" else line
        for line in lines_of(await house.organisation())
    ])  # fmt: skip
    preview = await preview_sheet(house, data)
    done(await apply_sheet(house, desk.by(), data, preview.digest))
    assert (await house.organisation()).entities[P].refunds_alone_minor == MUCH
    became, wait = await cancelled(desk, who)
    assert (became, wait and wait.reason) == ("waiting", "raised")
    assert await cancelled(desk, await clerk(house)) == ("asked", None)


async def test_of_a_sheet_that_is_told_in_part_nobody_knows(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = desk.house
    monkeypatch.setattr("serai.flows.deeds.MOST_ROWS", 1)
    who = desk.actor = await both(house)
    data = write_csv([
        structs.replace(line, name_en=line.name_en + "!") if line.kind == "entity" else line
        for line in lines_of(await house.organisation())
    ])  # fmt: skip
    done(await apply_sheet(house, desk.by(), data, (await preview_sheet(house, data)).digest))
    entities = (await house.organisation()).entities
    known = [
        await raised.as_before(house, frozenset({who.id}), one, house.clock())
        for one in entities.values()
    ]
    assert [one.refunds_alone_minor for one in known].count(0) == len(known) - 1


async def test_nor_through_a_program_of_theirs(desk: Desk) -> None:
    who = desk.actor = await both(desk.house)
    shop = await program_of(desk.house, desk.by(), "shop", "orders")
    await raise_bounds(desk, who)
    became, wait = await cancelled(desk, shop)
    assert (became, wait and wait.reason) == ("waiting", "raised")


async def test_raised_twice_the_first_figure_counts(desk: Desk) -> None:
    who = await both(desk.house)
    await raise_bounds(desk, who, 120_000)
    await raise_bounds(desk, who)
    wait = (await cancelled(desk, who))[1]
    assert wait is not None
    assert wait.bound_minor == 100_000


async def test_what_they_have_lowered_is_lower(desk: Desk) -> None:
    who = await both(desk.house)
    await raise_bounds(desk, who, 40_000, 40_000)
    wait = (await cancelled(desk, who, nights=1))[1]
    assert wait is not None
    assert (wait.reason, wait.bound_minor) == ("order", 40_000)


async def test_what_another_has_raised_holds(desk: Desk) -> None:
    who = await both(desk.house)
    await raise_bounds(desk, await actor(desk.house, "it", "group_it"))
    assert await cancelled(desk, who) == ("asked", None)
