"""How far a node reaches: what lies below it, and above it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import get_args

from serai.cloud.actors import Actor
from serai.cloud.grants import Node
from serai.cloud.organisation import (
    Axis,
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Organisation,
    Store,
)
from serai.cloud.rights import Right
from serai.cloud.roles import Level

AnyNode = Group | Brand | LegalEntity | Operator | City | Store


def nodes_at(organisation: Organisation, level: Level) -> Mapping[int, AnyNode]:
    """The nodes of a level by their ids; customers' accounts are none of the organisation."""
    match level:
        case "group":
            return {organisation.group.id: organisation.group}
        case "brand":
            return organisation.brands
        case "entity":
            return organisation.entities
        case "operator":
            return organisation.operators
        case "city":
            return organisation.cities
        case "store":
            return organisation.stores
        case _:
            return {}


def node_at(organisation: Organisation, node: Node) -> AnyNode | None:
    """The node itself, where there is one."""
    return nodes_at(organisation, node.level).get(node.id)


def code_of(organisation: Organisation, node: Node) -> str:
    """The code of a node, or its number where it has none or is not there."""
    found = node_at(organisation, node)
    return found.code if found else str(node.id)


def node_with_code(organisation: Organisation, level: Level, code: str) -> Node | None:
    """The node of a level with a code; the group needs none."""
    if level == "group" and not code:
        return Node(level, organisation.group.id)
    nodes = nodes_at(organisation, level).items()
    return next((Node(level, id) for id, node in nodes if node.code == code), None)


def above(organisation: Organisation, node: Node, day: date) -> tuple[Node, ...]:
    """The node and every one that it lies below on that day: a role there holds for it."""
    group = Node("group", organisation.group.id)
    if node == group:
        return (node,)
    parents: tuple[Node, ...] = ()
    if node.level == "store":
        found = ((axis, organisation.parent(node.id, axis, day)) for axis in get_args(Axis))
        parents = tuple(Node(axis, parent) for axis, parent in found if parent is not None)
    return (node, *parents, group)


def holds_at(
    actor: Actor, rights: Iterable[Right], organisation: Organisation, node: Node, day: date
) -> bool:
    """Whether the actor has every one of these rights on the node, by roles there or above it."""
    if actor.holdings is None:
        return True
    over = set(above(organisation, node, day))
    return all(
        any(node.level == "group" or node in over for node in actor.nodes(right))
        for right in rights
    )


def stores_below(organisation: Organisation, node: Node, day: date) -> tuple[int, ...]:
    """The stores for which a role on the node holds on that day."""
    if node.level == "store":
        return (node.id,) if node.id in organisation.stores else ()
    if node.level == "group":
        return tuple(organisation.stores) if node.id == organisation.group.id else ()
    if node.level == "customer":
        return ()
    axis: Axis = node.level
    return tuple(id for id in organisation.stores if organisation.parent(id, axis, day) == node.id)
