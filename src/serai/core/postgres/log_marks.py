"""The marks that transactions have left in the log, found in an archive.

PostgreSQL's own target times are those of commits. A mark says of its transaction what the
transaction knew itself, so recovery can stop just before or after it.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from serai.core.postgres.programs import program
from serai.core.postgres.users import child_environment
from serai.core.postgres.wal import Wal

LINE = re.compile(
    r"tx: +(\d+), lsn: [0-9A-F]+/[0-9A-F]+,.* "
    r'prefix "([^"]*)"; payload \(\d+ bytes\): ([0-9A-F ]*)$'
)


class LogMark(msgspec.Struct, frozen=True):
    """A mark: the transaction that left it, and what it says."""

    transaction: int
    says: str


async def first_mark(
    wal: Wal, names: list[str], prefix: str, wanted: Callable[[str], bool]
) -> LogMark | None:
    """Return the first mark of this prefix in the segments `names` that is wanted.

    Marks after a wanted one must be wanted too: the segments are halved until it is found.
    """
    low, high = 0, len(names)
    while low < high:
        middle = (low + high) // 2
        mark = await _first(wal, names, middle, prefix, lambda _: True)
        if mark is None or wanted(mark.says):
            high = middle
        else:
            low = middle + 1
    return await _first(wal, names, max(low - 1, 0), prefix, wanted)


async def _first(
    wal: Wal, names: list[str], start: int, prefix: str, wanted: Callable[[str], bool]
) -> LogMark | None:
    """Return the first wanted mark at or after a segment."""
    for place in range(start, len(names)):
        async with _marks(wal, names[place : place + 2], prefix) as marks:
            async for mark in marks:
                if wanted(mark.says):
                    return mark
    return None


@asynccontextmanager
async def _marks(wal: Wal, names: list[str], prefix: str) -> AsyncIterator[AsyncIterator[LogMark]]:
    """The marks in a segment; a record may end in the next one, so that is read too."""
    with tempfile.TemporaryDirectory(prefix="serai-log-") as folder:
        for name in names:
            content = await asyncio.to_thread(wal.content, name)
            (Path(folder) / name).write_bytes(content or b"")
        process = await asyncio.create_subprocess_exec(
            program("pg_waldump"),
            "--rmgr=LogicalMessage",
            *(str(Path(folder) / name) for name in names),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            # It complains of the end of the segment, in the middle of a record.
            stderr=asyncio.subprocess.DEVNULL,
            env=child_environment(),
        )
        try:
            yield _read(process, prefix)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def _read(process: asyncio.subprocess.Process, prefix: str) -> AsyncIterator[LogMark]:
    assert process.stdout is not None
    async for line in process.stdout:
        found = LINE.search(line.decode(errors="replace").rstrip())
        if found and found.group(2) == prefix:
            says = bytes.fromhex(found.group(3)).decode(errors="replace")
            yield LogMark(int(found.group(1)), says)
