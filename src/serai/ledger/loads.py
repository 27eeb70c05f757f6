"""A batch with its rows and those who wait for it, before it is sent and on its way."""

import asyncio

from msgspec import Struct

from serai.ledger.batches import Batch, Fence
from serai.ledger.callers import Waiting
from serai.ledger.rows import Rows


class Load:
    """A batch with its rows and those who wait for it."""

    __slots__ = ("batch", "rows", "waiting")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.rows = Rows()
        self.waiting: list[Waiting] = []


class Flight(Struct, frozen=True, eq=False):
    """A load that is being committed, and the fence as it is `after` that."""

    load: Load
    after: Fence
    commit: asyncio.Task[None]
