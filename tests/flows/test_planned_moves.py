"""A store's move to another company is planned for a day, and carried out when that day begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from random import Random
from typing import Any

import pytest
from msgspec import Struct, structs

from serai.cloud import ROLES, Actor, DeedsWanted, Holding, Node, find_deeds
from serai.cloud.sheets import Line, lines_of, write_csv
from serai.core import Trouble, open_database
from serai.core.postgres import DatabaseUrls
from serai.flows import (
    TABLES,
    House,
    apply_sheet,
    cancel_move,
    carry_out_moves,
    enter,
    house_of_writer,
    move_store,
    preview_sheet,
)
from serai.ledger import open_writer
from tests.books import Away, LeavingAt
from tests.databases import Pristine
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, refused, want
from tests.flows.statement import check, money
from tests.houses import ring_of_tests
from tests.worlds import (
    DINNER,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON_COMPANY,
    RIVER_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    TEA_COMPANY,
    found_lantern_group,
    found_neighbours,
    river_company,
)

TODAY = date(2026, 6, 1)
THIRD = date(2026, 6, 3)
NIGHT = date(2026, 6, 8)
DAY_BEGINS = at(3, 4)
"""The Inn's day ends at four in the morning."""


async def plan(desk: Desk, company: int = LAKESIDE_COMPANY, since: date = THIRD) -> int:
    """The Inn is to go to another company; the id of the plan."""
    moved = done(await move_store(desk.house, desk.by(), LANTERN_INN, "entity", company, since))
    assert moved.planned
    return (await desk.house.organisation()).planned[LANTERN_INN].id


async def company_on(house: House, day: date) -> int | None:
    return (await house.organisation()).parent(LANTERN_INN, "entity", day)


async def books_of(desk: Desk, *orders: int) -> list[int]:
    """In whose book each order's booking stands."""
    return [(await desk.file(order)).bookings[0].entity_id for order in orders]


