"""Who may manage whom: within one's own nodes, and never with more rights than one has."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct, structs

from serai.cloud import (
    ROLES,
    Actor,
    Grant,
    Node,
    Organisation,
    Person,
    Right,
    grants_of,
    holdings_of,
    holds_at,
    node_at,
    person_of,
    stores_below,
)
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.times import today_at
from serai.ledger import Change

ABOVE_OWN = Refusal(
    name="role_above_own",
    says="This role gives rights that you do not hold there yourself.",
    advice="Ask somebody who holds them.",
    field="role",
)
ABOVE_YOU = Refusal(
    name="person_above_you",
    says="This person holds roles that you may not grant.",
    advice="Ask somebody who may.",
    field="person_id",
)


class Present(Struct, frozen=True):
    """Somebody as they are by now, and the rows that say so."""

    actor: Actor
    rows: tuple[Change, ...] = ()

    def beside(self, *changes: Change) -> tuple[Change, ...]:
        """These changes, for a step that is taken while those rows are as they were read."""
        changed = {(one.table, one.id) for one in changes}
        return (*changes, *(row for row in self.rows if (row.table, row.id) not in changed))


async def as_now(house: House, actor: Actor) -> Present:
    """A person who asks, with what they hold by now. Whoever takes something away from others may
    have lost it since they came in: of two who send each other away one is sent."""
    person = None if actor.holdings is None else await person_of(house.database, actor.id)
    if person is None:
        return Present(actor)
    held = await grants_of(house.database, [person.id]) if person.active else []
    rows = (Change("people", person.id, person.version, {}),
            *(Change("grants", one.id, one.version, {}) for one in held))  # fmt: skip
    return Present(structs.replace(actor, holdings=holdings_of(held)), rows)


async def check_manages(house: House, actor: Actor, person: Person) -> Refusal | None:
    """Refuse to manage somebody who holds anything that the actor could not have granted: whoever
    could give them a new password would have all of it."""
    if actor.holdings is None:
        return None
    organisation = await house.organisation()
    held = await grants_of(house.database, [person.id])
    return _check_held(house, actor, organisation, held)


async def manages_whom(
    house: House, actor: Actor, people: Iterable[int], grants: Iterable[Grant]
) -> frozenset[int]:
    """Those of these people whom the actor manages; `grants` are all that they hold."""
    if actor.holdings is None:
        return frozenset(people)
    if not actor.may("access.write"):
        return frozenset()
    organisation = await house.organisation()
    held: dict[int, list[Grant]] = {id: [] for id in people}
    for grant in grants:
        held[grant.holder_id].append(grant)
    return frozenset(
        id for id, own in held.items() if _check_held(house, actor, organisation, own) is None
    )


def _check_held(
    house: House, actor: Actor, organisation: Organisation, held: list[Grant]
) -> Refusal | None:
    if not held:
        group = Node("group", organisation.group.id)
        if not may_read(actor, organisation, group, house):
            return unknown_person()
        # Whatever they are given one day, their account may be taken over before.
        day = _day(house, organisation, group)
        return None if holds_at(actor, ["access.write"], organisation, group, day) else ABOVE_YOU
    if not any(may_read(actor, organisation, grant.node, house) for grant in held):
        return unknown_person()
    if all(may_grant(actor, organisation, grant.role, grant.node, house) for grant in held):
        return None
    return ABOVE_YOU


async def sees_person(house: House, actor: Actor, person_id: int) -> bool:
    """Whether somebody holds a role where the actor may see who holds what."""
    if actor.holdings is None:
        return True
    organisation = await house.organisation()
    if may_read(actor, organisation, Node("group", organisation.group.id), house):
        return True
    held = await grants_of(house.database, [person_id])
    return any(may_read(actor, organisation, grant.node, house) for grant in held)


async def seen_grants(house: House, actor: Actor, grants: Sequence[Grant]) -> list[Grant]:
    """Those of these grants that the actor may know of: what somebody is elsewhere is not told."""
    if actor.holdings is None:
        return list(grants)
    organisation = await house.organisation()
    return [
        grant
        for grant in grants
        if grant.holder_id == actor.id or may_read(actor, organisation, grant.node, house)
    ]


async def nodes_read(house: House, actor: Actor) -> list[Node] | None:
    """The nodes on which the actor sees who holds what; None for all of them."""
    organisation = await house.organisation()
    if actor.holdings is None:
        return None
    nodes = actor.nodes("access.read")
    if any(node.level == "group" for node in nodes):
        return None
    today = house.clock().date()
    below = {Node("store", id) for node in nodes for id in stores_below(organisation, node, today)}
    return [*nodes, *sorted(below - set(nodes), key=lambda node: node.id)]


def may_read(actor: Actor, organisation: Organisation, node: Node, house: House) -> bool:
    """Whether the actor may see who holds what on a node."""
    return holds_at(actor, ["access.read"], organisation, node, _day(house, organisation, node))


def may_grant(
    actor: Actor, organisation: Organisation, role: str, node: Node, house: House
) -> bool:
    """Whether the actor may grant and end a role on a node."""
    rights = ROLES[role].rights if role in ROLES else frozenset()
    return may_give(actor, organisation, rights, node, house)


def may_give(
    actor: Actor, organisation: Organisation, rights: Iterable[Right], node: Node, house: House
) -> bool:
    """Whether the actor may give these rights on a node, to a person or a program: nobody gives
    what they do not hold there themselves."""
    day = _day(house, organisation, node)
    return holds_at(actor, {*rights, "access.write"}, organisation, node, day)


async def check_grant(house: House, actor: Actor, role: str, node: Node) -> Refusal | None:
    """Refuse a role or a node that is not there, that do not go together, or that the actor may
    not give."""
    if role not in ROLES:
        return unknown("role", "role")
    if ROLES[role].level != node.level:
        return Refusal(
            name="role_level",
            says=f"This role is granted on a {ROLES[role].level}, not on a {node.level}.",
            advice="Choose another role or another node.",
            field="role",
        )
    organisation = await house.organisation()
    if not await _exists(house, organisation, node):
        return unknown("node", "node_id")
    if may_grant(actor, organisation, role, node, house):
        return None
    return ABOVE_OWN if may_read(actor, organisation, node, house) else unknown("node", "node_id")


def unknown_person() -> Refusal:
    """Nobody, or nobody that the asker may see."""
    return unknown("person", "person_id")


def _day(house: House, organisation: Organisation, node: Node) -> date:
    """The day for which a node's parents are asked."""
    store = organisation.stores.get(node.id) if node.level == "store" else None
    return today_at(store, house.clock()) if store else house.clock().date()


async def _exists(house: House, organisation: Organisation, node: Node) -> bool:
    if node.level == "customer":
        return bool(await house.catalogue.customers([node.id]))
    return node_at(organisation, node) is not None
