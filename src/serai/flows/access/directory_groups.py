"""Groups of a directory: told of, filled and emptied, and bound to roles."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from serai.cloud import Actor, Node, above, directories, people_of
from serai.core import Refusal
from serai.flows.access.directory_people import VERSION_GONE, Seen
from serai.flows.access.directory_roles import Rows, end_roles, give_roles
from serai.flows.access.managing import as_now, check_grant, may_read
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.ledger import Change, Event, Insert

SayOfGroup = Callable[[directories.GroupSaid], directories.GroupSaid | Refusal]
"""What is to be said of a group, from what was said before."""

BOUND_ALREADY = Refusal(
    name="group_bound",
    says="This group is bound to this role there already.",
    advice="There is nothing to do.",
)
ABOVE_DIRECTORY = Refusal(
    name="binding_above_directory",
    says="The directory of this group is not for that node, nor for one above it.",
    advice="Bind a group of a directory of that node or of the group.",
    field="node_id",
)


class GroupTold(Struct, frozen=True):
    """Which group a directory has told of."""

    group_id: int


class GroupBound(Struct, frozen=True):
    """Which binding was made or ended, and for how many members."""

    binding_id: int
    members: int


async def provision_group(
    house: House,
    by: By,
    directory: directories.Directory,
    said: directories.GroupSaid,
    members: frozenset[int],
) -> GroupTold | Refusal:
    """Keep a new group with its members; it gives nobody a role until somebody binds it."""

    async def draft() -> Draft | Refusal:
        refused = directories.check_group(said)
        there = refused or await _check_members(house, directory, members)
        if isinstance(there, Refusal):
            return there
        moment = house.clock()
        ids = await house.ids.take(1 + len(members))
        group = directories.DirectoryGroup(
            id=next(ids), level=directory.node.level, node_id=directory.node.id,
            display_name=said.display_name, external_id=said.external_id, created_at=moment,
            changed_at=moment,
        )  # fmt: skip
        rows = tuple(
            directories.DirectoryMember(
                id=next(ids), group_id=group.id, person_id=one, since=moment
            )
            for one in sorted(members)
        )
        inserts = (Insert("directory_groups", (group,)),)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GroupTold(group.id),
            inserts=(*inserts, Insert("directory_members", rows)) if rows else inserts,
            changes=there,
            events=(Event(type="group.provisioned"),),
        )

    return await take(house, by, "provision_group", GroupTold, draft, keep_refusals=False)


async def tell_of_group(
    house: House, by: By, directory: directories.Directory, group_id: int, say: SayOfGroup,
    steps: Sequence[directories.MemberStep] = (), seen: Seen = None,
) -> GroupTold | Refusal:  # fmt: skip
    """Change what a directory says of a group, and who is in it; whoever comes in is given what
    the group is bound to, and whoever leaves loses it. What changes nothing is not written."""

    async def draft() -> Draft | Refusal:
        group = await _group(house, directory, group_id, seen)
        if isinstance(group, Refusal):
            return group
        wanted = say(group.said)
        if isinstance(wanted, Refusal):
            return wanted
        refused = directories.check_group(wanted)
        if refused is not None:
            return refused
        members = await _members_changed(house, directory, group, steps)
        if isinstance(members, Refusal):
            return members
        moment = house.clock()
        if wanted == group.said and not (members.coming or members.leaving):
            return Draft(effective=moment, business_date=moment.date(), answer=GroupTold(group_id))
        roles = await _roles_moved(house, by, group, members)
        ids = await house.ids.take(max(1, len(members.coming)))
        rows = tuple(
            directories.DirectoryMember(
                id=next(ids), group_id=group_id, person_id=one, since=moment
            )
            for one in members.coming
        )
        values: dict[str, object] = {
            "display_name": wanted.display_name, "external_id": wanted.external_id,
            "changed_at": moment,
        }  # fmt: skip
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GroupTold(group_id),
            inserts=((Insert("directory_members", rows),) if rows else ()) + roles.inserts,
            changes=(
                Change("directory_groups", group.id, group.version, values),
                *members.there,
                *_left(members.leaving, moment),
                *roles.changes,
            ),
            events=(Event(type="group.told"),),
        )

    first = await draft()
    if isinstance(first, Refusal):
        return first
    if not first.changes:
        return GroupTold(group_id)
    drafted = [first]

    async def draft_once() -> Draft | Refusal:
        return drafted.pop() if drafted else await draft()

    return await take(house, by, "tell_of_group", GroupTold, draft_once, keep_refusals=False)


async def forget_group(
    house: House, by: By, directory: directories.Directory, group_id: int, seen: Seen = None
) -> GroupTold | Refusal:
    """A group is gone, and with it what it gave to its members. Its rows stay."""

    async def draft() -> Draft | Refusal:
        group = await _group(house, directory, group_id, seen)
        if isinstance(group, Refusal):
            return group
        moment = house.clock()
        members = tuple(await directories.members_of(house.database, group_id))
        bindings = await directories.bindings_of(house.database, [group_id])
        roles = await _roles_ended(house, bindings, [one.person_id for one in members])
        gone: dict[str, object] = {"gone_at": moment, "changed_at": moment}
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GroupTold(group_id),
            changes=(
                Change("directory_groups", group.id, group.version, gone),
                *_left(members, moment),
                *(_ended(binding, moment) for binding in bindings),
                *roles.changes,
            ),
            events=(Event(type="group.gone"),),
        )

    return await take(house, by, "forget_group", GroupTold, draft, keep_refusals=False)


async def bind_group(
    house: House, by: By, group_id: int, role: str, node: Node
) -> GroupBound | Refusal:
    """Let whoever is in a group hold a role, as somebody says who may grant it; no directory
    gives a role beyond its own node."""

    async def draft() -> Draft | Refusal:
        group = await _seen_group(house, by.actor, group_id)
        if group is None:
            return unknown("group", "group_id")
        refused = await check_grant(house, by.actor, role, node)
        if refused is not None:
            return refused
        moment = house.clock()
        if group.node not in above(await house.organisation(), node, moment.date()):
            return ABOVE_DIRECTORY
        bindings = await directories.bindings_of(house.database, [group_id])
        if any((one.role, one.node) == (role, node) for one in bindings):
            return BOUND_ALREADY
        binding = directories.DirectoryBinding(
            id=next(await house.ids.take(1)), group_id=group_id, role=role, level=node.level,
            node_id=node.id, bound_by=by.actor.id, bound_at=moment,
        )  # fmt: skip
        members = [one.person_id for one in await directories.members_of(house.database, group_id)]
        there = await _as_they_are(house, members)
        roles = await give_roles(house, by, [binding], members)
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GroupBound(binding.id, len(members)),
            inserts=(Insert("directory_bindings", (binding,)), *roles.inserts),
            changes=(
                _touched(group, moment),
                *there,
                *roles.changes,
            ),
            events=(Event(type="group.bound"),),
        )

    return await take(house, by, "bind_group", GroupBound, draft, of=(group_id, role, node))


async def unbind_group(
    house: House, by: By, group_id: int, role: str, node: Node
) -> GroupBound | Refusal:
    """End a binding, and what it gave."""

    async def draft() -> Draft | Refusal:
        group = await _seen_group(house, by.actor, group_id)
        if group is None:
            return unknown("group", "group_id")
        asker = await as_now(house, by.actor)
        refused = await check_grant(house, asker.actor, role, node)
        if refused is not None:
            return refused
        bindings = await directories.bindings_of(house.database, [group_id])
        ending = [one for one in bindings if (one.role, one.node) == (role, node)]
        if not ending:
            return unknown("binding", "role")
        moment = house.clock()
        members = await directories.members_of(house.database, group_id)
        roles = await _roles_ended(house, ending, [one.person_id for one in members])
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=GroupBound(ending[0].id, len(members)),
            changes=asker.beside(
                *(_ended(binding, moment) for binding in ending),
                _touched(group, moment),
                *roles.changes,
            ),
            events=(Event(type="group.unbound"),),
        )

    return await take(house, by, "unbind_group", GroupBound, draft, of=(group_id, role, node))


class _Moved(Struct, frozen=True):
    """Who comes into a group, and who leaves it; those who come are expected to be `there`."""

    coming: tuple[int, ...]
    leaving: tuple[directories.DirectoryMember, ...]
    there: tuple[Change, ...] = ()


async def _members_changed(
    house: House,
    directory: directories.Directory,
    group: directories.DirectoryGroup,
    steps: Sequence[directories.MemberStep],
) -> _Moved | Refusal:
    """What the steps, one after the other, make of the members as they are."""
    if not steps:
        return _Moved((), ())
    every = any(step.kind == "replace" for step in steps)
    named = None if every else sorted(frozenset().union(*(step.ids for step in steps)))
    current = {
        one.person_id: one for one in await directories.members_of(house.database, group.id, named)
    }
    wanted = set(current)
    for step in steps:
        match step.kind:
            case "add":
                wanted |= step.ids
            case "remove":
                wanted -= step.ids
            case "replace":
                wanted = set(step.ids)
    coming = frozenset(wanted - current.keys())
    there = await _check_members(house, directory, coming)
    if isinstance(there, Refusal):
        return there
    leaving = tuple(one for id, one in current.items() if id not in wanted)
    return _Moved(tuple(sorted(coming)), leaving, there)


async def _check_members(
    house: House, directory: directories.Directory, ids: frozenset[int]
) -> tuple[Change, ...] | Refusal:
    """Refuse members whom the directory does not see: they might be anybody's. They are expected
    to be as they are now when they have come in."""
    if len(ids) > directories.MOST_MEMBERS:
        return Refusal(
            name="too_many_members",
            says=f"A group has {directories.MOST_MEMBERS} members at most.",
            advice="Make several groups.",
            field="members",
        )
    if not ids:
        return ()
    there = await _as_they_are(house, sorted(ids))  # before they are looked at
    seen = await directories.seen_users(house.database, directory, sorted(ids))
    return there if ids <= seen else unknown("member", "members")


async def _as_they_are(house: House, people: Sequence[int]) -> tuple[Change, ...]:
    """What a step expects that gives something to people: nobody is gone meanwhile, and no other
    step gives them anything."""
    known = await people_of(house.database, people)
    return tuple(Change("people", one.id, one.version, {}) for one in known.values())


async def _roles_moved(
    house: House, by: By, group: directories.DirectoryGroup, members: _Moved
) -> Rows:
    bindings = await directories.bindings_of(house.database, [group.id])
    given = await give_roles(house, by, bindings, members.coming)
    ended = await _roles_ended(house, bindings, [one.person_id for one in members.leaving])
    return Rows(given.inserts, given.changes + ended.changes)


async def _roles_ended(
    house: House, bindings: Sequence[directories.DirectoryBinding], people: Sequence[int]
) -> Rows:
    """End what these bindings gave to these people."""
    by_id = {binding.id: binding for binding in bindings}
    if not by_id or not people:
        return Rows()
    rows = await directories.directory_grants_of(house.database, people)
    return await end_roles(house, [one for one in rows if one.binding_id in by_id], by_id)


async def _group(
    house: House, directory: directories.Directory, group_id: int, seen: Seen
) -> directories.DirectoryGroup | Refusal:
    group = await directories.group_of(house.database, directory, group_id)
    if group is None:
        return unknown("group", "group_id")
    return VERSION_GONE if seen is not None and str(group.version) not in seen else group


async def _seen_group(
    house: House, actor: Actor, group_id: int
) -> directories.DirectoryGroup | None:
    """A group of a directory that is at home where the actor sees who holds what."""
    organisation = await house.organisation()
    found = await directories.groups_by_id(house.database, [group_id])
    return next(
        (
            group
            for group in found
            if group.gone_at is None and may_read(actor, organisation, group.node, house)
        ),
        None,
    )


def _left(members: Sequence[directories.DirectoryMember], moment: datetime) -> tuple[Change, ...]:
    return tuple(
        Change("directory_members", one.id, one.version, {"ended_at": moment}) for one in members
    )


def _ended(binding: directories.DirectoryBinding, moment: datetime) -> Change:
    return Change("directory_bindings", binding.id, binding.version, {"ended_at": moment})


def _touched(group: directories.DirectoryGroup, moment: datetime) -> Change:
    """The group's own row, so that nobody changes its members meanwhile."""
    return Change("directory_groups", group.id, group.version, {"changed_at": moment})
