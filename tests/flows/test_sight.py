"""Who sees which rows: each role in the Lantern Group, asked of the database itself."""

import re
from datetime import date

import psycopg
import pytest
import pytest_asyncio

from serai.cloud import PLATFORM, ROLES, Actor, Holding, Node, Right, sight_of
from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.flows import By, House, Party, audit
from serai.flows.organisation import move_store
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, want
from tests.worlds import (
    ACME,
    ADMISSION,
    CASA_DA_LANTERNA,
    DUCK,
    DUCK_BRAND,
    DUCK_SHOP,
    DUCKS,
    FRANCHISEE,
    GROUP,
    HANGZHOU,
    JUNK_BOAT,
    LAKESIDE_BRAND,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON,
    LISBON_ROOM,
    PLATFORM_ENTITY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    ROOMS,
    TEA_COMPANY,
    TEA_HOUSE,
    TEA_TABLE,
    WANG,
)

STAMPED = ("bookings", "lines", "charges")
NODES = {
    "group": GROUP,
    "brand": LANTERN_BRAND,
    "entity": LANTERN_COMPANY,
    "operator": FRANCHISEE,
    "city": HANGZHOU,
    "store": DUCK_SHOP,
    "customer": WANG,
}
EVERYWHERE = {LANTERN_INN, DUCK_SHOP, LAKESIDE_GATE, TEA_HOUSE, CASA_DA_LANTERNA}


def holder(role: str, node_id: int | None = None) -> Actor:
    level = ROLES[role].level
    node = Node(level, NODES[level] if node_id is None else node_id)
    return Actor(role, holdings=(Holding(node, ROLES[role].rights),))


async def seen(house: House, actor: Actor, right: Right = "orders.read") -> Database:
    return (await house.seen_by(actor, right)).database


async def values(database: Database, column: str, table: str) -> set[int]:
    return set(await database.column(f"SELECT {column} FROM {table}"))


@pytest_asyncio.fixture
async def sold(desk: Desk) -> Desk:
    """Wang buys at four stores in two orders, a guest of Acme's at the Tea House."""
    await desk.confirmed(want(ROOM_PREPAID), want(DUCK), want(ADMISSION, minute=600))
    await desk.confirmed(want(LISBON_ROOM))
    acme = Party(customer_id=ACME, payer_id=ACME, channel="desk", guest_name="Li Na")
    await desk.book(want(TEA_TABLE, minute=600), party=acme)
    return desk


@pytest.mark.parametrize(
    ("role", "stores"),
    [
        ("group_controller", EVERYWHERE),
        ("group_finance", EVERYWHERE),
        ("brand_manager", {LANTERN_INN, TEA_HOUSE, CASA_DA_LANTERNA}),
        ("brand_analyst", {LANTERN_INN, TEA_HOUSE, CASA_DA_LANTERNA}),
        ("entity_finance", {LANTERN_INN}),
        ("operator_manager", {LAKESIDE_GATE}),
        ("store_manager", {DUCK_SHOP}),
        ("store_clerk", {DUCK_SHOP}),
        ("traveller", EVERYWHERE - {TEA_HOUSE}),
        ("city_officer", set()),
        ("group_it", set()),
    ],
)
async def test_each_role_sees_its_own_bookings(sold: Desk, role: str, stores: set[int]) -> None:
    database = await seen(sold.house, holder(role))
    for table in STAMPED:
        assert (table, await values(database, "store_id", table)) == (table, stores)


async def test_a_city_officer_sees_figures_of_the_city_alone(sold: Desk) -> None:
    database = await seen(sold.house, holder("city_officer"), "figures.read")
    assert await values(database, "store_id", "bookings") == EVERYWHERE
    other = await seen(sold.house, holder("city_officer", LISBON), "figures.read")
    assert await values(other, "store_id", "bookings") == set()


