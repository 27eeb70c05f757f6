"""Groups of directories: those of the nodes on which the asker sees who holds what."""

from collections.abc import Sequence
from typing import Annotated, Any

from litestar import Request, get
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import Actor, Node, directories
from serai.flows import House, nodes_read
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import Word, asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of, look_of, word
from serai.web.sign_in.holdings import node_name

PAGE_ROWS = 50
EVERYWHERE = Node("group", 0)


class GroupsWanted(Struct, frozen=True):
    """Which groups to list: a part of a name, and from which place on."""

    q: Annotated[Word, Meta(title=N_("Part of a name"))] = ""
    cursor: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None


class GroupRow(Struct, frozen=True):
    """A group with what it gives, in words."""

    name: str
    directory: str
    members: int
    gives: str
    href: str


@get("/", include_in_schema=False, opt={"right": "access.read"})
async def groups_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The groups of the directories that are at home where the asker sees who holds what."""
    wanted = asked(request, GroupsWanted)
    house, language = console.house, language_of(request)
    say = gettext_of(language)
    place, text = wanted.cursor or 0, wanted.q.strip()
    found = await directories.find_groups(
        house.database,
        await seen_directories(house, actor_of(request.scope)),
        directories.Test("displayName", "co", text) if text else None,
        directories.Page(place, PAGE_ROWS, sorted_by="displayName"),
    )
    after = place + len(found.groups)
    return Template(
        "admin/directories/list.html",
        context={
            "q": wanted.q,
            "any": bool(found.total or text),
            "groups": Table(
                (
                    Column("name", say("Group"), place="title", href="href"),
                    Column("directory", say("Directory of")),
                    Column("members", say("Members"), "count"),
                    Column("gives", say("What it gives")),
                ),
                await _rows(house, found.groups, language),
                say("Groups of directories"),
                look_of(request, console.now()).address,
                next=str(after) if after < found.total else None,
                turned=wanted.cursor is not None,
            ),
        },
    )


async def seen_directories(house: House, actor: Actor) -> directories.Directory:
    """The directories that somebody sees, as one."""
    nodes = await nodes_read(house, actor)
    return directories.Directory(EVERYWHERE, None if nodes is None else tuple(nodes))


async def _rows(
    house: House, groups: Sequence[directories.DirectoryGroup], language: Language
) -> list[GroupRow]:
    ids = [one.id for one in groups]
    organisation, say = await house.organisation(), gettext_of(language)
    members = await directories.count_members(house.database, ids)
    bindings = await directories.bindings_of(house.database, ids)
    return [
        GroupRow(
            name=group.display_name,
            directory=node_name(organisation, group.node, language),
            members=members.get(group.id, 0),
            gives=", ".join(
                f"{word(one.role, say)} · {node_name(organisation, one.node, language)}"
                for one in bindings
                if one.group_id == group.id
            ),
            href=f"/admin/directories/{group.id}",
        )
        for group in groups
    ]
