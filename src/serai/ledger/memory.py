"""What the writer remembers of the committed books."""

import heapq
from datetime import datetime

from msgspec import Struct

from serai.ledger.accounts import Account, Balances
from serai.ledger.decision import Pending

MOST_ACCOUNTS = 400_000
"""Accounts kept in memory; those not touched for the longest are forgotten first."""


class Standing(Struct, frozen=True, gc=False):
    """An account's id and its balances."""

    id: int
    balances: Balances


class Memory:
    """The accounts touched lately, and every pending transfer that is open."""

    def __init__(self, most_accounts: int = MOST_ACCOUNTS) -> None:
        self.pendings: dict[int, Pending] = {}
        self._deadlines: list[tuple[datetime, int]] = []
        # Two generations: when the younger one is full it becomes the older one, and whoever was
        # in neither half since is forgotten.
        self._younger: dict[Account, Standing] = {}
        self._older: dict[Account, Standing] = {}
        self._most_each = max(1, most_accounts // 2)

    @property
    def accounts(self) -> dict[Account, Standing]:
        """Every account that is remembered."""
        return {**self._older, **self._younger}

    def standing(self, account: Account) -> Standing | None:
        """An account as it was committed last, or None when it is not remembered."""
        found = self._younger.get(account)
        if found is None:
            found = self._older.get(account)
            if found is not None:
                self._younger[account] = found
        return found

    def remember(self, account: Account, standing: Standing) -> None:
        """Keep an account; whatever is forgotten for it is in the database."""
        self._younger[account] = standing
        if len(self._younger) >= self._most_each:
            self._older, self._younger = self._younger, {}

    def pending(self, id: int) -> Pending | None:
        """An open pending transfer."""
        return self.pendings.get(id)

    def remember_pending(self, pending: Pending) -> None:
        """Keep an open pending transfer until it is ended; they come in the order of their ids."""
        self.pendings[pending.id] = pending
        if pending.deadline is not None:
            heapq.heappush(self._deadlines, (pending.deadline, pending.id))

    def forget_pending(self, id: int) -> None:
        """A pending transfer has ended."""
        self.pendings.pop(id, None)

    def oldest_pending(self) -> int | None:
        """The id of the first transfer that is still pending, or None when there is none."""
        return next(iter(self.pendings), None)

    def next_deadline(self) -> datetime | None:
        """When the next open pending transfer runs out, if one has a deadline."""
        while self._deadlines and self._deadlines[0][1] not in self.pendings:
            heapq.heappop(self._deadlines)
        return self._deadlines[0][0] if self._deadlines else None

    def take_due(self, recorded: datetime, most: int) -> list[Pending]:
        """The open pending transfers that have run out by `recorded`, `most` of them at most.

        They are not told of again unless they are put back.
        """
        due: list[Pending] = []
        while self._deadlines and self._deadlines[0][0] <= recorded and len(due) < most:
            pending = self.pendings.get(heapq.heappop(self._deadlines)[1])
            if pending is not None:
                due.append(pending)
        return due

    def put_back(self, due: list[Pending]) -> None:
        """What was taken as due was not written."""
        for pending in due:
            if pending.deadline is not None:
                heapq.heappush(self._deadlines, (pending.deadline, pending.id))