async def test_whole_orders_are_the_groups_and_the_customers(sold: Desk) -> None:
    for role in ("brand_manager", "entity_finance", "operator_manager", "store_clerk"):
        database = await seen(sold.house, holder(role))
        for table in ("orders", "payments"):
            assert (role, table, await values(database, "id", table)) == (role, table, set())
        known = await values(database, "id", "customers")
        assert (role, known) == (role, await values(database, "customer_id", "bookings"))
    own = await seen(sold.house, holder("traveller"))
    assert await values(own, "customer_id", "orders") == {WANG}
    assert await values(own, "customer_id", "payments") == {WANG}
    assert await values(own, "id", "customers") == {WANG}
    assert await values(own, "id", "transfers") == set()


async def test_a_company_sees_its_books_and_no_others(sold: Desk) -> None:
    database = await seen(sold.house, holder("entity_finance"), "books.read")
    assert await values(database, "book", "accounts") == {LANTERN_COMPANY}
    assert await values(database, "store_id", "transfers WHERE booking_id <> 0") == {LANTERN_INN}
    whole = await values(sold.house.database, "book_id", "transfers")
    assert {PLATFORM_ENTITY, LANTERN_COMPANY, TEA_COMPANY} <= whole
    other = await seen(sold.house, holder("entity_finance", PLATFORM_ENTITY), "books.read")
    assert await values(other, "book", "accounts") == {PLATFORM_ENTITY}


async def test_what_a_store_keeps_is_seen_from_above_and_no_balance_beside_it(sold: Desk) -> None:
    database = await seen(sold.house, holder("store_manager"))
    assert await values(database, "store_id", "resources") == {DUCK_SHOP}
    assert await values(database, "store_id", "terms") == {DUCK_SHOP}
    assert await values(database, "holder", "accounts") == {DUCKS, DUCK_SHOP}
    brand = await seen(sold.house, holder("brand_manager"))
    assert ROOMS in await values(brand, "holder", "accounts")
    assert await values(brand, "store_id", "offers") == {LANTERN_INN, TEA_HOUSE, CASA_DA_LANTERNA}


async def test_the_catalogue_is_everybodys_who_may_read_it(sold: Desk) -> None:
    everything = await values(sold.house.database, "id", "offers")
    for role in ("traveller", "store_clerk", "brand_analyst"):
        database = await seen(sold.house, holder(role), "catalogue.read")
        assert await values(database, "id", "offers") == everything
    clerk = await seen(sold.house, holder("store_clerk"), "catalogue.read")
    assert await values(clerk, "store_id", "terms") == {DUCK_SHOP}


async def test_without_settings_there_are_no_rows(sold: Desk, database: Database) -> None:
    tables = await database.column(TABLES)
    assert len(tables) > 30
    bare = database.within({})
    for table in tables:
        assert (table, await bare.value(f"SELECT count(*) FROM {table}")) == (table, 0)
    nobody = sight_of(Actor("nobody", holdings=()), "orders.read",
                      await sold.house.organisation(), date(2026, 6, 1))  # fmt: skip
    for table in tables:
        found = await database.within(nobody.settings()).value(f"SELECT count(*) FROM {table}")
        assert (table, found) == (table, 0)


TABLES = """
SELECT c.relname::text FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relrowsecurity
    AND has_any_column_privilege('serai_app', c.oid, 'SELECT')
    AND has_table_privilege('serai_app', c.oid, 'SELECT')
"""


async def test_a_role_of_another_right_shows_nothing(sold: Desk) -> None:
    database = await seen(sold.house, holder("group_it"), "books.read")
    assert await values(database, "id", "accounts") == set()


async def test_several_roles_show_what_each_of_them_shows(sold: Desk) -> None:
    both = Actor(
        "both", holdings=(*(holder("store_clerk").holdings or ()),
                          *(holder("store_clerk", LAKESIDE_GATE).holdings or ())),
    )  # fmt: skip
    database = await seen(sold.house, both)
    assert await values(database, "store_id", "bookings") == {DUCK_SHOP, LAKESIDE_GATE}


async def test_the_organisation_is_cut_to_what_is_seen(sold: Desk) -> None:
    house = await sold.house.seen_by(holder("operator_manager"), "figures.read")
    organisation = await house.organisation()
    assert set(organisation.stores) == {LAKESIDE_GATE, JUNK_BOAT}
    assert set(organisation.brands) == {LAKESIDE_BRAND}
    assert set(organisation.operators) == {FRANCHISEE}
    assert set(organisation.cities) == {HANGZHOU}
    place = organisation.place(LAKESIDE_GATE, date(2026, 6, 1))
    assert place is not None
    assert place.placement_id > 0


