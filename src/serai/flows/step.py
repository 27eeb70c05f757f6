"""One step of a flow: what it proposes, how it is committed, and what a retry hears."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from serai.cloud import Actor
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refusals import explain
from serai.ledger import (
    Change,
    Event,
    Insert,
    Key,
    Outcome,
    Proposal,
    Refused,
    Step,
    Transfer,
)
from serai.logistics import shortfall

MOST_TRIES = 8
"""How often a step is read and proposed again when others change the same rows meanwhile."""

Answer = TypeVar("Answer", bound=Struct)


class By(Struct, frozen=True):
    """Who asks, under which idempotency key; `request` is what a reused key is told apart by."""

    actor: Actor
    key: str
    request: bytes = b""

    def for_step(self, operation: str) -> Key:
        """The key of a step that this request takes."""
        return Key(self.actor.name, operation, self.key, self.request)


class Draft(Struct, frozen=True, kw_only=True):
    """What a step wants to write, before it has a key."""

    effective: datetime
    business_date: date
    answer: Struct
    chain: tuple[Step, ...] = ()
    inserts: tuple[Insert, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()


async def take(
    house: House,
    by: By,
    operation: str,
    answer: type[Answer],
    draft: Callable[[], Awaitable[Draft | Refusal]],
) -> Answer | Refusal:
    """Draft a step and commit it, again when what it read was changed by others meanwhile.

    A retry with the same key gets the first answer, even when that was a refusal.
    """
    refusal = Refusal(name="stale", says="Others kept changing this.", advice="Try again.")
    for _ in range(MOST_TRIES):
        drafted = await draft()
        outcome = await house.books.propose(_proposal(house, by, operation, drafted))
        if isinstance(outcome, Refused):
            refusal = outcome.refusal
            if refusal.name == "stale":
                continue
            return explain(refusal)
        return msgspec.json.decode(outcome.answer, type=answer)
    return refusal


async def record_fact(house: House, proposal: Proposal) -> Outcome:
    """Commit what cannot be refused: units that are missing come from `shortfall`."""
    for _ in range(len(proposal.chain) + 1):
        outcome = await house.books.propose(msgspec.structs.replace(proposal, keep_refusal=False))
        if not isinstance(outcome, Refused) or outcome.refusal.name != "exceeds_credits":
            return outcome
        proposal = _with_shortfall(proposal, outcome.refusal)
    return outcome


def _with_shortfall(proposal: Proposal, refusal: Refusal) -> Proposal:
    refused = proposal.chain[refusal.step]
    if not isinstance(refused, Transfer):
        raise TypeError(f"only transfers lack credits, not {refused}")
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


def _proposal(house: House, by: By, operation: str, drafted: Draft | Refusal) -> Proposal:
    key = by.for_step(operation)
    if isinstance(drafted, Refusal):
        now = house.clock()
        return Proposal(key=key, effective=now, business_date=now.date(), refusal=drafted)
    return Proposal(
        key=key,
        effective=drafted.effective,
        business_date=drafted.business_date,
        chain=drafted.chain,
        inserts=drafted.inserts,
        changes=drafted.changes,
        events=drafted.events,
        scope=by.actor.scope,
        answer=msgspec.json.encode(drafted.answer),
    )
