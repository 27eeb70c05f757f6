"""Bookings that went over to another company with their store are seen by both companies."""

from datetime import date

import psycopg
import pytest
from msgspec import structs

from serai.cloud import ROLES, Actor, Axis, Holding, Node, Right
from serai.core.postgres import DatabaseUrls
from serai.flows import House, audit, move_store
from serai.merchants import read_order
from tests.books import Away, LeavingAt
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, want
from tests.flows.statement import check
from tests.worlds import (
    FRANCHISEE,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    ROOMS,
    TEA_COMPANY,
)

NIGHT = date(2026, 6, 8)
STAMPED = ("bookings", "lines", "charges")
CARRIED_PLACEMENTS = """
SELECT count(*) FROM placements AS p WHERE store_id = %(store)s AND carried_from <> '{}'
"""

DAMAGES = (
    f"UPDATE bookings AS b SET placement_id = p.carried_from[1] FROM placements AS p"
    f" WHERE p.id = b.placement_id AND b.store_id = {LANTERN_INN}",
    "UPDATE placements SET carried_from = carried_from || 1::bigint WHERE carried_from <> '{}'",
    f"UPDATE holders SET placement_id = placement_id + 1 WHERE id = {ROOMS}",
    f"DELETE FROM holders WHERE id = {LANTERN_INN}",
)


async def ids(house: House, role: str, node: int, table: str) -> set[int]:
    """Ids of what somebody sees of a table with the right to read orders."""
    right: Right = "orders.read"
    holding = Holding(Node(ROLES[role].level, node), ROLES[role].rights)
    seen = await house.seen_by(Actor(role, holdings=(holding,)), right)
    column = "id" if table == "bookings" else "booking_id"
    return set(await seen.database.column(f"SELECT {column} FROM {table}"))


async def move(desk: Desk, axis: Axis, parent: int, day: int) -> None:
    done(await move_store(desk.house, desk.by(), LANTERN_INN, axis, parent, date(2026, 6, day)))


async def booking_of(desk: Desk, order_id: int) -> int:
    return (await desk.file(order_id)).bookings[0].id


async def test_both_companies_see_a_booking_that_went_over(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    open_one = await booking_of(desk, await desk.confirmed(want(ROOM_PREPAID, NIGHT)))
    over = await desk.confirmed(want(ROOM_FLEXIBLE, NIGHT))
    await desk.cancel(over)
    ended = await booking_of(desk, over)
    await move(desk, "entity", LAKESIDE_COMPANY, 1)
    for table in STAMPED:
        new = await ids(house, "entity_finance", LAKESIDE_COMPANY, table)
        assert (table, new) == (table, {open_one})
        old = await ids(house, "entity_finance", LANTERN_COMPANY, table)
        assert (table, old) == (table, {open_one, ended})
        assert await ids(house, "brand_manager", LANTERN_BRAND, table) == {open_one, ended}
        assert await ids(house, "entity_finance", TEA_COMPANY, table) == set()
    await check(urls)


async def test_both_see_what_went_over_before_somebody_was_interrupted(
    house: House, desk: Desk
) -> None:
    for _ in range(2):
        await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    assert len(await ids(house, "entity_finance", LANTERN_COMPANY, "bookings")) == 2
    carried = 0

    async def leave_at_the_second() -> None:
        nonlocal carried
        carried += 1
        if carried == 2:
            raise Away

    late = structs.replace(
        house, books=LeavingAt(house.books, "carried_bookings", leave_at_the_second)
    )
    with pytest.raises(Away):
        await move_store(late, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, date(2026, 6, 1))
    assert len(await ids(house, "entity_finance", LANTERN_COMPANY, "bookings")) == 2
    assert len(await ids(house, "entity_finance", LAKESIDE_COMPANY, "bookings")) == 1


async def test_whoever_runs_the_store_by_then_sees_what_went_over(
    house: House, desk: Desk, urls: DatabaseUrls
) -> None:
    """The brand and the operator of the day it goes over serve it; those before have sold it."""
    booking = await booking_of(desk, await desk.confirmed(want(ROOM_PREPAID, NIGHT)))
    await move(desk, "brand", LAKESIDE_BRAND, 1)
    await move(desk, "operator", FRANCHISEE, 1)
    assert await ids(house, "operator_manager", FRANCHISEE, "bookings") == set()
    await move(desk, "entity", LAKESIDE_COMPANY, 1)
    for table in STAMPED:
        assert await ids(house, "operator_manager", FRANCHISEE, table) == {booking}
        assert await ids(house, "brand_manager", LAKESIDE_BRAND, table) == {booking}
        assert await ids(house, "brand_manager", LANTERN_BRAND, table) == {booking}
    await check(urls)


async def test_what_went_over_and_back_is_seen_by_both(
    house: House, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    orders = [await desk.confirmed(want(ROOM_PREPAID, NIGHT)) for _ in range(2)]
    bookings = {await booking_of(desk, order) for order in orders}
    await move(desk, "entity", LAKESIDE_COMPANY, 1)
    clock.set(at(2, 10))
    late = await booking_of(desk, await desk.confirmed(want(ROOM_PREPAID, NIGHT)))
    await move(desk, "entity", LANTERN_COMPANY, 2)
    for company in (LANTERN_COMPANY, LAKESIDE_COMPANY):
        assert await ids(house, "entity_finance", company, "bookings") == bookings | {late}
    assert await house.database.value(CARRIED_PLACEMENTS, store=LANTERN_INN) == 3
    clock.set(at(9, 10))
    for order in orders:
        await desk.fulfil(order)
    await check(urls)


async def test_the_new_company_reads_the_order_and_knows_who_sold_it(
    house: House, desk: Desk
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await move(desk, "entity", LAKESIDE_COMPANY, 1)
    holding = Holding(Node("entity", LAKESIDE_COMPANY), ROLES["entity_finance"].rights)
    seen = await house.seen_by(Actor("finance", holdings=(holding,)), "orders.read")
    file = await read_order(seen.database, order)
    assert file is not None
    assert [booking.entity_id for booking in file.bookings] == [LAKESIDE_COMPANY]
    assert len(file.lines) == 1
    assert sum(charge.amount_minor for charge in file.charges) == file.bookings[0].amount_minor
    organisation = await seen.organisation()
    assert {LANTERN_COMPANY, LAKESIDE_COMPANY} <= set(organisation.entities)
    assert LANTERN_INN in organisation.stores


@pytest.mark.parametrize("damage", DAMAGES)
async def test_the_audit_names_what_would_show_it_to_others(
    desk: Desk, urls: DatabaseUrls, damage: str
) -> None:
    await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    await move(desk, "entity", LAKESIDE_COMPANY, 1)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(damage.encode())
    assert [finding.invariant for finding in await audit(urls.platform) if finding.failed] == [
        "rows of business say under whom they were done",
    ]
