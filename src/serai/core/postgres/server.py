"""The running server of a cluster: started, kept up, stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import signal
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import msgspec
import psycopg

from serai.core.postgres.cluster import SUPERVISOR, Cluster
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import give, private_file, write_private
from serai.core.postgres.leftovers import (
    FAST,
    FAST_SECONDS,
    IMMEDIATE,
    IMMEDIATE_SECONDS,
    POLL_SECONDS,
    end_leftovers,
    forget_stranger,
)
from serai.core.postgres.tuning import server_settings, settings_file
from serai.core.postgres.users import child_environment

# After a crash the server replays up to max_wal_size of its log before it answers.
START_SECONDS = 600.0
# Between the start and the first look at it.
A_MOMENT = timedelta(seconds=1)
FAILURE = re.compile("(?:FATAL|PANIC): +(.+)")
TOO_EARLY = "the database system is "

log = logging.getLogger(__name__)


class RestartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often a server that dies by itself is started again, and how long to pause before.

    A server that has run for `healthy_seconds` has all its attempts again.
    """

    attempts: int = 5
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 10.0
    healthy_seconds: float = 60.0

    def pause_seconds(self, attempt: int) -> float:
        """Return the pause before an attempt, the first being number 0."""
        return min(self.first_pause_seconds * 4.0**attempt, self.longest_pause_seconds)


class Server:
    """The server of a cluster, a child of this process that ends with it."""

    def __init__(
        self,
        cluster: Cluster,
        restarts: RestartPolicy,
        *,
        further: Mapping[str, str] | None = None,
        start_seconds: float = START_SECONDS,
    ) -> None:
        self.cluster = cluster
        self._restarts = restarts
        self._further = further or {}
        self._start_seconds = start_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._upkeep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the server and return when it answers."""
        cluster = self.cluster
        await end_leftovers(cluster.data, cluster.name)
        forget_stranger(cluster.data, cluster.socket_folder)
        settings = _settings_text(cluster, self._further)
        write_private(cluster.data / "postgresql.conf", settings, cluster.user)
        with private_file(cluster.first_words) as said:
            give(cluster.first_words, cluster.user)
            process = self._process = await asyncio.create_subprocess_exec(
                *cluster.command(
                    FAST, "postgres", "-D", str(cluster.data), f"--cluster_name={cluster.name}"
                ),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=child_environment(),
                # Ctrl-C in a terminal is for us; the server is stopped after its users.
                start_new_session=True,
            )
        await _answers(cluster, process, self._start_seconds)

    def keep_up(self) -> None:
        """From now on, start the server again when it dies, as far as the policy goes."""
        self._upkeep = asyncio.create_task(self._restart_again_and_again(), name="postgres")
        # Whoever waits in `given_up` hears of the end; nobody has to.
        self._upkeep.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def given_up(self) -> None:
        """Wait until the server is not started again any more, and raise the reason."""
        if self._upkeep is not None:
            await asyncio.shield(self._upkeep)

    async def stop(self) -> None:
        """Stop the server: fast, and when that takes too long, at once."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.gather(self._upkeep, return_exceptions=True)
        if self._process is None:
            return
        for sign, seconds in ((FAST, FAST_SECONDS), (IMMEDIATE, IMMEDIATE_SECONDS)):
            if await _ended(self._process, sign, seconds):
                break
            log.warning("PostgreSQL does not stop within %.0f s.", seconds)
        if self._process.returncode != 0:
            await end_leftovers(self.cluster.data, self.cluster.name)

    async def _restart_again_and_again(self) -> None:
        attempt = 0
        while self._process is not None:
            started_at = time.monotonic()
            code = await self._process.wait()
            if time.monotonic() - started_at > self._restarts.healthy_seconds:
                attempt = 0
            if attempt == self._restarts.attempts:
                raise PostgresError(
                    f"PostgreSQL died and was started again {attempt} times in vain. "
                    f"Its log is in {self.cluster.log}."
                )
            log.warning("PostgreSQL ended by itself (%s); it is started again.", code)
            await asyncio.sleep(self._restarts.pause_seconds(attempt))
            attempt += 1
            try:
                await self.start()
            except (PostgresError, OSError) as error:
                log.warning("PostgreSQL could not be started again: %s", error)


async def _ended(process: asyncio.subprocess.Process, sign: signal.Signals, seconds: float) -> bool:
    with suppress(ProcessLookupError):
        process.send_signal(sign)
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _settings_text(cluster: Cluster, further: Mapping[str, str]) -> str:
    built = cluster.install / "include" / "pg_config.h"
    settings = server_settings(
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        disk_bytes=shutil.disk_usage(cluster.data).total,
        has_lz4=built.exists() and "#define USE_LZ4 1" in built.read_text(),
        socket_folder=cluster.socket_folder,
        log_folder=cluster.log,
    )
    return settings_file({**settings, **further})


async def _answers(
    cluster: Cluster, process: asyncio.subprocess.Process, patience_seconds: float
) -> None:
    """Wait until the server takes connections; raise PostgresError when it will not."""
    url = cluster.url(SUPERVISOR, "postgres")
    since = datetime.now(UTC) - A_MOMENT
    deadline = time.monotonic() + patience_seconds
    while True:
        if process.returncode is not None:
            raise PostgresError(
                f"PostgreSQL did not start: {_reason(cluster, since, process.returncode)} "
                f"Its log is in {cluster.log}."
            )
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=5):
                return
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise PostgresError(
                    f"The passwords in {cluster.secrets} are not those of the database in "
                    f"{cluster.data}. Restore both from the same backup."
                ) from None
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"PostgreSQL does not answer after {patience_seconds:.0f} s: {error}. "
                    f"Its log is in {cluster.log}."
                ) from None
        await asyncio.sleep(POLL_SECONDS)


def _reason(cluster: Cluster, since: datetime, code: int) -> str:
    """Return what a server that is dead now said last of why."""
    first_words = cluster.first_words.read_text(errors="replace")
    lines = first_words.splitlines()
    for file in cluster.log.glob("postgres-???.log"):
        recent = f"{since:%Y-%m-%d %H:%M:%S}"
        logged = file.read_text(errors="replace").splitlines()
        lines += [line for line in logged if line[: len(recent)] >= recent]
    said = failure_in(lines) or " ".join(first_words.split()) or f"it ended with {code}"
    return f"{said}."


def failure_in(lines: Iterable[str]) -> str:
    """What was said last of a failure, if anything; to whoever came too early, us among them, a
    server says that it is starting, which is no reason."""
    found = (FAILURE.search(line) for line in lines)
    reasons = [one.group(1) for one in found if one and not one.group(1).startswith(TOO_EARLY)]
    return reasons[-1] if reasons else ""
