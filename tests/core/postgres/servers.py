"""How the tests of PostgreSQL ask, kill and look."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from serai.core.configuration import Settings
from serai.core.postgres import (
    Postgres,
    embedded_postgres,
)
from serai.core.postgres.leftovers import postmaster, processes_of, server_name

IS_ROOT = os.geteuid() == 0
PATIENCE_SECONDS = 30
PLATFORM = """
import asyncio, pathlib, signal, sys
from serai.core.configuration import Settings
from serai.core.postgres import PostgresError, embedded_postgres

async def main():
    try:
        async with embedded_postgres(Settings(home=pathlib.Path(sys.argv[1]))) as postgres:
            print("up", flush=True)
            await postgres.watch()
    except PostgresError as error:
        print(error, flush=True)

# A shell that starts its children in the background has them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


async def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(question.encode())
        return await cursor.fetchall() if cursor.description else []


async def guests(postgres: Postgres) -> list[str]:
    return [name for (name,) in await ask(postgres.urls.owner, "SELECT name FROM guests")]


async def guests_after_start(home: Path) -> list[str]:
    async with embedded_postgres(Settings(home=home)) as postgres:
        return await guests(postgres)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


def mode(path: Path | str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owners and times, as an administrator would."""
    subprocess.run(["cp", "-a", source, target], check=True)


def said_by(program: Path, *arguments: Path) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def proc(pid: int | None, entry: str) -> Path:
    return Path(f"/proc/{pid}") / entry


def opened_by(pid: int | None) -> set[str]:
    try:
        return {os.readlink(entry) for entry in proc(pid, "fd").iterdir()}
    except PermissionError:
        pytest.skip("this container lets nobody see what other users' processes have opened")


def listening_sockets() -> set[str]:
    """Every TCP socket of this machine that listens, as /proc/PID/fd calls it."""
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path("/proc/net", table).read_text().splitlines()[1:]
    ]
    return {f"socket:[{fields[9]}]" for fields in lines if fields[3] == "0A"}


def kill_server(home: Path, *, only_postmaster: bool = False) -> None:
    """Kill -9 the server, and its children if they are meant as well."""
    server = postmaster(home / "postgres", server_name(home))
    assert server is not None
    for pid in [server] if only_postmaster else processes_of(server_name(home)):
        os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def platform(home: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the database under another Python, killed at the end if it still lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PLATFORM, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        assert (await process.stdout.readline()).strip() == b"up"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await ended(process)


async def ended(process: asyncio.subprocess.Process) -> int:
    """The code that a process ends with."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await process.wait()
