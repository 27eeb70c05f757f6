"""Introductions: on which nodes a customer is known who has not booked there, and tries to be."""

from collections.abc import Sequence
from datetime import datetime
from hmac import compare_digest
from typing import Literal

from msgspec import Struct

from serai.cloud import Node
from serai.core import Database, KeyRing
from serai.customers.details import Document, Email, Phone
from serai.customers.sealed_details import SealedDetails, hashes_of
from serai.ledger import Table

NO_HASH = bytes(32)
IntroducedAs = Literal["registered", "recognised"]


class Introduction(Struct, frozen=True, kw_only=True):
    """A customer is known to whoever may see customers on a node, and above it."""

    id: int
    customer_id: int
    level: str
    node_id: int
    why: IntroducedAs
    at: datetime


class Recognition(Struct, frozen=True, kw_only=True):
    """A try of `actor`, whose home is `node_id` (0: the group), to recognise a customer."""

    id: int
    customer_id: int
    actor: str
    node_id: int
    at: datetime
    passed: bool = False
    version: int = 1


class TriesInVain(Struct, frozen=True):
    """How often it was tried in vain: by one, and by everybody of their node."""

    of_actor: int
    of_node: int


INTRODUCTION_TABLES = (
    Table("introductions", Introduction),
    Table("recognitions", Recognition),
)

NODES = "SELECT node_id FROM introductions WHERE customer_id = %(customer)s"
IN_VAIN = """
SELECT count(*) FILTER (WHERE actor = %(actor)s) AS of_actor, count(*) AS of_node
FROM recognitions WHERE node_id = %(node)s AND at > %(since)s AND NOT passed AND id <> %(own)s
"""


def are_theirs(
    ring: KeyRing, sealed: SealedDetails | None, detail: Phone | Email | Document
) -> bool:
    """Whether a detail is a customer's, found out in the same time for whatever is kept."""
    kind, hashes = hashes_of(ring, detail)
    kept: bytes = (getattr(sealed, f"{kind}_hash") if sealed else None) or NO_HASH
    return any([compare_digest(kept, one) for one in hashes])  # noqa: C419 - each is compared


async def introduced_on(database: Database, customer_id: int) -> set[int]:
    """The nodes on which a customer is introduced."""
    return set(await database.column(NODES, customer=customer_id))


async def tries_in_vain(
    database: Database, actor: str, node_id: int, since: datetime, own: int = 0
) -> TriesInVain:
    """What was tried in vain since then, leaving out one's `own` try."""
    found = await database.one(
        TriesInVain, IN_VAIN, actor=actor, node=node_id, since=since, own=own
    )
    assert found is not None
    return found


def introductions(
    ids: Sequence[int],
    nodes: Sequence[Node],
    customer_id: int,
    why: IntroducedAs,
    at: datetime,
) -> tuple[Introduction, ...]:
    """The rows that introduce a customer on each of these nodes."""
    return tuple(
        Introduction(
            id=id, customer_id=customer_id, level=node.level, node_id=node.id, why=why, at=at
        )
        for id, node in zip(ids, nodes, strict=True)
    )
