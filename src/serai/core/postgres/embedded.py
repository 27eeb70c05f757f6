"""The embedded PostgreSQL, for as long as it is needed."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psycopg

from serai.core.configuration import Settings
from serai.core.postgres.archiver import Archiver
from serai.core.postgres.cluster import Cluster, initialise, prepare_cluster
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import make_home
from serai.core.postgres.leftovers import postmaster, postmaster_file, server_name
from serai.core.postgres.restored import check_restored
from serai.core.postgres.roles import furnish, role_urls
from serai.core.postgres.server import RestartPolicy, Server
from serai.core.postgres.urls import DatabaseUrls
from serai.core.postgres.users import server_user

SOCKET_FOLDER_LINE = 4
STATUS_LINE = 7


class Postgres:
    """A database that is there as long as its context is open."""

    def __init__(self, urls: DatabaseUrls, server: Server | None = None) -> None:
        self.urls = urls
        self._server = server

    async def watch(self) -> None:
        """Wait as long as the database is kept up; raise PostgresError when it is given up.

        A server of ours that dies is started again whether or not anybody waits here.
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
async def embedded_postgres(
    settings: Settings, restarts: RestartPolicy | None = None
) -> AsyncIterator[Postgres]:
    """Run PostgreSQL in the data folder, made at the first start, until the context closes."""
    home = settings.home.absolute()
    user = server_user(settings.postgres_user)
    make_home(home, user)
    with only_one(home):
        check_restored(home)
        with _told(home):
            cluster = prepare_cluster(home, user)
            await initialise(cluster)
        server = Server(cluster, restarts or RestartPolicy())
        archiver = Archiver(cluster)
        try:
            with _told(home):
                await server.start()
                await furnish(cluster)
            server.keep_up()
            archiver.start()
            yield Postgres(role_urls(cluster), server)
        finally:
            archiver.expect_end()
            await server.stop()
            await archiver.stop()
            _leave_runtime(cluster)


async def running_postgres(settings: Settings) -> DatabaseUrls | None:
    """Return the ways into the database that another serai runs in this data folder, if any."""
    cluster = running_cluster(settings)
    return role_urls(cluster) if cluster else None


def running_cluster(settings: Settings) -> Cluster | None:
    """Return the cluster that another serai runs in this data folder, if any."""
    home = settings.home.absolute()
    data = home / "postgres"
    try:
        if not home.exists() or postmaster(data, server_name(home)) is None:
            return None
        lines = postmaster_file(data)
        if len(lines) <= STATUS_LINE or lines[STATUS_LINE] != "ready":
            return None
        cluster = Cluster(
            home=home, install=home, user=None, socket_folder=Path(lines[SOCKET_FOLDER_LINE])
        )
        role_urls(cluster)  # may this user read the passwords?
        return cluster
    except PermissionError:
        raise PostgresError(
            f"The database in {home} belongs to another user. "
            "Run this command as the user who runs the platform."
        ) from None


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the data folder for this process, or raise PostgresError naming the one that does."""
    with _told(home):
        descriptor = os.open(home / "serai.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode(errors="replace").strip()
            raise PostgresError(
                f"The data folder {home} is in use by another serai, process "
                f"{holder or 'unknown'}. Stop that one first, or set SERAI_HOME to another folder."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        # The file stays: to remove it would let two processes lock two files of one name.
        os.close(descriptor)


@contextmanager
def _told(home: Path) -> Iterator[None]:
    """Turn what the disk or the server refuses while we set up into a sentence."""
    try:
        yield
    except OSError as error:
        raise PostgresError(
            f"The data folder {home} cannot be set up: {error}. "
            "Make room or give this user the right, or set SERAI_HOME to another folder."
        ) from error
    except psycopg.Error as error:
        raise PostgresError(
            f"The database in {home} cannot be set up: {error}. Its log is in {home / 'log'}."
        ) from error


def _leave_runtime(cluster: Cluster) -> None:
    if cluster.home not in cluster.socket_folder.parents:
        with suppress(OSError):
            cluster.socket_folder.rmdir()
