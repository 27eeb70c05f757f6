"""Stores move: bookings keep the parents of their day, and two companies keep their books apart."""

from datetime import date

import pytest
from msgspec import structs

from serai.cloud import Axis, Organisation
from serai.core import Refusal
from serai.core.postgres import DatabaseUrls
from serai.flows import House, StoreMoved, audit, book, move_store
from serai.ledger import Outcome, Proposal
from tests.flows.clock import SetClock, at
from tests.flows.desk import WANG_AT_WEB, Desk, done, refused, want
from tests.flows.statement import money
from tests.worlds import (
    CASA_DA_LANTERNA,
    DINNER,
    DUCK,
    DUCK_SHOP,
    FRANCHISEE,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    TEA_COMPANY,
)

TODAY = date(2026, 6, 1)
TOMORROW = date(2026, 6, 2)
NIGHT = date(2026, 6, 8)
"""A Monday: a prepaid night is 450.00, with 25.47 of tax in it."""


async def moved(
    desk: Desk, store: int, axis: Axis, parent: int, since: date = TODAY
) -> StoreMoved | Refusal:
    return await move_store(desk.house, desk.by(), store, axis, parent, since)


async def check(urls: DatabaseUrls) -> None:
    assert [finding for finding in await audit(urls.platform) if finding.failed] == []


def parents(organisation: Organisation, axis: Axis, *days: date) -> list[int | None]:
    return [organisation.parent(LANTERN_INN, axis, day) for day in days]


