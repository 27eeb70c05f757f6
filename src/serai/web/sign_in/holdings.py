"""What somebody holds, as pages list it: the role, and the node that it is on."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from serai.cloud import ROLES, Grant, Node, Organisation, node_at
from serai.flows import House
from serai.web.group.directory import name_of
from serai.web.languages import Language, gettext_of
from serai.web.look import word


class HeldRow(Struct, frozen=True):
    """A role on a node; `rights` are those of the role."""

    id: int
    holder_id: int
    role: str
    role_shown: str
    level: str
    node: str
    node_id: int
    since: datetime
    rights: tuple[str, ...]


async def held_rows(house: House, grants: Sequence[Grant], language: Language) -> list[HeldRow]:
    """Grants in words; of a customer's account the number is enough."""
    organisation = await house.organisation() if grants else None
    say = gettext_of(language)
    return [
        HeldRow(
            id=grant.id,
            holder_id=grant.holder_id,
            role=grant.role,
            role_shown=word(grant.role, say),
            level=grant.level,
            node=node_name(organisation, grant.node, language),
            node_id=grant.node_id,
            since=grant.granted_at,
            rights=tuple(sorted(ROLES[grant.role].rights)) if grant.role in ROLES else (),
        )
        for grant in grants
    ]


def node_name(organisation: Organisation | None, node: Node, language: Language) -> str:
    """What a node is called; its number where it has no name."""
    found = node_at(organisation, node) if organisation else None
    return name_of(found, language) if found else f"№ {node.id}"
