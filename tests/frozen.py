"""A PostgreSQL server that stands still, as over a frozen disk, or ends, as without power."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def frozen(home: Path) -> Iterator[None]:
    """Stop every process of the server of a data folder within the block."""
    stopped = _stopped(home)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)


def kill(home: Path) -> None:
    """End every process of the server of a data folder: none of them answers anybody any more, as
    the children of a postmaster do that was killed alone."""
    for pid in _stopped(home):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _stopped(home: Path) -> list[int]:
    """The processes, none of which goes on: the postmaster first, so that it starts no other."""
    postmaster = int((home / "postgres/postmaster.pid").read_text().split()[0])
    stopped = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)
    for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGSTOP)
            stopped.append(int(child))
    return stopped
