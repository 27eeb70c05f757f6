"""A batch: proposals decided in their order, and all that one transaction writes of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from serai.core import Refusal
from serai.ledger.accounts import EMPTY, LIMITS, Account, Balances
from serai.ledger.decision import Accepted, Ending, Entry, Pending, decide, expire
from serai.ledger.deeds import BEGINNING, Link, link
from serai.ledger.encoding import microseconds
from serai.ledger.memory import Memory, Standing
from serai.ledger.proposals import (
    Change,
    Committed,
    Event,
    Insert,
    Outcome,
    Proposal,
    Refused,
    Replayed,
)
from serai.ledger.transfers import Opening, Transfer

MOST_EXPIRED = 2048
"""Pending transfers that expire in one batch: orders need not wait for a million of them."""

KEY_REUSED = Refusal(
    name="key_reused",
    says="This idempotency key was used before, for another request.",
    advice="Use a new key for a new request.",
    field="Idempotency-Key",
)

NotPending = Literal["not_pending"]


class Fence(Struct, frozen=True):
    """The one row that every batch locks first: who may write, and the next numbers.

    No transfer before `oldest_pending` is pending any more. The chain of deeds has come to
    `last_deed`, which has the hash `last_hash`.
    """

    epoch: int
    batch: int
    next_account: int
    next_transfer: int
    next_position: int
    oldest_pending: int
    recorded: datetime
    last_deed: int = 0
    last_hash: bytes = BEGINNING

    def after(self, now: datetime) -> datetime:
        """The time to record at `now`: it never goes back, even when the machine's clock does."""
        return now if now > self.recorded else self.recorded + timedelta(microseconds=1)


class StoredAnswer(Struct, frozen=True, gc=False):
    """The answer that a key was given; a refusal where `refused`."""

    request: bytes
    answer: bytes
    refused: bool


class Asked(Struct, frozen=True):
    """A proposal with the digests of its key and its request."""

    proposal: Proposal
    digest: bytes
    request: bytes


def asked(proposal: Proposal) -> Asked:
    """A proposal as the writer takes it in."""
    return Asked(proposal, proposal.key.digest(), proposal.key.request_digest())


class Told(Struct, frozen=True):
    """An event at its position."""

    position: int
    effective: datetime
    event: Event


class Kept(Struct, frozen=True, gc=False):
    """A key and the answer to keep under it."""

    digest: bytes
    answer: StoredAnswer


class Unknown(Struct, frozen=True):
    """What has to be read before proposals can be decided."""

    digests: list[bytes]
    ended: list[int]
    accounts: list[Account]


