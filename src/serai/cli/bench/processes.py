"""The processes of this machine, as /proc tells of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
# In /proc/PID/stat, counted from behind the name, which may hold anything: the parent, and the
# times of the process and of its children that have ended.
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14


class Process(Struct, frozen=True):
    """A process, what has started it, and the seconds of CPU that it has used; `ended_seconds`
    are those of its children that have ended."""

    id: int
    parent: int
    seconds: float
    ended_seconds: float


def running() -> Iterator[Process]:
    """Every process that there is at the moment."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                process = _read(folder)
            except (OSError, IndexError):  # it has ended meanwhile
                continue
            yield process


def _read(folder: Path) -> Process:
    fields = (folder / "stat").read_text().rpartition(")")[2].split()
    ended = int(fields[_CHILDREN_USER]) + int(fields[_CHILDREN_SYSTEM])
    return Process(
        id=int(folder.name),
        parent=int(fields[_PARENT]),
        seconds=(int(fields[_USER]) + int(fields[_SYSTEM])) * _TICK_SECONDS,
        ended_seconds=ended * _TICK_SECONDS,
    )
