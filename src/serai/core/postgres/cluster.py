"""The embedded PostgreSQL at rest: its programs, its user, its folders, its passwords."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import sys
from pathlib import Path

import msgspec

from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import (
    give,
    make_folder,
    private_file,
    socket_folder,
    write_private,
)
from serai.core.postgres.leftovers import end_leftovers, server_name
from serai.core.postgres.programs import MAJOR_VERSION, install_folder
from serai.core.postgres.urls import database_url
from serai.core.postgres.users import child_environment

SUPERVISOR = "serai_supervisor"
CHILD = Path(__file__).with_name("child.py")


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """One embedded PostgreSQL: where it lies and as whom it runs.

    `user` is None when the server runs as the user of this process.
    """

    home: Path
    install: Path
    user: str | None
    socket_folder: Path

    @property
    def name(self) -> str:
        return server_name(self.home)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def first_words(self) -> Path:
        """The file with what the server says before its own log begins."""
        return self.log / "postgres-start.log"

    def command(self, death_signal: signal.Signals, program: str, *arguments: str) -> list[str]:
        """Return a command that runs `program` as the server's user and ends with us."""
        become = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid())]
        become += [str(int(death_signal)), self.user or "-"]
        return [*become, str(self.install / "bin" / program), *arguments]

    def own_command(self, death_signal: signal.Signals, path: Path, *arguments: str) -> list[str]:
        """Return a command that runs a program as the user of this process and ends with us."""
        become = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid())]
        return [*become, str(int(death_signal)), "-", str(path), *arguments]

    def url(self, role: str, database: str) -> str:
        """Return the way into a database in a role, whose password is made up if need be."""
        return database_url(
            {
                "user": role,
                "password": self.password(role),
                "dbname": database,
                "host": str(self.socket_folder),
                "port": "5432",
            }
        )

    def password(self, role: str) -> str:
        """Return the password of a role, made up when there is none yet."""
        file = self.secrets / f"postgres-{role.removeprefix('serai_')}"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(32))
        return file.read_text().strip()


def prepare_cluster(home: Path, user: str | None) -> Cluster:
    """Return the cluster of this home with its folders made; the data may still be missing."""
    cluster = Cluster(
        home=home,
        install=install_folder(home, user),
        user=user,
        socket_folder=socket_folder(home),
    )
    make_folder(cluster.secrets, None)
    make_folder(cluster.log, user)
    make_folder(cluster.socket_folder, user)
    return cluster


async def initialise(cluster: Cluster) -> None:
    """Make the data of a new server, unless they are there; all of them or none."""
    if (cluster.data / "PG_VERSION").exists():
        _check_version(cluster)
        return
    if cluster.data.exists() and any(cluster.data.iterdir()):
        raise PostgresError(
            f"The folder {cluster.data} holds something that is not a PostgreSQL database. "
            "Move it away, or set SERAI_HOME to another folder."
        )
    unfinished = cluster.home / "postgres.unfinished"
    if unfinished.exists():
        await end_leftovers(unfinished, cluster.name)
        shutil.rmtree(unfinished)
    make_folder(unfinished, cluster.user)
    # The server's user cannot enter the folder of the secrets, so it is lent a copy.
    lent = cluster.socket_folder / "initdb-password"
    write_private(lent, cluster.password(SUPERVISOR), cluster.user)
    try:
        await _initdb(cluster, unfinished, lent)
    finally:
        lent.unlink(missing_ok=True)
    if cluster.data.exists():
        cluster.data.rmdir()
    unfinished.rename(cluster.data)


async def _initdb(cluster: Cluster, data: Path, password_file: Path) -> None:
    command = cluster.command(
        signal.SIGTERM,
        "initdb",
        f"--pgdata={data}",
        f"--username={SUPERVISOR}",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        # Only to be known by it, should we be killed now; the settings are written later.
        f"--set=cluster_name={cluster.name}",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--no-instructions",
    )
    with private_file(cluster.first_words) as said:
        give(cluster.first_words, cluster.user)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=child_environment(),
            start_new_session=True,
        )
    code = await process.wait()
    if code != 0:
        words = cluster.first_words.read_text(errors="replace").split("\n")
        reasons = [line for line in words if "FATAL" in line or "error:" in line]
        raise PostgresError(
            f"The database could not be made in {cluster.data}: "
            f"{reasons[0] if reasons else f'initdb ended with {code}'}. "
            f"All it said is in {cluster.first_words}."
        )


def _check_version(cluster: Cluster) -> None:
    found = (cluster.data / "PG_VERSION").read_text().strip()
    if found != MAJOR_VERSION:
        raise PostgresError(
            f"The data in {cluster.data} are of PostgreSQL {found}; this release runs "
            f"PostgreSQL {MAJOR_VERSION}. Dump them with the older release and load them here, "
            "or set SERAI_HOME to another folder."
        )
