"""What the writer remembers of the committed books."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from serai.ledger.accounts import Account, Balances
from serai.ledger.deadlines import Deadlines
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
        self._deadlines = Deadlines()
        # Two generations: when the younger one is full it becomes the older one, and whoever was
        # not touched since is forgotten.
        self._ids: dict[Account, int] = {}
        self._sums: dict[Account, Balances] = {}
        self._older_ids: dict[Account, int] = {}
        self._older_sums: dict[Account, Balances] = {}
        self._most_each = max(1, most_accounts // 2)

    def standing(self, account: Account) -> Standing | None:
        """An account as it was committed last, or None when it is not remembered."""
        id = self._ids.get(account)
        if id is not None:
            return Standing(id, self._sums[account])
        id = self._older_ids.get(account)
        return None if id is None else Standing(id, self._older_sums[account])

    def remember(self, ids: Mapping[Account, int], sums: Mapping[Account, Balances]) -> None:
        """Keep accounts as they are now; whatever is forgotten for them is in the database."""
        self._ids.update(ids)
        self._sums.update(sums)
        if len(self._ids) > 2 * self._most_each:  # one batch alone was more than there is room for
            self._ids, self._sums = {}, {}
        if len(self._ids) >= self._most_each or not self._ids:
            self._older_ids, self._older_sums = self._ids, self._sums
            self._ids, self._sums = {}, {}

    def remember_pending(self, pending: Pending) -> None:
        """Keep an open pending transfer until it is ended; they come in the order of their ids."""
        self.pendings[pending.id] = pending
        self._deadlines.add(pending)

    def forget_pendings(self, ids: Iterable[int]) -> None:
        """These pending transfers have ended."""
        for id in ids:
            self.pendings.pop(id, None)
        self._deadlines.tidy(self.pendings)

    def oldest_pending(self) -> int | None:
        """The id of the first transfer that is still pending, or None when there is none."""
        return next(iter(self.pendings), None)

    def next_deadline(self) -> datetime | None:
        """When the next open pending transfer runs out, if one has a deadline."""
        first = self._deadlines.first(self.pendings)
        return first.deadline if first else None

    def take_due(self, recorded: datetime, most: int) -> list[Pending]:
        """The open pending transfers that have run out by `recorded`, `most` of them at most.

        They are not told of again unless they are put back.
        """
        due: list[Pending] = []
        while len(due) < most:
            first = self._deadlines.first(self.pendings)
            if first is None or first.deadline is None or first.deadline > recorded:
                break
            due.append(first)
            self._deadlines.take()
        return due

    def put_back(self, due: Iterable[Pending]) -> None:
        """What was taken as due was not written."""
        for pending in due:
            self._deadlines.add(pending)