async def test_bookings_keep_the_brand_of_their_day(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    before = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    done(await moved(desk, LANTERN_INN, "brand", LAKESIDE_BRAND))
    same_day = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    done(await moved(desk, LANTERN_INN, "operator", FRANCHISEE, TOMORROW))
    done(await moved(desk, LANTERN_INN, "city", LISBON, TOMORROW))
    clock.set(at(2, 10))
    after = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    files = [await desk.file(order) for order in (before, same_day, after)]
    assert [file.bookings[0].brand_id for file in files] == [
        LANTERN_BRAND, LAKESIDE_BRAND, LAKESIDE_BRAND,
    ]  # fmt: skip
    assert files[2].bookings[0].operator_id == FRANCHISEE
    assert len({file.bookings[0].placement_id for file in files}) == 3
    await check(urls)
    clock.set(at(9, 10))
    for order in (before, same_day, after):
        await desk.fulfil(order)
    await check(urls)
    organisation = await house.organisation()
    assert parents(organisation, "brand", date(2026, 5, 31), TODAY) == [
        LANTERN_BRAND, LAKESIDE_BRAND,
    ]  # fmt: skip


async def test_the_same_move_twice_is_one(house: House, desk: Desk) -> None:
    by = desk.by()
    for _ in range(2):
        done(await move_store(house, by, LANTERN_INN, "brand", LAKESIDE_BRAND, TOMORROW))
    periods = (await house.organisation()).parents(LANTERN_INN)
    assert len([row for row in periods if row.axis == "brand"]) == 2
    again = await moved(desk, LANTERN_INN, "brand", LAKESIDE_BRAND, TOMORROW)
    assert refused(again) == "already_there"


@pytest.mark.parametrize(
    ("axis", "parent", "since", "name"),
    [
        ("brand", 999, TODAY, "brand_not_found"),
        ("brand", LAKESIDE_BRAND, date(2026, 5, 31), "booked_since"),
        ("brand", LAKESIDE_BRAND, date(2019, 1, 1), "booked_since"),
        ("brand", LAKESIDE_BRAND, date(2099, 1, 1), "date_too_far"),
        ("brand", LANTERN_BRAND, TODAY, "already_there"),
        ("entity", LAKESIDE_COMPANY, TOMORROW, "moves_today"),
        ("entity", LAKESIDE_COMPANY, TODAY, "open_balances"),
    ],
)
async def test_moves_that_cannot_be(
    desk: Desk, axis: Axis, parent: int, since: date, name: str
) -> None:
    await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    assert refused(await moved(desk, LANTERN_INN, axis, parent, since)) == name


async def test_a_company_of_another_currency_is_none(desk: Desk) -> None:
    answer = await moved(desk, CASA_DA_LANTERNA, "entity", LANTERN_COMPANY)
    assert refused(answer) == "currency_differs"


async def test_goods_and_cash_go_over_with_their_shop(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    """Fifty ducks have cost 1,500.00, and their supplier is owed that; two are sold. The other
    48 are worth 1,440.00."""
    order = await desk.confirmed(want(DUCK, TODAY, quantity=2))
    answer = await moved(desk, DUCK_SHOP, "entity", LANTERN_COMPANY)
    assert refused(answer) == "open_balances"
    await desk.fulfil(order)
    before = await money(house.database)
    assert before[PLATFORM_ENTITY, "inventory"] == 144_000

    done(await moved(desk, DUCK_SHOP, "entity", LANTERN_COMPANY))
    await check(urls)
    after = await money(house.database)
    changed = {
        key: after.get(key, 0) - before.get(key, 0)
        for key in before.keys() | after.keys()
        if after.get(key, 0) != before.get(key, 0)
    }
    assert changed == {
        (PLATFORM_ENTITY, "inventory"): -144_000,
        (PLATFORM_ENTITY, "due_from"): 144_000,
        (PLATFORM_ENTITY, "goods_received"): 150_000,
        (PLATFORM_ENTITY, "due_to"): -150_000,
        (LANTERN_COMPANY, "inventory"): 144_000,
        (LANTERN_COMPANY, "due_to"): -144_000,
        (LANTERN_COMPANY, "goods_received"): -150_000,
        (LANTERN_COMPANY, "due_from"): 150_000,
    }
    rest = await desk.confirmed(*(want(DUCK, TODAY, quantity=n) for n in (20, 20, 8)))
    too_many = await book(house, desk.by(), WANG_AT_WEB, (want(DUCK, TODAY),))
    assert refused(too_many) == "exceeds_credits"
    await desk.fulfil(rest)
    left = await money(house.database)
    assert (LANTERN_COMPANY, "inventory") not in left
    assert left[LANTERN_COMPANY, "cost_of_sales"] == 144_000
    await check(urls)


async def test_goods_that_are_sold_out_stay_so(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    order = await desk.confirmed(*(want(DUCK, TODAY, quantity=n) for n in (20, 20, 10)))
    await desk.fulfil(order)
    done(await moved(desk, DUCK_SHOP, "entity", LANTERN_COMPANY))
    wanted = (want(DUCK, date(2026, 6, 3)),)
    assert refused(await book(house, desk.by(), WANG_AT_WEB, wanted)) == "exceeds_credits"
    await check(urls)
    clock.set(at(2, 10))
    done(await moved(desk, DUCK_SHOP, "entity", PLATFORM_ENTITY, TOMORROW))
    assert refused(await book(house, desk.by(), WANG_AT_WEB, wanted)) == "exceeds_credits"
    await check(urls)


async def test_a_company_is_changed_between_two_bookings(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """Each company earns what was booked in its book: a prepaid night of 450.00 is 424.53 of
    revenue and 25.47 of tax; the platform's commission of a tenth is 45.00, and 2.70 of tax."""
    first = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    walk_in = await desk.confirmed(want(DINNER, NIGHT, minute=1110))
    assert refused(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY)) == "open_balances"
    clock.set(at(9, 10))
    day = date(2026, 6, 9)
    await desk.fulfil(first)
    await desk.fulfil(walk_in)
    answer = await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY, day)
    assert refused(answer) == "open_balances"
    assert isinstance(answer, Refusal)
    assert "guest receivable" in answer.says
    await desk.collect(walk_in)
    assert (await money(house.database))[LANTERN_COMPANY, "till"] == 19_900
    await check(urls)

    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY, day))
    await check(urls)
    left = await money(house.database)
    assert (LANTERN_COMPANY, "till") not in left
    assert left[LAKESIDE_COMPANY, "till"] == 19_900
    assert left[LAKESIDE_COMPANY, "due_to"] == -19_900
    second = await desk.confirmed(want(ROOM_PREPAID, day))
    assert (await desk.file(second)).bookings[0].entity_id == LAKESIDE_COMPANY
    await check(urls)
    clock.set(at(10, 10))
    await desk.fulfil(second)
    await check(urls)
    gained = {
        key: amount - left.get(key, 0)
        for key, amount in (await money(house.database)).items()
        if amount != left.get(key, 0)
    }
    assert gained == {
        (PLATFORM_ENTITY, "payment_clearing"): 45_000,
        (PLATFORM_ENTITY, "due_to"): -45_000,
        (PLATFORM_ENTITY, "due_from"): 4_770,
        (PLATFORM_ENTITY, "commission_revenue"): -4_500,
        (PLATFORM_ENTITY, "output_tax"): -270,
        (LAKESIDE_COMPANY, "due_from"): 45_000,
        (LAKESIDE_COMPANY, "revenue"): -42_453,
        (LAKESIDE_COMPANY, "output_tax"): -2_547,
        (LAKESIDE_COMPANY, "commission_cost"): 4_500,
        (LAKESIDE_COMPANY, "input_tax"): 270,
        (LAKESIDE_COMPANY, "due_to"): -4_770,
    }
    assert left[LANTERN_COMPANY, "revenue"] == -42_453 - 18_774
    again = await moved(desk, LANTERN_INN, "entity", TEA_COMPANY, date(2026, 6, 10))
    assert done(again).parent_id == TEA_COMPANY


