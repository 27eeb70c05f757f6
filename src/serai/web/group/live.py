"""The stream of figures that move, and of what happened last."""

import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Annotated, Any, Final, cast

import msgspec
from litestar import Request, get
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage
from msgspec import Meta, Struct

from serai.cloud import actor_of_person
from serai.core import DatabaseAway
from serai.flows import NotFounded, who_is
from serai.insights import News
from serai.ledger import MOST
from serai.web.entry import actor_of
from serai.web.group.console import Console, Figures, SharedConsole
from serai.web.group.directory import Directory
from serai.web.group.pulse import Beat
from serai.web.group.query import asked
from serai.web.group.tidings import spots, tidings
from serai.web.languages import Language
from serai.web.look import Amount, Formats, environment, language_of

RETRY_MILLISECONDS = 3000
LONGEST_SECONDS = 300.0
"""A browser that watches asks again after it, and sees then what a new day shows it."""
_POSITION = re.compile(r"[0-9]{1,18}")
_END: Final = Beat(-1)


class LiveWanted(Struct, frozen=True):
    """The position of the last event that the page shows already."""

    after: Annotated[int, Meta(ge=0, le=MOST)] | None = None


@get("/live", include_in_schema=False, opt={"right": "figures.read"})
async def live_stream(request: Request[Any, Any, Any], console: SharedConsole) -> ServerSentEvent:
    """Server-sent events in the reader's language: `figures`, `news`, and their `places`.

    A browser that was cut off names the last event it has heard, and is told what it has missed.
    """
    wanted, house, actor = asked(request, LiveWanted), console.whole.house, actor_of(request.scope)
    token: str = request.scope["state"]["token"]

    async def may_watch() -> bool:
        known = await who_is(house, token)
        return known is not None and actor_of_person(known.person, known.grants) == actor

    heard = request.headers.get("last-event-id", "")
    after = int(heard) if _POSITION.fullmatch(heard) else wanted.after
    return ServerSentEvent(stream(console, language_of(request), after, may_watch=may_watch))


async def _anybody() -> bool:
    return True


async def stream(
    console: Console,
    language: Language,
    after: int | None = None,
    longest_seconds: float = LONGEST_SECONDS,
    may_watch: Callable[[], Awaitable[bool]] = _anybody,
) -> AsyncIterator[ServerSentEventMessage]:
    """What is sent to one page as long as it watches: first what it has missed since `after`.

    Before anything is told, and when it has been quiet for a while, it is asked whether the reader
    `may_watch`: whose session or roles have changed meanwhile hears no more, and asks anew.
    """
    until = time.monotonic() + longest_seconds
    beats = console.pulse.beats()
    told = console.house.books.position if after is None else after
    yield ServerSentEventMessage(data=None, comment="open", retry=RETRY_MILLISECONDS)
    yield await _figures(console, language)
    heard: Sequence[News] | None = await console.news(told)
    while True:
        if heard is None:
            with suppress(DatabaseAway):
                if not await may_watch():
                    return
            yield ServerSentEventMessage(data=None, comment="quiet")
        elif fresh := [one for one in heard if one.position > told]:
            told = fresh[0].position
            with suppress(DatabaseAway, NotFounded):  # the next beat comes when they are back
                if not await may_watch():
                    return
                for message in await _messages(console, language, fresh):
                    yield message
        beat = await anext(beats, _END)
        if beat is _END or time.monotonic() > until:
            return
        heard = None if beat is None else await console.happened(beat, told)


async def _messages(
    console: Console, language: Language, fresh: Sequence[News]
) -> list[ServerSentEventMessage]:
    directory = await console.directory()
    where = msgspec.json.encode(spots(fresh, directory.organisation))
    return [
        ServerSentEventMessage(
            data=lines(fresh, directory, language), event="news", id=fresh[0].position
        ),
        ServerSentEventMessage(data=where, event="places"),
        await _figures(console, language, fresh[0].position),
    ]


async def _figures(
    console: Console, language: Language, position: int = 0
) -> ServerSentEventMessage:
    """The figures, which know of the event at `position`: another may not come for a long time."""
    directory = await console.directory()
    if (await console.figures.get()).position < position:
        console.figures.forget()
    shown = figures_shown(await console.figures.get(), directory.currency, Formats(language))
    if not console.is_whole:
        del shown["events"]  # how many there are of others
    return ServerSentEventMessage(data=msgspec.json.encode(shown), event="figures")


def lines(fresh: Sequence[News], directory: Directory, language: Language) -> str:
    """What happened as list items, the latest first."""
    parts = environment(language).get_template("group/parts.html").module
    line = cast(Any, parts).tiding_line  # a macro of that file
    told = tidings(fresh, directory, language)
    return "".join(str(line(one)) for one in told).replace("\n", "")


def figures_shown(figures: Figures, currency: str, formats: Formats) -> dict[str, str]:
    """The numbers of the overview, by the names under which the page knows them."""
    cash = figures.cash

    def money(minor: int) -> str:
        return formats.short(Amount(minor, currency)).number

    return {
        "sales": money(figures.today.amount_minor),
        "orders": formats.number(figures.today.orders),
        "customers": formats.number(figures.today.customers),
        "occupancy": formats.percent(figures.tonight.share),
        "events": formats.number(figures.position),
        "clearing": money(cash.clearing_minor),
        "tills": money(cash.tills_minor),
        "customer_money": money(cash.customer_money_minor),
        "deposits": money(cash.deposits_minor),
    }
