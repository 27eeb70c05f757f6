"""Turns: what the same hands do at once, they do one after the other."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary


class Turn:
    """One step's turn: it waits for it at most once, however often it is drafted, and keeps it."""

    def __init__(self, locks: WeakValueDictionary[int, asyncio.Lock], held: AsyncExitStack) -> None:
        self._locks, self._held, self._has_come = locks, held, False

    async def come(self, ids: Iterable[int]) -> None:
        """Wait until it is the turn of all of these hands."""
        if self._has_come:
            return
        self._has_come = True
        for id in sorted(set(ids)):  # in one order, so that nobody waits in a ring
            lock = self._locks.setdefault(id, asyncio.Lock())
            await self._held.enter_async_context(lock)


class Turns:
    """Whose turn it is, in this process. They save steps that would only overtake each other; what
    makes these safe are the versions of the rows that they change."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Turn]:
        """A turn, which ends with the step."""
        async with AsyncExitStack() as held:
            yield Turn(self._locks, held)
