"""An agreement: quotes, places and terms put together as an order's records.

Booking through the API and feeding in history end here alike; they differ in where the price
comes from and in whether the rooms may be refused.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from serai.capital import Deal, TaxTable, take_in_goods, with_tax
from serai.cloud import Place
from serai.core import slot_of, split
from serai.ledger import Belonging, Insert, Opening
from serai.logistics import Need, Resource, capacity, slots
from serai.merchants import (
    Booking,
    Charge,
    Line,
    LineNeed,
    LineState,
    Order,
    OrderFile,
    Quote,
    Terms,
    booking_number,
    order_number,
)

UNTAXED = TaxTable(())


class Party(Struct, frozen=True, kw_only=True, gc=False):
    """Who orders, who pays, who comes, and where it was sold."""

    customer_id: int
    payer_id: int
    channel: str
    agent_id: int = 0
    guest_name: str = ""
    adults: int = 1
    children: int = 0
    babies: int = 0
    country: str = ""
    market: str = ""


class AgreedLine(Struct, frozen=True, kw_only=True, gc=False):
    """A quote with what it takes of which resources, and when its service begins."""

    quote: Quote
    needs: tuple[Need, ...]
    begins_at: datetime


class AgreedBooking(Struct, frozen=True, kw_only=True, gc=False):
    """The lines of one store, under the terms of the day."""

    place: Place
    terms: Terms
    lines: tuple[AgreedLine, ...]


def ids_wanted(bookings: Sequence[AgreedBooking]) -> int:
    """How many ids the records of an order with these bookings take."""
    lines = [line for booking in bookings for line in booking.lines]
    return 1 + len(bookings) + len(lines) + sum(len(line.quote.charges) for line in lines)


def write_up(
    bookings: Sequence[AgreedBooking],
    party: Party,
    ids: Iterator[int],
    *,
    currency: str,
    platform: int,
    state: LineState,
    placed_at: datetime,
    held_until: datetime | None,
    taxes: TaxTable = UNTAXED,
) -> OrderFile:
    """The records of an order, each with an id of its own from `ids`.

    Each charge is taxed as on its service date.
    """
    order_id = next(ids)
    booked: list[Booking] = []
    lines: list[Line] = []
    charges: list[Charge] = []
    for place, agreed in enumerate(bookings, start=1):
        booking_id = next(ids)
        own: list[Line] = []
        due: list[Charge] = []
        for line in agreed.lines:
            written, charged = _line(
                line, agreed, party, taxes, order_id, booking_id, ids, state, placed_at
            )
            own.append(written)
            due += charged
        booked.append(
            _booking(
                agreed, own, due, party,
                id=booking_id, order_id=order_id, number=booking_number(order_id, place),
                currency=currency, platform=platform, placed_at=placed_at,
            )
        )  # fmt: skip
        lines += own
        charges += due
    order = Order(
        id=order_id,
        number=order_number(order_id),
        customer_id=party.customer_id,
        channel=party.channel,
        agent_id=party.agent_id,
        currency=currency,
        amount_minor=sum([booking.amount_minor for booking in booked]),
        placed_at=placed_at,
        held_until=held_until,
    )
    return OrderFile(order, tuple(booked), tuple(lines), tuple(charges))


def _booking(
    agreed: AgreedBooking, lines: Sequence[Line], charges: Sequence[Charge], party: Party, *,
    id: int, order_id: int, number: str, currency: str, platform: int, placed_at: datetime,
) -> Booking:  # fmt: skip
    place, terms = agreed.place, agreed.terms
    days = [charge.service_date for charge in charges]
    return Booking(
        id=id,
        order_id=order_id,
        number=number,
        store_id=place.store.id,
        brand_id=place.brand.id,
        entity_id=place.entity.id,
        operator_id=place.operator.id,
        city_id=place.city.id,
        segment=place.store.segment,
        customer_id=party.customer_id,
        payer_id=party.payer_id,
        channel=party.channel,
        agent_id=party.agent_id,
        currency=currency,
        amount_minor=sum([line.amount_minor for line in lines]),
        terms=terms,
        platform_id=platform,
        collector_id=platform if terms.collects == "platform" else place.entity.id,
        first_day=min(days),
        last_day=max(days),
        adults=party.adults,
        children=party.children,
        babies=party.babies,
        guest_name=party.guest_name,
        placed_at=placed_at,
        country=party.country,
        market=party.market,
        meals=agreed.lines[0].quote.plan.meals,
        placement_id=place.placement_id,
    )


def _line(
    agreed: AgreedLine, booking: AgreedBooking, party: Party, taxes: TaxTable, order_id: int,
    booking_id: int, ids: Iterator[int], state: LineState, placed_at: datetime,
) -> tuple[Line, list[Charge]]:  # fmt: skip
    quote, place = agreed.quote, booking.place
    entity_id, store_id, tax_class = place.entity.id, place.store.id, quote.product.tax_class
    line_id = next(ids)
    charges = []
    amount_minor = 0
    last = None
    for charge in quote.charges:
        if charge is not last:  # the units of one day share price and tax
            day, price = last = charge
            rate = taxes.rate(entity_id, tax_class, day)
            amount, tax = with_tax(price, rate)
            rate_bp = rate.rate_bp if rate else 0
        amount_minor += amount
        charges.append(
            Charge(
                id=next(ids),
                order_id=order_id,
                booking_id=booking_id,
                line_id=line_id,
                store_id=store_id,
                service_date=day,
                amount_minor=amount,
                tax_class=tax_class,
                tax_bp=rate_bp,
                tax_minor=tax,
                placement_id=place.placement_id,
                customer_id=party.customer_id,
            )
        )
    on_fees = taxes.rate(entity_id, tax_class, quote.wanted.first_day)
    wanted, product = quote.wanted, quote.product
    line = Line(
        id=line_id,
        order_id=order_id,
        booking_id=booking_id,
        store_id=store_id,
        offer_id=quote.offer.id,
        product_id=product.id,
        plan_id=quote.plan.id,
        name_en=product.name_en,
        name_zh=product.name_zh,
        quantity=wanted.quantity,
        first_day=wanted.first_day,
        minute=wanted.minute,
        length=wanted.nights,
        begins_at=agreed.begins_at,
        guarantee=quote.plan.guarantee,
        cancellation=quote.plan.cancellation,
        needs=tuple(
            [LineNeed(one.resource_id, one.kind, one.slot, one.quantity) for one in agreed.needs]
        ),
        amount_minor=amount_minor,
        cost_minor=product.cost_minor * wanted.quantity,
        fee_tax_bp=on_fees.rate_bp if on_fees and on_fees.fees_taxed else 0,
        state=state,
        state_at=placed_at,
        placement_id=place.placement_id,
        customer_id=party.customer_id,
    )
    return line, charges


def records_of(file: OrderFile) -> tuple[Insert, ...]:
    """The rows of an order's records."""
    return (
        Insert("orders", (file.order,)),
        Insert("bookings", file.bookings),
        Insert("lines", file.lines),
        Insert("charges", file.charges),
    )


