"""Ids: positive 64-bit numbers from one sequence, taken in blocks.

One sequence serves every table, so an id names one thing in the whole house and the holder of an
account needs no kind beside it.
"""

import asyncio
from collections.abc import Iterator

from serai.core.database import Database

BLOCK = 1000
"""What one step of the sequence reserves; it is the increment of the `ids` sequence."""

_NEXT_BLOCK = "SELECT nextval('ids')"


class Ids:
    """Hands out ids; each process takes blocks of its own, so none waits for another."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = 0
        self._end = 0
        self._turn = asyncio.Lock()

    async def take(self, count: int) -> Iterator[int]:
        """`count` ids that nobody else has, in rising order."""
        taken: list[int] = []
        async with self._turn:
            while len(taken) < count:
                if self._next == self._end:
                    self._next = await self._database.value(_NEXT_BLOCK)
                    self._end = self._next + BLOCK
                upto = min(self._end, self._next + count - len(taken))
                taken.extend(range(self._next, upto))
                self._next = upto
        return iter(taken)