async def test_one_day_has_one_change_of_company(desk: Desk, house: House) -> None:
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))
    assert refused(await moved(desk, LANTERN_INN, "entity", TEA_COMPANY)) == "moves_today"
    await desk.confirmed(want(ROOM_FLEXIBLE, NIGHT))


class Before:
    """The books, before which something happens once: others are faster."""

    def __init__(self, house: House, desk: Desk, table: str) -> None:
        self._books = house.books
        self._desk = desk
        self._table = table

    async def propose(self, proposal: Proposal) -> Outcome:
        table, self._table = self._table, "" if self._is_it(proposal) else self._table
        if table != self._table:
            await self.happens()
        return await self._books.propose(proposal)

    def _is_it(self, proposal: Proposal) -> bool:
        return any(insert.table == self._table for insert in proposal.inserts)

    async def happens(self) -> None:
        raise NotImplementedError

    @property
    def position(self) -> int:
        return self._books.position

    async def beyond(self, position: int) -> int:
        return await self._books.beyond(position)


async def test_an_order_on_its_way_goes_to_the_new_company(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    class Moving(Before):
        async def happens(self) -> None:
            done(await moved(self._desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))

    late = structs.replace(house, books=Moving(house, desk, "bookings"))
    wanted = (want(ROOM_PREPAID, NIGHT),)
    booked = done(await book(late, desk.by(), WANG_AT_WEB, wanted))
    assert (await desk.file(booked.order_id)).bookings[0].entity_id == LAKESIDE_COMPANY
    await check(urls)


async def test_a_move_on_its_way_finds_the_order_that_was_faster(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    class Ordering(Before):
        async def happens(self) -> None:
            await self._desk.book(want(ROOM_PREPAID, NIGHT))

    late = structs.replace(house, books=Ordering(house, desk, "store_parents"))
    answer = await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY)
    assert refused(answer) == "open_balances"
    organisation = await house.organisation()
    assert parents(organisation, "entity", TODAY) == [LANTERN_COMPANY]
    await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await check(urls)
