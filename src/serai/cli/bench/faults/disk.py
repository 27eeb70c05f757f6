"""A disk that can be full: a small file system in memory, or else a limit on how far files grow.

Root gets the first, where mounting works; anybody else the second, for their own processes.
"""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from serai.cli.bench.faults.processes import with_children

DISK_MEGABYTES = 1024
MEBIBYTE = 1024 * 1024
LEAST_PIECE = 4096


class NoDisk(Exception):
    """Neither way to a full disk can be made on this machine; says why."""


class Disk(Protocol):
    """Where a data folder lies; `process` is the platform that uses it."""

    folder: Path

    def fill(self, process: int, leave_bytes: int) -> None:
        """Leave room for so much more, and nothing beyond."""

    def make_room(self, process: int) -> None:
        """Let it be as before."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """A disk for a data folder below `folder`; raises `NoDisk`."""
    if os.geteuid() != 0:
        yield LimitedFiles(folder)
        return
    place = folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=0711", "serai", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        raise NoDisk(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


class SmallDisk:
    """A small file system of our own, filled by a file that is of no use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, process: int, leave_bytes: int) -> None:
        descriptor = os.open(self._ballast, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            size, piece = 0, self._free() - leave_bytes
            while piece >= LEAST_PIECE:  # others write meanwhile
                try:
                    os.posix_fallocate(descriptor, size, piece)
                    size += piece
                    piece = self._free() - leave_bytes
                except OSError:
                    piece //= 2
        finally:
            os.close(descriptor)

    def make_room(self, process: int) -> None:
        self._ballast.unlink(missing_ok=True)

    def _free(self) -> int:
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


class LimitedFiles:
    """No file of the platform's PostgreSQL grows beyond a size: what it writes fails as on a full
    disk. It ignores the signal that comes with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, process: int, leave_bytes: int) -> None:
        _limit(process, lambda _: max(leave_bytes, LEAST_PIECE))

    def make_room(self, process: int) -> None:
        _limit(process, lambda hard: hard)


def _limit(process: int, chosen: Callable[[int], int]) -> None:
    for one in with_children(process)[1:]:
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(one, resource.RLIMIT_FSIZE)
            resource.prlimit(one, resource.RLIMIT_FSIZE, (chosen(hard), hard))
