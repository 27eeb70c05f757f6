"""The ledger's one decision: whether a proposal goes into the books, and what it then writes.

Everything here is pure. `decide` reads the books through a `View`, which lays what the batch has
decided so far over what is committed, and answers with an `Accepted` or a `Refusal`; whoever
calls it merges what was accepted into the view before the next proposal is decided.
"""

from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from msgspec import Struct

from serai.core import Refusal
from serai.ledger.accounts import EMPTY, Account, Balances
from serai.ledger.proposals import MOST_STEPS, Proposal
from serai.ledger.results import MOST
from serai.ledger.transfers import Belonging, Opening, Post, Transfer, Void

Kind = Literal["posted", "pending", "post", "void"]
Ended = Literal["posted", "voided", "expired"]


class Pending(Struct, frozen=True):
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


class Entry(Struct, frozen=True):
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


class Ending(Struct, frozen=True):
    """How a pending transfer ended; `amount` is what was posted of it."""

    pending_id: int
    kind: Ended
    amount: int
    transfer_id: int


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
    opened: tuple[Account, ...]


def decide(view: View, proposal: Proposal, recorded: datetime, next_id: int) -> Accepted | Refusal:
    """Decide on a proposal as of `recorded`; its transfers get the ids from `next_id` on."""
    if len(proposal.chain) > MOST_STEPS:
        return Refusal(
            name="chain_too_long",
            says=f"The step has {len(proposal.chain)} transfers; {MOST_STEPS} is the most.",
            advice="Split the order.",
        )
    chain = _Chain(view, proposal, recorded, next_id)
    for place, step in enumerate(proposal.chain):
        match step:
            case Transfer():
                refused = chain.transfer(step)
            case Opening():
                refused = chain.open(step)
            case Post():
                refused = chain.post(step)
            case Void():
                refused = chain.void(step)
        if refused is not None:
            return Refusal(name=refused.name, missing=refused.missing, step=place)
    return chain.accepted()


class _No(Struct, frozen=True):
    name: str
    missing: int = 0


class _Chain:
    """The effects of a chain so far; thrown away whole when one of its steps is refused."""

    def __init__(self, view: View, proposal: Proposal, recorded: datetime, next_id: int) -> None:
        self._view = view
        self._proposal = proposal
        self._recorded = recorded
        self._next_id = next_id
        self._balances: dict[Account, Balances] = {}
        self._opened: list[Account] = []
        self._entries: list[Entry] = []
        self._endings: dict[int, Ending] = {}
        self._transfers: list[int] = []

    def accepted(self) -> Accepted:
        return Accepted(
            tuple(self._entries),
            tuple(self._endings.values()),
            self._balances,
            tuple(self._transfers),
            tuple(self._opened),
        )

    def transfer(self, step: Transfer) -> _No | None:
        debit, credit, amount = step.debit, step.credit, step.amount
        if step.timeout_seconds and not step.pending:
            return _No("timeout_reserved_for_pending_transfer")
        if amount <= 0:
            return _No("amount_must_not_be_zero")
        if debit == credit:
            return _No("accounts_must_be_different")
        if debit.book != credit.book or debit.unit != credit.unit:
            return _No("accounts_must_have_the_same_ledger")
        if self._outside(debit.book):
            return _No("outside_scope")
        paid, received = self._of(debit), self._of(credit)
        refused = _overflow(paid, received, amount, step.pending) or _limit(
            debit, credit, paid, received, amount
        )
        deadline = None
        if step.timeout_seconds:
            try:
                deadline = self._recorded + timedelta(seconds=step.timeout_seconds)
            except OverflowError:
                return _No("overflows_timeout") if _is_limit(refused) else refused
        if refused is not None:
            return refused
        self._move(debit, credit, paid, received, amount, pending=step.pending)
        self._enter(
            "pending" if step.pending else "posted",
            debit, credit, amount, step.reason, step.of,
            effective=step.effective, business_date=step.business_date, deadline=deadline,
        )  # fmt: skip
        return None

    def open(self, step: Opening) -> _No | None:
        if self._known(step.account) is not None:
            self._transfers.append(0)
            return None
        return self.transfer(
            Transfer(
                debit=step.source, credit=step.account, amount=step.amount,
                reason="open", of=step.of,
            )
        )  # fmt: skip

    def post(self, step: Post) -> _No | None:
        if step.amount is not None and step.amount <= 0:
            return _No("amount_must_not_be_zero")
        pending = self._pending(step.pending)
        if isinstance(pending, _No):
            return pending
        amount = pending.amount if step.amount is None else step.amount
        if amount > pending.amount:
            return _No("exceeds_pending_transfer_amount")
        return self._ended(pending) or self._end(pending, step, amount, "posted")

    def void(self, step: Void) -> _No | None:
        pending = self._pending(step.pending)
        if isinstance(pending, _No):
            return pending
        return self._ended(pending) or self._end(pending, step, 0, "voided")

    def _pending(self, id: int) -> Pending | _No:
        found = self._view.pending(id)
        if found is None:
            return _No("pending_transfer_not_found")
        if found == "not_pending":
            return _No("pending_transfer_not_pending")
        return _No("outside_scope") if self._outside(found.debit.book) else found

    def _ended(self, pending: Pending) -> _No | None:
        """Why a pending transfer cannot be ended any more, if it cannot."""
        here = self._endings.get(pending.id)
        ended = here.kind if here else pending.ended
        if ended in ("posted", "voided"):
            return _No(f"pending_transfer_already_{ended}")
        run_out = pending.deadline is not None and pending.deadline <= self._recorded
        return _No("pending_transfer_expired") if ended == "expired" or run_out else None

    def _end(self, pending: Pending, step: Post | Void, amount: int, kind: Ended) -> _No | None:
        for account, is_debit in ((pending.debit, True), (pending.credit, False)):
            self._balances[account] = _release(
                self._of(account), pending.amount, amount, is_debit=is_debit
            )
        self._endings[pending.id] = Ending(pending.id, kind, amount, self._next_id)
        self._enter(
            "post" if kind == "posted" else "void",
            pending.debit, pending.credit, amount or pending.amount, step.reason, pending.of,
            effective=step.effective, business_date=step.business_date, pending_id=pending.id,
        )  # fmt: skip
        return None

    def _known(self, account: Account) -> Balances | None:
        return self._balances.get(account) or self._view.balances(account)

    def _of(self, account: Account) -> Balances:
        return self._known(account) or EMPTY

    def _outside(self, book: int) -> bool:
        books = self._proposal.scope.books
        return books is not None and book not in books

    def _move(
        self, debit: Account, credit: Account, paid: Balances, received: Balances,
        amount: int, *, pending: bool,
    ) -> None:  # fmt: skip
        for account in (debit, credit):
            if account not in self._balances and self._view.balances(account) is None:
                self._opened.append(account)
        dp, d, cp, c = (
            paid.debits_pending, paid.debits_posted, paid.credits_pending, paid.credits_posted,
        )  # fmt: skip
        self._balances[debit] = (
            Balances(dp + amount, d, cp, c) if pending else Balances(dp, d + amount, cp, c)
        )
        dp, d, cp, c = (
            received.debits_pending, received.debits_posted,
            received.credits_pending, received.credits_posted,
        )  # fmt: skip
        self._balances[credit] = (
            Balances(dp, d, cp + amount, c) if pending else Balances(dp, d, cp, c + amount)
        )

    def _enter(
        self, kind: Kind, debit: Account, credit: Account, amount: int, reason: str,
        of: Belonging, *, effective: datetime | None, business_date: date | None,
        deadline: datetime | None = None, pending_id: int = 0,
    ) -> None:  # fmt: skip
        self._entries.append(
            Entry(
                self._next_id, kind, debit, credit, amount, reason, pending_id, deadline, of,
                effective or self._proposal.effective,
                business_date or self._proposal.business_date,
            )
        )  # fmt: skip
        self._transfers.append(self._next_id)
        self._next_id += 1


