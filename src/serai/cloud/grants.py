"""Grants: who holds which role where."""

from datetime import datetime

from msgspec import Struct

from serai.cloud.roles import Level


class Node(Struct, frozen=True):
    """A node of the organisation, or a customer's account; the group's id is its own."""

    level: Level
    id: int


class Grant(Struct, frozen=True, kw_only=True):
    """`holder_id` (a person or a key) holds a role on a node until the grant has ended."""

    id: int
    holder_id: int
    role: str
    level: Level
    node_id: int
    granted_at: datetime
    ended_at: datetime | None = None
    version: int = 1

    @property
    def node(self) -> Node:
        """Where it holds."""
        return Node(self.level, self.node_id)
