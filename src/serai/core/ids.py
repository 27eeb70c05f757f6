"""Ids: positive 64-bit numbers from one sequence, taken in blocks.

One sequence serves every table, so an id names one thing in the whole house and the holder of an
account needs no kind beside it.
"""

import asyncio
from collections import deque
from collections.abc import Iterator

from serai.core.database import Database

BLOCK = 1000
"""What one step of the sequence reserves; it is the increment of the `ids` sequence."""

MOST_BLOCKS = 16
"""Taken at once by a process that needs many; what it does not use is nobody's."""

_NEXT_BLOCKS = "SELECT nextval('ids') FROM generate_series(1, %(blocks)s)"


class Ids:
    """Hands out ids; each process takes blocks of its own, so none waits for another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = 0
        self._end = 0
        self._blocks: deque[int] = deque()
        self._wanted = 1
        self._turn = asyncio.Lock()

    async def take(self, count: int) -> Iterator[int]:
        """`count` ids that nobody else has, in rising order."""
        if count <= self._end - self._next:
            return iter(self._cut(count))
        taken: list[int] = []
        async with self._turn:
            while len(taken) < count:
                if self._next == self._end:
                    self._next = await self._block()
                    self._end = self._next + BLOCK
                taken += self._cut(min(self._end - self._next, count - len(taken)))
        return iter(taken)

    def _cut(self, count: int) -> range:
        first = self._next
        self._next += count
        return range(first, self._next)

    async def _block(self) -> int:
        """The first id of the next block; whoever needs one after the other takes more at once."""
        if not self._blocks:
            self._blocks.extend(await self._database.column(_NEXT_BLOCKS, blocks=self._wanted))
            self._wanted = min(2 * self._wanted, MOST_BLOCKS)
        return self._blocks.popleft()
