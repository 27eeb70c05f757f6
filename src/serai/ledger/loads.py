"""A batch with its rows and those who wait for it: while it is decided, and on its way."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping

from msgspec import Struct

from serai.ledger.batches import Batch, Fence
from serai.ledger.callers import Waiting
from serai.ledger.encoding import RecordEncoder
from serai.ledger.journal import Journal
from serai.ledger.rows import Rows

MOST_STEPS_IN_BATCH = 32_768
SPELL_SECONDS = 0.0002
"""How long is decided before others have their turn, the commit of the batch before among them."""


class Load:
    """A batch that is being decided, over what `journal` reads for it."""

    def __init__(
        self, batch: Batch, journal: Journal, encoders: Mapping[str, RecordEncoder]
    ) -> None:
        self.batch = batch
        self.rows = Rows()
        self.waiting: list[Waiting] = []
        self._journal = journal
        self._encoders = encoders

    async def expire(self) -> None:
        """End what has run out."""
        unknown = self.batch.take_due()
        if unknown:
            self.batch.learn(await self._journal.accounts(unknown), {}, {})
        self.batch.expire_due()
        self.rows.add(self.batch, self._encoders)

    def take(self, queue: deque[Waiting], most: int) -> list[Waiting]:
        """Who fits in, `most` in all; who changes the same row as another one must wait."""
        taken: list[Waiting] = []
        room = most - len(self.waiting)
        while queue and len(taken) < room and self.batch.steps < MOST_STEPS_IN_BATCH:
            if not self.batch.takes(queue[0].asked.proposal):
                break
            taken.append(queue.popleft())
        return taken

    async def admit(self, taken: list[Waiting]) -> None:
        """Read what their proposals touch, decide on each, and encode its rows."""
        self.waiting += taken
        batch, journal = self.batch, self._journal
        proposals = [one.asked for one in taken]
        unknown = batch.look_up(proposals)
        batch.learn(
            await journal.accounts(unknown.accounts) if unknown.accounts else {},
            await journal.transfers(unknown.ended) if unknown.ended else {},
            await journal.answers(unknown.digests) if unknown.digests else {},
        )
        began = time.perf_counter()
        for one in proposals:
            batch.admit(one)
            if time.perf_counter() - began > SPELL_SECONDS:
                self.rows.add(batch, self._encoders)
                await asyncio.sleep(0)
                began = time.perf_counter()
        self.rows.add(batch, self._encoders)


class Flight(Struct, frozen=True, eq=False):
    """A load that is being committed, and the fence as it is `after` that."""

    load: Load
    after: Fence
    commit: asyncio.Task[None]
