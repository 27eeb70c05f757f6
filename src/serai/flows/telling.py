"""What is told of a step: one event for each booking that it touched."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.json import encode

from serai.ledger import Change, Event
from serai.merchants import Line, LineState, OrderFile

NO_AMOUNTS: Mapping[int, int] = {}


class Told(Struct, frozen=True):
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
    events = []
    for booking in file.bookings:
        own = [line for line in lines if line.booking_id == booking.id]
        if not own:
            continue
        told = Told(
            booking.number,
            booking.segment,
            booking.channel,
            sum(line.amount_minor for line in own),
            booking.currency,
            tuple(line.id for line in own),
            sum(fees.get(line.id, 0) for line in own),
            sum(paid.get(line.id, 0) for line in own),
        )
        events.append(
            Event(
                type=type,
                book=booking.entity_id,
                order=booking.order_id,
                booking=booking.id,
                store=booking.store_id,
                data=encode(told),
            )
        )
    return tuple(events)


def move_line(line: Line, state: LineState, moment: datetime, fee_minor: int = 0) -> Change:
    """The line's record once it has reached a state."""
    values: dict[str, object] = {"state": state, "state_at": moment, "fee_minor": fee_minor}
    return Change("lines", line.id, line.version, values)