async def test_a_planned_move_is_carried_out_when_its_day_begins(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    before = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await plan(desk)
    after = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    assert await books_of(desk, before, after) == [LANTERN_COMPANY] * 2
    assert await company_on(house, THIRD) == LANTERN_COMPANY  # until it has been carried out

    clock.set(at(3, 3, 59))
    position = house.books.position
    assert await carry_out_moves(house) is None
    assert house.books.position == position

    clock.set(DAY_BEGINS)
    assert await carry_out_moves(house) is None
    assert await books_of(desk, before, after) == [LAKESIDE_COMPANY] * 2
    assert [await company_on(house, day) for day in (date(2026, 6, 2), THIRD)] == [
        LANTERN_COMPANY, LAKESIDE_COMPANY,
    ]  # fmt: skip
    assert (await house.organisation()).planned == {}
    await check(urls)

    position = house.books.position
    assert await carry_out_moves(house) is None
    assert house.books.position == position
    clock.set(at(9, 10))
    for order in (before, after):
        await desk.fulfil(order)
    assert (await money(house.database))[LAKESIDE_COMPANY, "revenue"] == -2 * 42_453
    await check(urls)


async def test_one_that_is_late_is_carried_out_on_the_first_day_that_can(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """The platform stood still over the day: what was sold on it belongs to the company of then."""
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await plan(desk)
    clock.set(at(5, 10))
    assert await carry_out_moves(house) is None
    days = (THIRD, date(2026, 6, 4), date(2026, 6, 5))
    assert [await company_on(house, day) for day in days] == [
        LANTERN_COMPANY, LANTERN_COMPANY, LAKESIDE_COMPANY,
    ]  # fmt: skip
    assert await books_of(desk, order) == [LAKESIDE_COMPANY]
    await check(urls)


async def test_what_is_called_off_does_not_happen(
    house: House, desk: Desk, clock: SetClock
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    id = await plan(desk)
    by = desk.by()
    for _ in range(2):
        assert done(await cancel_move(house, by, id)).store_id == LANTERN_INN
    assert refused(await cancel_move(house, desk.by(), id)) == "move_ended"
    assert refused(await cancel_move(house, desk.by(), 999)) == "planned_move_not_found"
    clock.set(DAY_BEGINS)
    assert await carry_out_moves(house) is None
    assert await books_of(desk, order) == [LANTERN_COMPANY]
    await plan(desk, since=NIGHT)  # there is room for another one


async def test_a_store_has_one_move_ahead_of_it(house: House, desk: Desk) -> None:
    await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    by = desk.by()
    for _ in range(2):
        moved = done(await move_store(house, by, LANTERN_INN, "entity", LAKESIDE_COMPANY, THIRD))
        assert moved.planned
    for company, since in ((LAKESIDE_COMPANY, NIGHT), (TEA_COMPANY, THIRD), (TEA_COMPANY, TODAY)):
        answer = await move_store(house, desk.by(), LANTERN_INN, "entity", company, since)
        assert refused(answer) == "move_planned"


async def test_what_cannot_be_is_refused_when_it_is_asked(house: House, desk: Desk) -> None:
    for company, since, name in (
        (LISBON_COMPANY, THIRD, "currency_differs"),
        (LANTERN_COMPANY, THIRD, "already_there"),
        (LAKESIDE_COMPANY, date(2099, 1, 1), "date_too_far"),
        (999, THIRD, "entity_not_found"),
    ):
        answer = await move_store(house, desk.by(), LANTERN_INN, "entity", company, since)
        assert refused(answer) == name
    assert (await house.organisation()).planned == {}


async def leave() -> None:
    raise Away


async def test_two_who_plan_at_once_are_told_apart(house: House, desk: Desk) -> None:
    async def other() -> None:
        await plan(desk, TEA_COMPANY)

    late = structs.replace(house, books=LeavingAt(house.books, "planned_moves", other))
    answer = await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, THIRD)
    assert refused(answer) == "move_planned"


async def test_a_job_that_dies_between_two_lines_goes_on(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    orders = [await desk.confirmed(want(ROOM_PREPAID, NIGHT)) for _ in range(3)]
    id = await plan(desk)
    clock.set(DAY_BEGINS)
    for table, carried in (("planned_moves", 0), ("carried_bookings", 0), ("store_parents", 3)):
        late = structs.replace(house, books=LeavingAt(house.books, table, leave))
        with pytest.raises(Away):
            await carry_out_moves(late)
        await check(urls)
        assert (await books_of(desk, *orders)).count(LAKESIDE_COMPANY) == carried
    assert refused(await cancel_move(house, desk.by(), id)) == "move_begun"
    assert await company_on(house, THIRD) == LANTERN_COMPANY
    late_order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    assert await carry_out_moves(house) is None
    assert await books_of(desk, *orders, late_order) == [LAKESIDE_COMPANY] * 4
    assert await company_on(house, THIRD) == LAKESIDE_COMPANY
    await check(urls)


async def test_one_that_is_called_off_while_it_begins_is_not_half_done(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    id = await plan(desk)
    clock.set(DAY_BEGINS)

    async def called_off() -> None:
        done(await cancel_move(house, desk.by(), id))

    late = structs.replace(house, books=LeavingAt(house.books, "planned_moves", called_off))
    assert await carry_out_moves(late) is None
    assert await books_of(desk, order) == [LANTERN_COMPANY]
    assert await company_on(house, THIRD) == LANTERN_COMPANY
    await check(urls)


async def test_a_store_that_is_half_way_to_one_company_does_not_begin_to_go_to_another(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """Whoever moves it asks again and goes on, or it would stand between three."""
    done(await enter(house, desk.by(), river_company()))
    house.forget_organisation()
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    late = structs.replace(house, books=LeavingAt(house.books, "store_parents", leave))
    with pytest.raises(Away):
        await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY)
    assert await books_of(desk, order) == [LAKESIDE_COMPANY]
    await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    id = await plan(desk, RIVER_COMPANY)
    clock.set(DAY_BEGINS)
    assert await carry_out_moves(house) is None
    planned = (await house.organisation()).planned[LANTERN_INN]
    assert (planned.refusal, planned.begun_at) == ("open_balances", None)
    done(await cancel_move(house, desk.by(), id))
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, THIRD))
    await check(urls)


async def test_a_plan_that_is_made_while_a_move_of_today_is_under_way_is_called_off_first(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    plans: list[int] = []

    async def other() -> None:
        plans.append(await plan(desk, TEA_COMPANY))

    late = structs.replace(house, books=LeavingAt(house.books, "carried_bookings", other))
    answer = await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY)
    assert refused(answer) == "move_planned"
    await check(urls)
    done(await cancel_move(house, desk.by(), plans[0]))
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY))
    assert await books_of(desk, order) == [LAKESIDE_COMPANY]
    await check(urls)


