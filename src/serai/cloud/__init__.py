"""The organisation, and who may do what in it."""

from serai.cloud.actors import PLATFORM, Actor, Holding, Origin
from serai.cloud.grants import Grant, Node
from serai.cloud.organisation import (
    Axis,
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Organisation,
    Place,
    Segment,
    Store,
    StoreParent,
)
from serai.cloud.rights import EVERY_RIGHT, RIGHTS, Right
from serai.cloud.roles import ROLES, Level, Role
from serai.cloud.tables import NODES, TABLES, read_organisation

__all__ = [
    "EVERY_RIGHT",
    "NODES",
    "PLATFORM",
    "RIGHTS",
    "ROLES",
    "TABLES",
    "Actor",
    "Axis",
    "Brand",
    "City",
    "Grant",
    "Group",
    "Holding",
    "LegalEntity",
    "Level",
    "Node",
    "Operator",
    "Organisation",
    "Origin",
    "Place",
    "Right",
    "Role",
    "Segment",
    "Store",
    "StoreParent",
    "read_organisation",
]
