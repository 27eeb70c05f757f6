"""Stores move: bookings keep the parents of their day, and two companies keep their books apart."""

from datetime import date

import pytest
from msgspec import structs

from serai.capital import TaxRate
from serai.cloud import Axis, Organisation
from serai.core import Refusal
from serai.core.postgres import DatabaseUrls
from serai.flows import House, StoreMoved, book, enter, move_store
from serai.ledger import Outcome, Proposal
from tests.books import Between
from tests.flows.clock import SetClock, at
from tests.flows.desk import WANG_AT_WEB, Desk, done, refused, want
from tests.flows.statement import Money, check, money
from tests.flows.test_audit import everything_happens
from tests.worlds import (
    ADMISSION,
    BOAT_TOUR,
    CASA_DA_LANTERNA,
    DINNER,
    DUCK,
    DUCK_SHOP,
    FRANCHISEE,
    JUNK_BOAT,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON,
    PLATFORM_ENTITY,
    RIVER_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    TEA_COMPANY,
    TEA_HOUSE,
    river_company,
)

TODAY = date(2026, 6, 1)
TOMORROW = date(2026, 6, 2)
UNSETTLED = "SELECT DISTINCT order_id FROM lines WHERE state IN ('held', 'paying')"
NIGHT = date(2026, 6, 8)
"""A Monday: a prepaid night is 450.00, with 25.47 of tax in it."""


async def moved(
    desk: Desk, store: int, axis: Axis, parent: int, since: date = TODAY
) -> StoreMoved | Refusal:
    return await move_store(desk.house, desk.by(), store, axis, parent, since)


def change(before: Money, after: Money) -> Money:
    """What moved in each role of each book."""
    moved = {key: after.get(key, 0) - before.get(key, 0) for key in before.keys() | after.keys()}
    return {key: amount for key, amount in moved.items() if amount}


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
        ("entity", LAKESIDE_COMPANY, date(2099, 1, 1), "date_too_far"),
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
    assert refused(answer) == "taxes_differ"
    await desk.fulfil(order)
    before = await money(house.database)
    assert before[PLATFORM_ENTITY, "inventory"] == 144_000

    done(await moved(desk, DUCK_SHOP, "entity", LANTERN_COMPANY))
    await check(urls)
    after = await money(house.database)
    assert change(before, after) == {
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


async def test_open_bookings_go_over_with_their_store(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """The Inn goes from one company to another with a prepaid night (450.00), a stay whose guest
    has slept one of two nights, a dinner that is owed (199.00), and a booking half served."""
    prepaid = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    in_house = await desk.confirmed(want(ROOM_FLEXIBLE, TODAY, nights=2))
    owed = await desk.confirmed(want(DINNER, TODAY, minute=1110))
    half = await desk.confirmed(
        want(DINNER, TODAY, minute=1110, quantity=2), want(ROOM_FLEXIBLE, NIGHT)
    )
    later = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    clock.set(at(1, 20))
    await desk.fulfil(owed)
    (dinner, _) = await desk.lines(half)
    await desk.fulfil(half, "till", [dinner.id])
    clock.set(at(2, 10))
    await check(urls)
    before = await money(house.database)

    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY, TOMORROW))
    await check(urls)
    after = await money(house.database)
    assert change(before, after) == {
        (LANTERN_COMPANY, "deposits"): 90_000,
        (LANTERN_COMPANY, "due_to"): -90_000,
        (LAKESIDE_COMPANY, "due_from"): 90_000,
        (LAKESIDE_COMPANY, "deposits"): -90_000,
        (LANTERN_COMPANY, "guest_receivable"): -19_900,
        (LANTERN_COMPANY, "till"): -39_800,
        (LANTERN_COMPANY, "due_from"): 59_700,
        (LAKESIDE_COMPANY, "guest_receivable"): 19_900,
        (LAKESIDE_COMPANY, "till"): 39_800,
        (LAKESIDE_COMPANY, "due_to"): -59_700,
    }
    value = await money(house.database, "value:CNY")
    assert value[LAKESIDE_COMPANY, "on_the_books"] == -2 * 45_000 - 2 * 50_000 - 50_000
    assert (LANTERN_COMPANY, "on_the_books") not in value
    assert value[LANTERN_COMPANY, "earned"] == -19_900 - 39_800

    # Three of five rooms are sold on that night; the new company sells the other two, and no more.
    await desk.confirmed(want(ROOM_FLEXIBLE, NIGHT, quantity=2))
    wanted = (want(ROOM_FLEXIBLE, NIGHT),)
    assert refused(await book(house, desk.by(), WANG_AT_WEB, wanted)) == "exceeds_credits"
    cancelled = await desk.cancel(later)
    assert cancelled.refund_minor == 45_000
    (*_, refund) = await desk.payments(later)
    await desk.answer(refund.id)
    await desk.confirmed(*wanted)
    await check(urls)

    before = await money(house.database)
    await desk.collect(owed)
    clock.set(at(3, 10))
    await desk.fulfil(in_house, "till")
    clock.set(at(9, 10))
    await desk.fulfil(prepaid)
    await check(urls)
    # 450.00 and 1,000.00 are earned with 25.47 and 56.60 of tax (of each night 28.30) in them; a
    # tenth is the platform's, 145.00 and 8.70 of tax.
    assert change(before, await money(house.database)) == {
        (LAKESIDE_COMPANY, "deposits"): 45_000,
        (LAKESIDE_COMPANY, "guest_receivable"): -19_900,
        (LAKESIDE_COMPANY, "till"): 19_900 + 100_000,
        (LAKESIDE_COMPANY, "revenue"): -(42_453 + 94_340),
        (LAKESIDE_COMPANY, "output_tax"): -(2_547 + 5_660),
        (LAKESIDE_COMPANY, "commission_cost"): 14_500,
        (LAKESIDE_COMPANY, "input_tax"): 870,
        (LAKESIDE_COMPANY, "due_to"): -15_370,
        (PLATFORM_ENTITY, "due_from"): 15_370,
        (PLATFORM_ENTITY, "commission_revenue"): -14_500,
        (PLATFORM_ENTITY, "output_tax"): -870,
    }
    again = await moved(desk, LANTERN_INN, "entity", TEA_COMPANY, date(2026, 6, 9))
    assert refused(again) == "taxes_differ"  # the Tea House's fees bear no tax
    done(await moved(desk, LANTERN_INN, "entity", LANTERN_COMPANY, date(2026, 6, 9)))
    await check(urls)


