"""When open pending transfers run out, the next one first."""

import heapq
from collections import deque
from collections.abc import Collection, Container
from datetime import datetime

from serai.ledger.decision import Pending

SPARE = 1024
"""Those that have ended stay until there are so many more of them than of open ones."""


class Deadlines:
    """Holds last mostly equally long, so their deadlines come in order: those stand in a queue.

    The others stand in a heap. What has ended before its deadline is passed over.
    """

    def __init__(self, spare: int = SPARE) -> None:
        self._spare = spare
        self._in_order: deque[Pending] = deque()
        self._others: list[tuple[datetime, int, Pending]] = []

    def add(self, pending: Pending) -> None:
        """Note when a pending transfer runs out; one without a deadline never does."""
        deadline = pending.deadline
        if deadline is None:
            return
        last = self._in_order[-1].deadline if self._in_order else None
        if last is None or last <= deadline:
            self._in_order.append(pending)
        else:
            heapq.heappush(self._others, (deadline, pending.id, pending))

    def first(self, open_ones: Container[int]) -> Pending | None:
        """The next one to run out of those that are open, if there is one."""
        while (first := self._first()) is not None and first.id not in open_ones:
            self.take()
        return first

    def take(self) -> None:
        """Pass on to the one after the next."""
        if self._in_order and self._first() is self._in_order[0]:
            self._in_order.popleft()
        else:
            heapq.heappop(self._others)

    def tidy(self, open_ones: Collection[int]) -> None:
        """Drop what has ended, once it is more than what is open."""
        if len(self._in_order) + len(self._others) > 2 * len(open_ones) + self._spare:
            self._in_order = deque(one for one in self._in_order if one.id in open_ones)
            self._others = [one for one in self._others if one[1] in open_ones]
            heapq.heapify(self._others)

    def _first(self) -> Pending | None:
        if not self._others:
            return self._in_order[0] if self._in_order else None
        deadline, _, other = self._others[0]
        if self._in_order:
            first = self._in_order[0]
            if first.deadline is not None and first.deadline <= deadline:
                return first
        return other
