"""How much of the processors a platform has used: the server, and its PostgreSQL."""

import os
from pathlib import Path

from msgspec import Struct

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
# In /proc/PID/stat, counted from behind the name: the parent, and the times of the process and
# of its children that have ended.
_PARENT, _USER, _SYSTEM, _CHILDREN_USER, _CHILDREN_SYSTEM = 1, 11, 12, 13, 14


class Used(Struct, frozen=True):
    """Seconds of CPU, user and system."""

    server: float
    postgres: float

    def __sub__(self, earlier: "Used") -> "Used":
        return Used(self.server - earlier.server, self.postgres - earlier.postgres)


def used(server: int, postmaster: int) -> Used:
    """What these processes have used up to now, PostgreSQL's with all of its own."""
    seconds, postgres = 0.0, 0.0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        process = int(folder.name)
        own = (int(fields[_USER]) + int(fields[_SYSTEM])) * _TICK_SECONDS
        if process == server:
            seconds = own
        elif process == postmaster:
            ended = int(fields[_CHILDREN_USER]) + int(fields[_CHILDREN_SYSTEM])
            postgres += own + ended * _TICK_SECONDS
        elif int(fields[_PARENT]) == postmaster:
            postgres += own
    return Used(seconds, postgres)
