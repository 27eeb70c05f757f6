"""Sight: which rows somebody may see with a right, and how the database is told.

A grant on a brand, an entity, an operator or a city shows what was done under it: the rows whose
placement has it as a parent, now or then. What a store keeps (its products, its rooms) is seen by
the parents that it has today. A legal entity's books are seen by whoever holds the right on it.
"""

from collections.abc import Container, Mapping
from datetime import date

from msgspec import Struct

from serai.cloud.actors import Actor
from serai.cloud.grants import Node
from serai.cloud.organisation import Organisation, Placement
from serai.cloud.reach import stores_below
from serai.cloud.rights import Right

NOBODY: frozenset[int] = frozenset()
OF_DEEDS: tuple[Right, ...] = ("trail.read", "access.read")
"""Rights with which deeds about people, roles and programs are seen: all of them in the trail, and
those about somebody on the page of who holds what."""
OF_THEIR_OWN: tuple[Right, ...] = ("catalogue.read", *OF_DEEDS)
"""Rights with which more is seen than with others on the same nodes."""
Holder = tuple[str, int]
"""A node as grants name it: its level and its id."""


class Sight(Struct, frozen=True, kw_only=True):
    """What is seen: everything, or rows by what they are stamped with.

    `catalogue` is what is on sale, which is public. `stores` are seen with what they keep today;
    the database knows each of them by its first placement, which is in `kept`. `nodes` are seen by
    name: those that stand above anything that is seen. `held` is for the trail alone:
    the nodes whose people, roles and programs deeds are seen about.
    """

    everything: bool = False
    catalogue: bool = False
    stores: frozenset[int] = NOBODY
    kept: frozenset[int] = NOBODY
    placements: frozenset[int] = NOBODY
    nodes: frozenset[int] = NOBODY
    books: frozenset[int] = NOBODY
    customers: frozenset[int] = NOBODY
    held: frozenset[int] = NOBODY

    def settings(self) -> Mapping[str, str]:
        """What `Database.within` is told; the policies that migrations have made read it.

        Raises for a sight of everything: whoever has it reads as the platform.
        """
        if self.everything:
            raise ValueError("a sight of everything has no settings: nothing narrows it")
        held = {"serai.held": _listed(self.held)} if self.held else {}
        return held | {
            "serai.catalogue": "on" if self.catalogue else "off",
            "serai.kept": _bits(self.kept),
            "serai.placements": _bits(self.placements),
            "serai.nodes": _listed(self.nodes),
            "serai.books": _listed(self.books),
            "serai.customers": _listed(self.customers),
        }


EVERYTHING_SEEN = Sight(everything=True, catalogue=True)


def sight_of(actor: Actor, right: Right, organisation: Organisation, today: date) -> Sight:
    """What an actor sees with a right, as the organisation stands `today`."""
    if actor.holdings is None:
        return EVERYTHING_SEEN
    nodes = actor.nodes(right)
    if any(node.level == "group" for node in nodes):
        return EVERYTHING_SEEN
    stores = {store for node in nodes for store in stores_below(organisation, node, today)}
    placed = _placed(organisation, {(node.level, node.id) for node in nodes})
    return Sight(
        catalogue=(bool(nodes) and right == "catalogue.read") or _has(nodes, "customer"),
        stores=frozenset(stores),
        kept=organisation.first_placements(stores),
        placements=frozenset(placement.id for placement in placed),
        nodes=frozenset(
            {
                id
                for placement in (*placed, *organisation.before(placed))
                for level, id in _holders(placement)
                if level != "store"  # they are known by their placements
            }
            | {node.id for node in nodes if node.level != "customer"}
            | ({organisation.group.id} if nodes else set())
        ),
        books=frozenset(node.id for node in nodes if node.level == "entity"),
        customers=frozenset(node.id for node in nodes if node.level == "customer"),
        held=frozenset({node.id for node in nodes} | stores) if right in OF_DEEDS else NOBODY,
    )


def part_of(organisation: Organisation, sight: Sight) -> Organisation:
    """The organisation as it is seen: stores that are or were below what somebody holds, and what
    stands above them. Of a public catalogue, all of it is known by name."""
    if sight.everything or sight.catalogue:
        return organisation
    placed = {
        one.store_id for one in organisation.placements.values() if one.id in sight.placements
    }
    return organisation.within(sight.stores | placed, sight.nodes, sight.placements)


def _placed(organisation: Organisation, axes: Container[Holder]) -> list[Placement]:
    """Placements below any of these nodes; those, too, that were carried from one that is."""
    placements = organisation.placements
    own = {one.id for one in placements.values() if any(part in axes for part in _holders(one))}
    return [
        one
        for one in placements.values()
        if one.id in own or any(before in own for before in one.carried_from)
    ]


def _has(nodes: tuple[Node, ...], level: str) -> bool:
    return any(node.level == level for node in nodes)


def _holders(placement: Placement) -> tuple[Holder, ...]:
    """The store and its parents, as grants name them."""
    return (
        ("store", placement.store_id),
        ("brand", placement.brand_id),
        ("entity", placement.entity_id),
        ("operator", placement.operator_id),
        ("city", placement.city_id),
    )


def _listed(ids: frozenset[int]) -> str:
    """A bigint[] as text, the same for the same ids."""
    return "{" + str(sorted(ids))[1:-1] + "}"


def _bits(ids: frozenset[int]) -> str:
    """A bytea as text, in which the bit of each id is set."""
    bits = bytearray(max(ids, default=-1) // 8 + 1)
    for id in ids:
        bits[id // 8] |= 1 << id % 8
    return "\\x" + bits.hex()
