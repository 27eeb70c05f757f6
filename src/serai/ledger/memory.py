"""What the writer remembers of the books, and the overlay of a batch that is being decided."""

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from serai.ledger.accounts import EMPTY, Account, Balances
from serai.ledger.decision import Accepted, Ending, Entry, Pending, expire

MOST_ACCOUNTS = 400_000
"""Accounts kept in memory; beyond it they are forgotten and read again when touched."""


class Memory:
    """The accounts touched lately, and every pending transfer that is open."""

    def __init__(self, most_accounts: int = MOST_ACCOUNTS) -> None:
        self.accounts: dict[Account, tuple[int, Balances]] = {}
        self.pendings: dict[int, Pending] = {}
        self._deadlines: list[tuple[datetime, int]] = []
        self._most_accounts = most_accounts

    def remember_pending(self, pending: Pending) -> None:
        """Keep an open pending transfer until it is ended; they come in the order of their ids."""
        self.pendings[pending.id] = pending
        if pending.deadline is not None:
            heapq.heappush(self._deadlines, (pending.deadline, pending.id))

    def oldest_pending(self) -> int | None:
        """The id of the first transfer that is still pending, or None when there is none."""
        return next(iter(self.pendings), None)

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

    def forget_beyond(self) -> None:
        """Keep memory bounded; whatever is forgotten is in the database."""
        if len(self.accounts) > self._most_accounts:
            self.accounts.clear()


class Overlay:
    """The books as they will be once the batch is committed: memory, and what changed over it.

    `ended` are transfers that memory does not hold and the batch asks for; the batch's own
    transfers have the ids from `next_transfer` on.
    """

    def __init__(
        self,
        memory: Memory,
        ended: Mapping[int, Pending | Literal["not_pending"]],
        next_transfer: int,
    ) -> None:
        self._memory = memory
        self._ended = ended
        self._first_id = next_transfer
        self.changed: dict[Account, Balances] = {}
        self.entries: list[Entry] = []
        self.endings: dict[int, Ending] = {}

    @property
    def next_transfer(self) -> int:
        """The id of the next transfer."""
        return self._first_id + len(self.entries)

    def balances(self, account: Account) -> Balances | None:
        """The balances of an account, or None when it was never touched."""
        changed = self.changed.get(account)
        if changed is not None:
            return changed
        known = self._memory.accounts.get(account)
        return known[1] if known else None

    def pending(self, id: int) -> Pending | Literal["not_pending"] | None:
        """A pending transfer, open or ended, or None when there is no transfer of that id."""
        if 0 <= id - self._first_id < len(self.entries):
            entry = self.entries[id - self._first_id]
            found: Pending | Literal["not_pending"] | None = (
                entry.as_pending() if entry.kind == "pending" else "not_pending"
            )
        else:
            found = self._memory.pendings.get(id) or self._ended.get(id)
        here = self.endings.get(id)
        if here is None or not isinstance(found, Pending):
            return found
        return Pending(
            found.id, found.debit, found.credit, found.amount, found.deadline, found.of, here.kind
        )

    def merge(self, accepted: Accepted) -> None:
        """Lay an accepted proposal over what was there."""
        self.changed.update(accepted.balances)
        self.entries.extend(accepted.entries)
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
