"""Archives the log as it is written, beside the server that writes it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec
import psycopg

from serai.core.postgres.archive import (
    Archive,
    Reach,
    check_archive,
    copy_secrets,
    held,
    read_archive,
    write_reach,
)
from serai.core.postgres.cluster import SUPERVISOR, Cluster
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import private_file, write_private
from serai.core.postgres.programs import program
from serai.core.postgres.urls import url_parameters
from serai.core.postgres.users import child_environment

SLOT = "serai_archive"
LOG = "archive.log"
PROBLEM = "archive.problem"
BEAT_SECONDS = 0.5
SECRETS_SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0
HEALTHY_SECONDS = 30.0
LAST_WORDS_SECONDS = 10.0
# The writer of the books comes first; a segment is sealed in what it leaves.
NICENESS = 10

SLOT_STATE = """
SELECT coalesce(wal_status, '') FROM pg_replication_slots WHERE slot_name = %s
"""
MAKE_SLOT = "SELECT pg_create_physical_replication_slot(%s, true)"
DROP_SLOT = "SELECT pg_drop_replication_slot(%s)"
WRITTEN = """
SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint, clock_timestamp(),
    (pg_control_checkpoint()).timeline_id
"""
RECEIVED = """
SELECT (write_lsn - '0/0'::pg_lsn)::bigint
FROM pg_stat_replication WHERE application_name = %s AND write_lsn IS NOT NULL
"""

log = logging.getLogger(__name__)


class Archiver:
    """Keeps the log of a server in its archive, as soon as there is one and for ever after.

    It waits for nobody and nobody waits for it: what fails is told in the log and by
    `serai backup --list`, and tried again. The server keeps what was not archived yet, up to
    max_slot_wal_keep_size; beyond that the archive has a gap, and a new base backup is needed.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._url = cluster.url(SUPERVISOR, "postgres")
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._written: Reach | None = None
        self._told = _kept(cluster.home / PROBLEM)
        self._ending = False
        self._secrets_at = 0.0
        self._sealer = ThreadPoolExecutor(1, "seal", initializer=_give_way)

    def start(self) -> None:
        """Begin to archive, or to wait for an archive."""
        self._task = asyncio.create_task(self._run(), name="archive")

    def expect_end(self) -> None:
        """The server is about to be stopped: receive its last words, and take it for no problem."""
        self._ending = True

    async def stop(self) -> None:
        """End, after a server that has stopped."""
        if self._process is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), LAST_WORDS_SECONDS)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._sealer.shutdown(wait=True)

    async def _run(self) -> None:
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            try:
                archive = read_archive(self._cluster.home)
                if archive is not None:
                    await self._archive(archive)
                elif (self._cluster.home / LOG).exists():
                    await self._let_go()
            except (PostgresError, OSError, psycopg.Error) as error:
                self._tell(str(error))
            if time.monotonic() - began > HEALTHY_SECONDS:
                pause_seconds = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause_seconds)
            if self._told:
                pause_seconds = min(2 * pause_seconds, LONGEST_PAUSE_SECONDS)

    async def _let_go(self) -> None:
        """The archive was given up: let the server keep nothing for it any more."""
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            if await (await connection.execute(SLOT_STATE, [SLOT])).fetchone():
                await connection.execute(DROP_SLOT, [SLOT])
        self._tell("")
        (self._cluster.home / LOG).unlink()

    def _tell(self, problem: str) -> None:
        """Tell of a problem once, and keep it for those who ask; an empty one is over."""
        if problem == self._told or self._ending:
            return
        if problem:
            log.warning("The log of the database is not archived: %s", problem)
        else:
            log.warning("The log of the database is archived again.")
        with suppress(OSError):
            write_private(self._cluster.home / PROBLEM, problem)
        self._told = problem

    async def _archive(self, archive: Archive) -> None:
        """Archive until the program that receives ends, or another folder is asked for."""
        check_archive(archive)
        busy = (
            f"Another serai archives into {archive.folder}, from a copy of this data folder "
            "perhaps. Name another folder to `serai backup`."
        )
        with held(archive, "archive.lock", busy):
            async with await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, application_name="serai archiver"
            ) as connection:
                await _see_to_slot(connection, archive)
                try:
                    await self._receive(archive)
                    while self._process is not None and self._process.returncode is None:
                        await self._beat(archive, connection)
                        if read_archive(self._cluster.home) != archive:
                            return
                finally:
                    await self._end_receiving()
                    await self._seal(archive)
            if not self._ending:
                raise PostgresError(last_words(self._cluster))

    async def _receive(self, archive: Archive) -> None:
        parameters = url_parameters(self._url)
        password = parameters.pop("password")
        parameters |= {"dbname": "replication", "application_name": SLOT}
        command = self._cluster.own_command(
            signal.SIGTERM,
            program("pg_receivewal"),
            f"--directory={archive.wal.incoming}",
            f"--slot={SLOT}",
            "--no-loop",
            "--no-password",
            "--status-interval=1",
            f"--dbname={psycopg.conninfo.make_conninfo(**parameters)}",
        )
        with private_file(self._cluster.home / LOG) as said:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=child_environment() | {"PGPASSWORD": password},
                start_new_session=True,
            )

    async def _end_receiving(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            if self._ending:
                # A server that stops ends our connection first, and sends the rest of its log then.
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), LAST_WORDS_SECONDS)
        finally:
            if process.returncode is None:
                # What it has not confirmed the server still has; and a disk that hangs, hangs.
                with suppress(ProcessLookupError, TimeoutError):
                    process.kill()
                    await asyncio.wait_for(process.wait(), LAST_WORDS_SECONDS)
            self._process = None

    async def _beat(
        self, archive: Archive, connection: psycopg.AsyncConnection[tuple[object, ...]]
    ) -> None:
        """Note how far the archive reaches, seal what is whole, and keep the secrets."""
        assert self._process is not None
        with suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), BEAT_SECONDS)
        if self._process.returncode is not None:
            return
        received = await (await connection.execute(RECEIVED, [SLOT])).fetchone()
        if received and self._written and int(str(received[0])) >= self._written.place:
            write_reach(archive, self._written)
            self._tell("")
            self._written = None
        if self._written is None:
            row = await (await connection.execute(WRITTEN)).fetchone()
            assert row is not None
            self._written = msgspec.convert(
                {"place": row[0], "until": row[1], "timeline": row[2]}, Reach
            )
        await self._seal(archive)
        if time.monotonic() - self._secrets_at > SECRETS_SECONDS:
            copy_secrets(self._cluster.home, archive.secrets)
            self._secrets_at = time.monotonic()

    async def _seal(self, archive: Archive) -> None:
        await asyncio.get_running_loop().run_in_executor(self._sealer, archive.wal.seal)


