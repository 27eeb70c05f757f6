"""The two steps of a booking of the past: it was booked, and it ended. Pure.

The flows' own parts make the transfers; only prices and moments come from the file.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from serai.capital import Payment, receive
from serai.core import split
from serai.flows.agreement import (
    AgreedBooking,
    AgreedLine,
    Party,
    of_line,
    records_of,
    write_up,
)
from serai.flows.cancel import unwind
from serai.flows.confirm import of_payment, put_on_books
from serai.flows.fulfil import serve
from serai.flows.ingest.catalogue import Catalogue, agent_code, company_code, guest_code
from serai.flows.ingest.organisation import FEED_ACTOR
from serai.flows.ingest.rooms import Rooms, Taken
from serai.flows.no_show import forgo_all
from serai.flows.telling import move_line, tell
from serai.flows.times import begin
from serai.information import hotel_bookings
from serai.ledger import Change, Deed, Event, Insert, Key, Proposal, Step
from serai.merchants import (
    LineState,
    OrderFile,
    Quote,
    Wanted,
    cancellation_fee,
    no_show_fee,
    terms_on,
)

BOOKED = "feed.booked"
ENDED = "feed.ended"

BOOKED_AT = time(10)
STATUS_AT: dict[hotel_bookings.BookingStatus, time] = {
    "Check-Out": time(11),
    "Canceled": time(12),
    "No-Show": time(23),
}
"""The file has days and no hours. These keep a day's steps in the order in which they make
sense, and a no-show after check-in time; store time."""

_STATES: dict[hotel_bookings.BookingStatus, LineState] = {
    "Check-Out": "fulfilled",
    "Canceled": "cancelled",
    "No-Show": "not_shown",
}


class Remembered(Struct, frozen=True):
    """The answer of a step: which order the row has become."""

    order_id: int


def booked_key(fingerprint: str) -> Key:
    """The key of a row's first step."""
    return Key(FEED_ACTOR.name, BOOKED, fingerprint)


def ended_key(fingerprint: str) -> Key:
    """The key of a row's last step."""
    return Key(FEED_ACTOR.name, ENDED, fingerprint)


def ids_wanted(booking: hotel_bookings.HotelBooking) -> int:
    """How many ids the records of a booking take: order, booking, line, payment, charges."""
    return 4 + booking.nights


def booked(
    catalogue: Catalogue,
    rooms: Rooms,
    booking: hotel_bookings.HotelBooking,
    fingerprint: str,
    ids: Iterator[int],
) -> tuple[OrderFile, Proposal]:
    """A booking as it was made, confirmed at once; what was not refundable was paid with it."""
    room = catalogue.room(booking)
    taken = rooms.take(room, booking.arrival, booking.nights)
    agreed = _agreed(catalogue, booking, taken)
    moment = moment_of(booking.booked_on, BOOKED_AT, agreed.place.store.timezone)
    file = write_up(
        (agreed,),
        _party(catalogue, booking),
        ids,
        currency=hotel_bookings.CURRENCY,
        platform=catalogue.platform,
        state="confirmed",
        placed_at=moment,
        held_until=None,
    )
    (line,) = file.lines
    chain: list[Step] = [*taken.sell(agreed.place.entity.id, of_line(line))]
    inserts = records_of(file)
    if line.guarantee == "prepaid" and line.amount_minor:
        payment = _payment(file, next(ids), fingerprint, moment)
        chain += receive(
            payment.collector_id, payment.currency, payment.amount_minor, of_payment(payment)
        )
        inserts = (*inserts, Insert("payments", (payment,)))
    chain += put_on_books(file, file.lines)
    return file, Proposal(
        key=booked_key(fingerprint),
        effective=moment,
        business_date=booking.booked_on,
        chain=tuple(chain),
        inserts=inserts,
        events=tell(file, file.lines, "booking.confirmed"),
        answer=_answer(file),
        keep_refusal=False,
    )


