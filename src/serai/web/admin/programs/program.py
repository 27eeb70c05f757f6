"""One program: what it may do, where, and its keys."""

from datetime import datetime
from secrets import token_hex
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import Caller, Node, Program, ProgramKey, keys_of, program_of
from serai.core import Refusal
from serai.flows import House, check_keeps, sees_programs
from serai.ledger import MOST
from serai.web.admin.trail.about import done_to
from serai.web.entry import actor_of
from serai.web.group.console import SharedConsole
from serai.web.group.refusals import refusal_shown
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Table, language_of
from serai.web.problems import NoSuch
from serai.web.sign_in.holdings import node_name


class KeyRow(Struct, frozen=True):
    """A key as it is listed: by its number, for the key itself was shown once."""

    number: str
    made_at: datetime
    until: datetime
    last_used_at: datetime | None
    state: str


@get("/{program_id:int}", include_in_schema=False, opt={"right": "access.read"})
async def program_page(
    request: Request[Any, Any, Any], console: SharedConsole, program_id: FromPath[int]
) -> Template:
    """What is known of a program that the asker may see."""
    return await page_of(request, console.house, await find(request, console.house, program_id))


async def find(request: Request[Any, Any, Any], house: House, program_id: int) -> Program:
    """The program; raises `NoSuch` where there is none, or none for this asker."""
    found = await program_of(house.database, program_id) if 0 < program_id <= MOST else None
    if found is not None and await sees_programs(house, actor_of(request.scope), found.node):
        return found
    raise NoSuch(N_("No such program"), action=N_("To the programs"), href="/admin/programs")


async def page_of(
    request: Request[Any, Any, Any], house: House, program: Program, refused: Refusal | None = None
) -> Template:
    """The page; with a refusal where something was refused."""
    language, actor = language_of(request), actor_of(request.scope)
    say = gettext_of(language)
    keys = await keys_of(house.database, [program.id])
    keeps = await check_keeps(house, actor, program.node, program.scopes) is None
    return Template(
        "admin/programs/program.html",
        context={
            "program": program,
            "node": await home_of(house, program, language),
            "keys": Table(
                (
                    Column("number", say("Key"), "mono", place="title"),
                    Column("made_at", say("Made"), "when"),
                    Column("until", say("Good until"), "when"),
                    Column("last_used_at", say("Last used"), "ago"),
                    Column("state", say("State"), "state"),
                ),
                [_row(key, program, house.clock()) for key in reversed(keys)],
                say("Its keys"),
            ),
            "done_to": await done_to(request, house, "program", program.id),
            "keeps": keeps and program.ended_at is None,
            "key": token_hex(16),
            "refused": refusal_shown(refused, language) if refused else None,
        },
        status_code=422 if refused else 200,
    )


async def home_of(house: House, program: Program, language: Language) -> str:
    """What the program's node is called; a program of the group may be older than the group."""
    organisation = await house.organisation()
    if program.level == "group":
        return node_name(organisation, Node("group", organisation.group.id), language)
    return node_name(organisation, program.node, language)


def _row(key: ProgramKey, program: Program, moment: datetime) -> KeyRow:
    return KeyRow(
        number=f"serai_{key.id}_…",
        made_at=key.made_at,
        until=min(key.expires_at, key.ended_at or key.expires_at),
        last_used_at=key.last_used_at,
        state="active" if Caller(key, program).is_good(moment) else "ended",
    )
