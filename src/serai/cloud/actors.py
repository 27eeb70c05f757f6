"""Who does a deed, and how far their rights reach."""

from msgspec import Struct

from serai.cloud.grants import Grant, Node
from serai.cloud.rights import EVERY_RIGHT, Right
from serai.cloud.roles import ROLES
from serai.ledger import EVERYTHING, Scope


class Actor(Struct, frozen=True):
    """A person, a program or a job; keys of requests are kept apart by `name`.

    `grants` are what people and programs hold; None is the platform itself, which may do anything.
    `rights` bound what is made of the grants: a key may be given less than its grants would allow.
    """

    name: str
    scope: Scope = EVERYTHING
    id: int = 0
    grants: tuple[Grant, ...] | None = None
    rights: frozenset[Right] = EVERY_RIGHT

    def may(self, right: Right) -> bool:
        """Whether the actor holds a right anywhere."""
        return self.grants is None or bool(self.nodes(right))

    def nodes(self, right: Right) -> tuple[Node, ...]:
        """Where the actor's grants give a right; everything below these nodes is meant with them.

        Not to be asked of the platform itself, whose rights end nowhere.
        """
        if right not in self.rights:
            return ()
        held = (grant for grant in self.grants or () if grant.ended_at is None)
        return tuple(
            grant.node
            for grant in held
            if grant.role in ROLES and right in ROLES[grant.role].rights
        )


class Origin(Struct, frozen=True):
    """Where a deed came from: the address it was asked from, and the id of the request."""

    address: str = ""
    request_id: str = ""


PLATFORM = Actor("platform")
"""The platform's own jobs."""
