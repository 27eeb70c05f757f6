"""Attempts in vain: what somebody asked for who may not have it, for the audit trail."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from serai.cloud import Actor, Origin, Right
from serai.core import Refusal
from serai.flows.deeds import Thing, note_attempt
from serai.flows.house import House

AGAIN = timedelta(minutes=1)
"""Who tries the same again within it is told of once."""
MOST_KNOWN = 10_000

NOT_FOUND = Refusal(name="not_found")

_log = structlog.get_logger()


class Attempts:
    """Notes attempts beside their answers: nobody waits for it, so that an answer takes as long
    for what is not there as for what is somebody else's."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._noted: dict[tuple[str, str, Thing], datetime] = {}
        self._running: set[asyncio.Task[None]] = set()

    def note(self, actor: Actor, origin: Origin, refusal: Refusal, thing: Thing) -> None:
        """Somebody was refused a thing."""
        kind, now = (actor.name, refusal.name, thing), self._house.clock()
        known = self._noted.get(kind)
        if known is not None and now - known < AGAIN:
            return
        if len(self._noted) >= MOST_KNOWN:
            self._noted.clear()
        self._noted[kind] = now
        task = asyncio.create_task(
            note_attempt(self._house, actor, origin, "ask", refusal, thing), name="attempt"
        )
        self._running.add(task)
        task.add_done_callback(self._done)

    def note_missing(
        self, actor: Actor, origin: Origin, right: Right | None, route: str,
        ids: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """Somebody was told that what they asked a route for is not there. Whoever sees all of
        it was told so because it is not."""
        if right is not None and sees_part(actor, right):
            id = next((one for one in ids.values() if isinstance(one, int)), 0)
            self.note(actor, origin, NOT_FOUND, Thing(route, id if id < 2**63 else 0))

    async def settle(self) -> None:
        """Wait until all that was tried is in the trail."""
        await asyncio.gather(*self._running, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.warning("attempt_not_noted", error=type(task.exception()).__name__)


def sees_part(actor: Actor, right: Right) -> bool:
    """Whether an actor sees only a part with a right, or nothing."""
    return actor.holdings is not None and not any(
        node.level == "group" for node in actor.nodes(right)
    )
