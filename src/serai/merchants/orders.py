"""Orders, bookings, lines and charges, as they are kept.

State lives on lines; the states of bookings and orders follow from it. These are made by the
million and hold no cycles, so nobody need look for cycles among them (`gc=False`).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from serai.merchants.offers import Cancellation, Guarantee, Terms

NUMBER_DIGITS = 9
MOST_DIGITS = 18
"""Of an id: it fits into a bigint."""

LineState = Literal["held", "paying", "confirmed", "fulfilled", "cancelled", "not_shown", "expired"]
STATES: tuple[LineState, ...] = (
    "held", "paying", "confirmed", "fulfilled", "cancelled", "not_shown", "expired",
)  # fmt: skip
"""In the order of life; where lines differ, the earliest of them is the whole's state."""


def order_number(order_id: int) -> str:
    """By what people know an order."""
    return f"O{order_id:0{NUMBER_DIGITS}d}"


def booking_number(order_id: int, place: int) -> str:
    """By what people know the booking that is the `place`th of its order, from 1 on."""
    return f"{order_number(order_id)}-{place}"


def order_numbered(text: str) -> int | None:
    """The id that an order of this number has; digits alone are the number's last part."""
    number = text.upper()
    digits = number.removeprefix("O")
    if not digits.isascii() or not digits.isdigit() or len(digits) > MOST_DIGITS:
        return None
    order_id = int(digits)
    return order_id if number in (digits, order_number(order_id)) else None


class Order(Struct, frozen=True, kw_only=True, gc=False):
    """What a customer buys in one step; `held_until` is when the next unconfirmed hold of its
    lines runs out."""

    id: int
    number: str
    customer_id: int
    channel: str
    agent_id: int
    currency: str
    amount_minor: int
    placed_at: datetime
    held_until: datetime | None
    version: int = 1


class Booking(Struct, frozen=True, kw_only=True, gc=False):
    """One store's part of an order; its parents and terms are those of the day it was made, and
    `placement_id` stands for the parents together.

    `platform_id` is the entity that earns the commission, `collector_id` the one that takes the
    customer's payments. `market` is the market segment a feed names, `country` the guest's.
    """

    id: int
    order_id: int
    number: str
    store_id: int
    brand_id: int
    entity_id: int
    operator_id: int
    city_id: int
    segment: str
    customer_id: int
    payer_id: int
    channel: str
    agent_id: int
    currency: str
    amount_minor: int
    terms: Terms
    platform_id: int
    collector_id: int
    first_day: date
    last_day: date
    adults: int
    children: int
    babies: int
    guest_name: str
    placed_at: datetime
    country: str = ""
    market: str = ""
    meals: str = ""
    placement_id: int = 0


class LineNeed(Struct, frozen=True, gc=False):
    """What the line set aside: `quantity` of a resource in a slot."""

    resource_id: int
    kind: str
    slot: int
    quantity: int


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """One offer in a booking, with its conditions frozen.

    `begins_at` is when the service begins; `length` counts nights; `state_at` is when the state
    was reached; `fee_minor` what was kept of a cancelled line or one whose guest did not come,
    with tax at `fee_tax_bp` in it.
    """

    id: int
    order_id: int
    booking_id: int
    store_id: int
    offer_id: int
    product_id: int
    plan_id: int
    name_en: str
    name_zh: str
    quantity: int
    first_day: date
    minute: int
    length: int
    begins_at: datetime
    guarantee: Guarantee
    cancellation: Cancellation
    needs: tuple[LineNeed, ...]
    amount_minor: int
    cost_minor: int
    fee_tax_bp: int
    state: LineState
    state_at: datetime
    fee_minor: int = 0
    version: int = 1
    placement_id: int = 0
    customer_id: int = 0


class Charge(Struct, frozen=True, kw_only=True, gc=False):
    """The smallest amount that is earned, taxed and refunded alone; `amount_minor` has the tax
    `tax_minor` in it."""

    id: int
    order_id: int
    booking_id: int
    line_id: int
    store_id: int
    service_date: date
    amount_minor: int
    tax_class: str
    tax_bp: int
    tax_minor: int
    placement_id: int = 0
    customer_id: int = 0


class OrderFile(Struct, frozen=True, gc=False):
    """An order with everything that belongs to it."""

    order: Order
    bookings: tuple[Booking, ...]
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...]

    def booking(self, id: int) -> Booking:
        """The booking of that id."""
        return next(booking for booking in self.bookings if booking.id == id)

    def charges_of(self, line: Line) -> tuple[Charge, ...]:
        """The charges of a line, by service date."""
        return tuple(charge for charge in self.charges if charge.line_id == line.id)

    @property
    def state(self) -> LineState:
        """The state that follows from the lines."""
        return state_of(line.state for line in self.lines)


class OrderSummary(Struct, frozen=True, kw_only=True):
    """An order as it stands in a list: with the stores of its bookings and its lines' states."""

    id: int
    number: str
    customer_id: int
    channel: str
    agent_id: int
    currency: str
    amount_minor: int
    placed_at: datetime
    held_until: datetime | None
    stores: tuple[int, ...]
    states: tuple[LineState, ...]

    @property
    def state(self) -> LineState:
        """The state that follows from the lines."""
        return state_of(self.states)


def state_of(states: Iterable[LineState]) -> LineState:
    """The state of a whole whose lines have these states.

    What is still to come decides first; of what is over, service rendered before what was not.
    """
    return min(states, key=STATES.index)


def chosen(lines: Sequence[Line], ids: frozenset[int] | None) -> tuple[Line, ...]:
    """The lines named, or all of them."""
    return tuple(line for line in lines if ids is None or line.id in ids)
