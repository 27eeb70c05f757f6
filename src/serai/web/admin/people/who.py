"""Who can see this? Everybody whose roles hold for a node, and by which role they do."""

from typing import Any

from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.cloud import ROLES, Level, above, grants_on, node_with_code, people_of
from serai.flows import may_read
from serai.web.admin.people.choices import LEVELS, Typed, Where, node_called, where_to_see
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import asked
from serai.web.languages import gettext_of
from serai.web.look import Column, Table, language_of, look_of, word
from serai.web.sign_in.holdings import held_rows, node_name


class WhoWanted(Struct, frozen=True):
    """The node that is asked about, by its level, and its code or name."""

    level: Level = "group"
    code: Typed = ""


class WhoRow(Struct, frozen=True):
    """A person by whom a node is seen, and the role that shows it to them."""

    id: int
    name: str
    role: str
    on: str
    rights: int
    href: str


@get("/who", include_in_schema=False, opt={"right": "access.read"})
async def who_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The people of a node on which the asker may know them."""
    wanted = asked(request, WhoWanted)
    house, language = console.house, language_of(request)
    say = gettext_of(language)
    organisation = await house.organisation()
    node = node_called(organisation, wanted.level, wanted.code.strip())
    if node is not None and not may_read(actor_of(request.scope), organisation, node, house):
        node = None
    where = Where(wanted.level, wanted.code)
    if node is None:
        where = await where_to_see(request, house, wanted.level, wanted.code)
        if len(where.choices) == 1:
            node = node_with_code(organisation, wanted.level, where.choices[0].code)
            where = Where(wanted.level, wanted.code)
    rows: list[WhoRow] = []
    if node is not None:
        grants = await grants_on(house.database, above(organisation, node, house.clock().date()))
        people = await people_of(house.database, [grant.holder_id for grant in grants])
        rows = [
            WhoRow(
                id=one.holder_id,
                name=people[one.holder_id].display_name,
                role=one.role_shown,
                on=one.node,
                rights=len(ROLES[one.role].rights) if one.role in ROLES else 0,
                href=f"/admin/people/{one.holder_id}",
            )
            for one in await held_rows(house, grants, language)
            if one.holder_id in people and people[one.holder_id].active
        ]
    return Template(
        "admin/people/who.html",
        context={
            "where": where,
            "levels": [(level, word(level, say)) for level in LEVELS],
            "name": node_name(organisation, node, language) if node else "",
            "people": Table(
                (
                    Column("name", say("Name"), place="title", href="href"),
                    Column("role", say("Held as"), place="lead"),
                    Column("on", say("Granted on")),
                    Column("rights", say("Rights"), "count"),
                ),
                rows,
                say("Who can see this?"),
                look_of(request, console.now()).address,
            ),
        },
    )
