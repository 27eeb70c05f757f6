"""One group of a directory: which roles it gives on which nodes, and who is in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_hex
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import ROLES, Grant, Node, directories, grants_of, needs_two, people_of
from serai.core import Refusal
from serai.flows import House, may_grant, nodes_read
from serai.ledger import MOST
from serai.web.admin.directories.list import seen_directories
from serai.web.admin.people.choices import NOWHERE, Where
from serai.web.admin.people.person import roles_within
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import Id, asked
from serai.web.group.refusals import refusal_shown
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of, look_of, word
from serai.web.problems import NoSuch
from serai.web.sign_in.holdings import node_name

PAGE_ROWS = 50


class GroupWanted(Struct, frozen=True):
    """Which members to list: after whom; and what was just done."""

    cursor: Id | None = None
    done: str = ""


class BindingShown(Struct, frozen=True):
    """A role that the group gives; `endable` by the one who looks."""

    id: int
    role: str
    node: str
    level: str
    since: datetime
    bound_by: str
    needs_two: bool
    endable: bool


class MemberRow(Struct, frozen=True):
    """Somebody in the group, and what came of it."""

    name: str
    sign_in: str
    since: datetime
    roles: str
    state: str
    href: str


@get("/{group_id:int}", include_in_schema=False, opt={"right": "access.read"})
async def group_page(
    request: Request[Any, Any, Any], console: SharedConsole, group_id: FromPath[int]
) -> Template:
    """What is known of a group of a directory that the asker sees."""
    return await page_of(request, console, await find(request, console.house, group_id))


async def find(
    request: Request[Any, Any, Any], house: House, group_id: int
) -> directories.DirectoryGroup:
    """The group; raises `NoSuch` where there is none, or none for this asker."""
    seen = await seen_directories(house, actor_of(request.scope))
    found = (
        await directories.group_of(house.database, seen, group_id) if 0 < group_id <= MOST else None
    )
    if found is None:
        raise NoSuch(N_("No such group"), action=N_("To the groups"), href="/admin/directories")
    return found


async def page_of(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    group: directories.DirectoryGroup,
    refused: Refusal | None = None,
    where: Where = NOWHERE,
) -> Template:
    """The page; with a refusal where something was refused."""
    wanted = asked(request, GroupWanted)
    house, actor, language = console.house, actor_of(request.scope), language_of(request)
    say = gettext_of(language)
    bindings = await directories.bindings_of(house.database, [group.id])
    members = await directories.list_members(
        house.database, group.id, after=wanted.cursor or 0, limit=PAGE_ROWS + 1
    )
    shown = members[:PAGE_ROWS]
    counts = await directories.count_members(house.database, [group.id])
    return Template(
        "admin/directories/group.html",
        context={
            "group": group,
            "home": node_name(await house.organisation(), group.node, language),
            "count": counts.get(group.id, 0),
            "bindings": await _bindings(request, house, bindings, language),
            "binds": actor.may("access.write"),
            "roles": roles_within(actor, language),
            "where": where,
            "done": wanted.done,
            "key": token_hex(16),
            "members": Table(
                (
                    Column("name", say("Name"), place="title", href="href"),
                    Column("sign_in", say("Sign-in name"), "mono"),
                    Column("since", say("In the group since"), "when"),
                    Column("roles", say("What came of it")),
                    Column("state", say("Account"), "state"),
                ),
                await _members(request, house, shown, bindings, language),
                say("Members"),
                look_of(request, console.now()).address,
                next=str(shown[-1].id) if len(members) > PAGE_ROWS else None,
                turned=wanted.cursor is not None,
            ),
            "refused": refusal_shown(refused, language) if refused else None,
        },
        status_code=422 if refused else 200,
    )


async def _bindings(
    request: Request[Any, Any, Any],
    house: House,
    bindings: Sequence[directories.DirectoryBinding],
    language: Language,
) -> list[BindingShown]:
    organisation, say = await house.organisation(), gettext_of(language)
    people = await people_of(house.database, [one.bound_by for one in bindings if one.bound_by])
    actor = actor_of(request.scope)
    return [
        BindingShown(
            id=one.id,
            role=word(one.role, say),
            node=node_name(organisation, one.node, language),
            level=one.level,
            since=one.bound_at,
            bound_by=people[one.bound_by].display_name if one.bound_by in people else "",
            needs_two=one.role in ROLES and needs_two(one.role),
            endable=may_grant(actor, organisation, one.role, one.node, house),
        )
        for one in bindings
    ]


async def _members(
    request: Request[Any, Any, Any],
    house: House,
    members: Sequence[directories.DirectoryMember],
    bindings: Sequence[directories.DirectoryBinding],
    language: Language,
) -> list[MemberRow]:
    ids = [one.person_id for one in members]
    people = await people_of(house.database, ids)
    grants = await grants_of(house.database, ids)
    waiting = await _waiting(house, ids, bindings)
    say = gettext_of(language)
    seen = await _linked(request, house, ids, grants)
    rows = []
    for one in members:
        person = people[one.person_id]
        held = {(grant.role, grant.node) for grant in grants if grant.holder_id == person.id}
        roles = [
            word(binding.role, say)
            if (binding.role, binding.node) in held
            else say(N_("{role}: waits for a second person")).format(role=word(binding.role, say))
            for binding in bindings
            if (binding.role, binding.node) in held or (binding.id, person.id) in waiting
        ]
        rows.append(
            MemberRow(
                name=person.display_name,
                sign_in=person.name,
                since=one.since,
                roles=", ".join(dict.fromkeys(roles)),
                state="active" if person.active else "sent_away",
                href=f"/admin/people/{person.id}" if person.id in seen else "",
            )
        )
    return rows


async def _waiting(
    house: House, people: Sequence[int], bindings: Sequence[directories.DirectoryBinding]
) -> set[tuple[int, int]]:
    """Of which bindings a question waits, and for whom."""
    given = await directories.directory_grants_of(house.database, people)
    approvals = await directories.approvals_of(
        house.database, [one.approval_id for one in given if one.approval_id]
    )
    known = {binding.id for binding in bindings}
    return {
        (one.binding_id, one.person_id)
        for one in given
        if one.binding_id in known
        and one.approval_id in approvals
        and approvals[one.approval_id].state == "waiting"
    }


async def _linked(
    request: Request[Any, Any, Any], house: House, people: Sequence[int], grants: Sequence[Grant]
) -> frozenset[int]:
    """Those whose own page the asker may open: they hold something where the asker sees it."""
    nodes = await nodes_read(house, actor_of(request.scope))
    if nodes is None:
        return frozenset(people)
    seen: Mapping[Node, None] = dict.fromkeys(nodes)
    return frozenset(grant.holder_id for grant in grants if grant.node in seen)
