"""What a killed process left behind in the data folder."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from serai.core.postgres.error import PostgresError

FAST = signal.SIGINT
IMMEDIATE = signal.SIGQUIT
FAST_SECONDS = 60.0
IMMEDIATE_SECONDS = 10.0
POLL_SECONDS = 0.02
PROC = Path("/proc")

log = logging.getLogger(__name__)


def server_name(home: Path) -> str:
    """Return the name that all processes of this home's server carry in their command lines.

    Command lines are open to everybody. The working folders of another user's processes are
    closed even to root in many containers, so that they cannot tell whose a process is.
    """
    found = home.stat()
    return "serai_" + hashlib.sha256(f"{found.st_dev}:{found.st_ino}".encode()).hexdigest()[:12]


async def end_leftovers(data: Path, name: str) -> None:
    """End every process of a server that nobody supervises any more.

    A whole server is stopped as cleanly as ever; the orphans of a dead one are ended at once.
    """
    server = postmaster(data, name)
    if server is not None and not await _gone([server], name, FAST, FAST_SECONDS):
        log.warning("The PostgreSQL that was left running does not stop; ending it at once.")
    for sign in (IMMEDIATE, signal.SIGKILL):
        left = processes_of(name)
        if not left or await _gone(left, name, sign, IMMEDIATE_SECONDS):
            return
    raise PostgresError(
        f"Another PostgreSQL runs in {data}, process {left[0]}, and cannot be ended by this user. "
        "Stop it first."
    )


def forget_stranger(data: Path, socket_folder: Path) -> None:
    """Remove the pid files of a server that is gone if they are empty or name a stranger.

    PostgreSQL would refuse to start: at an empty file, and at a number that another process has
    got since, for ever in a container where numbers are few. In every other case the files are
    PostgreSQL's to judge. Call it when no process of the server is left.
    """
    for file in (data / "postmaster.pid", *socket_folder.glob(".s.PGSQL.*.lock")):
        pid = _pid_in(file)
        if file.exists() and (pid is None or _is_stranger(pid)):
            file.unlink()


def postmaster(data: Path, name: str) -> int | None:
    """Return the process of the server that runs in the data folder, if one does."""
    pid = _pid_in(data / "postmaster.pid")
    return pid if pid in processes_of(name) else None


def postmaster_file(data: Path) -> list[str]:
    """Return the lines of postmaster.pid; none when there is no such file."""
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def processes_of(name: str) -> list[int]:
    """Return the living processes of the server of this name, the least first."""
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return sorted(pid for pid in pids if name.encode() in _command_line(pid))


async def _gone(pids: Iterable[int], name: str, sign: int, seconds: float) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sign)
    deadline = time.monotonic() + seconds
    while set(pids) & set(processes_of(name)):
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def _pid_in(file: Path) -> int | None:
    """Return the number at the top of a pid file; the socket's says the same as the data's."""
    try:
        first, _, _ = file.read_text().partition("\n")
    except FileNotFoundError:
        return None
    return int(first) if first.strip().isdigit() else None


def _is_stranger(pid: int) -> bool:
    """Tell whether a process is there and is surely no server, be it only its zombie."""
    program = _command_line(pid).split(b"\0")[0]
    if program:
        return not program.rpartition(b"/")[2].startswith(b"postgres")
    return (PROC / str(pid)).exists()


def _command_line(pid: int) -> bytes:
    """Return the command line of a process; nothing for a zombie, or when there is none."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