async def test_what_is_held_is_waited_for(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    await plan(desk)
    clock.set(DAY_BEGINS)
    order = (await desk.book(want(ROOM_PREPAID, NIGHT))).order_id
    assert await carry_out_moves(house) is None  # it takes minutes, and is no trouble
    planned = (await house.organisation()).planned[LANTERN_INN]
    assert (planned.refusal, planned.begun_at) == ("open_balances", None)
    position = house.books.position
    assert await carry_out_moves(house) is None
    assert house.books.position == position  # known already
    await desk.pay(order)
    assert await carry_out_moves(house) is None
    assert await books_of(desk, order) == [LAKESIDE_COMPANY]
    await check(urls)


async def test_what_is_refused_on_its_day_is_told_and_not_half_done(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """The River company owes 13 % from July on, which nobody saw when the move was planned."""
    done(await enter(house, desk.by(), river_company()))
    house.forget_organisation()
    orders = [await desk.confirmed(want(ROOM_PREPAID, day)) for day in (NIGHT, date(2026, 7, 6))]
    await plan(desk, RIVER_COMPANY)
    clock.set(DAY_BEGINS)
    for _ in range(2):
        assert await carry_out_moves(house) == Trouble("S0: taxes_differ")
    planned = (await house.organisation()).planned[LANTERN_INN]
    assert (planned.refusal, planned.refused_at) == ("taxes_differ", DAY_BEGINS)
    assert await books_of(desk, *orders) == [LANTERN_COMPANY] * 2
    told = await find_deeds(house.database, DeedsWanted(operation="hold_move_up"), limit=10)
    assert [(deed.actor, deed.thing, deed.thing_id) for deed in told] == [
        ("planned", "store", LANTERN_INN)
    ]
    await check(urls)
    await desk.cancel(orders[1])
    assert await carry_out_moves(house) is None
    assert await books_of(desk, orders[0]) == [RIVER_COMPANY]
    assert await company_on(house, THIRD) == RIVER_COMPANY
    moved = await find_deeds(house.database, DeedsWanted(operation="move_store"), limit=10)
    assert [deed.actor for deed in moved] == ["planned"]
    await check(urls)


async def test_who_sees_a_store_sees_where_it_is_to_go(house: House, desk: Desk) -> None:
    """Those above it today, with the name of the company; those of that company when it comes."""
    await plan(desk)
    rights = ROLES["brand_manager"].rights
    for node, sees in (
        (Node("brand", LANTERN_BRAND), True),
        (Node("store", LANTERN_INN), True),
        (Node("entity", LANTERN_COMPANY), True),
        (Node("brand", LAKESIDE_BRAND), False),
        (Node("entity", LAKESIDE_COMPANY), False),
        (Node("store", LAKESIDE_GATE), False),
    ):
        actor = Actor(f"{node.level}:{node.id}", holdings=(Holding(node, rights),))
        seen = await (await house.seen_by(actor, "organisation.read")).organisation()
        assert (node, LANTERN_INN in seen.planned) == (node, sees)
        if sees:
            assert LAKESIDE_COMPANY in seen.entities
        own = [line for line in lines_of(seen) if line.code == "S0"]
        assert (node, [line.entity for line in own]) == (node, ["E1", "E2"] if sees else [])


# The sheet


async def lines(house: House) -> list[Line]:
    return list(lines_of(await house.organisation()))


async def sheet(house: House, **said: Any) -> bytes:
    """The organisation as it stands and is planned, with another last line for the Inn."""
    own = await lines(house)
    last = max((line for line in own if line.code == "S0"), key=lambda line: str(line.since))
    return write_csv([*own, structs.replace(last, **said)])


async def test_a_sheet_plans_and_shows_what_is_planned(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    data = await sheet(house, entity="E2", brand="B1", since=THIRD)
    preview = await preview_sheet(house, data)
    assert [
        (one.sort, one.since, [(said.column, said.before, said.after) for said in one.said])
        for one in preview.comparison.differences
    ] == [
        ("moved", THIRD, [("brand", "B0", "B1")]),
        ("planned", THIRD, [("entity", "E1", "E2")]),
    ]
    done(await apply_sheet(house, desk.by(), data, preview.digest))
    assert await company_on(house, THIRD) == LANTERN_COMPANY
    own = [line for line in await lines(house) if line.code == "S0"]
    assert [(line.since, line.brand, line.entity) for line in own[1:]] == [(THIRD, "B1", "E2")]
    again = (await preview_sheet(house, write_csv(await lines(house)))).comparison
    assert (again.differences, again.faults) == ((), ())
    done(await apply_sheet(house, desk.by(), data, preview.digest))
    clock.set(DAY_BEGINS)
    assert await carry_out_moves(house) is None
    assert await books_of(desk, order) == [LAKESIDE_COMPANY]
    after = [line for line in await lines(house) if line.code == "S0"]
    assert after == own
    await check(urls)


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"entity": "E3", "since": NIGHT}, ("entity", "move_planned")),
        ({"entity": "E1", "since": NIGHT}, ("entity", "move_planned")),
        ({"entity": "E4", "since": NIGHT}, ("entity", "move_planned")),
    ],
)
async def test_a_sheet_cannot_plan_a_second_move(
    house: House, desk: Desk, said: dict[str, Any], fault: tuple[str, str]
) -> None:
    await plan(desk)
    found = (await preview_sheet(house, await sheet(house, **said))).comparison
    assert [(one.column, one.name) for one in found.faults] == [fault]


