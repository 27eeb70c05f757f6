"""The stream of figures that move, and of what happened last."""

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
from litestar import Request, get
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from serai.core import DatabaseAway
from serai.flows import NotFounded
from serai.web.group.console import Console, Figures, SharedConsole
from serai.web.group.directory import Directory
from serai.web.group.pulse import Beat
from serai.web.group.tidings import spots, tidings
from serai.web.languages import Language
from serai.web.look import Amount, Formats, environment, language_of

RETRY_MILLISECONDS = 3000


@get("/live", include_in_schema=False)
async def live_stream(request: Request[Any, Any, Any], console: SharedConsole) -> ServerSentEvent:
    """Server-sent events in the reader's language: `figures`, `news`, and their `places`."""
    return ServerSentEvent(stream(console, language_of(request)))


async def stream(console: Console, language: Language) -> AsyncIterator[ServerSentEventMessage]:
    """What is sent to one page, as long as it watches."""
    yield ServerSentEventMessage(data=None, comment="open", retry=RETRY_MILLISECONDS)
    yield await _figures(console, language)
    async for beat in console.pulse.beats():
        if beat is None:
            yield ServerSentEventMessage(data=None, comment="quiet")
            continue
        try:
            directory = await console.directory()
            yield ServerSentEventMessage(data=lines(beat, directory, language), event="news")
            where = msgspec.json.encode(spots(beat.news, directory.organisation))
            yield ServerSentEventMessage(data=where, event="places")
            yield await _figures(console, language)
        except (DatabaseAway, NotFounded):
            continue  # the next beat comes when it is back


async def _figures(console: Console, language: Language) -> ServerSentEventMessage:
    directory = await console.directory()
    shown = figures_shown(await console.figures.get(), directory.currency, Formats(language))
    return ServerSentEventMessage(data=msgspec.json.encode(shown), event="figures")


def lines(beat: Beat, directory: Directory, language: Language) -> str:
    """What happened as list items, the latest first."""
    parts = environment(language).get_template("group/parts.html").module
    line = cast(Any, parts).tiding_line  # a macro of that file
    told = tidings(beat.news, directory, language)
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