class Batch:
    """The books as they will be once this batch is committed, and what is written for it.

    What the proposals touch is read into the batch first: by `look_up` what the memory and the
    batch `before` this one know, and by `learn` the rest, which `look_up` has told of. So a batch
    can be decided while the one before it is still being committed, and nothing that is forgotten
    meanwhile is missed.
    """

    def __init__(self, fence: Fence, memory: Memory, recorded: datetime,
                 before: "Batch | None" = None) -> None:  # fmt: skip
        self.fence = fence
        self.recorded = recorded
        self.outcomes: list[Outcome] = []
        self.entries: list[Entry] = []
        self.endings: dict[int, Ending] = {}
        self.kept: list[Kept] = []
        self.told: list[Told] = []
        self.inserts: list[Insert] = []
        self.changes: list[Change] = []
        self.deeds: list[Link] = []
        self.opened: list[Account] = []
        self.sums: dict[Account, Balances] = {}
        self.balances = self.sums.get
        self.ids: dict[Account, int] = {}
        self.changed: set[Account] = set()
        self.due: list[Pending] = []
        self._taken: list[Pending] = []
        self._first_deadline: datetime | None = None
        self.steps = 0
        self._changed_rows: set[tuple[str, int]] = set()
        self._memory = memory
        self._before = before
        self._ended: dict[int, Pending | NotPending] = {}
        self._answers: dict[bytes, StoredAnswer] = {}

    # ------------------------------------------------------------ what is read

    def look_up(self, proposals: Iterable[Asked]) -> Unknown:
        """Take in what the books below remember of what these proposals touch."""
        digests = [one.digest for one in proposals if not self._recall_answer(one.digest)]
        ended = []
        accounts: set[Account] = set()
        known = self.ids
        for one in proposals:
            for step in one.proposal.chain:
                if isinstance(step, Transfer):
                    if step.debit not in known:
                        accounts.add(step.debit)
                    if step.credit not in known:
                        accounts.add(step.credit)
                elif isinstance(step, Opening):
                    accounts.update((step.account, step.source))
                elif not self._recall_pending(step.pending, accounts):
                    ended.append(step.pending)
        return Unknown(digests, ended, self._recall(accounts))

    def take_due(self) -> list[Account]:
        """Take in what has run out; the accounts of it that nobody remembers."""
        due = self._memory.take_due(self.recorded, MOST_EXPIRED)
        self._taken = due
        if self._before is not None:
            due = [one for one in due if one.id not in self._before.endings]
            due += self._before.running_out(self.recorded)
        self.due = due
        return self._recall(
            account for pending in due for account in (pending.debit, pending.credit)
        )

    def running_out(self, recorded: datetime) -> list[Pending]:
        """What began in this batch and has run out by `recorded`."""
        if self._first_deadline is None or self._first_deadline > recorded:
            return []
        return [
            entry.as_pending()
            for entry in self.entries
            if entry.kind == "pending"
            and entry.deadline is not None
            and entry.deadline <= recorded
            and entry.id not in self.endings
        ]

    def learn(
        self,
        accounts: Mapping[Account, Standing],
        ended: Mapping[int, Pending | NotPending],
        answers: Mapping[bytes, StoredAnswer],
    ) -> None:
        """Take in what was read of the database, where nothing newer is known."""
        for account, standing in accounts.items():
            if account not in self.ids:
                self.ids[account], self.sums[account] = standing.id, standing.balances
        self._ended.update(ended)
        self._answers.update(answers)

    def _recall(self, accounts: Iterable[Account]) -> list[Account]:
        unknown = []
        for account in accounts:
            if not self._recall_account(account):
                unknown.append(account)
                for limit in LIMITS:  # it may be open under another one
                    self._recall_account(Account(*account.key(), limit))
        return unknown

    def _recall_account(self, account: Account) -> bool:
        if account in self.ids:
            return True
        before = self._before
        if before is not None and account in before.ids:
            self.ids[account], self.sums[account] = before.ids[account], before.sums[account]
            return True
        found = self._memory.standing(account)
        if found is None:
            return False
        self.ids[account], self.sums[account] = found.id, found.balances
        return True

    def _recall_pending(self, id: int, accounts: set[Account]) -> bool:
        if id in self._ended or id >= self.fence.next_transfer:
            return True
        found = self._before.pending(id) if self._before else None
        found = found or self._memory.pendings.get(id)
        if found is None:
            return False
        self._ended[id] = found
        if isinstance(found, Pending):
            accounts.update((found.debit, found.credit))
        return True

    def _recall_answer(self, digest: bytes) -> bool:
        if self._before is not None and digest not in self._answers:
            found = self._before.answer(digest)
            if found is not None:
                self._answers[digest] = found
        return digest in self._answers

    # ------------------------------------------------------------ what is decided

    def expire_due(self) -> None:
        """End what has run out, so that its capacity is free for this batch already."""
        for pending in self.due:
            debit, credit = expire(
                pending, self.sums.get(pending.debit, EMPTY), self.sums.get(pending.credit, EMPTY)
            )
            self._change({pending.debit: debit, pending.credit: credit})
            self.endings[pending.id] = Ending(
                pending.id, "expired", 0, 0, pending.debit.book, pending.of.placement
            )

    def admit(self, one: Asked) -> None:
        """Decide on a proposal after all that were admitted before it."""
        proposal = one.proposal
        known = self._answers.get(one.digest)
        if known is not None:
            self.outcomes.append(_replay(known, one.request))
            return
        decided = proposal.refusal or decide(self, proposal, self.recorded, self.next_transfer)
        if isinstance(decided, Refusal):
            self.outcomes.append(Refused(decided))
            if not proposal.keep_refusal:
                return
            answer = StoredAnswer(one.request, msgspec.json.encode(decided), True)
        else:
            self._merge(proposal, decided)
            answer = StoredAnswer(one.request, proposal.answer, False)
        self._answers[one.digest] = answer
        self.kept.append(Kept(one.digest, answer))

    def takes(self, proposal: Proposal) -> bool:
        """Whether a proposal changes no row that another one of this batch changes."""
        if proposal.changes:
            rows = {(change.table, change.id) for change in proposal.changes}
            if rows & self._changed_rows:
                return False
            self._changed_rows |= rows
        self.steps += len(proposal.chain)
        return True

    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.kept or self.endings)

    def _merge(self, proposal: Proposal, accepted: Accepted) -> None:
        self._change(accepted.balances)
        for entry in accepted.entries:
            deadline = entry.deadline
            if deadline and (self._first_deadline is None or deadline < self._first_deadline):
                self._first_deadline = deadline
        self.entries += accepted.entries
        for ending in accepted.endings:
            self.endings[ending.pending_id] = ending
        for event in proposal.events:
            position = self.fence.next_position + len(self.told)
            self.told.append(Told(position, proposal.effective, event))
        self.inserts.extend(proposal.inserts)
        self.changes.extend(proposal.changes)
        for deed in proposal.deeds:
            recorded = microseconds(self.recorded)
            self.deeds.append(link(self.last_hash, self.last_deed + 1, recorded, deed))
        last_position = self.fence.next_position + len(self.told) - 1
        self.outcomes.append(
            Committed(proposal.answer, accepted.transfers, self.recorded, last_position)
        )

    def _change(self, balances: dict[Account, Balances]) -> None:
        """Take up new balances; accounts that open are given their ids."""
        if not self.ids.keys() >= balances.keys():
            for account in balances:
                if account not in self.ids:
                    self.ids[account] = self.fence.next_account + len(self.opened)
                    self.opened.append(account)
        self.sums.update(balances)
        self.changed.update(balances)

    # ------------------------------------------------------------ the books with this batch in them

    @property
    def next_transfer(self) -> int:
        """The id of the next transfer."""
        return self.fence.next_transfer + len(self.entries)

    @property
    def last_deed(self) -> int:
        """The number of the last deed."""
        return self.deeds[-1].number if self.deeds else self.fence.last_deed

    @property
    def last_hash(self) -> bytes:
        """The hash of the last deed."""
        return self.deeds[-1].hash if self.deeds else self.fence.last_hash

    def pending(self, id: int) -> Pending | NotPending | None:
        """A pending transfer, open or ended, or None when there is no transfer of that id."""
        place = id - self.fence.next_transfer
        if 0 <= place < len(self.entries):
            entry = self.entries[place]
            found: Pending | NotPending | None = (
                entry.as_pending() if entry.kind == "pending" else "not_pending"
            )
        else:
            found = self._ended.get(id)
        here = self.endings.get(id)
        if here is None or not isinstance(found, Pending):
            return found
        return Pending(
            found.id, found.debit, found.credit, found.amount, found.deadline, found.of, here.kind
        )

    def answer(self, digest: bytes) -> StoredAnswer | None:
        """The answer that this batch keeps under a key, or replays."""
        return self._answers.get(digest)

    # ------------------------------------------------------------ what comes after

    def moved_on(self) -> Fence:
        """The fence once this batch is committed; whatever came before it is in memory."""
        oldest_pending = self._memory.oldest_pending()
        first = self.fence.next_transfer
        return Fence(
            epoch=self.fence.epoch,
            batch=self.fence.batch + 1,
            next_account=self.fence.next_account + len(self.opened),
            next_transfer=self.next_transfer,
            next_position=self.fence.next_position + len(self.told),
            oldest_pending=first if oldest_pending is None else oldest_pending,
            recorded=self.recorded,
            last_deed=self.last_deed,
            last_hash=self.last_hash,
        )

    def follow(self) -> None:
        """The batch before this one is committed, and in memory."""
        self._before = None

    def keep(self) -> None:
        """Remember the books as they are now that this batch is committed."""
        # What was only read is remembered too: it is as this batch saw it, and left it.
        self._memory.remember(self.ids, self.sums)
        for entry in self.entries:
            if entry.kind == "pending":
                self._memory.remember_pending(entry.as_pending())
        self._memory.forget_pendings(self.endings)

    def discard(self) -> None:
        """This batch is not written: what has run out is still to be expired."""
        self._memory.put_back(self._taken)


def _replay(known: StoredAnswer, request: bytes) -> Outcome:
    if known.request != request:
        return Refused(KEY_REUSED)
    if known.refused:
        return Refused(msgspec.json.decode(known.answer, type=Refusal), replayed=True)
    return Replayed(known.answer)
