"""The database of the platform: the embedded PostgreSQL under supervision, or an outside one."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import msgspec
import psycopg

from serai.core.configuration import Settings
from serai.core.postgres_cluster import (
    SUPERVISOR,
    Cluster,
    PostgresError,
    child_environment,
    initialise,
    last_line,
    make_home,
    prepare_cluster,
    server_user,
    write_as_server,
)
from serai.core.postgres_outside import outside_postgres
from serai.core.postgres_roles import furnish, role_urls, supervisor_url
from serai.core.postgres_settings import server_settings, settings_file
from serai.core.postgres_urls import DatabaseUrls

FAST = signal.SIGINT
IMMEDIATE = signal.SIGQUIT
FAST_SECONDS = 60.0
IMMEDIATE_SECONDS = 10.0
# Recovery after a crash replays up to max_wal_size of log before the server answers.
START_SECONDS = 600.0
POLL_SECONDS = 0.02
log = logging.getLogger(__name__)


class RestartPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often a server that dies by itself is started again, and how long to pause before.

    A server that has run for `healthy_seconds` starts with a clean slate.
    """

    attempts: int = 5
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 10.0
    healthy_seconds: float = 60.0

    def pause_seconds(self, attempt: int) -> float:
        """Return the pause before the attempt of this number, the first being 0."""
        return min(self.first_pause_seconds * 4.0**attempt, self.longest_pause_seconds)


class Postgres:
    """A database that is there as long as its context is open."""

    def __init__(self, urls: DatabaseUrls, server: Server | None = None) -> None:
        self.urls = urls
        self._server = server

    async def watch(self) -> None:
        """Wait as long as the database is kept up; raise PostgresError when it is given up.

        The server is restarted whether or not anybody waits here.
        """
        if self._server is None:
            await asyncio.Event().wait()
        else:
            await self._server.given_up()

    async def create_database(self, name: str) -> DatabaseUrls:
        """Make another, empty database with the same roles and return the ways into it."""
        if self._server is None:
            raise PostgresError("Databases are made only in the embedded PostgreSQL.")
        await furnish(self._server.cluster, name)
        return role_urls(self._server.cluster, name)


@asynccontextmanager
async def provide(settings: Settings) -> AsyncIterator[Postgres]:
    """Hold the database of these settings: the outside one if they name it, else our own."""
    if settings.database_url is not None:
        yield Postgres(await outside_postgres(settings.database_url))
        return
    async with embedded_postgres(settings) as postgres:
        yield postgres


