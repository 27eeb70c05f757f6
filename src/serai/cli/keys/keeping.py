"""What the commands of `serai key` do, and how it is shown."""

import sys
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import uuid4

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.running import join_house
from serai.cli.terminal import COMMAND_LINE
from serai.cloud import (
    PROGRAM_LEVELS,
    Actor,
    Caller,
    Node,
    Organisation,
    Program,
    code_of,
    keys_of,
    node_with_code,
    read_programs,
    read_scopes,
)
from serai.core import Refusal, Settings
from serai.flows import (
    By,
    Ended,
    House,
    IssuedKey,
    NewProgram,
    NotFounded,
    admit_program,
    end_program,
    rotate_key,
)

OPERATOR = Actor("operator")
"""Whoever may use the command on the platform's own machine."""


class KeyShown(Struct, frozen=True):
    """What `serai key create --json` and `serai key rotate --json` print."""

    key: str
    name: str
    client_id: str
    key_id: int
    program_id: int
    expires_at: datetime


class KeyListed(Struct, frozen=True):
    """A key in the list of `serai key list --json`."""

    key_id: int
    good: bool
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class ProgramListed(Struct, frozen=True):
    """A program in the list of `serai key list --json`."""

    name: str
    program_id: int
    scopes: tuple[str, ...]
    node: str
    requests_a_minute: int
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    keys: tuple[KeyListed, ...]


class Asked(Struct, frozen=True, kw_only=True):
    """What `serai key create` was asked for."""

    name: str
    scopes: tuple[str, ...]
    node: str
    days: int
    requests_a_minute: int


async def create(settings: Settings, asked: Asked) -> KeyShown | Refusal:
    """Let a program in; its key is in the answer, and never again."""
    scopes = read_scopes(part for text in asked.scopes for part in text.replace(",", " ").split())
    if isinstance(scopes, Refusal):
        return scopes
    async with join_house(settings) as house:
        node = await _node(house, asked.node)
        if isinstance(node, Refusal):
            return node
        wanted = NewProgram(
            name=asked.name,
            scopes=scopes,
            level=node.level,
            node_id=node.id,
            life=timedelta(days=asked.days),
            requests_a_minute=asked.requests_a_minute,
        )
        return _shown(await admit_program(house, _by(), wanted))


async def rotate(
    settings: Settings, name: str, days: int, overlap_hours: float
) -> KeyShown | Refusal:
    """Give a program another key beside those it has, which end after the overlap."""
    async with join_house(settings) as house:
        overlap, life = timedelta(hours=overlap_hours), timedelta(days=days)
        return _shown(await rotate_key(house, _by(), name, overlap=overlap, life=life))


async def end(settings: Settings, name: str) -> Ended | Refusal:
    """Send a program away."""
    async with join_house(settings) as house:
        return await end_program(house, _by(), name)


async def listed(settings: Settings) -> list[ProgramListed]:
    """Every program with its keys."""
    async with join_house(settings) as house:
        programs = await read_programs(house.database)
        keys = await keys_of(house.database, [one.id for one in programs])
        organisation = await _organisation(house)
        moment = house.clock()
        return [
            ProgramListed(
                name=one.name,
                program_id=one.id,
                scopes=one.scopes,
                node=_node_name(one, organisation),
                requests_a_minute=one.requests_a_minute,
                made_at=one.made_at,
                made_by=one.made_by,
                ended_at=one.ended_at,
                keys=tuple(
                    KeyListed(
                        key.id,
                        Caller(key, one).is_good(moment),
                        key.made_at,
                        min(key.expires_at, key.ended_at or key.expires_at),
                        key.last_used_at,
                    )
                    for key in keys
                    if key.program_id == one.id
                ),
            )
            for one in programs
        ]


def print_shown(shown: KeyShown, console: Console) -> None:
    """The key on a line of its own, on standard output; what to know of it beside it."""
    console.print(
        f"The key of {shown.name}, good until {shown.expires_at:%Y-%m-%d}. It is shown now and "
        "never again; send it as `Authorization: Bearer KEY`.",
        markup=False,
    )
    sys.stdout.write(shown.key + "\n")


def print_list(programs: Iterable[ProgramListed], console: Console) -> None:
    """The programs and their keys as a table."""
    table = Table(box=None, pad_edge=False)
    for heading in ("program", "node", "scopes", "a minute", "key", "state", "until", "last used"):
        named = heading in ("program", "key", "until")
        table.add_column(heading, no_wrap=named, overflow="fold")
    for one in programs:
        scopes = ", ".join(one.scopes)
        for key in one.keys:
            table.add_row(
                one.name, one.node, scopes, f"{one.requests_a_minute:,}", str(key.key_id),
                "good" if key.good else "ended", f"{key.expires_at:%Y-%m-%d}",
                f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never",
            )  # fmt: skip
    console.print(table)


def _shown(issued: IssuedKey | Refusal) -> KeyShown | Refusal:
    if isinstance(issued, Refusal):
        return issued
    made = issued.made
    return KeyShown(
        key=issued.written.reveal(),
        name=made.name,
        client_id=made.name,
        key_id=made.key_id,
        program_id=made.program_id,
        expires_at=made.expires_at,
    )


def _by() -> By:
    return By(OPERATOR, str(uuid4()), origin=COMMAND_LINE)


async def _organisation(house: House) -> Organisation | None:
    try:
        return await house.organisation()
    except NotFounded:
        return None


async def _node(house: House, text: str) -> Node | Refusal:
    """The node that `group` or `LEVEL:CODE` names."""
    organisation = await _organisation(house)
    if text == "group":
        return Node("group", organisation.group.id if organisation else 0)
    name, _, code = text.partition(":")
    level = next((one for one in PROGRAM_LEVELS if one == name != "group"), None)
    if organisation is None or level is None:
        return Refusal(
            name="node_unknown",
            says=f"{text[:80]!r} is no node.",
            advice="Write group, or one like brand:CODE, entity:CODE, operator:CODE, city:CODE, "
            "store:CODE.",
            field="node",
        )
    node = node_with_code(organisation, level, code)
    if node is None:
        return Refusal(
            name="node_unknown",
            says=f"There is no {level} with the code {code[:80]!r}.",
            advice="Check the code; the console's pages show it.",
            field="node",
        )
    return node


def _node_name(program: Program, organisation: Organisation | None) -> str:
    if program.level == "group":
        return "group"
    code = code_of(organisation, program.node) if organisation else program.node_id
    return f"{program.level}:{code}"
