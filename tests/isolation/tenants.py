"""Who is whose in the Lantern Group, said once by hand: what each may reach, and what not."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from msgspec import Struct

from serai.capital import Payment
from serai.cloud import (
    PLATFORM,
    ROLES,
    Actor,
    Holding,
    Level,
    Node,
    Person,
    directories,
    grants_of,
    waiting_moves,
)
from serai.core import Refusal
from serai.flows import BoundSet, House, Party, move_store, provision_group, set_refund_bound
from serai.merchants import Wanted
from tests.api.keys import admitted
from tests.flows.desk import Desk, done, want
from tests.people import by_platform, role_on
from tests.web.visitors import come_in
from tests.worlds import (
    ACME,
    ADMISSION,
    CASA_DA_LANTERNA,
    DUCK,
    DUCK_BRAND,
    DUCK_SHOP,
    FRANCHISEE,
    GROUP,
    HANGZHOU,
    JUNK_BOAT,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    LISBON,
    LISBON_COMPANY,
    LISBON_ROOM,
    OWN_OPERATOR,
    PLATFORM_ENTITY,
    ROOM_PREPAID,
    SUNSET_CRUISE,
    TEA_CEREMONY,
    TEA_COMPANY,
    TEA_HOUSE,
    TEA_TABLE,
    WANG,
)

PARENTS: Mapping[int, Mapping[Level, int]] = {
    store: {"brand": brand, "entity": entity, "operator": operator, "city": HANGZHOU}
    for store, brand, entity, operator in (
        (LANTERN_INN, LANTERN_BRAND, LANTERN_COMPANY, OWN_OPERATOR),
        (DUCK_SHOP, DUCK_BRAND, PLATFORM_ENTITY, OWN_OPERATOR),
        (LAKESIDE_GATE, LAKESIDE_BRAND, LAKESIDE_COMPANY, FRANCHISEE),
        (TEA_HOUSE, LANTERN_BRAND, TEA_COMPANY, OWN_OPERATOR),
        (JUNK_BOAT, LAKESIDE_BRAND, LAKESIDE_COMPANY, FRANCHISEE),
        (CASA_DA_LANTERNA, LANTERN_BRAND, LISBON_COMPANY, OWN_OPERATOR),
    )
}
SOLD: Mapping[int, tuple[int, Wanted]] = {
    LANTERN_INN: (WANG, want(ROOM_PREPAID)),
    DUCK_SHOP: (ACME, want(DUCK)),
    LAKESIDE_GATE: (WANG, want(ADMISSION, minute=600)),
    TEA_HOUSE: (ACME, want(TEA_TABLE, minute=600)),
    JUNK_BOAT: (WANG, want(SUNSET_CRUISE, minute=1080)),
    CASA_DA_LANTERNA: (ACME, want(LISBON_ROOM)),
}
"""Each store has one order, of one of two customers."""
PAID_BACK: Mapping[int, Wanted] = {
    LANTERN_INN: want(ROOM_PREPAID, nights=3),
    LAKESIDE_GATE: want(ADMISSION, minute=660, quantity=3),
    TEA_HOUSE: want(TEA_CEREMONY, minute=840),
}
"""And of some another one, which was cancelled: its refund waits for a second person."""
NODES: Mapping[Level, tuple[int, ...]] = {
    "group": (GROUP,),
    "brand": (LANTERN_BRAND, DUCK_BRAND),
    "entity": (LAKESIDE_COMPANY, TEA_COMPANY),
    "operator": (FRANCHISEE,),
    "city": (HANGZHOU, LISBON),
    "store": (DUCK_SHOP, JUNK_BOAT),
    "customer": (WANG, ACME),
}


MOST_OF_A_KIND = 6
"""Of others' people, programs and accounts a few are enough."""


class Visitor(Struct, frozen=True):
    """Somebody with a role on a node."""

    role: str
    node: Node

    @property
    def name(self) -> str:
        return f"{self.role}-{self.node.id}"

    @property
    def stores(self) -> set[int]:
        """The stores below the node."""
        if self.node.level == "group":
            return set(PARENTS)
        if self.node.level == "store":
            return {self.node.id}
        level, id = self.node.level, self.node.id
        return {store for store, parents in PARENTS.items() if parents.get(level) == id}


VISITORS = tuple(
    Visitor(name, Node(role.level, node)) for name, role in ROLES.items()
    for node in NODES[role.level]
)  # fmt: skip