async def test_the_same_sight_is_the_same_house(sold: Desk) -> None:
    one = await sold.house.seen_by(holder("brand_manager"), "figures.read")
    same = await sold.house.seen_by(holder("brand_analyst"), "figures.read")
    other = await sold.house.seen_by(holder("brand_manager", DUCK_BRAND), "figures.read")
    assert one is same
    assert one is not other
    assert await sold.house.seen_by(PLATFORM, "figures.read") is sold.house
    assert await sold.house.seen_by(holder("group_analyst"), "figures.read") is sold.house


async def test_a_store_that_moves_leaves_its_past_behind(
    desk: Desk, clock: SetClock, house: House
) -> None:
    await desk.confirmed(want(ROOM_FLEXIBLE))
    await desk.confirmed(want(DUCK))
    before = await values(house.database, "id", "bookings")
    moved = By(PLATFORM, "move")
    done(await move_store(house, moved, DUCK_SHOP, "brand", LANTERN_BRAND, date(2026, 6, 3)))
    clock.set(at(4, 9))
    await desk.confirmed(want(DUCK))
    (late,) = await values(house.database, "id", "bookings") - before
    lantern = await seen(house, holder("brand_manager"))
    ducks = await seen(house, holder("brand_manager", DUCK_BRAND))
    shop = await seen(house, holder("store_manager"))
    old = await values(ducks, "id", "bookings")
    assert old < before
    assert len(old) == 1
    assert late in await values(lantern, "id", "bookings")
    assert old.isdisjoint(await values(lantern, "id", "bookings"))
    assert await values(shop, "id", "bookings") == old | {late}
    assert await values(ducks, "store_id", "offers") == set()
    assert DUCK_SHOP in await values(lantern, "store_id", "offers")
    kept = await (await house.seen_by(holder("brand_manager", DUCK_BRAND), "orders.read")
                  ).organisation()  # fmt: skip
    assert set(kept.stores) == {DUCK_SHOP}
    assert set(kept.brands) == {DUCK_BRAND}
    assert kept.place(DUCK_SHOP, date(2026, 6, 4)) is None


async def test_a_placement_that_came_later_is_seen_by_no_older_sight(
    desk: Desk, clock: SetClock, house: House
) -> None:
    """The bits of a sight end with the placements that there were."""
    older = await seen(house, holder("brand_manager", DUCK_BRAND))
    for day, brand in ((3, LANTERN_BRAND), (5, LAKESIDE_BRAND)):
        by = By(PLATFORM, f"move-{day}")
        done(await move_store(house, by, DUCK_SHOP, "brand", brand, date(2026, 6, day)))
    clock.set(at(6, 9))
    await desk.confirmed(want(DUCK))
    assert await values(older, "id", "bookings") == set()


async def test_many_placements_are_many_bits(database: Database, house: House) -> None:
    organisation = await house.organisation()
    sight = sight_of(holder("store_clerk"), "orders.read", organisation, date(2026, 6, 1))
    bits = sight.settings()["serai.placements"]
    assert re.fullmatch(r"\\x[0-9a-f]+", bits)
    shown = await database.column(
        "SELECT id FROM placements WHERE get_bit(%(bits)s::bytea, id) = 1 "
        "AND id < 8 * octet_length(%(bits)s::bytea)", bits=bits,
    )  # fmt: skip
    assert set(shown) == sight.placements != set()


async def test_the_audit_names_stamps_that_do_not_agree(sold: Desk, urls: DatabaseUrls) -> None:
    assert [finding.invariant for finding in await audit(urls.platform) if finding.failed] == []
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute("UPDATE lines SET placement_id = 0 WHERE store_id = 52")
        owner.execute("UPDATE transfers SET book_id = 12 WHERE id = 1")
        owner.execute("UPDATE payments SET customer_id = 201")
    assert [finding.invariant for finding in await audit(urls.platform) if finding.failed] == [
        "rows of the books say in whose books they are",
        "rows of business say under whom they were done",
    ]
