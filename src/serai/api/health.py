"""Health: whether the platform can serve."""

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from litestar import get
from litestar.datastructures import State
from msgspec import Struct

from serai.api.v1.asking import AskedHouse
from serai.api.v1.failing import AGAIN
from serai.api.v1.problems import RefusedRequest
from serai.api.v1.statuses import problems
from serai.core import DatabaseAway, Refusal
from serai.flows import House
from serai.ledger import Key, Proposal

ANSWER = "SELECT 1"
PATIENCE_SECONDS = 3.0
GLANCE_SECONDS = 0.01
QUIET_SECONDS = 15.0
"""After so long without an event, whether the books still take something is tried."""
LEAST_FREE_BYTES = 16 * 1024 * 1024
"""A segment of the database's log: without room for one, the next commits fail."""

DISK_FULL = Refusal(
    name="disk_full",
    says="The disk of the data folder is full.",
    advice="Make room on it; the platform goes on by itself.",
)
NOT_WRITTEN = Refusal(
    name="books_not_written",
    says="The database answers and takes no commits.",
    advice="See whether its disk is full, or whether it is read-only; its log tells.",
)


class Health(Struct, frozen=True):
    """The platform serves; `position` is that of the last event in the books."""

    status: str
    position: int


class Alive(Struct, frozen=True):
    """The process answers."""

    status: str


class Pulse:
    """When the books were last seen to take something."""

    def __init__(self, home: Path) -> None:
        self._data = home / "postgres"
        self._position = -1
        self._seen_at = time.monotonic()
        self._trial: asyncio.Task[None] | None = None

    def has_room(self) -> bool:
        """Whether the disk takes more; of a database elsewhere that is not known."""
        try:
            return shutil.disk_usage(self._data).free >= LEAST_FREE_BYTES
        except FileNotFoundError:
            return True

    async def feel(self, house: House) -> bool:
        """Whether commits go through, by the events that came or else by a trial."""
        now, position = time.monotonic(), house.books.position
        if position != self._position:
            self._position, self._seen_at = position, now
        if now - self._seen_at < QUIET_SECONDS:
            return True
        if self._trial is None:  # one at a time, however many ask
            self._trial = asyncio.create_task(_try(house))
        done, _ = await asyncio.wait([self._trial], timeout=PATIENCE_SECONDS)
        if not done:
            return False
        trial, self._trial = self._trial, None
        try:
            if trial is not None:
                trial.result()
        except DatabaseAway:
            return False
        self._seen_at = time.monotonic()
        return True


async def _try(house: House) -> None:
    """Commit something that says nothing."""
    moment = house.clock()
    key = Key("health", "trial", uuid4().hex)
    await house.books.propose(Proposal(key=key, effective=moment, business_date=moment.date()))


@get(
    "/health",
    operation_id="getHealth",
    summary="Whether the platform can serve",
    response_description="It can.",
    tags=["Platform"],
    security=[{}],
    responses=problems(),
)
async def health(house: AskedHouse, state: State) -> Health:
    """200 when the database answers and the books are being written, 503 when not."""
    return await _examine(house, state.pulse)


@get(
    "/health/ready",
    operation_id="getReadiness",
    summary="Whether requests may be sent here",
    response_description="They may.",
    tags=["Platform"],
    security=[{}],
    responses=problems(),
)
async def ready(house: AskedHouse, state: State) -> Health:
    """As `/health`: for a proxy that asks before it sends anybody."""
    return await _examine(house, state.pulse)


@get(
    "/health/live",
    operation_id="getLiveness",
    summary="Whether the process answers",
    response_description="It does.",
    tags=["Platform"],
    security=[{}],
    responses=problems(),
)
async def live() -> Alive:
    """200 as long as the process answers at all: for whoever starts it again when it does not.

    A database that is away is no reason to start it again, so nothing is asked of it.
    """
    return Alive("ok")


async def _examine(house: House, pulse: Pulse) -> Health:
    try:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):  # with the wait for a connection
            await house.database.patient(PATIENCE_SECONDS).value(ANSWER)
    except TimeoutError:
        raise DatabaseAway("the database does not answer") from None
    # Whoever waits for the next event is told at once when there is nobody to write it.
    with suppress(TimeoutError):
        async with asyncio.timeout(GLANCE_SECONDS):
            await house.books.beyond(house.books.position)
    if not pulse.has_room():
        raise RefusedRequest(DISK_FULL, AGAIN)
    if not await pulse.feel(house):
        raise RefusedRequest(NOT_WRITTEN, AGAIN)
    return Health("ok", house.books.position)