async def _see_to_slot(
    connection: psycopg.AsyncConnection[tuple[object, ...]], archive: Archive
) -> None:
    """See that the server keeps what we have not received yet."""
    found = await (await connection.execute(SLOT_STATE, [SLOT])).fetchone()
    if found is not None and found[0] != "lost":
        return
    if found is not None:
        log.warning(
            "The archive in %s was away for so long that the server dropped what it had kept for "
            "it. Backups reach to that gap; take a new one with `serai backup`.",
            archive.folder,
        )
        await connection.execute(DROP_SLOT, [SLOT])
    archive.wal.set_aside()
    await connection.execute(MAKE_SLOT, [SLOT])


async def archive_problem(cluster: Cluster, archive: Archive) -> str | None:
    """Return why the log of a running server does not reach its archive; None when it does."""
    try:
        check_archive(archive)
        async with await psycopg.AsyncConnection.connect(
            cluster.url(SUPERVISOR, "postgres"), autocommit=True
        ) as connection:
            found = await (await connection.execute(RECEIVED, [SLOT])).fetchone()
    except (PostgresError, psycopg.Error) as error:
        return str(error)
    told = _kept(cluster.home / PROBLEM)
    return told or (None if found else "it has only just begun.")


def last_words(cluster: Cluster) -> str:
    """Return what the receiving program gave as the cause of its end."""
    said = _kept(cluster.home / LOG)
    errors = [line for line in said.splitlines() if "error:" in line]
    # The first; that it was disconnected in the end is the same each time.
    return errors[0] if errors else said.strip() or "pg_receivewal ended without a word."


def _kept(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _give_way() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
