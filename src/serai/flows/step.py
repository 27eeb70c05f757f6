"""One step of a flow: what it proposes, how it is committed, and what a retry hears."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from serai.cloud import Actor, Origin
from serai.core import Refusal, span
from serai.flows.deeds import deeds_of
from serai.flows.house import House
from serai.flows.refusals import explain
from serai.flows.slots import Opens
from serai.ledger import (
    Change,
    Committed,
    Deed,
    Event,
    Insert,
    Key,
    Outcome,
    Proposal,
    Refused,
    Step,
    Transfer,
)
from serai.logistics import is_available, shortfall
from serai.merchants import Line

MOST_TRIES = 8
"""How often a step is read and proposed again when others change the same rows meanwhile."""

OVERTAKEN = frozenset({
    "stale",
    "pending_transfer_already_posted",
    "pending_transfer_already_voided",
    "pending_transfer_expired",
})  # fmt: skip
"""Refusals that only say that what was read is no longer so: it is read and proposed again."""

Answer = TypeVar("Answer", bound=Struct)


class By(Struct, frozen=True):
    """Who asks, under which idempotency key, and from where; `request` is what a reused key is
    told apart by."""

    actor: Actor
    key: str
    request: bytes = b""
    origin: Origin = Origin()

    def for_step(self, operation: str, request: object) -> Key:
        """The key of a step that this request takes; `request` is what it asks of the step."""
        return Key(
            self.actor.name,
            operation,
            self.key,
            b"\x1f".join((self.request, said_in_bytes(request))),
        )


def said_in_bytes(request: object) -> bytes:
    """A request as bytes, the same for the same request."""
    try:
        return msgspec.msgpack.encode(request)
    except (OverflowError, UnicodeError):  # what no step can take; it is refused all the same
        return repr(request).encode(errors="backslashreplace")


def listed(lines: frozenset[int] | None) -> list[int] | None:
    """The lines that a request names, in an order that is always the same."""
    return None if lines is None else sorted(lines)


class Draft(Struct, frozen=True, kw_only=True):
    """What a step wants to write, before it has a key; `lines` are those it would make."""

    effective: datetime
    business_date: date
    answer: Struct
    chain: tuple[Step, ...] = ()
    inserts: tuple[Insert, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
    opens: tuple[Opens, ...] = ()

    def line_of(self, refusal: Refusal) -> Line | None:
        """The new line whose transfer was refused."""
        refused = self.chain[refusal.step] if refusal.step >= 0 else None
        if not isinstance(refused, Transfer):
            return None
        return next((line for line in self.lines if line.id == refused.of.line), None)


async def take(
    house: House,
    by: By,
    operation: str,
    answer: type[Answer],
    draft: Callable[[], Awaitable[Draft | Refusal]],
    *,
    of: object = None,
    keep_refusals: bool = True,
) -> Answer | Refusal:
    """Draft a step and commit it, again when what it read was changed by others meanwhile, and
    once again when the database has refused a record: there may be one like it since.

    A retry with the same key gets the first answer, even when that was a refusal; with
    `keep_refusals` off (jobs, which come again by themselves) a refusal is forgotten. `of` is
    what the step is asked to do: the same key for another deed is refused.
    """
    with span(f"flow {operation}") as traced:
        key = by.for_step(operation, of)
        settled = await _settle(house, by, key, answer, draft, keep_refusals=keep_refusals)
        if traced is not None and isinstance(settled, Refusal):
            traced.set_attribute("serai.refusal", settled.name)
        return settled


async def _settle(
    house: House,
    by: By,
    key: Key,
    answer: type[Answer],
    draft: Callable[[], Awaitable[Draft | Refusal]],
    *,
    keep_refusals: bool,
) -> Answer | Refusal:
    refusal, rejected = Refusal(name="stale"), False
    drafted = await draft()
    for _ in range(MOST_TRIES):
        if isinstance(drafted, Refusal):
            return await _refuse(house, key, drafted, answer) if keep_refusals else drafted
        deeds = await deeds_of(house, by.actor, by.origin, key.operation, drafted)
        outcome = await house.books.propose(_proposal(key, by, drafted, deeds))
        if isinstance(outcome, Committed):
            for opened in drafted.opens:
                house.open_slots.remember(opened)
        if not isinstance(outcome, Refused):
            return msgspec.json.decode(outcome.answer, type=answer)
        if outcome.replayed:
            return outcome.refusal  # explained then, by a draft that may have had another chain
        refusal = explain(outcome.refusal, drafted.line_of(outcome.refusal))
        if refusal.name == "record_rejected":
            if rejected:
                return refusal
            rejected, drafted = True, await draft()  # others may have written the same meanwhile
            continue
        anew = bool(drafted.changes) or refusal.name == "stale"
        before, drafted = drafted, await draft() if anew else drafted
        if refusal.name not in OVERTAKEN and _is_unmoved(before, drafted):
            return await _refuse(house, key, refusal, answer) if keep_refusals else refusal
    return refusal


def _is_unmoved(before: Draft, after: Draft | Refusal) -> bool:
    """Whether all that a step would change was the same before and after it was refused, so that
    the refusal is about what there is and not about what there was."""
    if isinstance(after, Refusal):
        return False
    return [(one.table, one.id, one.version) for one in before.changes] == [
        (one.table, one.id, one.version) for one in after.changes
    ]


async def _refuse(
    house: House, key: Key, refusal: Refusal, answer: type[Answer]
) -> Answer | Refusal:
    """Keep a refusal as the answer of its key, unless the key has been answered already."""
    now = house.clock()
    outcome = await house.books.propose(
        Proposal(key=key, effective=now, business_date=now.date(), refusal=refusal)
    )
    if isinstance(outcome, Refused):
        return outcome.refusal
    return msgspec.json.decode(outcome.answer, type=answer)


async def record_fact(house: House, proposal: Proposal) -> Outcome:
    """Commit what cannot be refused: rooms, seats and goods that are missing come from
    `shortfall`. Money that is missing is refused all the same: it cannot come from nowhere."""
    for _ in range(len(proposal.chain) + 1):
        outcome = await house.books.propose(msgspec.structs.replace(proposal, keep_refusal=False))
        if not isinstance(outcome, Refused) or outcome.refusal.name != "exceeds_credits":
            return outcome
        refused = proposal.chain[outcome.refusal.step]
        if not isinstance(refused, Transfer) or not is_available(refused.debit):
            return outcome
        proposal = _with_shortfall(proposal, refused, outcome.refusal)
    return outcome


def _with_shortfall(proposal: Proposal, refused: Transfer, refusal: Refusal) -> Proposal:
    opening = Transfer(
        debit=shortfall(refused.debit),
        credit=refused.debit,
        amount=refusal.missing,
        reason="shortfall",
        of=refused.of,
        business_date=refused.business_date,
    )
    chain = (*proposal.chain[: refusal.step], opening, *proposal.chain[refusal.step :])
    return msgspec.structs.replace(proposal, chain=chain)


def _proposal(key: Key, by: By, drafted: Draft, deeds: tuple[Deed, ...]) -> Proposal:
    return Proposal(
        key=key,
        effective=drafted.effective,
        business_date=drafted.business_date,
        chain=drafted.chain,
        inserts=drafted.inserts,
        changes=drafted.changes,
        events=drafted.events,
        deeds=deeds,
        scope=by.actor.scope,
        answer=msgspec.json.encode(drafted.answer),
        keep_refusal=False,
    )