def needs_of(
    quote: Quote,
    resources: Mapping[int, Resource],
    open_slots: Container[tuple[int, int]] = frozenset(),
) -> tuple[Need, ...]:
    """What a quoted line takes of which resources, slot by slot.

    `open_slots` are those, by resource and slot, that are known to stand on the books already:
    nobody need open them, and so no capacity is asked.
    """
    first_slot = slot_of(quote.wanted.first_day, quote.wanted.minute)
    needs = []
    for use in quote.product.uses:
        resource = resources[use.resource_id]
        quantity = use.quantity * (quote.wanted.quantity if use.each else 1)
        for slot in slots(use.pattern, first_slot, quote.wanted.nights, use.span):
            there = 0 if (resource.id, slot) in open_slots else capacity(resource, slot)
            needs.append(Need(resource.id, resource.kind, slot, quantity, there))
    return tuple(needs)


def needs_of_line(line: Line, some: Iterable[LineNeed] | None = None) -> tuple[Need, ...]:
    """What a line has set aside, all of it or `some`; its slots are open already, so no capacity
    is asked."""
    return tuple(
        Need(need.resource_id, need.kind, need.slot, need.quantity, 0)  # type: ignore[arg-type]  # merchants cannot know logistics' kinds
        for need in (line.needs if some is None else some)
    )


def stock_up(booking: Booking, agreed: AgreedLine) -> tuple[Opening, ...]:
    """The cost of all goods of the kinds that a line takes, for those never touched before.

    What a unit of the product costs is shared over its goods by their number.
    """
    product = agreed.quote.product
    uses = [use for use in product.uses if use.pattern == "stock"]
    if not uses:
        return ()
    deal = deal_of(booking)
    in_stock = {need.resource_id: need.capacity for need in agreed.needs}
    made: list[Opening] = []
    for use, cost in zip(uses, split(product.cost_minor, [u.quantity for u in uses]), strict=True):
        made += take_in_goods(
            deal, use.resource_id, in_stock[use.resource_id] * cost // use.quantity
        )
    return tuple(made)


def deal_of(booking: Booking) -> Deal:
    """Who is who in a booking, for the postings."""
    terms = booking.terms
    return Deal(
        store=booking.store_id,
        seller=booking.entity_id,
        platform=booking.platform_id,
        collector=booking.collector_id,
        currency=booking.currency,
        kind=terms.kind,
        commission_bp=terms.commission_bp,
        commission_tax_bp=terms.commission_tax_bp,
        payer=booking.payer_id,
        placement=booking.placement_id,
    )


def is_deposited(line: Line, booking: Booking) -> bool:
    """Whether a line is paid before it is confirmed, into our books."""
    return line.guarantee == "prepaid" and deal_of(booking).takes_deposits


def of_line(line: Line) -> Belonging:
    """What the transfers of a line belong to."""
    return Belonging(line.order_id, line.booking_id, line.id, line.store_id, line.placement_id)
