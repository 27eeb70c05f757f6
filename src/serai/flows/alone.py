"""Alone: what somebody pays back without a second person, of an order and within a day."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from msgspec import Struct, structs

from serai.capital import Payment, let_out_alone
from serai.cloud import Actor, LegalEntity, Wait, people_of, program_of
from serai.flows.hands import hands_of
from serai.flows.house import House
from serai.flows.raised import as_before
from serai.flows.turns import Turn
from serai.ledger import Change

GOES_BACK = ("waiting", "asked", "succeeded")
"""Refunds of these statuses are paid back, or may be."""
A_DAY = timedelta(hours=24)
"""Any: a day of the calendar would let out two days' money around midnight, and the stores of one
company have their midnights at many hours."""


class Hands(Struct, frozen=True):
    """Whoever may be behind what is paid back. `changes` say of each that nothing else was let
    out meanwhile: of two steps at once the second is drafted again, and sees the first."""

    ids: frozenset[int] = frozenset()
    changes: tuple[Change, ...] = ()


def is_bound(actor: Actor, customer_id: int) -> bool:
    """Whether somebody pays back more than the bound only together with a second person.

    People and programs are. The platform is not: its jobs pay back what the house has no claim to
    (money that came too late), by a rule that leaves nothing to choose. Nor are customers who
    cancel their own order: what they get is what was agreed with them beforehand, less the fee,
    the way it came, and nobody of the house has had a hand in it. Staff who are customers, too,
    are staff.
    """
    if actor.holdings is None:
        return False
    nodes = actor.nodes("orders.write")
    own = any(node.level == "customer" and node.id == customer_id for node in nodes)
    return not own or any(node.level != "customer" for node in nodes)


async def hands_behind(house: House, actor: Actor, turn: Turn | None) -> Hands:
    """The hands that let money out when the actor does, once it is their turn; a step that is only
    shown beforehand has none to wait for."""
    ids = await hands_of(house, actor.id)
    if turn is not None:
        await turn.come(ids)
    people = await people_of(house.database, sorted(ids))
    changes = [Change("people", id, one.version, {}) for id, one in people.items()]
    for id in sorted(ids - people.keys()):
        program = await program_of(house.database, id)
        if program is not None:
            changes.append(Change("programs", id, program.version, {}))
    return Hands(ids, tuple(changes))


async def why_it_waits(
    house: House, hands: Hands, collector_id: int, before: Iterable[Payment],
    new: Sequence[Payment],
) -> Wait | None:  # fmt: skip
    """Why the `new` refunds of what a company has collected wait for a second person, if they do;
    `before` are the others of their order. Whoever has raised the figures lately goes by those
    from before, until a week has passed."""
    entity = (await house.organisation()).entities.get(collector_id)
    going = [
        one
        for one in before
        if one.kind == "refund" and one.collector_id == collector_id and one.status in GOES_BACK
    ]
    if entity is None or any(one.currency != entity.currency for one in (*going, *new)):
        return Wait(reason="currency", entity_id=collector_id, currency=new[0].currency)
    moment = new[0].asked_at
    let_out = await let_out_alone(house.database, collector_id, hands.ids, moment - A_DAY)
    wait = _above(entity, going, new, let_out)
    if wait is None:
        own = await as_before(house, hands.ids, entity, moment)
        wait = _above(own, going, new, let_out)
        return structs.replace(wait, reason="raised") if wait else None
    return wait


def _above(
    entity: LegalEntity, going: Sequence[Payment], new: Sequence[Payment], let_out: int
) -> Wait | None:
    """Which figure of the company it is above."""
    return _above_order(entity, going, new) or _above_day(entity, new, let_out)


def _above_day(entity: LegalEntity, new: Sequence[Payment], let_out: int) -> Wait | None:
    if let_out + _sum(new) <= entity.refunds_day_minor:
        return None
    return Wait(
        reason="day",
        entity_id=entity.id,
        currency=entity.currency,
        before_minor=let_out,
        bound_minor=entity.refunds_day_minor,
    )


def _above_order(
    entity: LegalEntity, going: Sequence[Payment], new: Sequence[Payment]
) -> Wait | None:
    if _sum((*going, *new)) <= entity.refunds_alone_minor:
        return None
    return Wait(
        reason="order",
        entity_id=entity.id,
        currency=entity.currency,
        before_minor=_sum(going),
        bound_minor=entity.refunds_alone_minor,
    )


def _sum(refunds: Iterable[Payment]) -> int:
    return sum(one.amount_minor for one in refunds)
