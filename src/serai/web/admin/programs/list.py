"""Programs: those that are at home where the asker may see who holds what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.cloud import Caller, Program, ProgramKey, keys_of, read_programs
from serai.flows import House, sees_programs
from serai.web.admin.programs.program import home_of
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.languages import gettext_of
from serai.web.look import Column, Table, language_of, look_of


class ProgramRow(Struct, frozen=True):
    """A program as it is listed; `keys` are those that open something."""

    name: str
    node: str
    scopes: int
    keys: int
    until: datetime | None
    last_used_at: datetime | None
    state: str
    href: str


@get("/", include_in_schema=False, opt={"right": "access.read"})
async def programs_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Those that the asker may see."""
    house, language = console.house, language_of(request)
    say = gettext_of(language)
    programs = await seen_programs(request, house)
    keys = await keys_of(house.database, [one.id for one in programs])
    moment = house.clock()
    rows = [
        row_of(
            one,
            [key for key in keys if key.program_id == one.id],
            await home_of(house, one, language),
            moment,
        )
        for one in programs
    ]
    return Template(
        "admin/programs/list.html",
        context={
            "programs": Table(
                (
                    Column("name", say("Name"), place="title", href="href"),
                    Column("node", say("At home in")),
                    Column("scopes", say("Scopes"), "count"),
                    Column("keys", say("Good keys"), "count"),
                    Column("until", say("Until"), "when"),
                    Column("last_used_at", say("Last used"), "ago"),
                    Column("state", say("State"), "state"),
                ),
                rows,
                say("Programs"),
                look_of(request, console.now()).address,
            ),
        },
    )


async def seen_programs(request: Request[Any, Any, Any], house: House) -> list[Program]:
    """The programs on whose node the asker sees who holds what."""
    actor = actor_of(request.scope)
    programs = await read_programs(house.database)
    return [one for one in programs if await sees_programs(house, actor, one.node)]


def row_of(program: Program, keys: Sequence[ProgramKey], node: str, moment: datetime) -> ProgramRow:
    """A program with what its keys say."""
    good = [key for key in keys if Caller(key, program).is_good(moment)]
    ends = [min(key.expires_at, key.ended_at or key.expires_at) for key in good]
    used = [key.last_used_at for key in keys if key.last_used_at is not None]
    return ProgramRow(
        name=program.name,
        node=node,
        scopes=len(program.scopes),
        keys=len(good),
        until=max(ends, default=None),
        last_used_at=max(used, default=None),
        state="sent_away" if program.ended_at else "active",
        href=f"/admin/programs/{program.id}",
    )
