"""Pay: what a provider's answer to a payment or a refund does, whenever and however often it comes.

Silence never voids a payment. A success for lines that can no longer be confirmed is money
received all the same, and goes back.
"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from serai.capital import Payment, ask_refund, read_payment, receive
from serai.cloud import Organisation
from serai.core import Refusal
from serai.flows.book import HOLD_SECONDS
from serai.flows.confirm import bind, of_payment, pendings_of, prepaid_amount, renew_holds
from serai.flows.house import House
from serai.flows.refunds import refund_of
from serai.flows.refusals import unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at
from serai.ledger import Change, Event, Insert, Pending, Post, Step, Void, open_pendings
from serai.merchants import Line, OrderFile, chosen, read_order

Outcome = Literal["succeeded", "declined"]


class Answered(Struct, frozen=True):
    """What became of a payment."""

    payment_id: int
    status: str


class _Asked(Struct, frozen=True):
    """A payment with what it was for, as it stands now."""

    organisation: Organisation
    file: OrderFile
    payment: Payment
    pendings: list[Pending]
    moment: datetime

    @property
    def lines(self) -> tuple[Line, ...]:
        """What was to be paid for."""
        return chosen(self.file.lines, frozenset(self.payment.lines))

    @property
    def paying(self) -> tuple[Line, ...]:
        """What still waits for the payment; what was cancelled meanwhile does not."""
        return tuple(line for line in self.lines if line.state == "paying")


async def answer_payment(
    house: House,
    by: By,
    payment_id: int,
    outcome: Outcome,
    provider_reference: str,
    *,
    at: datetime | None = None,
) -> Answered | Refusal:
    """Take a provider's answer; the same answer again changes nothing.

    A success after a decline is money all the same: it goes back, for the customer was told that
    nothing was paid. A decline after a success is refused.
    """

    async def draft() -> Draft | Refusal:
        payment = await read_payment(house.database, payment_id)
        file = await read_order(house.database, payment.order_id) if payment else None
        if payment is None or file is None:
            return unknown("payment", "payment_id")
        asked = _Asked(
            await house.organisation(line.store_id for line in file.lines),
            file,
            payment,
            await open_pendings(house.database, payment.order_id),
            at or house.clock(),
        )
        match (payment.kind, payment.status, outcome):
            case ("payment", "asked", "succeeded"):
                refund_id = next(await house.ids.take(1))
                return _accept(asked, asked.paying, refund_id, provider_reference)
            case ("payment", "asked", "declined"):
                return _decline(asked, provider_reference)
            case ("payment", "declined", "succeeded"):
                refund_id = next(await house.ids.take(1))
                return _accept(asked, (), refund_id, provider_reference)
            case ("refund", "asked", _):
                return _refunded(asked, outcome, provider_reference)
            case ("refund", "waiting" | "refused", _):
                return _never_asked()
            case _:
                return _again(asked, outcome)

    return await take(house, by, "answer_payment", Answered, draft, of=(payment_id, outcome))


def _accept(asked: _Asked, lines: tuple[Line, ...], refund_id: int, reference: str) -> Draft:
    """The money comes in, and `lines` are confirmed with it; what they do not need goes back."""
    file, payment, moment = asked.file, asked.payment, asked.moment
    chain: list[Step] = [
        *receive(payment.collector_id, payment.currency, payment.amount_minor, of_payment(payment)),
        *bind(asked.organisation, file, lines, asked.pendings, moment),
    ]
    inserts: tuple[Insert, ...] = ()
    surplus = payment.amount_minor - prepaid_amount(file, lines)
    others = tuple(line for line in asked.lines if line not in lines)
    if surplus:
        refund = refund_of(payment, refund_id, surplus, others, moment)
        inserts = (Insert("payments", (refund,)),)
        chain += ask_refund(refund.collector_id, refund.currency, surplus, of_payment(refund))
    return _answered(
        asked,
        "succeeded" if lines else "returned",
        reference,
        chain=tuple(chain),
        inserts=inserts,
        changes=tuple(move_line(line, "confirmed", moment) for line in lines),
        events=(
            *tell(file, lines, "booking.confirmed"),
            *(tell(file, others, "payment.returned") if surplus else ()),
        ),
    )


def _decline(asked: _Asked, reference: str) -> Draft:
    """The lines are held for a while again, so that another card may pay."""
    order, lines, moment = asked.file.order, asked.paying, asked.moment
    changes = [move_line(line, "held", moment) for line in lines]
    if lines:
        until = moment + timedelta(seconds=HOLD_SECONDS)
        if any(line.state == "held" for line in asked.file.lines) and order.held_until:
            until = min(until, order.held_until)  # those that run out first are looked at first
        changes.append(Change("orders", order.id, order.version, {"held_until": until}))
    return _answered(
        asked,
        "declined",
        reference,
        chain=renew_holds(pendings_of(asked.pendings, lines), HOLD_SECONDS),
        changes=tuple(changes),
        events=tell(asked.file, asked.lines, "payment.declined"),
    )


def _refunded(asked: _Asked, outcome: Outcome, reference: str) -> Draft:
    """A refund went out, or stays customer money for somebody to look after."""
    own = [pending for pending in asked.pendings if pending.of.line == asked.payment.id]
    done = outcome == "succeeded"
    return _answered(
        asked,
        outcome,
        reference,
        chain=tuple(
            Post(pending=pending.id, reason="refund")
            if done
            else Void(pending=pending.id, reason="refund")
            for pending in own
        ),
        events=tell(asked.file, asked.lines, f"refund.{outcome}"),
    )


def _again(asked: _Asked, outcome: Outcome) -> Draft | Refusal:
    """The provider repeats itself, or takes back what it has said."""
    status = asked.payment.status
    if ("declined" if status == "declined" else "succeeded") != outcome:
        return Refusal(
            name="payment_already_answered",
            says=f"This payment was answered already: {status}.",
            advice="Compare it with the provider's own record.",
            field="outcome",
        )
    return Draft(
        effective=asked.moment,
        business_date=day_at(asked.organisation, asked.file.lines[0], asked.moment),
        answer=Answered(asked.payment.id, status),
    )


def _never_asked() -> Refusal:
    return Refusal(
        name="refund_not_asked",
        says="Nobody has asked a provider for this refund.",
        advice="Compare it with the provider's own record: a second person decides about it.",
        field="outcome",
    )


def _answered(
    asked: _Asked,
    status: str,
    reference: str,
    *,
    chain: tuple[Step, ...],
    events: tuple[Event, ...],
    inserts: tuple[Insert, ...] = (),
    changes: tuple[Change, ...] = (),
) -> Draft:
    payment, moment = asked.payment, asked.moment
    values: dict[str, object] = {
        "status": status,
        "answered_at": moment,
        "provider_reference": reference,
    }
    return Draft(
        effective=moment,
        business_date=day_at(asked.organisation, asked.file.lines[0], moment),
        answer=Answered(payment.id, status),
        chain=chain,
        inserts=inserts,
        changes=(*changes, Change("payments", payment.id, payment.version, values)),
        events=events,
    )
