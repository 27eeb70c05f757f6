"""The ledger's one decision: whether a proposal goes into the books, and what it then writes.

Everything here is pure. `decide` reads the books through a `View`, which lays what the batch has
decided so far over what is committed, and answers with an `Accepted` or a `Refusal`; whoever
calls it merges what was accepted into the view before the next proposal is decided.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from serai.core import Refusal
from serai.ledger.accounts import EMPTY, LIMITS, Account, Balances
from serai.ledger.proposals import MOST_STEPS, Proposal
from serai.ledger.sums import (
    Forbidden,
    credit_ended,
    credited,
    debit_ended,
    debited,
    over_limit,
    overflow,
)
from serai.ledger.transfers import Belonging, Opening, Post, Transfer, Void

Kind = Literal["posted", "pending", "post", "void"]
Ended = Literal["posted", "voided", "expired"]

_STAMP = "book"
"""The field of a row that says in whose books it is."""


class Pending(Struct, frozen=True, gc=False):
    """A pending transfer as the books remember it; it expires at `deadline`, if it has one.

    `ended` says how it ended; None while it is open.
    """

    id: int
    debit: Account
    credit: Account
    amount: int
    deadline: datetime | None
    of: Belonging
    ended: Ended | None = None


class Entry(Struct, frozen=True, gc=False):
    """One row of the journal."""

    id: int
    kind: Kind
    debit: Account
    credit: Account
    amount: int
    reason: str
    pending_id: int
    deadline: datetime | None
    of: Belonging
    effective: datetime
    business_date: date

    def as_pending(self) -> Pending:
        """The pending transfer that this entry began."""
        return Pending(self.id, self.debit, self.credit, self.amount, self.deadline, self.of)


class Ending(Struct, frozen=True, gc=False):
    """How a pending transfer ended; `amount` is what was posted of it, `book` and `placement` are
    the transfer's own."""

    pending_id: int
    kind: Ended
    amount: int
    transfer_id: int
    book: int
    placement: int


class View(Protocol):
    """What a decision may know of the books."""

    def balances(self, account: Account) -> Balances | None:
        """The balances of an account, or None when it was never touched."""

    def pending(self, id: int) -> Pending | Literal["not_pending"] | None:
        """A pending transfer, open or ended, or None when there is no transfer of that id."""


class Accepted(Struct, frozen=True):
    """What a proposal writes to the books: the new balances of every account it touched too."""

    entries: tuple[Entry, ...]
    endings: tuple[Ending, ...]
    balances: dict[Account, Balances]
    transfers: tuple[int, ...]


def decide(view: View, proposal: Proposal, recorded: datetime, next_id: int) -> Accepted | Refusal:
    """Decide on a proposal as of `recorded`; its transfers get the ids from `next_id` on."""
    if len(proposal.chain) > MOST_STEPS:
        return Refusal(
            name="chain_too_long",
            says=f"The step has {len(proposal.chain)} transfers; {MOST_STEPS} is the most.",
            advice="Split the order.",
        )
    if proposal.scope.books is not None and _records_outside(proposal, proposal.scope.books):
        return Refusal(name="outside_scope")
    chain = _Chain(view, proposal, recorded, next_id)
    for place, step in enumerate(proposal.chain):
        match step:
            case Transfer():
                forbidden = chain.transfer(step)
            case Opening():
                forbidden = chain.open(step)
            case Post() | Void():
                forbidden = chain.end(step)
        if forbidden is not None:
            return Refusal(name=forbidden.name, missing=forbidden.missing, step=place)
    return chain.accepted()


def _records_outside(proposal: Proposal, books: frozenset[int]) -> bool:
    """Whether an event or a new row is stamped with a book that is not among `books`."""
    stamps = {event.book for event in proposal.events}
    for insert in proposal.inserts:
        stamps.update(getattr(row, _STAMP, 0) for row in insert.rows)
    return not books.issuperset(stamps - {0})