def ended(
    catalogue: Catalogue,
    booking: hotel_bookings.HotelBooking,
    file: OrderFile,
    fingerprint: str,
    more: tuple[Change, ...] = (),
    deeds: tuple[Deed, ...] = (),
) -> Proposal:
    """How a booking ended: the guests checked out, it was cancelled, or nobody came.

    `more` are changes to records that go with it, and `deeds` are whose doing it was.
    """
    (line,) = file.lines
    organisation = catalogue.organisation
    timezone = organisation.stores[line.store_id].timezone
    today = booking.status_on
    moment = moment_of(today, STATUS_AT[booking.status], timezone)
    fee = 0
    match booking.status:
        case "Check-Out":
            chain = serve(file, file.lines, "company" if booking.company else "card", today)
        case "Canceled":
            fee = cancellation_fee(
                line.amount_minor, line.guarantee, line.cancellation, line.begins_at, moment
            )
            chain = unwind(organisation, file, file.lines, {line.id: fee}, (), moment)
        case "No-Show":
            fee = no_show_fee(line.amount_minor, line.guarantee, line.cancellation)
            chain = forgo_all(organisation, file, file.lines, {line.id: fee}, moment)
    state = _STATES[booking.status]
    return Proposal(
        key=ended_key(fingerprint),
        effective=moment,
        business_date=today,
        chain=chain,
        changes=(move_line(line, state, moment, fee), *more),
        events=_told(file, state, fee),
        deeds=deeds,
        answer=_answer(file),
        keep_refusal=False,
    )


def _told(file: OrderFile, state: LineState, fee: int) -> tuple[Event, ...]:
    return tell(file, file.lines, f"booking.{state}", {file.lines[0].id: fee})


def _answer(file: OrderFile) -> bytes:
    return msgspec.json.encode(Remembered(file.order.id))


def _agreed(
    catalogue: Catalogue, booking: hotel_bookings.HotelBooking, taken: Taken
) -> AgreedBooking:
    store_id = catalogue.stores[booking.hotel]
    place = catalogue.organisation.place(store_id, booking.booked_on)
    terms = terms_on(catalogue.terms[store_id], booking.channel, booking.booked_on)
    if place is None or terms is None:
        raise RuntimeError(f"{booking.hotel} has no parents or terms on {booking.booked_on}")
    product, plan = catalogue.product(booking), catalogue.plan(booking)
    offer = catalogue.offers[product.id, plan.id]
    nightly = split(booking.amount_minor, (1,) * booking.nights)
    quote = Quote(
        wanted=Wanted(offer_id=offer.id, first_day=booking.arrival, nights=booking.nights),
        offer=offer,
        product=product,
        plan=plan,
        charges=tuple(zip(_nights(booking.arrival, booking.nights), nightly, strict=True)),
    )
    line = AgreedLine(
        quote=quote,
        needs=taken.needs,
        begins_at=begin(booking.arrival, 0, product, place.store.timezone),
    )
    return AgreedBooking(place=place, terms=terms, lines=(line,))


def _party(catalogue: Catalogue, booking: hotel_bookings.HotelBooking) -> Party:
    people = catalogue.customers
    guest = people[guest_code(booking.country)].id
    return Party(
        customer_id=guest,
        payer_id=people[company_code(booking.company)].id if booking.company else guest,
        channel=booking.channel,
        agent_id=people[agent_code(booking.agent)].id if booking.agent else 0,
        adults=booking.adults,
        children=booking.children,
        babies=booking.babies,
        country=booking.country,
        market=booking.market,
    )


def _payment(file: OrderFile, id: int, fingerprint: str, moment: datetime) -> Payment:
    """What the file calls Non Refund was paid when it was booked."""
    order = file.order
    return Payment(
        id=id,
        order_id=order.id,
        customer_id=order.customer_id,
        kind="payment",
        provider=hotel_bookings.FEED,
        token="",
        currency=order.currency,
        amount_minor=order.amount_minor,
        collector_id=file.bookings[0].collector_id,
        lines=tuple(line.id for line in file.lines),
        status="succeeded",
        asked_at=moment,
        answered_at=moment,
        provider_reference=fingerprint,
    )


@lru_cache(maxsize=8192)
def moment_of(day: date, hour: time, timezone: str) -> datetime:
    """A store's hour of a day, as a moment; the same ones come again and again."""
    return datetime.combine(day, hour, ZoneInfo(timezone)).astimezone(UTC)


@lru_cache(maxsize=8192)
def _nights(first: date, count: int) -> tuple[date, ...]:
    return tuple(first + timedelta(days=night) for night in range(count))
