"""Processes killed as by a power cut: all at once, with no time to say goodbye."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def with_children(process: int) -> list[int]:
    """A process and all that it has started, and they in turn."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            children.setdefault(_parent(entry), []).append(int(entry.name))
    found = [process]
    for one in found:
        found += children.get(one, ())
    return found


def kill_all(*roots: int) -> None:
    """Kill these and everything below them; none lives on to notice that others have died."""
    for root in roots:
        _signal([root], signal.SIGSTOP)  # nothing new is started meanwhile
    doomed = {process for root in roots for process in with_children(root)}
    _signal(doomed, signal.SIGSTOP)
    _signal(doomed, signal.SIGKILL)


def _signal(processes: Iterable[int], sign: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, sign)


def _parent(entry: Path) -> int:
    try:
        # The name, in brackets, may hold anything; the parent is the second field after it.
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):  # it has ended
        return 0