async def test_a_sheet_knows_currencies_ahead(house: House) -> None:
    data = await sheet(house, entity="E4", since=THIRD)
    found = (await preview_sheet(house, data)).comparison
    assert [(one.column, one.name) for one in found.faults] == [("entity", "currency_differs")]


async def test_a_preview_grows_stale_by_a_plan(house: House, desk: Desk) -> None:
    data = await sheet(house, entity="E2", since=THIRD)
    preview = await preview_sheet(house, data)
    await plan(desk, TEA_COMPANY)
    answer = await apply_sheet(house, desk.by(), data, preview.digest)
    assert refused(answer) == "stale_preview"


# The same move, planned or asked for on its day

ACCOUNTS = """
SELECT book, unit, holder, role, slot, debits_posted, credits_posted, debits_pending,
    credits_pending
FROM all_accounts
WHERE debits_posted + credits_posted + debits_pending + credits_pending > 0
ORDER BY book, unit, holder, role, slot
"""


class _Account(Struct, frozen=True):
    book: int
    unit: str
    holder: int
    role: str
    slot: int
    debits_posted: int
    credits_posted: int
    debits_pending: int
    credits_pending: int


BOOKINGS = "SELECT entity_id FROM bookings ORDER BY id"
LINES = "SELECT state FROM lines ORDER BY id"


@asynccontextmanager
async def lantern(pristine: Pristine) -> AsyncIterator[Desk]:
    """The Lantern Group, founded in a database that is as the migrations left it."""
    pristine.restore()
    urls, clock = pristine.urls, SetClock()
    async with (
        open_database(urls.platform, narrow_url=urls.app) as database,
        open_writer(urls.writer, TABLES, clock) as writer,
    ):
        house = house_of_writer(database, writer, clock, ring_of_tests())
        await found_lantern_group(house)
        await found_neighbours(house)
        yield Desk(house, clock)


async def a_week_goes_by(desk: Desk, random: Random) -> None:
    """Guests book, come, cancel and pay late; which, the seed says."""
    open_orders: list[int] = []
    for _ in range(random.randrange(4, 9)):
        offer = random.choice((ROOM_FLEXIBLE, ROOM_PREPAID, ROOM_HALF_SURE, DINNER))
        day = date(2026, 6, random.randrange(1, 15))
        more = {"minute": 1110} if offer == DINNER else {"nights": random.randrange(1, 3)}
        open_orders.append(await desk.confirmed(want(offer, day, **more)))
    desk.clock.set(at(2, 22))
    for order in open_orders:
        (line,) = await desk.lines(order)
        match random.randrange(3):
            case 0 if line.first_day <= date(2026, 6, 2):
                await desk.fulfil(order, random.choice((None, "till")))
            case 1 if line.first_day > date(2026, 6, 2):
                await desk.cancel(order)
            case _:
                pass


async def all_that_is(desk: Desk, urls: DatabaseUrls) -> tuple[object, ...]:
    await check(urls)
    organisation = await desk.house.organisation()
    database = desk.house.database
    rows = await database.all(_Account, ACCOUNTS)
    return (
        rows, await database.column(BOOKINGS), await database.column(LINES),
        [(row.axis, row.parent_id, row.since, row.until)
         for row in organisation.parents(LANTERN_INN)],
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
async def test_a_planned_move_is_the_move_of_its_day(pristine: Pristine, seed: int) -> None:
    ends = []
    for planned in (True, False):
        async with lantern(pristine) as desk:
            house = desk.house
            if planned:
                await plan(desk)
            await a_week_goes_by(desk, Random(seed))
            desk.clock.set(DAY_BEGINS)
            if planned:
                assert await carry_out_moves(house) is None
            else:
                done(await move_store(
                    house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, THIRD
                ))  # fmt: skip
            await desk.confirmed(want(ROOM_FLEXIBLE, date(2026, 6, 20)))
            ends.append(await all_that_is(desk, pristine.urls))
    assert ends[0] == ends[1]
