"""The audit trail, narrowed and a page at a time, and as a file."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.response import Stream, Template
from msgspec import Struct

from serai.cloud import (
    NEWEST_DEED,
    DeedsWanted,
    TrailForm,
    every_deed,
    find_deeds,
    find_program,
    fold_name,
    person_named,
    written_trail,
)
from serai.core import Database
from serai.flows import House, tell_export
from serai.web.admin.trail.words import (
    OPERATIONS,
    THINGS,
    Say,
    actor_texts,
    operation_text,
    thing_href,
    thing_text,
)
from serai.web.entry import actor_of, origin_of
from serai.web.group.console import SharedConsole
from serai.web.group.query import Id, Word, asked
from serai.web.languages import gettext_of
from serai.web.look import Column, Table, language_of, look_of, with_query

PAGE_ROWS = 50
TYPES: dict[TrailForm, str] = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
}


class TrailWanted(Struct, frozen=True):
    """Which deeds are listed: what is None narrows nothing; both days are included."""

    who: Word | None = None
    what: Word | None = None
    thing: Word | None = None
    id: Id | None = None
    address: Word | None = None
    refused: bool | None = None
    since: date | None = None
    until: date | None = None
    cursor: Id | None = None
    form: TrailForm = "csv"


class DeedRow(Struct, frozen=True):
    """A deed as it is listed."""

    number: str
    href: str
    at: datetime
    who: str
    what: str
    thing: str
    thing_href: str
    address: str
    state: str


@get("/", include_in_schema=False, opt={"right": "trail.read"})
async def trail_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Who did what, the latest first."""
    wanted = asked(request, TrailWanted)
    say = gettext_of(language_of(request))
    house = await _seen(request, console.house)
    timezone = (await console.directory()).timezone
    found = await find_deeds(
        house.database,
        await to_find(console.house.database, wanted, timezone),
        before=wanted.cursor or NEWEST_DEED,
        limit=PAGE_ROWS + 1,
    )
    shown = found[:PAGE_ROWS]
    who = await actor_texts(console.house.database, {deed.actor for deed in shown}, say)
    address = look_of(request, console.now()).address
    in_file = address.replace("/admin/trail", "/admin/trail/file", 1)
    return Template(
        "admin/trail/list.html",
        context={
            "wanted": wanted,
            "operations": _choices(OPERATIONS, say),
            "things": _choices(THINGS, say),
            "outcomes": [("", say("All")), ("false", say("Done")), ("true", say("Refused"))],
            "files": [
                (text, with_query(in_file, form=form, cursor=None))
                for form, text in (("csv", "CSV"), ("jsonl", "JSON"))
            ],
            "deeds": Table(
                (
                    Column("number", say("No."), "mono", href="href"),
                    Column("at", say("When"), "when", place="lead"),
                    Column("who", say("Who")),
                    Column("what", say("What"), place="title", href="href"),
                    Column("thing", say("To what"), href="thing_href"),
                    Column("address", say("From address"), "mono"),
                    Column("state", say("Outcome"), "state"),
                ),
                [
                    DeedRow(
                        str(deed.number), f"/admin/trail/{deed.number}", deed.recorded,
                        who[deed.actor], operation_text(deed.operation, say),
                        thing_text(deed, say), thing_href(deed), deed.address,
                        "refused" if deed.refusal else "done",
                    )
                    for deed in shown
                ],
                say("Audit trail"),
                address,
                next=str(shown[-1].number) if len(found) > PAGE_ROWS else None,
                turned=wanted.cursor is not None,
            ),
        },
    )  # fmt: skip


@get("/file", include_in_schema=False, opt={"right": "trail.read", "export": True})
async def trail_file(request: Request[Any, Any, Any], console: SharedConsole) -> Stream:
    """The deeds that are wanted as a file; that somebody takes it is a deed too."""
    wanted = asked(request, TrailWanted)
    house = await _seen(request, console.house)
    timezone = (await console.directory()).timezone
    to_write = await to_find(console.house.database, wanted, timezone)
    actor, origin = actor_of(request.scope), origin_of(request.scope)
    await tell_export(console.house, actor, origin, "trail.read", "trail")
    return Stream(
        _encoded(written_trail(every_deed(house.database, to_write), wanted.form)),
        headers={"Content-Disposition": f'attachment; filename="trail.{wanted.form}"'},
        media_type=TYPES[wanted.form],
    )


async def to_find(database: Database, wanted: TrailWanted, timezone: str) -> DeedsWanted:
    """What is wanted, as the trail is asked for it; days are those of `timezone`."""
    zone = ZoneInfo(timezone)

    def begin(day: date | None) -> datetime | None:
        return None if day is None else datetime.combine(day, time.min, tzinfo=zone)

    return DeedsWanted(
        actor=await _actor(database, wanted.who or ""),
        operation=wanted.what or "",
        thing=wanted.thing or "",
        thing_id=wanted.id or 0,
        address=wanted.address or "",
        refused=wanted.refused,
        since=begin(wanted.since),
        until=begin(wanted.until + timedelta(days=1) if wanted.until else None),
    )


async def _actor(database: Database, who: str) -> str:
    """The actor who is meant by a sign-in name or the name of a program, or by its own name."""
    if not who or ":" in who:
        return who
    person = await person_named(database, fold_name(who))
    if person is not None:
        return f"person:{person.id}"
    program = await find_program(database, who)
    return f"program:{program.id}" if program else who


def _choices(words: Mapping[str, str], say: Say) -> list[tuple[str, str]]:
    return [("", say("All")), *((name, say(text)) for name, text in words.items())]


async def _seen(request: Request[Any, Any, Any], house: House) -> House:
    """The house as the asker sees it, for what the trail tells."""
    return await house.seen_by(actor_of(request.scope), "trail.read")


async def _encoded(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    async for line in lines:
        yield line.encode()
