"""Pay: what a provider's answer to a payment or a refund does, whenever and however often it comes.

Silence never voids a payment. A success for lines that can no longer be confirmed is money
received all the same, and goes back.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from serai.capital import Payment, ask_refund, read_payment, receive
from serai.cloud import Organisation
from serai.core import Refusal
from serai.flows.confirm import accept_payment, day_at, decline_payment, of_payment
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.ledger import Change, Insert, Pending, Post, Void, open_pendings
from serai.merchants import OrderFile, chosen, read_order


class Answered(Struct, frozen=True):
    """What became of a payment."""

    payment_id: int
    status: str


async def answer_payment(
    house: House,
    by: By,
    payment_id: int,
    outcome: Literal["succeeded", "declined"],
    provider_reference: str,
    *,
    at: datetime | None = None,
) -> Answered | Refusal:
    """Take a provider's answer; the same answer again changes nothing."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        payment = await read_payment(house.database, payment_id)
        if payment is None:
            return unknown("payment", "payment_id")
        file = await read_order(house.database, payment.order_id)
        if file is None:
            return unknown("order", "payment_id")
        organisation = await house.organisation()
        if payment.status != "asked":
            return _again(organisation, file, payment, outcome, moment)
        pendings = await open_pendings(house.database, payment.order_id)
        if payment.kind == "refund":
            return _refunded(
                organisation, file, payment, pendings, outcome, provider_reference, moment
            )
        refund_id = next(await house.ids.take(1))
        return _paid(
            house, organisation, file, payment, pendings, outcome, provider_reference,
            refund_id, moment,
        )  # fmt: skip

    return await take(house, by, "answer_payment", Answered, draft)


def _paid(
    house: House, organisation: Organisation, file: OrderFile, payment: Payment,
    pendings: list[Pending], outcome: str, reference: str, refund_id: int, moment: datetime,
) -> Draft:  # fmt: skip
    lines = chosen(file.lines, frozenset(payment.lines))
    paying = all(line.state == "paying" for line in lines)
    inserts: tuple[Insert, ...] = ()
    if outcome == "declined":
        if paying:
            chain, changes, events = decline_payment(house, file, payment, pendings, moment)
        else:
            chain, changes, events = (), (), tell(file, lines, "payment.declined")
        status = "declined"
    elif paying:
        chain, changes, events = accept_payment(organisation, file, payment, pendings, moment)
        status = "succeeded"
    else:
        refund = refund_of(payment, refund_id, payment.amount_minor, moment)
        chain = (
            *receive(
                payment.collector_id, payment.currency, payment.amount_minor, of_payment(payment)
            ),
            *ask_refund(
                payment.collector_id, payment.currency, payment.amount_minor, of_payment(refund)
            ),
        )
        changes, events = (), tell(file, lines, "payment.returned")
        status, inserts = "returned", (Insert("payments", (refund,)),)
    return Draft(
        effective=moment,
        business_date=day_at(organisation, lines[0], moment),
        answer=Answered(payment.id, status),
        chain=chain,
        inserts=inserts,
        changes=(*changes, _settle(payment, status, reference, moment)),
        events=events,
    )


def _refunded(
    organisation: Organisation, file: OrderFile, payment: Payment, pendings: list[Pending],
    outcome: str, reference: str, moment: datetime,
) -> Draft:  # fmt: skip
    """A refund went out, or stays customer money for somebody to look after."""
    own = [pending for pending in pendings if pending.of.line == payment.id]
    done = outcome == "succeeded"
    return Draft(
        effective=moment,
        business_date=day_at(organisation, file.lines[0], moment),
        answer=Answered(payment.id, outcome),
        chain=tuple(
            Post(pending=pending.id, reason="refund")
            if done
            else Void(pending=pending.id, reason="refund")
            for pending in own
        ),
        changes=(_settle(payment, outcome, reference, moment),),
        events=tell(file, chosen(file.lines, frozenset(payment.lines)), f"refund.{outcome}"),
    )


def _again(
    organisation: Organisation, file: OrderFile, payment: Payment, outcome: str, moment: datetime
) -> Draft | Refusal:
    """The provider repeats itself, or contradicts itself."""
    said = "declined" if payment.status == "declined" else "succeeded"
    if said != outcome:
        return Refusal(
            name="payment_already_answered",
            says=f"This payment was answered already: {payment.status}.",
            advice="Compare it with the provider's own record.",
            field="outcome",
        )
    return Draft(
        effective=moment,
        business_date=day_at(organisation, file.lines[0], moment),
        answer=Answered(payment.id, payment.status),
    )


def refund_of(payment: Payment, refund_id: int, amount_minor: int, moment: datetime) -> Payment:
    """The request that pays back `amount_minor` of a payment, the way it came."""
    return Payment(
        id=refund_id,
        order_id=payment.order_id,
        kind="refund",
        provider=payment.provider,
        token=payment.token,
        currency=payment.currency,
        amount_minor=amount_minor,
        collector_id=payment.collector_id,
        lines=payment.lines,
        status="asked",
        asked_at=moment,
        refund_of=payment.id,
    )


def _settle(payment: Payment, status: str, reference: str, moment: datetime) -> Change:
    values: dict[str, object] = {
        "status": status,
        "answered_at": moment,
        "provider_reference": reference,
    }
    return Change("payments", payment.id, payment.version, values)
