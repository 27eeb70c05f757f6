"""The shortest ways to write down accounts, steps and proposals for a test."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import count

from serai.ledger import (
    EVERYTHING,
    NOTHING,
    Account,
    Belonging,
    Change,
    Event,
    Insert,
    Key,
    Limit,
    Opening,
    Proposal,
    Scope,
    Step,
    Transfer,
)

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)
_numbers = count(1)


def account(
    role: str, holder: int = 1, *, book: int = 1, unit: str = "CNY", slot: int = 0,
    limit: Limit = "none",
) -> Account:  # fmt: skip
    return Account(book, unit, holder, role, slot, limit)


def rooms(slot: int = 0, holder: int = 1) -> Account:
    """Rooms that can be sold; they cannot be overdrawn."""
    return account("available", holder, unit="room:1", slot=slot, limit="debits")


def sold(holder: int = 1) -> Account:
    return account("sold", holder, unit="room:1")


def opening(count: int, slot: int = 0, holder: int = 1) -> Opening:
    source = account("source", holder, unit="room:1")
    return Opening(account=rooms(slot, holder), source=source, amount=count)


def moved(
    debit: Account | None = None, credit: Account | None = None, amount: int = 1, *,
    reason: str = "test", pending: bool = False, timeout_seconds: int = 0,
    of: Belonging = NOTHING, business_date: date | None = None,
) -> Transfer:  # fmt: skip
    return Transfer(
        debit=debit or account("giver"), credit=credit or account("taker"), amount=amount,
        reason=reason, pending=pending, timeout_seconds=timeout_seconds, of=of,
        business_date=business_date,
    )  # fmt: skip


def held(slot: int = 0, amount: int = 1, *, timeout_seconds: int = 0) -> Transfer:
    return moved(rooms(slot), sold(), amount, pending=True, timeout_seconds=timeout_seconds)


def proposal(
    *chain: Step, key: str = "", request: bytes = b"", inserts: Sequence[Insert] = (),
    changes: Sequence[Change] = (), events: Sequence[Event] = (), answer: bytes = b"{}",
    scope: Scope = EVERYTHING, effective: datetime = MOMENT, business_date: date = TODAY,
) -> Proposal:  # fmt: skip
    """A proposal under a key of its own, unless it is given one."""
    return Proposal(
        key=Key("test", "move", key or f"unnamed-{next(_numbers)}", request),
        effective=effective,
        business_date=business_date,
        chain=chain,
        inserts=tuple(inserts),
        changes=tuple(changes),
        events=tuple(events),
        answer=answer,
        scope=scope,
    )
