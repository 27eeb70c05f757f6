"""An independent model of the books that predicts the reply to every proposal.

It is deliberately naive, and written from TigerBeetle's public documentation of
`create_transfers` and from the design, not from the ledger's code: for each step it collects
every result that applies and answers with the one that the documentation lists first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from serai.ledger import (
    Account,
    Committed,
    Deed,
    Opening,
    Outcome,
    Post,
    Proposal,
    Refused,
    Replayed,
    Transfer,
    Void,
)

LARGEST = 9_223_372_036_854_775_807
LONGEST_CHAIN = 512
END_OF_TIME = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

# In the order of TigerBeetle's documentation; in capitals what this ledger puts in between.
PRECEDENCE = [
    "OUTSIDE_SCOPE_OF_ACCOUNTS",
    "accounts_must_be_different",
    "pending_id_must_not_be_zero",
    "timeout_reserved_for_pending_transfer",
    "amount_must_not_be_zero",
    "accounts_must_have_the_same_ledger",
    "ACCOUNT_HAS_DIFFERENT_LIMIT",
    "pending_transfer_not_found",
    "pending_transfer_not_pending",
    "OUTSIDE_SCOPE_OF_PENDING",
    "exceeds_pending_transfer_amount",
    "pending_transfer_already_posted",
    "pending_transfer_already_voided",
    "pending_transfer_expired",
    "overflows_debits_pending",
    "overflows_credits_pending",
    "overflows_debits_posted",
    "overflows_credits_posted",
    "overflows_debits",
    "overflows_credits",
    "overflows_timeout",
    "exceeds_credits",
    "exceeds_debits",
]
OWN_NAMES = {
    "OUTSIDE_SCOPE_OF_ACCOUNTS": "outside_scope",
    "OUTSIDE_SCOPE_OF_PENDING": "outside_scope",
    "ACCOUNT_HAS_DIFFERENT_LIMIT": "account_has_different_limit",
}

AccountName = tuple[int, str, int, str, int]


def name_of(account: Account) -> AccountName:
    return (account.book, account.unit, account.holder, account.role, account.slot)


@dataclass
class Sums:
    """An account: debits and credits, pending and posted, and its limit."""

    limit: str
    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0


@dataclass
class Moved:
    """A row of the journal."""

    id: int
    kind: str
    debit: AccountName
    credit: AccountName
    amount: int
    pending_id: int
    deadline: datetime | None
    order: int
    booking: int
    line: int
    store: int
    effective: datetime
    business_date: date
    reason: str


@dataclass
class Held:
    """What became of a pending transfer; `ended` is None while it is open."""

    row: Moved
    ended: str | None = None
    posted: int = 0


@dataclass
class Expected:
    """What the reply must be."""

    kind: str  # committed, replayed or refused
    answer: bytes = b""
    transfers: tuple[int, ...] = ()
    position: int = 0
    refusal: str = ""
    missing: int = 0
    step: int = -1
    replayed: bool = False


class No(Exception):
    def __init__(self, refusal: str, missing: int = 0, step: int = -1) -> None:
        super().__init__(refusal)
        self.expected = Expected("refused", refusal=refusal, missing=missing, step=step)


@dataclass
class State:
    accounts: dict[AccountName, Sums] = field(default_factory=dict)
    journal: list[Moved] = field(default_factory=list)
    held: dict[int, Held] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    done: list[Deed] = field(default_factory=list)


class Auditor:
    """The books as they should be."""

    def __init__(self) -> None:
        self.state = State()
        self.replies: Counter[str] = Counter()
        self.keys: dict[tuple[str, str, str], tuple[bytes, Expected]] = {}

    def expect(self, proposal: Proposal, now: datetime) -> Expected:
        """The reply to a proposal that is recorded at `now`, and its effects on this model."""
        expected = self._expect(proposal, now)
        self.replies[expected.refusal or expected.kind] += 1
        return expected

    def _expect(self, proposal: Proposal, now: datetime) -> Expected:
        self.expire(now)
        name = (proposal.key.actor, proposal.key.operation, proposal.key.value)
        if name in self.keys:
            request, first = self.keys[name]
            if request != proposal.key.request:
                return Expected("refused", refusal="key_reused")
            if first.kind == "refused":
                return Expected(
                    "refused", refusal=first.refusal, missing=first.missing, step=first.step,
                    replayed=True,
                )  # fmt: skip
            return Expected("replayed", answer=first.answer)
        before = self._undo_point(proposal)
        try:
            expected = self._commit(proposal, now)
        except No as no:
            self._undo(before)
            expected = no.expected
            if not proposal.keep_refusal:
                return expected
        self.keys[name] = (proposal.key.request, expected)
        return expected

    def expire(self, now: datetime) -> None:
        """Give back what every pending transfer holds whose deadline has come."""
        for held in self.open_pendings():
            if held.row.deadline is not None and held.row.deadline <= now:
                self._give_back(held)
                held.ended = "expired"

    def open_pendings(self) -> list[Held]:
        return [held for held in self.state.held.values() if held.ended is None]

    def fold(self) -> dict[AccountName, Sums]:
        """The balances once more, from nothing but the journal and how the pendings ended."""
        folded: dict[AccountName, Sums] = {}
        for row in self.state.journal:
            debit = folded.setdefault(row.debit, Sums(self.state.accounts[row.debit].limit))
            credit = folded.setdefault(row.credit, Sums(self.state.accounts[row.credit].limit))
            if row.kind in ("posted", "post"):
                debit.debits_posted += row.amount
                credit.credits_posted += row.amount
            elif row.kind == "pending" and self.state.held[row.id].ended is None:
                debit.debits_pending += row.amount
                credit.credits_pending += row.amount
        return folded

    def _commit(self, proposal: Proposal, now: datetime) -> Expected:
        if proposal.refusal is not None:
            raise No(proposal.refusal.name, proposal.refusal.missing, proposal.refusal.step)
        if len(proposal.chain) > LONGEST_CHAIN:
            raise No("chain_too_long")
        allowed = proposal.scope.books
        if allowed is not None and any(
            event.book != 0 and event.book not in allowed for event in proposal.events
        ):
            raise No("outside_scope")
        ids = []
        for place, step in enumerate(proposal.chain):
            try:
                match step:
                    case Transfer():
                        ids.append(self._transfer(step, proposal, now))
                    case Opening():
                        ids.append(self._open(step, proposal, now))
                    case Post() | Void():
                        ids.append(self._end(step, proposal, now))
            except No as no:
                raise No(no.expected.refusal, no.expected.missing, place) from None
        self.state.told.extend(event.type for event in proposal.events)
        self.state.done.extend(proposal.deeds)
        return Expected(
            "committed", answer=proposal.answer, transfers=tuple(ids),
            position=len(self.state.told),
        )  # fmt: skip

    def _transfer(self, step: Transfer, proposal: Proposal, now: datetime) -> int:
        debit, credit = self._sums(step.debit), self._sums(step.credit)
        deadline = now
        too_late = step.timeout_seconds < 0
        if step.timeout_seconds > 0:
            too_late = step.timeout_seconds > (END_OF_TIME - now).total_seconds()
            if not too_late:
                deadline = now + timedelta(seconds=step.timeout_seconds)
        _answer_first(
            self._against_transfer(step, proposal)
            | _against_sums(debit, credit, step.amount, step.pending)
            | ({"overflows_timeout": 0} if too_late else {})
        )
        self.state.accounts[name_of(step.debit)] = debit
        self.state.accounts[name_of(step.credit)] = credit
        if step.pending:
            debit.debits_pending += step.amount
            credit.credits_pending += step.amount
        else:
            debit.debits_posted += step.amount
            credit.credits_posted += step.amount
        row = Moved(
            len(self.state.journal) + 1, "pending" if step.pending else "posted",
            name_of(step.debit), name_of(step.credit), step.amount, 0,
            deadline if step.timeout_seconds else None,
            step.of.order, step.of.booking, step.of.line, step.of.store,
            step.effective or proposal.effective, step.business_date or proposal.business_date,
            step.reason,
        )  # fmt: skip
        self.state.journal.append(row)
        if step.pending:
            self.state.held[row.id] = Held(row)
        return row.id

    def _against_transfer(self, step: Transfer, proposal: Proposal) -> dict[str, int]:
        found = {}
        allowed = proposal.scope.books
        if allowed is not None and not {step.debit.book, step.credit.book} <= allowed:
            found["OUTSIDE_SCOPE_OF_ACCOUNTS"] = 0
        if name_of(step.debit) == name_of(step.credit):
            found["accounts_must_be_different"] = 0
        if step.timeout_seconds != 0 and not step.pending:
            found["timeout_reserved_for_pending_transfer"] = 0
        if step.amount < 1:
            found["amount_must_not_be_zero"] = 0
        if (step.debit.book, step.debit.unit) != (step.credit.book, step.credit.unit):
            found["accounts_must_have_the_same_ledger"] = 0
        for account in (step.debit, step.credit):
            known = self.state.accounts.get(name_of(account))
            if known is not None and known.limit != account.limit:
                found["ACCOUNT_HAS_DIFFERENT_LIMIT"] = 0
        return found

    def _open(self, step: Opening, proposal: Proposal, now: datetime) -> int:
        allowed = proposal.scope.books
        if allowed is not None and step.account.book not in allowed:
            raise No("outside_scope")
        known = self.state.accounts.get(name_of(step.account))
        if known is not None and known.limit == step.account.limit:
            return 0
        moved = Transfer(
            debit=step.source, credit=step.account, amount=step.amount, reason="open", of=step.of
        )
        return self._transfer(moved, proposal, now)

    def _end(self, step: Post | Void, proposal: Proposal, now: datetime) -> int:
        found = {}
        asked = step.amount if isinstance(step, Post) else None
        if step.pending == 0:
            found["pending_id_must_not_be_zero"] = 0
        if asked is not None and asked < 1:
            found["amount_must_not_be_zero"] = 0
        held = self.state.held.get(step.pending)
        if held is None:
            exists = 1 <= step.pending <= len(self.state.journal)
            found["pending_transfer_not_pending" if exists else "pending_transfer_not_found"] = 0
            _answer_first(found)
            raise AssertionError
        allowed = proposal.scope.books
        if allowed is not None and held.row.debit[0] not in allowed:
            found["OUTSIDE_SCOPE_OF_PENDING"] = 0
        if asked is not None and asked > held.row.amount:
            found["exceeds_pending_transfer_amount"] = 0
        if held.ended in ("posted", "voided"):
            found[f"pending_transfer_already_{held.ended}"] = 0
        elif held.ended == "expired" or (
            held.row.deadline is not None and held.row.deadline <= now
        ):
            found["pending_transfer_expired"] = 0
        _answer_first(found)
        self._give_back(held)
        posted = 0
        if isinstance(step, Post):
            posted = held.row.amount if asked is None else asked
            self.state.accounts[held.row.debit].debits_posted += posted
            self.state.accounts[held.row.credit].credits_posted += posted
        held.ended, held.posted = ("posted" if isinstance(step, Post) else "voided"), posted
        begun = held.row
        row = Moved(
            len(self.state.journal) + 1, "post" if isinstance(step, Post) else "void",
            begun.debit, begun.credit, posted or begun.amount, begun.id, None,
            begun.order, begun.booking, begun.line, begun.store,
            step.effective or proposal.effective, step.business_date or proposal.business_date,
            step.reason,
        )  # fmt: skip
        self.state.journal.append(row)
        return row.id

    def _give_back(self, held: Held) -> None:
        self.state.accounts[held.row.debit].debits_pending -= held.row.amount
        self.state.accounts[held.row.credit].credits_pending -= held.row.amount

    def _sums(self, account: Account) -> Sums:
        return self.state.accounts.get(name_of(account), Sums(account.limit))

    def _undo_point(self, proposal: Proposal) -> State:
        """What the proposal may change, as it is before."""
        names = set()
        pendings = {}
        for step in proposal.chain:
            match step:
                case Transfer():
                    names |= {name_of(step.debit), name_of(step.credit)}
                case Opening():
                    names |= {name_of(step.account), name_of(step.source)}
                case Post() | Void():
                    held = self.state.held.get(step.pending)
                    if held is not None:
                        pendings[step.pending] = Held(held.row, held.ended, held.posted)
                        names |= {held.row.debit, held.row.credit}
        accounts = self.state.accounts
        known = {name: Sums(**vars(accounts[name])) for name in names if name in accounts}
        absent = {name: Sums("absent") for name in names if name not in accounts}
        return State(known | absent, list(self.state.journal[-1:]), pendings)

    def _undo(self, before: State) -> None:
        for name, sums in before.accounts.items():
            if sums.limit == "absent":
                self.state.accounts.pop(name, None)
            else:
                self.state.accounts[name] = sums
        length = before.journal[-1].id if before.journal else 0
        for row in self.state.journal[length:]:
            self.state.held.pop(row.id, None)
        del self.state.journal[length:]
        self.state.held.update(before.held)


def _against_sums(debit: Sums, credit: Sums, amount: int, pending: bool) -> dict[str, int]:
    """Each sum and limit that `amount` would break, with how many units are missing."""
    found = {}
    sums = {
        "overflows_debits_posted": debit.debits_posted,
        "overflows_credits_posted": credit.credits_posted,
        "overflows_debits": debit.debits_pending + debit.debits_posted,
        "overflows_credits": credit.credits_pending + credit.credits_posted,
    }
    if pending:
        sums["overflows_debits_pending"] = debit.debits_pending
        sums["overflows_credits_pending"] = credit.credits_pending
    for result, present in sums.items():
        if present + amount > LARGEST:
            found[result] = 0
    debits = debit.debits_pending + debit.debits_posted + amount
    if debit.limit == "debits" and debits > debit.credits_posted:
        found["exceeds_credits"] = debits - debit.credits_posted
    credits = credit.credits_pending + credit.credits_posted + amount
    if credit.limit == "credits" and credits > credit.debits_posted:
        found["exceeds_debits"] = credits - credit.debits_posted
    return found


def _answer_first(found: dict[str, int]) -> None:
    """Refuse with the result that takes precedence over the others, if there is any."""
    for result in PRECEDENCE:
        if result in found:
            raise No(OWN_NAMES.get(result, result), found[result])


def differences(expected: Expected, outcome: Outcome) -> Iterator[str]:
    """Where a reply is not as it was predicted."""
    match outcome:
        case Committed():
            found = Expected(
                "committed", answer=outcome.answer, transfers=outcome.transfers,
                position=outcome.position,
            )  # fmt: skip
        case Replayed():
            found = Expected("replayed", answer=outcome.answer)
        case Refused():
            no = outcome.refusal
            found = Expected(
                "refused", refusal=no.name, missing=no.missing, step=no.step,
                replayed=outcome.replayed,
            )  # fmt: skip
    for name, value in vars(expected).items():
        if value != getattr(found, name):
            yield f"{name}: expected {value!r}, found {getattr(found, name)!r}"
