"""An outside PostgreSQL for the tests: of the oldest version that we serve, started as by others.

`python -m tests.outside COMMAND...` runs a command with one in SERAI_DATABASE_URL, and stops it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from serai.core.postgres.cluster import Cluster
from serai.core.postgres.folders import make_folder, write_private
from serai.core.postgres.programs import install_folder
from serai.core.postgres.urls import database_url
from serai.core.postgres.users import child_environment, server_user
from tests.databases import short_folder

OLDEST = Path("/usr/lib/postgresql/15")
"""Where Debian 12 keeps its PostgreSQL."""
PASSWORD = "geheim"
START_SECONDS = 30
STOP_SECONDS = 30


class Outside:
    """A PostgreSQL of somebody else, whose administrator we can ask."""

    def __init__(self, socket_folder: Path) -> None:
        self._socket_folder = socket_folder

    def url(self, user: str, database: str, password: str = PASSWORD) -> str:
        return database_url(
            {
                "user": user,
                "password": password,
                "dbname": database,
                "host": str(self._socket_folder),
            }
        )

    @property
    def version(self) -> int:
        """Of which release it is: 15, 16 ..."""
        with psycopg.connect(self.url("admin", "postgres")) as connection:
            return connection.info.server_version // 10_000

    @property
    def maker(self) -> str:
        """The abilities of a login that makes the platform's roles by itself."""
        return "SUPERUSER" if self.version < 16 else "CREATEROLE BYPASSRLS"

    def administrator(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url("admin", database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def login(self, name: str, abilities: str = "") -> str:
        """Make a login with a database of its own."""
        self.administrator(
            f"CREATE ROLE {name} LOGIN {abilities} PASSWORD '{PASSWORD}'",
            f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8'",
        )
        return self.url(name, name)

    def forget(self, *names: str) -> None:
        self.administrator(
            *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in names),
            *(
                f"DROP ROLE IF EXISTS {name}"
                for name in ("serai_writer", "serai_platform", "serai_app", *names)
            ),
        )


PREPARED = (
    "CREATE ROLE serai_app NOLOGIN",
    "CREATE ROLE serai_platform NOLOGIN BYPASSRLS",
    "CREATE ROLE serai_writer NOLOGIN BYPASSRLS",
    "GRANT serai_app TO serai_platform",
    "GRANT serai_app, serai_platform, serai_writer TO serai_test",
)
"""What the platform asks the administrator of a database for."""


@asynccontextmanager
async def outside_server(install: Path | None = None) -> AsyncIterator[Outside]:
    """A server on a Unix socket in a folder for a while, as an unprivileged user.

    Its programs are those in `install`; when none is named, the oldest ones at hand.
    """
    with short_folder() as folder:
        user = server_user(None)
        if install is None:
            install = OLDEST if is_here(OLDEST) else install_folder(folder, user)
        make_folder(folder / "run", user)
        cluster = Cluster(home=folder, install=install, user=user, socket_folder=folder / "run")
        async with _started(cluster):
            yield Outside(cluster.socket_folder)


def is_here(install: Path) -> bool:
    """Whether there is a PostgreSQL in this folder."""
    return (install / "bin" / "postgres").exists()


@asynccontextmanager
async def _started(cluster: Cluster) -> AsyncIterator[None]:
    """Run a server as somebody else would: not by our settings, our roles, our supervision."""
    make_folder(cluster.data, cluster.user)
    password_file = cluster.socket_folder / "password"
    write_private(password_file, PASSWORD, cluster.user)
    initdb = await _spawn(
        cluster,
        "initdb",
        f"--pgdata={cluster.data}",
        f"--pwfile={password_file}",
        "--username=admin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    )
    assert await initdb.wait() == 0
    server = await _spawn(
        cluster,
        "postgres",
        "-D",
        str(cluster.data),
        "-F",
        "--listen_addresses=",
        f"--unix_socket_directories={cluster.socket_folder}",
    )
    try:
        await _answers(Outside(cluster.socket_folder).url("admin", "postgres"))
        yield
    finally:
        server.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_SECONDS):
            await server.wait()


async def _spawn(cluster: Cluster, program: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *cluster.command(signal.SIGQUIT, program, *arguments),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=child_environment(),
    )


async def _answers(url: str) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(url):
                    return
            except psycopg.OperationalError:
                await asyncio.sleep(0.02)


async def main(command: list[str]) -> int:
    """Run a command beside a server of the oldest version; the code that it ends with."""
    if not is_here(OLDEST):
        sys.stderr.write(f"There is no PostgreSQL in {OLDEST} (Debian 12: postgresql-15).\n")
        return 1
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    async with outside_server(OLDEST) as server:
        url = server.login("serai_test", "CREATEROLE")
        server.administrator(*PREPARED)  # a login of version 15 may not make roles that see all
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, "SERAI_DATABASE_URL": url}
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(sys.argv[1:])))
    except (KeyboardInterrupt, asyncio.CancelledError):
        sys.exit(130)
