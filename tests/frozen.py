"""A PostgreSQL server that stands still: alive, and answering nobody, as over a frozen disk."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def frozen(home: Path) -> Iterator[None]:
    """Stop every process of the server of a data folder within the block."""
    postmaster = int((home / "postgres/postmaster.pid").read_text().split()[0])
    stopped = [postmaster]
    os.kill(postmaster, signal.SIGSTOP)  # first of all, so that nothing new is started
    try:
        for child in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split():
            os.kill(int(child), signal.SIGSTOP)
            stopped.append(int(child))
        yield
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
