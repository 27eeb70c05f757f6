"""Refunds: what goes back of a step, and what of it waits for a second person.

A cancellation is done at once; what may wait is the money's way out. Its pending transfer stands
from the beginning, so it is spent nowhere else, and the provider is asked once somebody else has
agreed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct, structs

from serai.capital import (
    Payment,
    ask_refund,
    count_waiting_refunds,
    payments_of,
    read_payment,
)
from serai.cloud import (
    Actor,
    Approval,
    AskedRefund,
    Wait,
    refund_approvals,
)
from serai.core import Refusal
from serai.flows.alone import hands_behind, is_bound, why_it_waits
from serai.flows.confirm import of_payment
from serai.flows.hands import are_two
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.flows.times import day_at
from serai.flows.turns import Turn
from serai.ledger import Change, Event, Insert, Step, Void, open_pendings
from serai.merchants import Line, OrderFile, chosen, read_order


class PaidBack(Struct, frozen=True):
    """What a step pays back: refunds, and what is asked of a second person about some of them."""

    refunds: tuple[Payment, ...] = ()
    approvals: tuple[Approval, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()

    @property
    def waits_minor(self) -> int:
        """How much of it waits, in minor units."""
        return sum(one.amount_minor for one in self.refunds if one.status == "waiting")

    @property
    def wait(self) -> Wait | None:
        """Why, of what waits first."""
        asked = [one.asked for one in self.approvals]
        return next((one.wait for one in asked if isinstance(one, AskedRefund)), None)

    @property
    def chain(self) -> tuple[Step, ...]:
        """Customer money on its way back, until the provider answers."""
        chain: list[Step] = []
        for refund in self.refunds:
            chain += ask_refund(
                refund.collector_id, refund.currency, refund.amount_minor, of_payment(refund)
            )
        return tuple(chain)

    @property
    def inserts(self) -> tuple[Insert, ...]:
        """The records of it."""
        tables = (("payments", self.refunds), ("approvals", self.approvals))
        return tuple(Insert(table, rows) for table, rows in tables if rows)


class RefundDecided(Struct, frozen=True):
    """What a second person has said of a refund."""

    refund_id: int
    approved: bool


async def pay_back(
    house: House, actor: Actor, file: OrderFile, lines: Sequence[Line], owed: Mapping[int, int],
    moment: datetime, turn: Turn | None = None,
) -> PaidBack:  # fmt: skip
    """What is owed back for each of these lines, each part against the payment that brought it.

    Once more was paid back than one person may, all that follows waits: of an order
    (`LegalEntity.refunds_alone_minor`) whoever did it, so that nothing is won by cancelling line by
    line, and of all orders what the same hands have let out alone within a day
    (`refunds_day_minor`). Of two steps at once the second is drafted again, because each says that
    the order, and whoever is behind it, has another version now.
    """
    payments = await payments_of(house.database, file.order.id)
    ids = await house.ids.take(2 * len(payments))
    refunds = _refunds_of(payments, lines, owed, ids, moment)
    if not refunds or not is_bound(actor, file.order.customer_id):
        return PaidBack(refunds)
    return await let_out(house, actor, file, payments, refunds, ids, turn)


async def let_out(
    house: House, actor: Actor, file: OrderFile, payments: Sequence[Payment],
    refunds: tuple[Payment, ...], ids: Iterator[int], turn: Turn | None,
    waits_for: Wait | None = None,
) -> PaidBack:  # fmt: skip
    """These refunds of an order, with `payments` before them: let out, or waiting; with
    `waits_for` they wait in any case."""
    order = file.order
    hands = await hands_behind(house, actor, turn)
    settled: list[Payment] = []
    approvals: list[Approval] = []
    for collector in dict.fromkeys(refund.collector_id for refund in refunds):
        own = [refund for refund in refunds if refund.collector_id == collector]
        wait = waits_for or await why_it_waits(house, hands, collector, payments, own)
        if wait is None:
            by = tuple(sorted(hands.ids))
            settled += (structs.replace(refund, let_out_by=by) for refund in own)
            continue
        for refund in own:
            settled.append(structs.replace(refund, status="waiting"))
            approvals.append(_ask_about(refund, wait, next(ids), actor))
    waiting = frozenset(line for one in settled if one.status == "waiting" for line in one.lines)
    return PaidBack(
        tuple(settled),
        tuple(approvals),
        (Change("orders", order.id, order.version, {}), *hands.changes),
        tell(file, chosen(file.lines, waiting), "refund.waiting"),
    )


def refund_of(
    payment: Payment, refund_id: int, amount_minor: int, lines: Sequence[Line], moment: datetime
) -> Payment:
    """The request that pays back `amount_minor` of a payment for `lines`, the way it came."""
    return Payment(
        id=refund_id,
        order_id=payment.order_id,
        customer_id=payment.customer_id,
        kind="refund",
        provider=payment.provider,
        token=payment.token,
        currency=payment.currency,
        amount_minor=amount_minor,
        collector_id=payment.collector_id,
        lines=tuple(line.id for line in lines),
        status="asked",
        asked_at=moment,
        refund_of=payment.id,
        placement_ids=tuple(sorted({line.placement_id for line in lines})),
    )


async def decide_refund(
    house: House, by: By, refund_id: int, *, approved: bool
) -> RefundDecided | Refusal:
    """Let a refund that waits go to its provider, or keep its money with the house.

    Whoever holds `refunds.approve` on the company that collected the money, on everything that the
    refund is for, or on the group, sees it and decides; but nobody does both, ask and decide, in
    person or through a program whose key they have had.
    """

    async def draft() -> Draft | Refusal:
        seen = await house.seen_by(by.actor, "refunds.approve")
        refund = await read_payment(seen.database, refund_id)
        file = await read_order(house.database, refund.order_id) if refund else None
        if refund is None or refund.kind != "refund" or file is None:
            return unknown("refund", "refund_id")
        approval = (await refund_approvals(house.database, [refund.id])).get(refund.id)
        if approval is None or approval.state != "waiting":
            return _decided(refund)
        if not await may_decide_refund(house, by.actor, approval):
            return Refusal(
                name="second_person_needed",
                says="Whoever asked for a refund does not decide about it, nor do their programs, "
                "nor whoever has had the same program or account in hand.",
                advice="Let a colleague decide who may approve refunds and shares neither.",
            )
        moment = house.clock()
        lines = chosen(file.lines, frozenset(refund.lines))
        organisation = await house.organisation(line.store_id for line in lines)
        return Draft(
            effective=moment,
            business_date=day_at(organisation, lines[0], moment),
            answer=RefundDecided(refund.id, approved),
            chain=() if approved else await _given_up(house, refund),
            changes=_decision(by.actor, refund, approval, moment, approved=approved),
            events=tell(file, lines, "refund.approved" if approved else "refund.refused"),
        )

    return await take(house, by, "decide_refund", RefundDecided, draft, of=(refund_id, approved))


async def may_decide_refund(house: House, actor: Actor, approval: Approval) -> bool:
    """Whether nobody is behind the actor who is behind what was asked, too."""
    return await are_two(house, approval.asked_by, actor.id)


async def count_refunds_waiting(house: House, actor: Actor) -> int:
    """How many refunds wait of those that somebody looks after."""
    if not actor.may("refunds.approve"):
        return 0
    return await count_waiting_refunds((await house.seen_by(actor, "refunds.approve")).database)


def _refunds_of(
    payments: Sequence[Payment], lines: Sequence[Line], owed: Mapping[int, int],
    ids: Iterator[int], moment: datetime,
) -> tuple[Payment, ...]:  # fmt: skip
    refunds = []
    for payment in payments:
        if payment.kind != "payment" or payment.status != "succeeded":
            continue
        own = [line for line in lines if line.id in payment.lines and owed.get(line.id)]
        if own:
            amount = sum(owed[line.id] for line in own)
            refunds.append(refund_of(payment, next(ids), amount, own, moment))
    return tuple(refunds)


def _ask_about(refund: Payment, wait: Wait, id: int, actor: Actor) -> Approval:
    asked = AskedRefund(payment_id=refund.id, wait=wait)
    return Approval(id=id, asked=asked, asked_by=actor.id, asked_at=refund.asked_at)


def _decided(refund: Payment) -> Refusal:
    return Refusal(
        name="refund_not_waiting",
        says=f"This refund does not wait for anybody: it is {refund.status}.",
        advice="Look at it as it stands now.",
    )


async def _given_up(house: House, refund: Payment) -> tuple[Step, ...]:
    """The money stays the customer's, for somebody to look after."""
    pendings = await open_pendings(house.database, refund.order_id)
    return tuple(
        Void(pending=pending.id, reason="refund")
        for pending in pendings
        if pending.of.line == refund.id
    )


def _decision(
    actor: Actor, refund: Payment, approval: Approval, moment: datetime, *, approved: bool
) -> tuple[Change, ...]:
    """What becomes of the refund: it is asked for from now on, or was answered by us."""
    values: dict[str, object] = (
        {"status": "asked", "asked_at": moment}
        if approved
        else {"status": "refused", "answered_at": moment}
    )
    decision: dict[str, object] = {
        "state": "approved" if approved else "refused",
        "decided_by": actor.id,
        "decided_at": moment,
    }
    return (
        Change("payments", refund.id, refund.version, values),
        Change("approvals", approval.id, approval.version, decision),
    )
