"""Files that are being applied while their page looks on."""

import asyncio

import structlog
from msgspec import Struct

from serai.core import Refusal
from serai.flows import Applied, By, House, apply_sheet

_log = structlog.get_logger()


class Progress(Struct):
    """How far a file has come; `outcome` once it is there, `failed` when it was cut short."""

    digest: str
    done: int = 0
    nodes: int = 0
    outcome: Applied | Refusal | None = None
    failed: bool = False


class Imports:
    """One file at a time; the last one's outcome is known until the next."""

    def __init__(self) -> None:
        self._last: Progress | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, house: House, by: By, data: bytes, digest: str) -> Refusal | None:
        """Begin to apply a file, unless another one is under way."""
        if self._task is not None and not self._task.done():
            if self._last is not None and self._last.digest == digest:
                return None
            return Refusal(name="import_running")
        self._last = Progress(digest)
        self._task = asyncio.create_task(self._run(self._last, house, by, data))
        return None

    def progress(self, digest: str) -> Progress | None:
        """How far the file of a digest has come, if it is the last one."""
        last = self._last
        return last if last is not None and last.digest == digest else None

    async def end(self) -> None:
        """The house closes: what is under way is cut short, between two parts or within one."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, progress: Progress, house: House, by: By, data: bytes) -> None:
        def watch(done: int, nodes: int) -> None:
            progress.done, progress.nodes = done, nodes

        try:
            progress.outcome = await apply_sheet(house, by, data, progress.digest, watch)
        except Exception as error:
            _log.error("import_failed", digest=progress.digest, exc_info=error)
        finally:
            progress.failed = progress.outcome is None
