"""Confirm: bind the seller. What must be paid first is asked of a payment provider."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import Payment, deposit, move_value
from serai.cloud import Organisation
from serai.core import Refusal
from serai.flows.agreement import deal_of, is_deposited, of_line
from serai.flows.house import House
from serai.flows.refusals import check_states, choose, hold_run_out, unknown
from serai.flows.step import By, Draft, listed, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at
from serai.ledger import (
    Belonging,
    Insert,
    Pending,
    Post,
    Step,
    Transfer,
    Void,
    open_pendings,
)
from serai.merchants import Line, LineState, OrderFile, read_order


class PaymentMeans(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer pays: a provider, and what stands for their card or account there."""

    provider: str
    token: str


class Confirmed(Struct, frozen=True):
    """The lines' state now: `confirmed`, or `paying` while the providers have not answered.

    There is a payment for each entity that collects, and it is answered alone.
    """

    order_id: int
    state: LineState
    lines: tuple[int, ...]
    payments: tuple[int, ...] = ()

    @property
    def payment_id(self) -> int:
        """The first payment that was asked for; 0 when nothing has to be paid first."""
        return self.payments[0] if self.payments else 0


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
        # Before the order: were it read after it, a confirmation in between would look like a
        # hold that has run out.
        pending = await open_pendings(house.database, order_id)
        file = await read_order(house.database, order_id)
        if file is None:
            return unknown("order", "order_id")
        own = choose(file, lines)
        if isinstance(own, Refusal):
            return own
        refused = check_states(own, ("held",), "confirmed")
        if refused is not None:
            return refused
        pendings = pendings_of(pending, own)
        if not _are_held(file, own, pendings, moment, house.clock()):
            return hold_run_out()
        organisation = await house.organisation(line.store_id for line in own)
        groups = _by_collector(file, own)
        if not groups:
            return _bind(organisation, file, own, pendings, moment)
        if means is None:
            return _payment_required(file, own)
        ids = await house.ids.take(len(groups))
        return _ask(organisation, file, groups, pendings, means, ids, moment)

    return await take(house, by, "confirm", Confirmed, draft, of=(order_id, listed(lines), means))


def _are_held(
    file: OrderFile, lines: Sequence[Line], pendings: Sequence[Pending], moment: datetime,
    now: datetime,
) -> bool:  # fmt: skip
    """Whether everything that the lines need is still set aside for them: of what has run out
    nothing is pending any more, or will be once the ledger has looked."""
    held: dict[int, int] = {}
    for pending in pendings:
        if pending.deadline is None or now < pending.deadline:
            held[pending.of.line] = held.get(pending.of.line, 0) + 1
    until = file.order.held_until
    return all(
        held.get(line.id, 0) == len(line.needs) and (line.needs or until is None or moment < until)
        for line in lines
    )


def _by_collector(file: OrderFile, lines: Sequence[Line]) -> dict[int, list[Line]]:
    """The lines by who takes the money for them, where some of them must be paid first; those
    that need not be paid go with the first who is."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        booking = file.booking(line.booking_id)
        if is_deposited(line, booking) and line.amount_minor:
            groups.setdefault(booking.collector_id, []).append(line)
    if groups:
        grouped = {line.id for group in groups.values() for line in group}
        next(iter(groups.values())).extend(line for line in lines if line.id not in grouped)
    return groups


def pendings_of(pendings: Sequence[Pending], lines: Sequence[Line]) -> tuple[Pending, ...]:
    """The pending transfers of these lines, in the chain's order."""
    ids = {line.id for line in lines}
    return tuple(pending for pending in pendings if pending.of.line in ids)


def prepaid_amount(file: OrderFile, lines: Sequence[Line]) -> int:
    """What must be paid before these lines are confirmed, in minor units."""
    return sum(
        line.amount_minor for line in lines if is_deposited(line, file.booking(line.booking_id))
    )


def bind(
    organisation: Organisation, file: OrderFile, lines: Sequence[Line],
    pendings: Sequence[Pending], moment: datetime,
) -> tuple[Step, ...]:  # fmt: skip
    """The transfers of a confirmation: holds posted, value on the books, deposits in place."""
    days = {line.id: day_at(organisation, line, moment) for line in lines}
    return (
        *(
            Post(pending=pending.id, reason="confirm", business_date=days[pending.of.line])
            for pending in pendings_of(pendings, lines)
        ),
        *put_on_books(file, lines, days),
    )


def put_on_books(
    file: OrderFile, lines: Sequence[Line], days: Mapping[int, date] | None = None
) -> tuple[Step, ...]:
    """Agreed value stands on the books from now on, and what was prepaid as deposits; `days` are
    the business dates of lines that have others than their step."""
    chain: list[Step] = []
    for line in lines:
        booking = file.booking(line.booking_id)
        deal, of, on = deal_of(booking), of_line(line), (days or {}).get(line.id)
        chain += move_value(deal, line.amount_minor, "booked", "on_the_books", "confirm", of, on)
        if is_deposited(line, booking):
            chain += deposit(deal, line.amount_minor, of, on)
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
        chain=bind(organisation, file, lines, pendings, moment),
        changes=tuple(move_line(line, "confirmed", moment) for line in lines),
        events=tell(file, lines, "booking.confirmed"),
    )


def _ask(
    organisation: Organisation, file: OrderFile, groups: Mapping[int, Sequence[Line]],
    pendings: tuple[Pending, ...], means: PaymentMeans, ids: Iterator[int], moment: datetime,
) -> Draft:  # fmt: skip
    order = file.order
    lines = tuple(line for group in groups.values() for line in group)
    payments = tuple(
        Payment(
            id=next(ids),
            order_id=order.id,
            customer_id=order.customer_id,
            kind="payment",
            provider=means.provider,
            token=means.token,
            currency=order.currency,
            amount_minor=prepaid_amount(file, group),
            collector_id=collector,
            lines=tuple(line.id for line in group),
            status="asked",
            asked_at=moment,
        )
        for collector, group in groups.items()
    )
    return Draft(
        effective=moment,
        business_date=day_at(organisation, lines[0], moment),
        answer=Confirmed(
            order.id,
            "paying",
            tuple(line.id for line in lines),
            tuple(payment.id for payment in payments),
        ),
        chain=renew_holds(pendings, 0),
        inserts=(Insert("payments", payments),),
        changes=tuple(move_line(line, "paying", moment) for line in lines),
        events=tell(file, lines, "payment.asked"),
    )


def of_payment(payment: Payment) -> Belonging:
    """What the transfers of a payment belong to; they are for the order as a whole.

    The payment's id stands in the line's place: ids are unique across the house.
    """
    return Belonging(payment.order_id, 0, payment.id, 0)


def _payment_required(file: OrderFile, lines: Sequence[Line]) -> Refusal:
    amount = prepaid_amount(file, lines)
    return Refusal(
        name="payment_required",
        says=f"{amount} {file.order.currency} (minor units) must be paid first.",
        advice="Send a payment with the confirmation.",
        field="payment",
    )
