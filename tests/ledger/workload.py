"""Proposals by chance, valid and invalid ones mixed, over a small world of accounts."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol, TypeVar

from serai.core import Refusal
from serai.ledger import (
    EVERYTHING,
    MOST,
    Account,
    Belonging,
    Deed,
    Event,
    Key,
    Limit,
    Opening,
    Post,
    Proposal,
    Scope,
    Step,
    Transfer,
    Void,
)
from tests.ledger.auditor import Auditor

T = TypeVar("T")

BEGINNING = datetime(2026, 3, 1, 8, 0, 0, tzinfo=UTC)
LIMITS: dict[str, Limit] = {
    "source": "none",
    "available": "debits",
    "sold": "none",
    "receivable": "credits",
}
LARGE = (MOST // 2, MOST - 30, MOST - 1, MOST, MOST + 1)
REASONS = ("hold", "confirm", "charge")


class Chance(Protocol):
    """Where decisions come from: a seed, or Hypothesis."""

    def whole(self, least: int, most: int) -> int: ...


class Seeded:
    """Decisions from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def whole(self, least: int, most: int) -> int:
        return self._random.randint(least, most)


class Workload:
    """Makes proposals that the books as `auditor` knows them may take or refuse."""

    def __init__(
        self,
        chance: Chance,
        auditor: Auditor,
        *,
        holders: int = 5,
        keeps_refusals: bool = False,
        overflows: bool = True,
    ) -> None:
        self._chance = chance
        self._auditor = auditor
        self._holders = holders
        self._keeps_refusals = keeps_refusals
        self._overflows = overflows
        self._made: list[Proposal] = []
        self._count = 0

    def proposal(self) -> Proposal:
        """The next one; now and then one that was there before, or another under its key."""
        if self._made and self._one_in(12):
            again = self._of(self._made[-20:])
            if self._one_in(3):
                self._count += 1
                return self._new(Key(
                    again.key.actor, again.key.operation, again.key.value, b"%d" % self._count
                ))  # fmt: skip
            return again
        self._count += 1
        actor = self._of(("desk", "job"))
        made = self._new(Key(actor, "move", str(self._count), b"%d" % self._count))
        self._made.append(made)
        return made

    def _new(self, key: Key) -> Proposal:
        steps = self._chance.whole(0, self._chance.whole(1, 5)) if not self._one_in(200) else 513
        return Proposal(
            key=key,
            effective=BEGINNING + timedelta(minutes=self._count),
            business_date=date(2026, 3, 1) + timedelta(days=self._count % 7),
            chain=tuple(self._step() for _ in range(steps)),
            events=tuple(
                Event(type=f"told-{self._count}", book=self._chance.whole(0, 2))
                for _ in range(self._chance.whole(0, 2))
            ),
            deeds=tuple(
                Deed(
                    actor=key.actor,
                    operation="move",
                    thing="move",
                    thing_id=self._count,
                    after=b'{"n": %d}' % place,
                    address="10.0.0.\u0e51",
                )
                for place in range(self._count % 3)
            ),
            scope=Scope(frozenset({self._chance.whole(1, 2)})) if self._one_in(20) else EVERYTHING,
            answer=b'{"n": %d}' % self._count,
            refusal=Refusal(name="offer_closed") if self._one_in(40) else None,
            keep_refusal=self._keeps_refusals or not self._one_in(10),
        )

    def _step(self) -> Step:
        kind = self._chance.whole(0, 9 if self._auditor.state.journal else 6)
        if kind <= 4:
            return self._transfer()
        if kind <= 6:
            account = self._account("available")
            return Opening(
                account=account,
                source=self._account("source") if self._one_in(6) else _source(account),
                amount=self._amount(),
                of=self._belonging(),
            )
        pending = self._some_transfer()
        if kind == 7:
            return Void(pending=pending)
        held = self._auditor.state.held.get(pending)
        amount = None
        if self._chance.whole(0, 1) and held is not None:
            amount = self._chance.whole(0, min(held.row.amount + 1, 50))
        return Post(
            pending=pending,
            amount=amount,
            business_date=date(2026, 4, 1) if self._one_in(4) else None,
        )

    def _transfer(self) -> Transfer:
        large = self._overflows and self._one_in(15)  # only what has no limit can take it
        roles = ("source", "sold") if large else tuple(LIMITS)
        debit = self._account(self._of(roles))
        credit = self._account(self._of(roles))
        if not self._one_in(25):
            credit = Account(debit.book, debit.unit, credit.holder, credit.role, credit.slot,
                             credit.limit)  # fmt: skip
        pending = bool(self._chance.whole(0, 1))
        timeout_seconds = 0
        if pending or self._one_in(20):
            timeout_seconds = self._of((0, 0, 1, 2, 5, 30, 60, 90))
            if self._one_in(20):
                timeout_seconds = self._of((10**12, -1))
        return Transfer(
            debit=debit, credit=credit,
            amount=self._of(LARGE) if large else self._amount(), reason=self._of(REASONS),
            pending=pending, timeout_seconds=timeout_seconds, of=self._belonging(),
            effective=BEGINNING if self._one_in(6) else None,
        )  # fmt: skip

    def _account(self, role: str) -> Account:
        limit = LIMITS[role]
        if self._one_in(40):
            limit = self._of(("none", "debits", "credits"))
        return Account(
            book=1 if self._chance.whole(0, 3) else 2,
            unit="points" if self._one_in(5) else "CNY",
            holder=self._holder(),
            role=role,
            slot=self._chance.whole(0, 1) if role == "available" else 0,
            limit=limit,
        )

    def _holder(self) -> int:
        """The first ones most often: each in proportion to 1 / its number (Zipf's law)."""
        return int((self._holders + 1) ** (self._chance.whole(0, 9999) / 10000))

    def _amount(self) -> int:
        return self._chance.whole(-1, 1) if self._one_in(25) else self._chance.whole(1, 20)

    def _some_transfer(self) -> int:
        """Mostly a recent transfer that is pending, but also any other, one to come, or none."""
        last = len(self._auditor.state.journal)
        if self._one_in(12):
            return self._chance.whole(0, last + 4)
        open_ones = [held.row.id for held in self._auditor.open_pendings()[-8:]]
        others = list(self._auditor.state.held)[-12:]
        recent = others if self._one_in(4) else open_ones or others
        return self._of(recent) if recent else self._chance.whole(1, last)

    def _belonging(self) -> Belonging:
        if self._one_in(2):
            return Belonging()
        return Belonging(*(self._chance.whole(0, 9) for _ in range(4)))

    def _of(self, those: Sequence[T]) -> T:
        return those[self._chance.whole(0, len(those) - 1)]

    def _one_in(self, many: int) -> bool:
        return self._chance.whole(1, many) == many


def _source(account: Account) -> Account:
    return Account(account.book, account.unit, account.holder, "source", 0, "none")