class Tenants(Struct, frozen=True):
    """Everything there is, by kind: the id, and the store or customer that it belongs to."""

    house: House
    orders: Mapping[int, int]
    people: Mapping[str, Person]
    programs: Mapping[str, int]
    groups: Mapping[str, int]
    accounts: Mapping[int, tuple[int, int]]
    grants: Mapping[str, int]
    refunds: Mapping[int, tuple[int, int]]
    moves: Mapping[int, int]

    def numbers(self) -> dict[int, str]:
        """The orders as they are written."""
        return {order: f"O{order:09d}" for order in self.orders}

    def owned(self, visitor: Visitor) -> set[int]:
        """The orders that a visitor may see something of."""
        own = visitor.node.id if visitor.node.level == "customer" else 0
        return {
            order
            for order, store in self.orders.items()
            if store in visitor.stores or SOLD[store][0] == own
        }

    def foreign(self, visitor: Visitor) -> dict[str, list[int]]:
        """What a visitor may not reach, by the names that routes have for it."""
        if visitor.node.level == "group":
            return {}
        stores, owned = visitor.stores, self.owned(visitor)
        seen = {
            axis: {parents[axis] for store, parents in PARENTS.items() if store in stores}
            | ({visitor.node.id} if visitor.node.level == axis else set())
            for axis in ("brand", "entity", "operator", "city")
        }
        known = {SOLD[self.orders[order]][0] for order in owned}
        books = {visitor.node.id} if visitor.node.level == "entity" else set()
        orders = sorted(set(self.orders) - owned)
        everybody = {"brand": {LANTERN_BRAND, LAKESIDE_BRAND, DUCK_BRAND},
                     "city": {HANGZHOU, LISBON}}  # fmt: skip
        companies = {parents["entity"] for parents in PARENTS.values()}
        found = {
            "order_id": orders,
            "store_id": sorted(set(PARENTS) - stores),
            "brand_id": sorted(everybody["brand"] - seen["brand"]),
            "city_id": sorted(everybody["city"] - seen["city"]),
            "entity_id": sorted(companies - books),
            "debtor_id": sorted(companies - books),
            "customer_id": sorted({WANG, ACME} - known - {visitor.node.id}),
            "account_id": [
                id for id, (book, holder) in self.accounts.items()
                if book not in books and holder not in stores
            ],
            "person_id": [
                person.id for name, person in self.people.items()
                if not _below(name, visitor) and name != visitor.name
            ],
            "grant_id": [
                id for name, id in self.grants.items() if not _below(name, visitor)
            ],
            "move_id": [id for id, store in self.moves.items() if store not in stores],
            "program_id": [
                id for name, id in self.programs.items() if not _below(name, visitor)
            ],
            "group_id": [
                id for name, id in self.groups.items() if not _below(name, visitor)
            ],
            "refund_id": [
                id for id, (store, collector) in self.refunds.items()
                if store not in stores and collector not in books
            ],
        }  # fmt: skip
        return {kind: ids[:MOST_OF_A_KIND] for kind, ids in found.items()}


def _below(name: str, visitor: Visitor) -> bool:
    """Whether somebody of this name has all that they hold below the visitor's node."""
    other = next(one for one in VISITORS if one.name == name)
    if other.node == visitor.node:
        return True
    return other.node.level == "store" and other.node.id in visitor.stores


async def settle(desk: Desk) -> Tenants:
    """Sell something at every store, and let somebody in for each role on each node."""
    house, orders = desk.house, {}
    for store, (customer, wanted) in SOLD.items():
        party = Party(
            customer_id=customer, payer_id=customer, channel="desk", guest_name=guest_of(store)
        )
        orders[await desk.confirmed(wanted, party=party)] = store
    refunds = {}
    for store, wanted in PAID_BACK.items():
        party = Party(
            customer_id=SOLD[store][0], payer_id=SOLD[store][0], channel="desk",
            guest_name=guest_of(store),
        )  # fmt: skip
        order = await desk.confirmed(wanted, party=party)
        orders[order] = store
        back = await paid_back(desk, order)
        refunds[back.id] = (store, back.collector_id)
    people, programs, groups = {}, {}, {}
    for visitor in VISITORS:
        role = role_on(visitor.role, visitor.node.id)
        people[visitor.name] = await come_in(house, role, name=visitor.name)
    for visitor in programs_at():
        issued = await admitted(
            house, visitor.name, "all", level=visitor.node.level, node_id=visitor.node.id
        )
        programs[visitor.name] = issued.made.program_id
        told = await provision_group(
            house, by_platform(), directories.Directory(visitor.node, (visitor.node,)),
            directories.GroupSaid(display_name=f"Group of {visitor.name}"), frozenset(),
        )  # fmt: skip
        assert not isinstance(told, Refusal), told
        groups[visitor.name] = told.group_id
    accounts = await house.database.value(
        "SELECT json_object_agg(id, json_build_array(book, holder)) FROM all_accounts"
    )
    grants = await grants_of(house.database, [person.id for person in people.values()])
    held = {grant.holder_id: grant.id for grant in grants}
    by, since = desk.by(), desk.clock.now.date() + timedelta(days=30)
    done(await move_store(house, by, DUCK_SHOP, "entity", LANTERN_COMPANY, since))
    moves = {one.id: one.store_id for one in await waiting_moves(house.database)}
    return Tenants(
        house, orders, people, programs, groups,
        {int(id): (book, holder) for id, (book, holder) in accounts.items()},
        {name: held[person.id] for name, person in people.items()},
        refunds,
        moves,
    )  # fmt: skip


async def paid_back(desk: Desk, order: int) -> Payment:
    """The refund of an order that somebody of the group has cancelled, above what they may."""
    held = Holding(Node("group", GROUP), frozenset({"orders.write"}))
    somebody = Actor("person:4711", id=4711, holdings=(held,))
    for entity in (await desk.house.organisation()).entities.values():
        assert isinstance(await set_refund_bound(desk.house, desk.by(), entity.id, 0), BoundSet)
    desk.actor = somebody
    await desk.cancel(order)
    desk.actor = PLATFORM
    (refund,) = [one for one in await desk.payments(order) if one.kind == "refund"]
    assert refund.status == "waiting"
    return refund


def programs_at() -> Iterator[Visitor]:
    """One visitor for each node that programs can be at home on; customers have none."""
    nodes = {one.node: one for one in VISITORS if one.node.level != "customer"}
    yield from nodes.values()


def guest_of(store: int) -> str:
    """A name that stands on nothing but the booking of this store."""
    return f"Guest-of-{store}-Qq"
