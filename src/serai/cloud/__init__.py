"""The organisation, and who may do what in it."""

from serai.cloud.actors import PLATFORM, Actor
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
from serai.cloud.tables import TABLES, read_organisation

__all__ = [
    "PLATFORM",
    "TABLES",
    "Actor",
    "Axis",
    "Brand",
    "City",
    "Group",
    "LegalEntity",
    "Operator",
    "Organisation",
    "Place",
    "Segment",
    "Store",
    "StoreParent",
    "read_organisation",
]
