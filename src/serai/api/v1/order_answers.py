"""Orders as they are told: bookings, lines, charges, payments."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct, convert

from serai.api.v1.fields import SegmentName, StateName, in_utc
from serai.api.v1.offers import CancellationTerms, GuaranteeName
from serai.capital import Payment, PaymentStatus
from serai.merchants import Booking, Charge, Line, Order, OrderFile, OrderSummary, state_of


class ChargeDetail(Struct, frozen=True, kw_only=True):
    """The smallest amount that is earned, taxed and refunded alone; `tax_minor` is in it."""

    id: int
    service_date: date
    amount_minor: int
    tax_class: str
    tax_bp: int
    tax_minor: int


class LineDetail(Struct, frozen=True, kw_only=True):
    """One offer in a booking, under the conditions of the day it was made. `fee_minor` is what
    was kept of a line that was cancelled or that nobody came for."""

    id: int
    offer_id: int
    product_id: int
    plan_id: int
    name_en: str
    name_zh: str
    quantity: int
    first_day: date
    minute: int
    nights: int
    begins_at: datetime
    guarantee: GuaranteeName
    cancellation: CancellationTerms
    amount_minor: int
    fee_minor: int
    state: StateName
    state_at: datetime
    charges: tuple[ChargeDetail, ...]


class BookingDetail(Struct, frozen=True, kw_only=True):
    """One store's part of an order, with its parents of the day it was made."""

    id: int
    number: str
    state: StateName
    store_id: int
    brand_id: int
    entity_id: int
    operator_id: int
    city_id: int
    segment: SegmentName
    sold_as: Literal["principal", "agent"]
    payer_id: int
    currency: str
    amount_minor: int
    first_day: date
    last_day: date
    adults: int
    children: int
    babies: int
    guest_name: str
    country: str
    market: str
    meals: str
    lines: tuple[LineDetail, ...]


class PaymentDetail(Struct, frozen=True, kw_only=True):
    """What a provider was asked, and how it answered. `returned`: the money came for an order
    that could no longer be confirmed, and goes back; `refund_of` is the payment paid back. A
    refund may be `waiting` for a second person, who can have it `refused`."""

    id: int
    kind: Literal["payment", "refund"]
    provider: str
    currency: str
    amount_minor: int
    lines: tuple[int, ...]
    status: PaymentStatus
    asked_at: datetime
    answered_at: datetime | None
    provider_reference: str
    refund_of: int | None


class OrderItem(Struct, frozen=True, kw_only=True):
    """An order in a list. `held_until` says when a hold runs out, while there is one."""

    id: int
    number: str
    state: StateName
    customer_id: int
    agent_id: int | None
    channel: str
    currency: str
    amount_minor: int
    placed_at: datetime
    held_until: datetime | None
    stores: tuple[int, ...]


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """An order with everything that belongs to it. Its state follows from its lines: what is
    still to come decides first."""

    id: int
    number: str
    state: StateName
    customer_id: int
    agent_id: int | None
    channel: str
    currency: str
    amount_minor: int
    placed_at: datetime
    held_until: datetime | None
    bookings: tuple[BookingDetail, ...]
    payments: tuple[PaymentDetail, ...]


def order_item(order: OrderSummary) -> OrderItem:
    """An order as it stands in a list."""
    return OrderItem(
        id=order.id,
        number=order.number,
        state=order.state,
        customer_id=order.customer_id,
        agent_id=order.agent_id or None,
        channel=order.channel,
        currency=order.currency,
        amount_minor=order.amount_minor,
        placed_at=in_utc(order.placed_at),
        held_until=_deadline(order, held="held" in order.states),
        stores=order.stores,
    )


def order_answer(file: OrderFile, payments: Sequence[Payment]) -> OrderAnswer:
    """An order in full."""
    order = file.order
    held = any(line.state == "held" for line in file.lines)
    return OrderAnswer(
        id=order.id,
        number=order.number,
        state=file.state,
        customer_id=order.customer_id,
        agent_id=order.agent_id or None,
        channel=order.channel,
        currency=order.currency,
        amount_minor=order.amount_minor,
        placed_at=in_utc(order.placed_at),
        held_until=_deadline(order, held=held),
        bookings=tuple(_booking(file, booking) for booking in file.bookings),
        payments=tuple(_payment(payment) for payment in payments),
    )


def _deadline(order: Order | OrderSummary, *, held: bool) -> datetime | None:
    """When the hold runs out, while there is one."""
    return in_utc(order.held_until) if held and order.held_until else None


def _booking(file: OrderFile, booking: Booking) -> BookingDetail:
    lines = [line for line in file.lines if line.booking_id == booking.id]
    return BookingDetail(
        id=booking.id,
        number=booking.number,
        state=state_of(line.state for line in lines),
        store_id=booking.store_id,
        brand_id=booking.brand_id,
        entity_id=booking.entity_id,
        operator_id=booking.operator_id,
        city_id=booking.city_id,
        segment=convert(booking.segment, SegmentName),
        sold_as=booking.terms.kind,
        payer_id=booking.payer_id,
        currency=booking.currency,
        amount_minor=booking.amount_minor,
        first_day=booking.first_day,
        last_day=booking.last_day,
        adults=booking.adults,
        children=booking.children,
        babies=booking.babies,
        guest_name=booking.guest_name,
        country=booking.country,
        market=booking.market,
        meals=booking.meals,
        lines=tuple(_line(line, file.charges_of(line)) for line in lines),
    )


def _line(line: Line, charges: Sequence[Charge]) -> LineDetail:
    return LineDetail(
        id=line.id,
        offer_id=line.offer_id,
        product_id=line.product_id,
        plan_id=line.plan_id,
        name_en=line.name_en,
        name_zh=line.name_zh,
        quantity=line.quantity,
        first_day=line.first_day,
        minute=line.minute,
        nights=line.length,
        begins_at=in_utc(line.begins_at),
        guarantee=line.guarantee,
        cancellation=convert(line.cancellation, CancellationTerms, from_attributes=True),
        amount_minor=line.amount_minor,
        fee_minor=line.fee_minor,
        state=line.state,
        state_at=in_utc(line.state_at),
        charges=tuple(convert(one, ChargeDetail, from_attributes=True) for one in charges),
    )


def _payment(payment: Payment) -> PaymentDetail:
    return PaymentDetail(
        id=payment.id,
        kind=payment.kind,
        provider=payment.provider,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        lines=payment.lines,
        status=payment.status,
        asked_at=in_utc(payment.asked_at),
        answered_at=payment.answered_at and in_utc(payment.answered_at),
        provider_reference=payment.provider_reference,
        refund_of=payment.refund_of or None,
    )
