"""Who may do what: the roles, and on which nodes each is granted. This is the one table of them.

A role is granted on a node and holds for everything below it, along that node's axis.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from serai.cloud.rights import EVERY_RIGHT, Right

Level = Literal["group", "brand", "entity", "operator", "city", "store", "customer"]
"""Where a role is granted: on the whole, on a node of an axis, a store, or a customer's account."""


class Role(Struct, frozen=True):
    """What whoever holds it may do on the nodes of its level, and below them."""

    level: Level
    rights: frozenset[Right]


def _role(level: Level, *rights: Right) -> Role:
    return Role(level, frozenset(rights))


ROLES: Mapping[str, Role] = {
    "group_controller": Role("group", EVERY_RIGHT - {"access.write"}),
    "group_analyst": _role(
        "group", "catalogue.read", "organisation.read", "figures.read", "orders.read",
    ),
    "group_finance": _role(
        "group", "catalogue.read", "organisation.read", "figures.read", "orders.read",
        "customers.read", "books.read", "refunds.approve",
    ),
    "group_it": _role(
        "group", "catalogue.read", "organisation.read", "organisation.write", "feeds.read",
        "feeds.write", "access.read", "access.write", "trail.read", "platform.read",
    ),
    "brand_manager": _role(
        "brand", "catalogue.read", "organisation.read", "figures.read", "orders.read",
        "orders.write", "customers.read", "customers.personal", "customers.write",
        "refunds.approve", "access.read", "access.write",
    ),
    "brand_analyst": _role(
        "brand", "catalogue.read", "organisation.read", "figures.read", "orders.read",
    ),
    "entity_finance": _role(
        "entity", "catalogue.read", "organisation.read", "figures.read", "orders.read",
        "customers.read", "books.read", "refunds.approve",
    ),
    "operator_manager": _role(
        "operator", "catalogue.read", "organisation.read", "figures.read", "orders.read",
        "orders.write", "customers.read", "customers.personal", "customers.write",
        "access.read", "access.write",
    ),
    "city_officer": _role("city", "catalogue.read", "organisation.read", "figures.read"),
    "store_manager": _role(
        "store", "catalogue.read", "organisation.read", "figures.read", "orders.read",
        "orders.write", "customers.read", "customers.personal", "customers.write",
        "access.read", "access.write",
    ),
    "store_clerk": _role(
        "store", "catalogue.read", "organisation.read", "orders.read", "orders.write",
        "customers.read", "customers.personal", "customers.write",
    ),
    "traveller": _role(
        "customer", "catalogue.read", "orders.read", "orders.write", "customers.read",
        "customers.personal",
    ),
}  # fmt: skip

FIRST_PERSON: tuple[str, ...] = ("group_controller", "group_it")
"""What whoever sets a platform up holds. Nobody grants more than they hold, so `group_it` alone can
grant nothing but itself; these together hold every right, and can grant every role."""
