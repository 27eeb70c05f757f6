"""The claim to write: one process has it, and all who share the database see that it lives.

It is a lock of a session, so it ends with the process that holds it, however that ends. It keeps
nobody from writing: that is the fence's part. It lets a second one ask before it takes over.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC
from typing import Any

import psycopg
from psycopg import AsyncConnection

from serai.core.database import DatabaseAway
from serai.core.postgres import PostgresError

KEY = int.from_bytes(b"serai", "big")
TRY_TO_LOCK = "SELECT pg_try_advisory_lock(%(key)s)"
STILL_HERE = "SELECT true"
HOLDER = """
SELECT a.application_name, a.backend_start FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database()
    AND l.database = a.datid AND (l.classid::bigint << 32 | l.objid::bigint) = %(key)s
"""
NOTICE_SILENCE = """
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3
"""
"""The server's side: a machine that is gone lets go of its claim within seconds."""

GRACE_SECONDS = 2.0
"""So long it may take until the claim of a process that was just killed is free."""
TRY_SECONDS = 0.1
PULSE_SECONDS = 1.0
CONNECT_SECONDS = 10
LONGEST_NAME = 63


class ClaimHeld(PostgresError):
    """Another process writes here, and nobody said that it should be taken over."""


@asynccontextmanager
async def claim(url: str, *, take_over: bool = False) -> AsyncIterator[None]:
    """Hold the claim to write in the database at `url`, which is its owner's.

    Raises `ClaimHeld` when another process has it. To `take_over` is to go on all the same; the
    claim is then held as soon as the other one has let go.
    """
    ours = _Claim(url)
    try:
        try:
            await ours.ask(take_over)
        except psycopg.OperationalError as error:
            raise DatabaseAway("the database cannot be reached at the moment") from error
        keeping = asyncio.create_task(ours.keep(), name="claim")
        try:
            yield
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
    finally:
        await ours.close()


class _Claim:
    """A session that holds the claim, or tries to."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._is_held = False

    async def ask(self, take_over: bool) -> None:
        """Take the claim; when somebody else has it, go on without it or raise `ClaimHeld`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + GRACE_SECONDS
        while not await self._is_ours():
            if take_over:
                return
            if loop.time() > until:
                raise ClaimHeld(
                    f"{await self._holder()} writes the books of this database. Stop it first, or "
                    "start with --take-over: the other one then stops at its next commit."
                )
            await asyncio.sleep(TRY_SECONDS)

    async def keep(self) -> None:
        """Hold on to the claim, over lost connections too, until cancelled."""
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            try:
                await self._is_ours()
            except (psycopg.Error, OSError):
                await self.close()

    async def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            await self._connection.close()
        self._connection, self._is_held = None, False

    async def _is_ours(self) -> bool:
        if self._connection is None:
            self._connection = await AsyncConnection.connect(
                self._url,
                autocommit=True,
                prepare_threshold=None,
                application_name=_own_name(),
                connect_timeout=CONNECT_SECONDS,
            )
            await self._connection.execute(NOTICE_SILENCE)
        # To lock twice would count twice, so a lock that is held is not asked for again.
        question = STILL_HERE if self._is_held else TRY_TO_LOCK
        answer = await (await self._connection.execute(question, {"key": KEY})).fetchone()
        self._is_held = answer is not None and answer[0]
        return self._is_held

    async def _holder(self) -> str:
        """Who has the claim, as far as the database lets us know."""
        assert self._connection is not None
        found = await (await self._connection.execute(HOLDER, {"key": KEY})).fetchone()
        if found is None or not found[0]:
            return "Another serai"
        name, since = found
        return f"Another serai ({name}, since {since.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"


def _own_name() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"[:LONGEST_NAME]