class _Chain:
    """The effects of a chain so far; thrown away whole when one of its steps is refused."""

    def __init__(self, view: View, proposal: Proposal, recorded: datetime, next_id: int) -> None:
        self._view = view
        self._proposal = proposal
        self._books = proposal.scope.books
        self._recorded = recorded
        self._first_id = next_id
        self._balances: dict[Account, Balances] = {}
        self._entries: list[Entry] = []
        self._endings: dict[int, Ending] = {}
        self._transfers: list[int] = []
        self._deadlines: dict[int, datetime] = {}

    def accepted(self) -> Accepted:
        return Accepted(
            tuple(self._entries),
            tuple(self._endings.values()),
            self._balances,
            tuple(self._transfers),
        )

    def transfer(self, step: Transfer) -> Forbidden | None:
        debit, credit, amount, pending = step.debit, step.credit, step.amount, step.pending
        if self._books is not None and not self._books.issuperset((debit.book, credit.book)):
            return Forbidden("outside_scope")
        if _same(debit, credit):
            return Forbidden("accounts_must_be_different")
        if step.timeout_seconds and not pending:
            return Forbidden("timeout_reserved_for_pending_transfer")
        if amount <= 0:
            return Forbidden("amount_must_not_be_zero")
        if debit.book != credit.book or debit.unit != credit.unit:
            return Forbidden("accounts_must_have_the_same_ledger")
        balances, recall = self._balances, self._view.balances
        paid = balances.get(debit) or recall(debit)
        received = balances.get(credit) or recall(credit)
        if (paid is None and self._has_twin(debit)) or (
            received is None and self._has_twin(credit)
        ):
            return Forbidden("account_has_different_limit")
        paid, received = paid or EMPTY, received or EMPTY
        forbidden = overflow(paid, received, amount, pending=pending)
        deadline = None
        if step.timeout_seconds and forbidden is None:
            deadline = self._deadlines.get(step.timeout_seconds)
            deadline = deadline or self._deadline(step.timeout_seconds)
            if deadline is None:
                return Forbidden("overflows_timeout")
        forbidden = forbidden or over_limit(debit, paid, credit, received, amount)
        if forbidden is not None:
            return forbidden
        balances[debit] = debited(paid, amount, pending)
        balances[credit] = credited(received, amount, pending)
        kind: Kind = "pending" if pending else "posted"
        self._enter(kind, debit, credit, amount, step.reason, 0, deadline, step.of, step)
        return None

    def open(self, step: Opening) -> Forbidden | None:
        if self._outside(step.account.book):
            return Forbidden("outside_scope")
        if self._known(step.account) is not None:
            self._transfers.append(0)
            return None
        return self.transfer(
            Transfer(
                debit=step.source, credit=step.account, amount=step.amount,
                reason="open", of=step.of,
            )
        )  # fmt: skip

    def end(self, step: Post | Void) -> Forbidden | None:
        if step.pending == 0:
            return Forbidden("pending_id_must_not_be_zero")
        asked = step.amount if isinstance(step, Post) else None
        if asked is not None and asked <= 0:
            return Forbidden("amount_must_not_be_zero")
        pending = self._pending(step.pending)
        if pending is None:
            return Forbidden("pending_transfer_not_found")
        if pending == "not_pending":
            return Forbidden("pending_transfer_not_pending")
        if self._outside(pending.debit.book):
            return Forbidden("outside_scope")
        if asked is not None and asked > pending.amount:
            return Forbidden("exceeds_pending_transfer_amount")
        forbidden = self._ended(pending)
        if forbidden is not None:
            return forbidden
        if isinstance(step, Void):
            self._end(pending, step, "voided", 0)
        else:
            self._end(pending, step, "posted", pending.amount if asked is None else asked)
        return None

    def _pending(self, id: int) -> Pending | Literal["not_pending"] | None:
        place = id - self._first_id
        if 0 <= place < len(self._entries):
            entry = self._entries[place]
            return entry.as_pending() if entry.kind == "pending" else "not_pending"
        return self._view.pending(id)

    def _ended(self, pending: Pending) -> Forbidden | None:
        """Why a pending transfer cannot be ended any more, if it cannot."""
        here = self._endings.get(pending.id)
        ended = here.kind if here else pending.ended
        if ended in ("posted", "voided"):
            return Forbidden(f"pending_transfer_already_{ended}")
        run_out = pending.deadline is not None and pending.deadline <= self._recorded
        return Forbidden("pending_transfer_expired") if ended == "expired" or run_out else None

    def _end(self, pending: Pending, step: Post | Void, kind: Ended, posted: int) -> None:
        debit, credit, held = pending.debit, pending.credit, pending.amount
        balances, recall = self._balances, self._view.balances
        paid = balances.get(debit) or recall(debit) or EMPTY
        balances[debit] = debit_ended(paid, held, posted)
        received = balances.get(credit) or recall(credit) or EMPTY
        balances[credit] = credit_ended(received, held, posted)
        id = self._first_id + len(self._entries)
        self._endings[pending.id] = Ending(
            pending.id, kind, posted, id, debit.book, pending.of.placement
        )
        made: Kind = "post" if kind == "posted" else "void"
        amount = posted or held
        self._enter(made, debit, credit, amount, step.reason, pending.id, None, pending.of, step)

    def _known(self, account: Account) -> Balances | None:
        return self._balances.get(account) or self._view.balances(account)

    def _has_twin(self, account: Account) -> bool:
        """Whether an unknown account is open under another limit."""
        return any(
            self._known(Account(*account.key(), limit)) is not None
            for limit in LIMITS
            if limit != account.limit
        )

    def _outside(self, book: int) -> bool:
        return self._books is not None and book not in self._books

    def _enter(
        self, kind: Kind, debit: Account, credit: Account, amount: int, reason: str,
        pending_id: int, deadline: datetime | None, of: Belonging, step: Transfer | Post | Void,
    ) -> None:  # fmt: skip
        id = self._first_id + len(self._entries)
        self._entries.append(
            Entry(
                id, kind, debit, credit, amount, reason, pending_id, deadline, of,
                step.effective or self._proposal.effective,
                step.business_date or self._proposal.business_date,
            )
        )  # fmt: skip
        self._transfers.append(id)

    def _deadline(self, timeout_seconds: int) -> datetime | None:
        """When a pending transfer runs out, or None when there is no such moment."""
        if timeout_seconds > 0:
            with suppress(OverflowError):
                found = self._recorded + timedelta(seconds=timeout_seconds)
                self._deadlines[timeout_seconds] = found
                return found
        return None


def _same(one: Account, other: Account) -> bool:
    """Whether two accounts have one name; a limit is no part of it."""
    return (
        one.role == other.role
        and one.holder == other.holder
        and one.slot == other.slot
        and one.book == other.book
        and one.unit == other.unit
    )


def expire(pending: Pending, debit: Balances, credit: Balances) -> tuple[Balances, Balances]:
    """The balances of the two accounts once a pending transfer has run out."""
    return debit_ended(debit, pending.amount, 0), credit_ended(credit, pending.amount, 0)
