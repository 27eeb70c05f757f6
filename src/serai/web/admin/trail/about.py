"""What was done to one person or program, on the page of it: as far as the asker sees who holds
what on the nodes that each deed is about."""

from datetime import datetime
from typing import Any, Literal

from litestar import Request
from msgspec import Struct

from serai.cloud import DeedsWanted, find_deeds
from serai.flows import House
from serai.web.admin.trail.words import actor_texts, operation_text
from serai.web.entry import actor_of
from serai.web.languages import gettext_of
from serai.web.look import Column, Table, language_of

LATEST = 10


class DoneRow(Struct, frozen=True):
    """A deed about the thing of a page; `href` for those who may open it."""

    at: datetime
    what: str
    who: str
    state: str
    href: str


async def done_to(
    request: Request[Any, Any, Any], house: House, thing: Literal["person", "program"], id: int
) -> Table:
    """The latest deeds about a person or a program."""
    actor, say = actor_of(request.scope), gettext_of(language_of(request))
    seen = await house.seen_by(actor, "access.read")
    deeds = await find_deeds(seen.database, DeedsWanted(thing=thing, thing_id=id), limit=LATEST)
    who = await actor_texts(house.database, {deed.actor for deed in deeds}, say)
    opens = actor.may("trail.read")
    return Table(
        (
            Column("at", say("When"), "when", place="lead"),
            Column("what", say("What"), place="title", href="href"),
            Column("who", say("Who")),
            Column("state", say("Outcome"), "state"),
        ),
        [
            DoneRow(
                at=deed.recorded,
                what=operation_text(deed.operation, say),
                who=who[deed.actor],
                state="refused" if deed.refusal else "done",
                href=f"/admin/trail/{deed.number}" if opens else "",
            )
            for deed in deeds
        ],
        say("What was done"),
    )