async def test_what_is_held_or_being_paid_is_waited_for(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    order = (await desk.book(want(ROOM_PREPAID, NIGHT))).order_id
    assert refused(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY)) == "open_balances"
    (payment,) = (await desk.ask(order)).payments
    answer = await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY)
    assert isinstance(answer, Refusal)
    assert (answer.name, "paying" in answer.says) == ("open_balances", True)
    await desk.answer(payment)
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))
    await check(urls)


async def test_ducks_that_are_sold_go_over_and_are_handed_out(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    rate = TaxRate(
        id=990, entity_id=LANTERN_COMPANY, tax_class="goods", rate_bp=1300, inclusive=True,
        fees_taxed=True, since=date(2020, 1, 1),
    )  # fmt: skip
    done(await enter(house, desk.by(), (rate,)))
    order = await desk.confirmed(want(DUCK, TODAY, quantity=2))
    done(await moved(desk, DUCK_SHOP, "entity", LANTERN_COMPANY))
    await check(urls)
    after = await money(house.database)
    assert after[LANTERN_COMPANY, "inventory"] == 150_000
    assert (PLATFORM_ENTITY, "inventory") not in after
    await desk.fulfil(order)
    await check(urls)
    left = await money(house.database)
    assert left[LANTERN_COMPANY, "inventory"] == 144_000
    assert left[LANTERN_COMPANY, "cost_of_sales"] == 6_000
    wanted = tuple(want(DUCK, TODAY, quantity=n) for n in (20, 20, 9))
    assert refused(await book(house, desk.by(), WANG_AT_WEB, wanted)) == "exceeds_credits"


async def test_an_agents_bookings_go_over_too(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """What it sold through the platform is held by the platform before and after."""
    order = await desk.confirmed(
        want(ADMISSION, NIGHT, minute=600), want(BOAT_TOUR, NIGHT, minute=570)
    )
    before = await money(house.database)
    done(await moved(desk, LAKESIDE_GATE, "entity", LANTERN_COMPANY))
    assert await money(house.database) == before
    await check(urls)
    clock.set(at(8, 12))
    await desk.fulfil(order)
    await check(urls)


async def test_a_house_that_has_seen_everything_moves(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """Every store that may, goes to another company and comes back."""
    await everything_happens(desk, clock)
    for order in await house.database.column(UNSETTLED):
        lines = await desk.lines(order)
        await desk.cancel(order, [line.id for line in lines if line.state in ("held", "paying")])
    await check(urls)
    stores = dict.fromkeys((LANTERN_INN, TEA_HOUSE, DUCK_SHOP), LAKESIDE_COMPANY)
    stores |= dict.fromkeys((LAKESIDE_GATE, JUNK_BOAT), LANTERN_COMPANY)
    gone = []
    for store, company in stores.items():
        today = clock.now.date()
        answer = await moved(desk, store, "entity", company, today)
        if isinstance(answer, Refusal):
            assert answer.name in ("open_balances", "taxes_differ"), answer
        else:
            gone.append(store)
        await check(urls)
    assert LANTERN_INN in gone
    assert JUNK_BOAT in gone


async def test_tonight_is_not_sold_again(house: House, desk: Desk, clock: SetClock) -> None:
    """Five rooms: two guests have come and are charged already, on the day of the move."""
    order = await desk.confirmed(want(ROOM_FLEXIBLE, TODAY, quantity=2))
    clock.set(at(1, 18))
    await desk.fulfil(order, "till")
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))
    wanted = (want(ROOM_FLEXIBLE, TODAY, quantity=4),)
    assert refused(await book(house, desk.by(), WANG_AT_WEB, wanted)) == "exceeds_credits"
    done(await book(house, desk.by(), WANG_AT_WEB, (want(ROOM_FLEXIBLE, TODAY, quantity=3),)))


async def test_who_is_interrupted_goes_on(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    """Every part is whole: the books are sound before, between and after."""
    orders = [await desk.confirmed(want(ROOM_PREPAID, NIGHT)) for _ in range(3)]

    class Away(Exception):
        pass

    class Leaving(Before):
        async def happens(self) -> None:
            raise Away

    for left, table in ((3, "carried_bookings"), (0, "store_parents")):
        late = structs.replace(house, books=Leaving(house, desk, table))
        with pytest.raises(Away):
            await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY)
        await check(urls)
        files = [await desk.file(order) for order in orders]
        entities = [file.bookings[0].entity_id for file in files]
        assert entities.count(LANTERN_COMPANY) == left
    late_order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await check(urls)
    await desk.cancel(orders[0])
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))
    await check(urls)
    clock.set(at(9, 10))
    for order in (*orders[1:], late_order):
        await desk.fulfil(order)
    await check(urls)
    assert (await money(house.database))[LAKESIDE_COMPANY, "revenue"] == -3 * 42_453


