"""A batch: what has arrived, decided in its order, and all that one transaction writes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct, field

from serai.core import Refusal
from serai.ledger.accounts import Account, Balances
from serai.ledger.decision import Accepted, Ending, Entry, Pending, decide
from serai.ledger.memory import Memory, Overlay
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
from serai.ledger.transfers import Opening, Post, Transfer, Void

KEY_REUSED = Refusal(
    name="key_reused",
    says="This idempotency key was used before, for another request.",
    advice="Use a new key for a new request.",
    field="Idempotency-Key",
)


class Fence(Struct, frozen=True):
    """The one row that every batch locks first: who may write, and the next numbers.

    No transfer before `oldest_pending` is pending any more.
    """

    epoch: int
    batch: int
    next_account: int
    next_transfer: int
    next_position: int
    oldest_pending: int
    recorded: datetime

    def after(self, now: datetime) -> datetime:
        """The time to record at `now`: it never goes back, even when the machine's clock does."""
        return now if now > self.recorded else self.recorded + timedelta(microseconds=1)


class StoredAnswer(Struct, frozen=True):
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


class Standing(Struct, frozen=True):
    """An account with its id and its new balances."""

    id: int
    account: Account
    balances: Balances


class Told(Struct, frozen=True):
    """An event at its position."""

    position: int
    effective: datetime
    event: Event


class Kept(Struct, frozen=True):
    """A key and the answer to keep under it."""

    digest: bytes
    answer: StoredAnswer


class Batch(Struct):
    """Everything that one transaction writes, and the outcome of each proposal, in order."""

    recorded: datetime
    outcomes: list[Outcome] = field(default_factory=list)
    opened: list[Standing] = field(default_factory=list)
    moved: list[Standing] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    inserts: list[Insert] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    account_ids: dict[Account, int] = field(default_factory=dict)

    def writes(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.kept or self.endings)


class Touch(Struct):
    """The accounts and ended transfers that proposals name."""

    accounts: set[Account] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)


def touched(proposals: Sequence[Asked]) -> Touch:
    """What the proposals will ask the books for."""
    touch = Touch()
    for one in proposals:
        for step in one.proposal.chain:
            match step:
                case Transfer():
                    touch.accounts.add(step.debit)
                    touch.accounts.add(step.credit)
                case Opening():
                    touch.accounts.add(step.account)
                    touch.accounts.add(step.source)
                case Post() | Void():
                    touch.ended.add(step.pending)
    return touch


def form(
    fence: Fence,
    memory: Memory,
    ended: Mapping[int, Pending | Literal["not_pending"]],
    proposals: Sequence[Asked],
    stored: Mapping[bytes, StoredAnswer],
    recorded: datetime,
) -> Batch:
    """Decide on the proposals, each after the ones before it, and on what has run out.

    `memory` holds every account that they touch, `ended` every transfer that they end and
    `memory` does not hold, `stored` the answers of those of their keys that are known.
    """
    batch = Batch(recorded)
    overlay = Overlay(memory, ended, fence.next_transfer)
    overlay.expire_due(recorded)
    answers = dict(stored)
    for one in proposals:
        known = answers.get(one.digest)
        if known is not None:
            batch.outcomes.append(_replay(known, one.request))
            continue
        decided = one.proposal.refusal or decide(
            overlay, one.proposal, recorded, overlay.next_transfer
        )
        if isinstance(decided, Refusal):
            batch.outcomes.append(Refused(decided))
            if not one.proposal.keep_refusal:
                continue
            answer = StoredAnswer(one.request, msgspec.json.encode(decided), True)
        else:
            overlay.merge(decided)
            batch.outcomes.append(_accept(batch, fence, one.proposal, decided))
            answer = StoredAnswer(one.request, one.proposal.answer, False)
        answers[one.digest] = answer
        batch.kept.append(Kept(one.digest, answer))
    batch.entries = overlay.entries
    batch.endings = list(overlay.endings.values())
    _number(batch, fence, memory, overlay)
    return batch


def _accept(batch: Batch, fence: Fence, proposal: Proposal, accepted: Accepted) -> Committed:
    for event in proposal.events:
        position = fence.next_position + len(batch.told)
        batch.told.append(Told(position, proposal.effective, event))
    batch.inserts.extend(proposal.inserts)
    batch.changes.extend(proposal.changes)
    last_position = fence.next_position + len(batch.told) - 1
    return Committed(proposal.answer, accepted.transfers, batch.recorded, last_position)


def _replay(known: StoredAnswer, request: bytes) -> Outcome:
    if known.request != request:
        return Refused(KEY_REUSED)
    if known.refused:
        return Refused(msgspec.json.decode(known.answer, type=Refusal), replayed=True)
    return Replayed(known.answer)


def _number(batch: Batch, fence: Fence, memory: Memory, overlay: Overlay) -> None:
    """Give ids to the accounts that open, and sort them from those that were there."""
    for account, balances in overlay.changed.items():
        known = memory.accounts.get(account)
        id = known[0] if known else fence.next_account + len(batch.opened)
        (batch.moved if known else batch.opened).append(Standing(id, account, balances))
        batch.account_ids[account] = id


def moved_on(fence: Fence, memory: Memory, batch: Batch) -> Fence:
    """The fence once the batch is committed; `memory` is still that of before."""
    oldest_pending = memory.oldest_pending()
    return Fence(
        epoch=fence.epoch,
        batch=fence.batch + 1,
        next_account=fence.next_account + len(batch.opened),
        next_transfer=fence.next_transfer + len(batch.entries),
        next_position=fence.next_position + len(batch.told),
        oldest_pending=fence.next_transfer if oldest_pending is None else oldest_pending,
        recorded=batch.recorded,
    )


def keep(memory: Memory, batch: Batch) -> None:
    """Remember the books as they are now that the batch is committed."""
    for standing in (*batch.opened, *batch.moved):
        memory.accounts[standing.account] = (standing.id, standing.balances)
    for entry in batch.entries:
        if entry.kind == "pending":
            memory.remember_pending(entry.as_pending())
    for ending in batch.endings:
        memory.pendings.pop(ending.pending_id, None)
    memory.forget_beyond()
