"""When open pending transfers run out, the next one first."""

import heapq
from collections import deque
from collections.abc import Collection, Container
from datetime import datetime

from msgspec import Struct

SPARE = 1024
"""Entries of transfers that have ended stay until there are so many more than open ones."""


class Deadline(Struct, frozen=True, order=True, gc=False):
    """A moment, and the pending transfer that runs out then."""

    moment: datetime
    id: int


class Deadlines:
    """Holds last mostly equally long, so their deadlines come in order: those stand in a queue.

    The others stand in a heap. What has ended before its deadline is passed over.
    """

    def __init__(self, spare: int = SPARE) -> None:
        self._spare = spare
        self._in_order: deque[Deadline] = deque()
        self._others: list[Deadline] = []

    def add(self, moment: datetime, id: int) -> None:
        """Note when a pending transfer runs out."""
        deadline = Deadline(moment, id)
        if not self._in_order or self._in_order[-1] <= deadline:
            self._in_order.append(deadline)
        else:
            heapq.heappush(self._others, deadline)

    def first(self, open_ones: Container[int]) -> Deadline | None:
        """The next deadline of those that are open, if there is one."""
        while (first := self._first()) is not None and first.id not in open_ones:
            self.take()
        return first

    def take(self) -> None:
        """Pass on to the next deadline."""
        if self._first() is (self._in_order[0] if self._in_order else None):
            self._in_order.popleft()
        else:
            heapq.heappop(self._others)

    def tidy(self, open_ones: Collection[int]) -> None:
        """Drop what has ended, once it is more than what is open."""
        if len(self._in_order) + len(self._others) > 2 * len(open_ones) + self._spare:
            self._in_order = deque(one for one in self._in_order if one.id in open_ones)
            self._others = [one for one in self._others if one.id in open_ones]
            heapq.heapify(self._others)

    def _first(self) -> Deadline | None:
        if self._in_order and (not self._others or self._in_order[0] <= self._others[0]):
            return self._in_order[0]
        return self._others[0] if self._others else None
