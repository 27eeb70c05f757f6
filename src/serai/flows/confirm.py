"""Confirm: bind the seller. What must be paid first is asked of a payment provider."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from serai.capital import Payment, deposit, move_value, receive
from serai.cloud import Organisation
from serai.core import Refusal, business_date
from serai.flows.agreement import deal_of, of_line
from serai.flows.book import HOLD_SECONDS
from serai.flows.house import House
from serai.flows.refusals import check_states, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.ledger import (
    Belonging,
    Change,
    Event,
    Insert,
    Pending,
    Post,
    Step,
    Transfer,
    Void,
    open_pendings,
)
from serai.merchants import Line, LineState, OrderFile, chosen, read_order


class PaymentMeans(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer pays: a provider, and what stands for their card or account there."""

    provider: str
    token: str


class Confirmed(Struct, frozen=True):
    """The lines' state now: `confirmed`, or `paying` while the provider has not answered."""

    order_id: int
    state: LineState
    lines: tuple[int, ...]
    payment_id: int = 0


async def confirm(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    means: PaymentMeans | None = None,
    at: datetime | None = None,
) -> Confirmed | Refusal:
    """Confirm lines of an order (all of them by default), or ask for their payment first."""

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        file = await read_order(house.database, order_id)
        if file is None:
            return unknown("order", "order_id")
        own = chosen(file.lines, lines)
        refused = check_states(own, ("held",), "confirmed")
        if refused is not None:
            return refused
        pendings = pendings_of(await open_pendings(house.database, order_id), own)
        organisation = await house.organisation()
        if any(line.guarantee == "prepaid" for line in own):
            if means is None:
                return _payment_required(file, own)
            payment_id = next(await house.ids.take(1))
            return _ask(organisation, file, own, pendings, means, payment_id, moment)
        return _bind(organisation, file, own, pendings, moment)

    return await take(house, by, "confirm", Confirmed, draft)


def pendings_of(pendings: Sequence[Pending], lines: Sequence[Line]) -> tuple[Pending, ...]:
    """The pending transfers of these lines, in the chain's order."""
    ids = {line.id for line in lines}
    return tuple(pending for pending in pendings if pending.of.line in ids)


def prepaid_amount(lines: Sequence[Line]) -> int:
    """What must be paid before these lines are confirmed, in minor units."""
    return sum(line.amount_minor for line in lines if line.guarantee == "prepaid")


def bind(file: OrderFile, lines: Sequence[Line], pendings: Sequence[Pending]) -> tuple[Step, ...]:
    """The transfers of a confirmation: holds posted, value on the books, deposits in place."""
    chain: list[Step] = [Post(pending=pending.id, reason="confirm") for pending in pendings]
    return (*chain, *put_on_books(file, lines))


def put_on_books(file: OrderFile, lines: Sequence[Line]) -> tuple[Step, ...]:
    """Agreed value stands on the books from now on, and what was prepaid as deposits."""
    chain: list[Step] = []
    for line in lines:
        deal, of = deal_of(file.booking(line.booking_id)), of_line(line)
        chain += move_value(deal, line.amount_minor, "booked", "on_the_books", "confirm", of)
        if line.guarantee == "prepaid":
            chain += deposit(deal, line.amount_minor, of)
    return tuple(chain)


def renew_holds(pendings: Sequence[Pending], timeout_seconds: int) -> tuple[Step, ...]:
    """The same holds with another deadline (0: none): ended and made again in one chain."""
    chain: list[Step] = [Void(pending=pending.id, reason="hold") for pending in pendings]
    return (
        *chain,
        *(
            Transfer(
                debit=pending.debit,
                credit=pending.credit,
                amount=pending.amount,
                reason="hold",
                pending=True,
                timeout_seconds=timeout_seconds,
                of=pending.of,
            )
            for pending in pendings
        ),
    )


def _bind(
    organisation: Organisation, file: OrderFile, lines: tuple[Line, ...],
    pendings: tuple[Pending, ...], moment: datetime,
) -> Draft:  # fmt: skip
    return Draft(
        effective=moment,
        business_date=day_at(organisation, lines[0], moment),
        answer=Confirmed(file.order.id, "confirmed", tuple(line.id for line in lines)),
        chain=bind(file, lines, pendings),
        changes=tuple(move_line(line, "confirmed", moment) for line in lines),
        events=tell(file, lines, "booking.confirmed"),
    )


def _ask(
    organisation: Organisation, file: OrderFile, lines: tuple[Line, ...],
    pendings: tuple[Pending, ...], means: PaymentMeans, payment_id: int, moment: datetime,
) -> Draft:  # fmt: skip
    order = file.order
    payment = Payment(
        id=payment_id,
        order_id=order.id,
        kind="payment",
        provider=means.provider,
        token=means.token,
        currency=order.currency,
        amount_minor=prepaid_amount(lines),
        collector_id=organisation.group.platform_entity_id,
        lines=tuple(line.id for line in lines),
        status="asked",
        asked_at=moment,
    )
    return Draft(
        effective=moment,
        business_date=day_at(organisation, lines[0], moment),
        answer=Confirmed(order.id, "paying", payment.lines, payment_id),
        chain=renew_holds(pendings, 0),
        inserts=(Insert("payments", (payment,)),),
        changes=tuple(move_line(line, "paying", moment) for line in lines),
        events=tell(file, lines, "payment.asked"),
    )


def accept_payment(
    organisation: Organisation, file: OrderFile, payment: Payment,
    pendings: Sequence[Pending], moment: datetime,
) -> tuple[tuple[Step, ...], tuple[Change, ...], tuple[Event, ...]]:  # fmt: skip
    """What a payment's success does: the money comes in and the lines it was for are confirmed."""
    lines = chosen(file.lines, frozenset(payment.lines))
    money = receive(
        payment.collector_id, payment.currency, payment.amount_minor, of_payment(payment)
    )
    return (
        (*money, *bind(file, lines, pendings_of(pendings, lines))),
        tuple(move_line(line, "confirmed", moment) for line in lines),
        tell(file, lines, "booking.confirmed"),
    )


def decline_payment(
    house: House, file: OrderFile, payment: Payment, pendings: Sequence[Pending], moment: datetime
) -> tuple[tuple[Step, ...], tuple[Change, ...], tuple[Event, ...]]:
    """What a decline does: the lines are held for a while again, so that another card may pay."""
    lines = chosen(file.lines, frozenset(payment.lines))
    held_until = moment + timedelta(seconds=HOLD_SECONDS)
    order = file.order
    return (
        renew_holds(pendings_of(pendings, lines), HOLD_SECONDS),
        (
            *(move_line(line, "held", moment) for line in lines),
            Change("orders", order.id, order.version, {"held_until": held_until}),
        ),
        tell(file, lines, "payment.declined"),
    )


def of_payment(payment: Payment) -> Belonging:
    """What the transfers of a payment belong to; they are for the order as a whole.

    The payment's id stands in the line's place: ids are unique across the house.
    """
    return Belonging(payment.order_id, 0, payment.id, 0)


def day_at(organisation: Organisation, line: Line, moment: datetime) -> date:
    """The business date of a line's store at a moment."""
    store = organisation.stores[line.store_id]
    return business_date(moment, store.timezone, store.closing_minute)


def _payment_required(file: OrderFile, lines: Sequence[Line]) -> Refusal:
    return Refusal(
        name="payment_required",
        says=f"{prepaid_amount(lines)} {file.order.currency} (minor units) must be paid first.",
        advice="Send a payment with the confirmation.",
        field="payment",
    )
