"""Who does a deed, and how far their rights reach."""

from msgspec import Struct

from serai.cloud.grants import Node
from serai.cloud.rights import EVERY_RIGHT, Right
from serai.ledger import EVERYTHING, Scope


class Holding(Struct, frozen=True):
    """Rights on a node, and on everything below it: what a role gives a person there, or what the
    scopes of a key give a program."""

    node: Node
    rights: frozenset[Right]


class Actor(Struct, frozen=True):
    """A person, a program or a job; keys of requests are kept apart by `name`.

    `holdings` is None for the platform itself, which may do anything.
    """

    name: str
    scope: Scope = EVERYTHING
    id: int = 0
    holdings: tuple[Holding, ...] | None = None

    def may(self, right: Right) -> bool:
        """Whether the actor holds a right anywhere."""
        return self.holdings is None or bool(self.nodes(right))

    @property
    def rights(self) -> frozenset[Right]:
        """Everything that the actor may do anywhere."""
        if self.holdings is None:
            return EVERY_RIGHT
        return frozenset(right for held in self.holdings for right in held.rights)

    def nodes(self, right: Right) -> tuple[Node, ...]:
        """Where the actor holds a right; everything below these nodes is meant with them.

        Not to be asked of the platform itself, whose rights end nowhere.
        """
        return tuple(held.node for held in self.holdings or () if right in held.rights)


class Origin(Struct, frozen=True):
    """Where a deed came from: the address it was asked from, and the id of the request."""

    address: str = ""
    request_id: str = ""


PLATFORM = Actor("platform")
"""The platform's own jobs."""
