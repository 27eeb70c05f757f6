"""What is told of a step: one event for each booking that it touched."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.json import encode

from serai.ledger import Change, Event
from serai.merchants import Booking, Line, LineState, OrderFile

NO_AMOUNTS: Mapping[int, int] = {}


class Told(Struct, frozen=True, gc=False):
    """What an event says of the booking it is about; no personal data."""

    number: str
    segment: str
    channel: str
    amount_minor: int
    currency: str
    lines: tuple[int, ...]
    fee_minor: int = 0
    paid_minor: int = 0


def tell(
    file: OrderFile, lines: Sequence[Line], type: str, fees: Mapping[int, int] = NO_AMOUNTS,
    paid: Mapping[int, int] = NO_AMOUNTS,
) -> tuple[Event, ...]:  # fmt: skip
    """An event of `type` for each booking of these lines; what was kept and paid is by line."""
    own: dict[int, list[Line]] = {}
    for line in lines:
        own.setdefault(line.booking_id, []).append(line)
    return tuple(
        Event(
            type=type,
            book=booking.entity_id,
            order=booking.order_id,
            booking=booking.id,
            store=booking.store_id,
            placement=booking.placement_id,
            data=encode(_told(booking, own[booking.id], fees, paid)),
        )
        for booking in file.bookings
        if booking.id in own
    )


def _told(
    booking: Booking, lines: Sequence[Line], fees: Mapping[int, int], paid: Mapping[int, int]
) -> Told:
    ids = tuple([line.id for line in lines])
    return Told(
        booking.number,
        booking.segment,
        booking.channel,
        sum([line.amount_minor for line in lines]),
        booking.currency,
        ids,
        sum([fees.get(id, 0) for id in ids]) if fees else 0,
        sum([paid.get(id, 0) for id in ids]) if paid else 0,
    )


def move_line(line: Line, state: LineState, moment: datetime, fee_minor: int = 0) -> Change:
    """The line's record once it has reached a state."""
    values: dict[str, object] = {"state": state, "state_at": moment, "fee_minor": fee_minor}
    return Change("lines", line.id, line.version, values)
