"""The last room: two hundred buyers at once, one wins, all others hear why not."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

from litestar import Request, get, post
from litestar.response import Template
from msgspec import Struct

from serai.core import Refusal
from serai.flows import Attempt, LastRoom, rehearse_last_room
from serai.web.group.console import SharedConsole
from serai.web.group.refusals import refusal_shown
from serai.web.languages import Language
from serai.web.look import language_of
from serai.web.problems import is_fragment

BUYERS = 200

_turn = asyncio.Lock()
"""One rehearsal at a time: two would take each other's room."""


class Gate(Struct, frozen=True):
    """One buyer: how the request ended, and after how long."""

    buyer: int
    state: str
    milliseconds: float
    refusal: str


class Heard(Struct, frozen=True):
    """A refusal, in words, and how many heard it."""

    name: str
    says: str
    count: int


class Run(Struct, frozen=True):
    """How a rehearsal went, as it is shown."""

    store_id: int
    store: str
    room: str
    night: date
    rooms: int
    gates: Sequence[Gate]
    winners: Sequence[Attempt]
    heard: Sequence[Heard]
    milliseconds: float
    median: float
    slowest: float
    per_second: float


@get("/last-room", include_in_schema=False, opt={"right": "platform.read"})
async def last_room_page(console: SharedConsole) -> Template:
    """What the rehearsal is, and the button that starts it."""
    await console.directory()  # an empty house says so instead
    return Template(
        "group/last_room.html",
        context={"bare": False, "buyers": BUYERS, "run": None, "refused": None},
    )


@post("/last-room", include_in_schema=False, opt={"right": "platform.read"}, status_code=200)
async def rehearse(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Let two hundred buyers ask at once, and show what each of them heard."""
    language = language_of(request)
    went: LastRoom | Refusal
    if _turn.locked():
        went = Refusal(name="rehearsal_running")
    else:
        async with _turn:
            own = None if console.is_whole else console.house.sight.stores
            went = await rehearse_last_room(console.whole.house, BUYERS, own)
    refused = isinstance(went, Refusal)
    return Template(
        "group/last_room.html",
        context={
            "bare": is_fragment(request),
            "buyers": BUYERS,
            "run": None if isinstance(went, Refusal) else run_shown(went, language),
            "refused": refusal_shown(went, language) if isinstance(went, Refusal) else None,
        },
        status_code=409 if refused and not is_fragment(request) else 200,
        headers={"cache-control": "no-store"},
    )


def run_shown(went: LastRoom, language: Language) -> Run:
    """The rehearsal in figures and words."""
    waits = sorted(attempt.milliseconds for attempt in went.attempts)
    chinese = language == "zh-CN"
    return Run(
        store_id=went.store_id,
        store=went.store_zh if chinese else went.store_en,
        room=went.room_zh if chinese else went.room_en,
        night=went.night,
        rooms=went.rooms,
        gates=[
            Gate(
                attempt.buyer,
                "refused" if attempt.refusal else "won",
                attempt.milliseconds,
                attempt.refusal,
            )
            for attempt in went.attempts
        ],
        winners=went.winners,
        heard=[
            Heard(name, refusal_shown(Refusal(name=name), language).says, count)
            for name, count in sorted(went.refusals.items(), key=lambda pair: -pair[1])
        ],
        milliseconds=went.seconds * 1000,
        median=quantile(waits, 0.5),
        slowest=quantile(waits, 0.99),
        per_second=len(waits) / went.seconds if went.seconds else 0,
    )


def quantile(rising: Sequence[float], share: float) -> float:
    """The smallest of the values that at least `share` of them do not exceed; 0 of none."""
    if not rising:
        return 0.0
    return rising[min(len(rising) - 1, int(share * len(rising)))]
