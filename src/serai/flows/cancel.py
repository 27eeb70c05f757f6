"""Cancel: everything that a line had set aside, owed or paid is unwound, in one step.

The preview is the same code as the deed, without the commit.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from serai.capital import (
    Payment,
    ask_refund,
    keep_fee,
    move_value,
    payments_of,
    return_deposit,
)
from serai.cloud import Organisation
from serai.core import Refusal
from serai.flows.agreement import deal_of, needs_of_line, of_line
from serai.flows.confirm import day_at, of_payment, pendings_of
from serai.flows.house import House
from serai.flows.pay import refund_of
from serai.flows.refusals import check_states, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.ledger import Insert, Pending, Step, Void, open_pendings
from serai.logistics import give_back
from serai.merchants import Line, OrderFile, cancellation_fee, chosen, read_order


class Cancelled(Struct, frozen=True):
    """These lines are cancelled: `fee_minor` is kept, `refund_minor` goes back the way it came."""

    order_id: int
    lines: tuple[int, ...]
    fee_minor: int
    refund_minor: int
    currency: str


class CancellationPreview(Struct, frozen=True):
    """What a cancellation at this moment would do, with every transfer it would make."""

    cancelled: Cancelled
    chain: tuple[Step, ...]


async def cancel(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    at: datetime | None = None,
) -> Cancelled | Refusal:
    """Cancel lines of an order, all of them by default."""

    async def draft() -> Draft | Refusal:
        return await _draft(house, order_id, lines, at or house.clock())

    return await take(house, by, "cancel", Cancelled, draft)


async def preview_cancellation(
    house: House, order_id: int, *, lines: frozenset[int] | None = None
) -> CancellationPreview | Refusal:
    """What `cancel` would do now."""
    drafted = await _draft(house, order_id, lines, house.clock())
    if isinstance(drafted, Refusal):
        return drafted
    if not isinstance(drafted.answer, Cancelled):
        raise TypeError("a cancellation answers with what was cancelled")
    return CancellationPreview(drafted.answer, drafted.chain)


async def _draft(
    house: House, order_id: int, lines: frozenset[int] | None, moment: datetime
) -> Draft | Refusal:
    file = await read_order(house.database, order_id)
    if file is None:
        return unknown("order", "order_id")
    own = chosen(file.lines, lines)
    refused = check_states(own, ("held", "paying", "confirmed"), "cancelled")
    if refused is not None:
        return refused
    if any(line.state == "paying" for line in own):
        own = tuple(line for line in file.lines if line.state == "paying" or line in own)
    fees = {
        line.id: cancellation_fee(
            line.amount_minor, line.guarantee, line.cancellation, line.begins_at, moment
        )
        if line.state == "confirmed"
        else 0
        for line in own
    }
    payments = await payments_of(house.database, order_id)
    refund_ids = tuple(await house.ids.take(len(payments)))
    pendings = pendings_of(await open_pendings(house.database, order_id), own)
    organisation = await house.organisation()
    return _unwind(organisation, file, own, fees, payments, refund_ids, pendings, moment)


def _unwind(
    organisation: Organisation, file: OrderFile, lines: tuple[Line, ...], fees: dict[int, int],
    payments: Sequence[Payment], refund_ids: Sequence[int], pendings: Sequence[Pending],
    moment: datetime,
) -> Draft:  # fmt: skip
    chain: list[Step] = [Void(pending=pending.id, reason="cancel") for pending in pendings]
    owed_back = 0
    for line in lines:
        if line.state != "confirmed":
            continue
        chain += release(file, line, fees[line.id])
        if line.guarantee == "prepaid":
            owed_back += line.amount_minor - fees[line.id]
    refunds = split_refund(payments, refund_ids, owed_back, moment)
    for refund in refunds:
        chain += ask_refund(
            refund.collector_id, refund.currency, refund.amount_minor, of_payment(refund)
        )
    return Draft(
        effective=moment,
        business_date=day_at(organisation, lines[0], moment),
        answer=Cancelled(
            file.order.id,
            tuple(line.id for line in lines),
            sum(fees.values()),
            owed_back,
            file.order.currency,
        ),
        chain=tuple(chain),
        inserts=(Insert("payments", refunds),) if refunds else (),
        changes=tuple(move_line(line, "cancelled", moment, fees[line.id]) for line in lines),
        events=tell(file, lines, "booking.cancelled", fees),
    )


def release(file: OrderFile, line: Line, fee: int) -> tuple[Step, ...]:
    """What a confirmed line gives back, and what is kept of it."""
    booking = file.booking(line.booking_id)
    deal, of = deal_of(booking), of_line(line)
    prepaid = line.guarantee == "prepaid"
    chain: list[Step] = [*give_back(booking.entity_id, needs_of_line(line), of)]
    chain += move_value(deal, line.amount_minor, "on_the_books", "cancelled", "cancel", of)
    chain += keep_fee(deal, fee, line.fee_tax_bp, of, "cancel", prepaid=prepaid)
    if prepaid:
        chain += return_deposit(deal, line.amount_minor - fee, of)
    return tuple(chain)


def split_refund(
    payments: Sequence[Payment], refund_ids: Sequence[int], amount_minor: int, moment: datetime
) -> tuple[Payment, ...]:
    """Refunds of `amount_minor` against the payments that brought it, latest first.

    What earlier refunds have taken of a payment is not to be had from it again.
    """
    taken: dict[int, int] = {}
    for one in payments:
        if one.kind == "refund" and one.status != "declined":
            taken[one.refund_of] = taken.get(one.refund_of, 0) + one.amount_minor
    refunds = []
    ids = iter(refund_ids)
    for payment in reversed(payments):
        if payment.kind != "payment" or payment.status != "succeeded" or not amount_minor:
            continue
        part = min(amount_minor, payment.amount_minor - taken.get(payment.id, 0))
        if part > 0:
            refunds.append(refund_of(payment, next(ids), part, moment))
            amount_minor -= part
    return tuple(refunds)