def _overflow(paid: Balances, received: Balances, amount: int, pending: bool) -> _No | None:
    if pending and amount + paid.debits_pending > MOST:
        return _No("overflows_debits_pending")
    if pending and amount + received.credits_pending > MOST:
        return _No("overflows_credits_pending")
    if amount + paid.debits_posted > MOST:
        return _No("overflows_debits_posted")
    if amount + received.credits_posted > MOST:
        return _No("overflows_credits_posted")
    if amount + paid.debits_pending + paid.debits_posted > MOST:
        return _No("overflows_debits")
    if amount + received.credits_pending + received.credits_posted > MOST:
        return _No("overflows_credits")
    return None


def _limit(
    debit: Account, credit: Account, paid: Balances, received: Balances, amount: int
) -> _No | None:
    if debit.limit == "debits":
        missing = paid.debits_pending + paid.debits_posted + amount - paid.credits_posted
        if missing > 0:
            return _No("exceeds_credits", missing)
    if credit.limit == "credits":
        missing = (
            received.credits_pending + received.credits_posted + amount - received.debits_posted
        )
        if missing > 0:
            return _No("exceeds_debits", missing)
    return None


def _is_limit(refused: _No | None) -> bool:
    return refused is None or refused.name in ("exceeds_credits", "exceeds_debits")


def _release(balances: Balances, pending: int, posted: int, *, is_debit: bool) -> Balances:
    """The balances after a pending amount has ended with `posted` of it posted."""
    b = balances
    if is_debit:
        return Balances(
            b.debits_pending - pending, b.debits_posted + posted,
            b.credits_pending, b.credits_posted,
        )  # fmt: skip
    return Balances(
        b.debits_pending, b.debits_posted,
        b.credits_pending - pending, b.credits_posted + posted,
    )  # fmt: skip


def expire(pending: Pending, debit: Balances, credit: Balances) -> tuple[Balances, Balances]:
    """The balances of the two accounts once a pending transfer has run out."""
    return (
        _release(debit, pending.amount, 0, is_debit=True),
        _release(credit, pending.amount, 0, is_debit=False),
    )
