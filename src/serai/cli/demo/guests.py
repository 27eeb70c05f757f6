"""The people of the demo: one for each role, and one who may do everything, all with one password.

They are a demo's alone: the password stands on the sign-in page. No other house has them.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from serai.cli.demo.curated import ROOM
from serai.cli.demo.people import FIRST_CUSTOMER
from serai.cloud import (
    PLATFORM,
    ROLES,
    Actor,
    AnyNode,
    Level,
    Node,
    Organisation,
    actor_of_person,
    grants_of,
    person_named,
)
from serai.core import Refusal
from serai.customers import Customer, find_customers
from serai.flows import By, House, NewPerson, RoleOn, invite
from serai.web.sign_in import ShownPerson

PASSWORD = "open-the-caravanserai"  # noqa: S105 - it stands on the page
CHIEF = "chief"
CHIEF_ROLES = ("group_controller", "group_it")
NAMES = {
    CHIEF: "贺兰 He Lan",
    "group_controller": "秦越 Qin Yue",
    "group_analyst": "沈知微 Shen Zhiwei",
    "group_finance": "顾安 Gu An",
    "group_it": "陆行舟 Lu Xingzhou",
    "brand_manager": "苏晴 Su Qing",
    "brand_analyst": "叶青 Ye Qing",
    "entity_finance": "程砚 Cheng Yan",
    "operator_manager": "唐宁 Tang Ning",
    "city_officer": "钟离 Zhong Li",
    "store_manager": "白露 Bai Lu",
    "store_clerk": "江小雨 Jiang Xiaoyu",
}


class Guest(Struct, frozen=True):
    """Somebody who is to come in; `shown` is how the sign-in page offers them."""

    roles: tuple[RoleOn, ...]
    display_name: str
    shown: ShownPerson


async def let_in_guests(house: House) -> Sequence[ShownPerson]:
    """Let everybody of the demo in who has not come yet; those whom the page offers."""
    organisation = await house.organisation()
    travellers = await find_customers(house.database, [FIRST_CUSTOMER])
    guests = list(_guests(organisation, travellers[FIRST_CUSTOMER], house))
    for guest in guests:
        if await person_named(house.database, guest.shown.name) is None:
            wanted = NewPerson(
                name=guest.shown.name, display_name=guest.display_name, roles=guest.roles
            )
            by = By(PLATFORM, f"demo-guest:{guest.shown.name}")
            invited = await invite(house, by, wanted, PASSWORD, must_change=False)
            if isinstance(invited, Refusal):
                raise RuntimeError(f"{guest.shown.name} could not come in: {invited.says}")
    return [guest.shown for guest in guests]


def _guests(organisation: Organisation, traveller: Customer, house: House) -> Iterator[Guest]:
    nodes = shown_nodes(organisation, house)
    group = organisation.group
    yield Guest(
        tuple(RoleOn(role, nodes["group"][0]) for role in CHIEF_ROLES),
        NAMES[CHIEF],
        ShownPerson(CHIEF, CHIEF, group.name_en, group.name_zh),
    )
    nodes["customer"] = (Node("customer", traveller.id), traveller.name, traveller.name)
    for role, known in ROLES.items():
        node, name_en, name_zh = nodes[known.level]
        yield Guest(
            (RoleOn(role, node),),
            NAMES.get(role, traveller.name),
            ShownPerson(role.replace("_", "."), role, name_en, name_zh),
        )


async def guest_actor(house: House, name: str) -> Actor:
    """Somebody of the demo who has come in, as one who does something."""
    person = await person_named(house.database, name)
    if person is None:
        raise RuntimeError(f"{name} has not come in")
    return actor_of_person(person, await grants_of(house.database, [person.id]))


def shown_nodes(organisation: Organisation, house: House) -> dict[Level, tuple[Node, str, str]]:
    """Where each role is held: the hotel of the order that the guide shows, and its parents."""
    hotel = next(store for store in organisation.stores.values() if store.code == ROOM)
    place = organisation.place(hotel.id, house.clock().date())
    if place is None:
        raise RuntimeError(f"{ROOM} has not all its parents")
    return {
        "group": _named("group", organisation.group),
        "brand": _named("brand", place.brand),
        "entity": _named("entity", place.entity),
        "operator": _named("operator", place.operator),
        "city": _named("city", place.city),
        "store": _named("store", hotel),
    }


def _named(level: Level, node: AnyNode) -> tuple[Node, str, str]:
    return Node(level, node.id), node.name_en, node.name_zh