async def test_one_day_has_one_change_of_company(desk: Desk, house: House) -> None:
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY))
    assert refused(await moved(desk, LANTERN_INN, "entity", TEA_COMPANY)) == "moves_today"
    await desk.confirmed(want(ROOM_FLEXIBLE, NIGHT))


class Before(Between):
    """The books, before which something happens once: others are faster."""

    def __init__(self, house: House, desk: Desk, table: str) -> None:
        super().__init__(house.books)
        self._desk = desk
        self._table = table

    async def propose(self, proposal: Proposal) -> Outcome:
        table, self._table = self._table, "" if self._is_it(proposal) else self._table
        if table != self._table:
            await self.happens()
        return await super().propose(proposal)

    def _is_it(self, proposal: Proposal) -> bool:
        return any(insert.table == self._table for insert in proposal.inserts)

    async def happens(self) -> None:
        raise NotImplementedError


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


async def test_an_order_of_the_past_is_entered_where_it_belongs(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    clock.set(at(2, 10))
    done(await moved(desk, LANTERN_INN, "entity", LAKESIDE_COMPANY, TOMORROW))
    wanted = (want(ROOM_PREPAID, NIGHT),)
    booked = done(await book(house, desk.by(), WANG_AT_WEB, wanted, at=at(1, 10)))
    assert (await desk.file(booked.order_id)).bookings[0].entity_id == LANTERN_COMPANY
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


async def test_nothing_is_carried_where_a_tax_differs_later(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    """The River company owes 13 % from July on: a night of June would go over, one of July not.
    Neither does, for a move is looked at as a whole before it begins."""
    orders = [await desk.confirmed(want(ROOM_PREPAID, day)) for day in (NIGHT, date(2026, 7, 6))]
    done(await enter(house, desk.by(), river_company()))
    house.forget_organisation()
    assert refused(await moved(desk, LANTERN_INN, "entity", RIVER_COMPANY)) == "taxes_differ"
    files = [await desk.file(order) for order in orders]
    assert [file.bookings[0].entity_id for file in files] == [LANTERN_COMPANY] * 2
    await check(urls)
    await desk.cancel(orders[1])
    done(await moved(desk, LANTERN_INN, "entity", RIVER_COMPANY))
    await check(urls)