@asynccontextmanager
async def embedded_postgres(
    settings: Settings, restarts: RestartPolicy | None = None
) -> AsyncIterator[Postgres]:
    """Run PostgreSQL in the data folder, made at the first start, until the context closes."""
    home = settings.home.absolute()
    user = server_user(settings.postgres_user)
    make_home(home, user)
    with only_one(home):
        cluster = prepare_cluster(home, user)
        await initialise(cluster)
        server = Server(cluster, restarts or RestartPolicy())
        try:
            await server.start()
            await furnish(cluster)
            server.keep_up()
            yield Postgres(role_urls(cluster), server)
        finally:
            await server.stop()


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the data folder for this process, or raise PostgresError naming the one that does."""
    file = home / "serai.lock"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise PostgresError(
                f"The data folder {home} is in use by another serai, process "
                f"{holder or 'unknown'}. Stop that one first (kill {holder or 'PID'}), or set "
                "SERAI_HOME to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        # The file stays: to remove it would let two processes lock two files of one name.
        os.close(descriptor)


class Server:
    """The running server of a cluster."""

    def __init__(self, cluster: Cluster, restarts: RestartPolicy) -> None:
        self.cluster = cluster
        self._restarts = restarts
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._started_at = 0.0

    async def start(self) -> None:
        """Start the server and return when it answers."""
        await end_previous(self.cluster)
        self._configure()
        with self.cluster.first_words.open("wb") as first_words:
            self._process = await asyncio.create_subprocess_exec(
                *self.cluster.command(FAST, "postgres", "-D", str(self.cluster.data)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=first_words,
                stderr=first_words,
                env=child_environment(),
                # Ctrl-C in a terminal is for us; the server is stopped after its users.
                start_new_session=True,
            )
        self._started_at = time.monotonic()
        await self._answers()

    def keep_up(self) -> None:
        """Start the server again whenever it dies, as far as the policy goes."""
        self._watch = asyncio.create_task(self._restart_for_ever(), name="postgres")

    async def given_up(self) -> None:
        """Wait until the server is not started again any more; raise the reason."""
        assert self._watch is not None
        await asyncio.shield(self._watch)

    async def stop(self) -> None:
        """Stop the server: fast, and when that takes too long, at once."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        process = self._process
        if process is None or process.returncode is not None:
            return
        try:
            for sign, seconds in ((FAST, FAST_SECONDS), (IMMEDIATE, IMMEDIATE_SECONDS)):
                with suppress(TimeoutError):
                    await _end(process, sign, seconds)
                    return
            await _end(process, signal.SIGKILL, None)
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.send_signal(IMMEDIATE)
            raise

    def _configure(self) -> None:
        settings = server_settings(
            memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            has_lz4=False,
            socket_folder=self.cluster.socket_folder,
            log_folder=self.cluster.log,
        )
        write_as_server(
            self.cluster, self.cluster.data / "postgresql.conf", settings_file(settings)
        )

    async def _answers(self) -> None:
        """Wait until the server takes connections; raise PostgresError when it will not."""
        process = self._process
        assert process is not None
        deadline = time.monotonic() + START_SECONDS
        while True:
            if process.returncode is not None:
                said = self.cluster.first_words.read_text(errors="replace")
                raise PostgresError(
                    f"PostgreSQL did not start: {last_line(said)} Its log is in {self.cluster.log}."
                )
            try:
                url = supervisor_url(self.cluster)
                async with await psycopg.AsyncConnection.connect(url, connect_timeout=5):
                    return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise PostgresError(
                        f"The passwords in {self.cluster.secrets} are not those of the database "
                        f"in {self.cluster.data}. Restore both from one backup."
                    ) from None
                if time.monotonic() > deadline:
                    raise PostgresError(
                        f"PostgreSQL does not answer after {START_SECONDS:.0f} s. "
                        f"Its log is in {self.cluster.log}."
                    ) from None
            await asyncio.sleep(POLL_SECONDS)

    async def _restart_for_ever(self) -> None:
        attempt = 0
        while True:
            assert self._process is not None
            code = await self._process.wait()
            if time.monotonic() - self._started_at > self._restarts.healthy_seconds:
                attempt = 0
            log.warning("PostgreSQL ended by itself (code %s); starting it again.", code)
            while True:
                if attempt == self._restarts.attempts:
                    raise PostgresError(
                        f"PostgreSQL died and did not come back after {attempt} attempts. "
                        f"Its log is in {self.cluster.log}."
                    )
                await asyncio.sleep(self._restarts.pause_seconds(attempt))
                attempt += 1
                try:
                    await self.start()
                    break
                except PostgresError as error:
                    log.warning("%s", error)


async def _end(process: asyncio.subprocess.Process, sign: int, seconds: float | None) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(sign)
    async with asyncio.timeout(seconds):
        await process.wait()


async def end_previous(cluster: Cluster) -> None:
    """End what a killed process left running in the data folder.

    The lock is ours, so whoever is there has lost its supervisor.
    """
    left = processes_in(cluster.data)
    postmaster = _postmaster_pid(cluster)
    if postmaster in left and not await _gone(cluster, [postmaster], FAST, FAST_SECONDS):
        log.warning("The PostgreSQL left by a killed process does not stop; ending it at once.")
    for sign in (IMMEDIATE, signal.SIGKILL):
        left = processes_in(cluster.data)
        if not left or await _gone(cluster, left, sign, IMMEDIATE_SECONDS):
            break
    else:
        raise PostgresError(
            f"Another PostgreSQL runs in {cluster.data}, process {left[0]}, and does not end. "
            "Stop it first."
        )
    if postmaster is not None and _alive(postmaster):
        # The number went to a stranger, and PostgreSQL would believe that it still runs.
        (cluster.data / "postmaster.pid").unlink(missing_ok=True)
        (cluster.socket_folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)


def processes_in(data: Path) -> list[int]:
    """Return the processes that work in the data folder, as every process of PostgreSQL does."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink() == data.resolve():
                found.append(int(entry.name))
    return sorted(found)


async def _gone(cluster: Cluster, pids: list[int], sign: int, seconds: float) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, sign)
    deadline = time.monotonic() + seconds
    while set(pids) & set(processes_in(cluster.data)):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def _postmaster_pid(cluster: Cluster) -> int | None:
    try:
        return int((cluster.data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
