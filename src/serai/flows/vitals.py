"""Vitals: how the platform is, in counts and times, for those who keep it running."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from serai.flows import tables_vitals as sql
from serai.flows.house import House

KEPT_SECONDS = 5.0
"""Whoever asks again so soon is told what was read for the last one."""


class DatabaseVitals(Struct, frozen=True):
    """The database as it describes itself."""

    version: str
    size_bytes: int
    connections: int
    most_connections: int


class WaitingPayments(Struct, frozen=True):
    """Payments and refunds that a provider has been asked for, and since when the oldest waits.

    What is played in from the past was asked long ago and waits since we look.
    """

    payments: int
    since: datetime | None


class FeedVitals(Struct, frozen=True):
    """A feed and its last reading; `waiting` are its records in quarantine, of all readings."""

    feed: str
    started_at: datetime
    ended_at: datetime | None
    read: int
    accepted: int
    rejected: int
    waiting: int


class Vitals(Struct, frozen=True):
    """What was so at a moment; `unfolded` are transfers that are not in the daily sums yet."""

    at: datetime
    position: int
    database: DatabaseVitals
    payments: WaitingPayments
    unfolded: int
    feeds: Sequence[FeedVitals]


class VitalSigns:
    """The vitals of a house, read for all who ask at about the same time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._since = house.clock()
        self._lock = asyncio.Lock()
        self._read_at = 0.0
        self._last: Vitals | None = None

    async def read(self) -> Vitals:
        """How the platform is; raises `DatabaseAway` when that cannot be told."""
        async with self._lock:
            if self._last is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._last = await read_vitals(self._house, self._since)
                self._read_at = time.monotonic()
            return self._last


async def read_vitals(house: House, looked_at_since: datetime) -> Vitals:
    """Look at the platform now."""
    database = house.database
    found = await database.one(DatabaseVitals, sql.DATABASE)
    waiting = await database.one(WaitingPayments, sql.WAITING_PAYMENTS)
    assert found is not None
    assert waiting is not None
    if waiting.since is not None:
        since = max(waiting.since, looked_at_since)
        waiting = WaitingPayments(waiting.payments, since)
    return Vitals(
        at=house.clock(),
        position=house.books.position,
        database=found,
        payments=waiting,
        unfolded=int(await database.value(sql.UNFOLDED)),
        feeds=await database.all(FeedVitals, sql.FEEDS),
    )
