"""Processes killed as by a power cut: all at once, with no time to say goodbye."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

from serai.cli.bench.processes import running


def with_children(process: int) -> list[int]:
    """A process and all that it has started, and they in turn."""
    children: dict[int, list[int]] = {}
    for one in running():
        children.setdefault(one.parent, []).append(one.id)
    found = [process]
    for id in found:
        found += children.get(id, ())
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
