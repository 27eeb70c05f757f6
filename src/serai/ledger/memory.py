"""What the writer remembers of the books, and the overlay of a batch that is being decided."""

import heapq
from datetime import datetime
from typing import Literal

from serai.ledger.accounts import EMPTY, Account, Balances
from serai.ledger.decision import Accepted, Ending, Pending, expire

MOST_ACCOUNTS = 1_000_000
"""Accounts kept in memory; beyond it they are forgotten and read again when touched."""


class Memory:
    """The accounts touched lately, and every pending transfer that is open."""

    def __init__(self) -> None:
        self.accounts: dict[Account, tuple[int, Balances]] = {}
        self.pendings: dict[int, Pending] = {}
        self._deadlines: list[tuple[datetime, int]] = []

    def remember_pending(self, pending: Pending) -> None:
        """Keep an open pending transfer until it is ended."""
        self.pendings[pending.id] = pending
        if pending.deadline is not None:
            heapq.heappush(self._deadlines, (pending.deadline, pending.id))

    def next_deadline(self) -> datetime | None:
        """When the next open pending transfer runs out, if one has a deadline."""
        while self._deadlines and self._deadlines[0][1] not in self.pendings:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def due(self, recorded: datetime) -> list[Pending]:
        """The open pending transfers that have run out by `recorded`."""
        found = []
        later = []
        while self._deadlines and self._deadlines[0][0] <= recorded:
            deadline, id = heapq.heappop(self._deadlines)
            if id in self.pendings:
                found.append(self.pendings[id])
                later.append((deadline, id))
        for entry in later:  # they leave the heap for good only when the batch is committed
            heapq.heappush(self._deadlines, entry)
        return found

    def forget_beyond(self, most: int = MOST_ACCOUNTS) -> None:
        """Keep memory bounded; whatever is forgotten is in the database."""
        if len(self.accounts) > most:
            self.accounts.clear()


class Overlay:
    """The books as they will be once the batch is committed: memory, and what changed over it."""

    def __init__(self, memory: Memory, ended: dict[int, Pending | Literal["not_pending"]]) -> None:
        self._memory = memory
        self._ended = ended
        self.changed: dict[Account, Balances] = {}
        self.opened: list[Account] = []
        self.endings: dict[int, Ending] = {}

    def balances(self, account: Account) -> Balances | None:
        changed = self.changed.get(account)
        if changed is not None:
            return changed
        known = self._memory.accounts.get(account)
        return known[1] if known else None

    def pending(self, id: int) -> Pending | Literal["not_pending"] | None:
        pending = self._memory.pendings.get(id) or self._ended.get(id)
        here = self.endings.get(id)
        if here is None or not isinstance(pending, Pending):
            return pending
        return Pending(
            pending.id, pending.debit, pending.credit, pending.amount, pending.deadline,
            pending.of, here.kind,
        )  # fmt: skip

    def merge(self, accepted: Accepted) -> None:
        """Lay an accepted proposal over what was there."""
        self.changed.update(accepted.balances)
        self.opened.extend(accepted.opened)
        for ending in accepted.endings:
            self.endings[ending.pending_id] = ending

    def expire_due(self, recorded: datetime) -> None:
        """End what has run out, so that its capacity is free for this batch already."""
        for pending in self._memory.due(recorded):
            debit, credit = expire(
                pending,
                self.balances(pending.debit) or EMPTY,
                self.balances(pending.credit) or EMPTY,
            )
            self.changed[pending.debit] = debit
            self.changed[pending.credit] = credit
            self.endings[pending.id] = Ending(pending.id, "expired", 0, 0)
