"""Rooms as the replay goes along: which nights are open on the books, and what is left of them.

History cannot be refused for lack of rooms. The importer knows what is left, so it takes what is
missing from `shortfall` at once instead of hearing the refusal first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

from serai.core import Database, slot_of
from serai.flows.ingest.catalogue import Catalogue, RoomType
from serai.information import hotel_bookings
from serai.ledger import Belonging, Step, Transfer
from serai.logistics import (
    Need,
    Resource,
    capacity,
    is_available,
    open_missing,
    read_free,
    sell,
    slots,
)


class Taken(Struct, frozen=True):
    """The nights of a stay: what it needs, and how many rooms each night lacks."""

    needs: tuple[Need, ...]
    missing: tuple[int, ...]

    def sell(self, book: int, of: Belonging) -> tuple[Step, ...]:
        """The transfers that sell the nights, missing rooms opened first."""
        sold = sell(book, self.needs, of)
        if not any(self.missing):
            return sold
        openings = len(sold) - len(self.needs)
        short = open_missing(book, self.needs, self.missing, of)
        return (*sold[:openings], *short, *sold[openings:])


class Rooms:
    """What is left of each night, by (resource, slot), as of the last step proposed."""

    def __init__(self, free: Mapping[tuple[int, int], int]) -> None:
        self._free = dict(free)

    def take(self, room: Resource, arrival: date, nights: int) -> Taken:
        """Take a room for consecutive nights."""
        needs, missing = [], []
        for slot in _slots(arrival, nights):
            known = self._free.get((room.id, slot))
            opening = capacity(room, slot) if known is None else 0
            left = opening if known is None else known
            lacks = max(0, 1 - left)
            needs.append(Need(room.id, room.kind, slot, 1, opening))
            missing.append(lacks)
            self._free[room.id, slot] = left + lacks - 1
        return Taken(tuple(needs), tuple(missing))

    def follow(self, chain: Iterable[Step]) -> None:
        """Rooms that a chain gives back can be taken again."""
        for step in chain:
            if isinstance(step, Transfer) and is_available(step.credit):
                self._free[step.credit.holder, step.credit.slot] += step.amount


async def read_rooms(
    database: Database, catalogue: Catalogue, bookings: Iterable[hotel_bookings.HotelBooking]
) -> Rooms:
    """What the books say is left of every night of the bookings."""
    wanted = {
        (catalogue.book(room), room.unit, room.id, slot)
        for booking in bookings
        for room in (catalogue.room(booking),)
        for slot in _slots(booking.arrival, booking.nights)
    }
    return Rooms(await read_free(database, sorted(wanted)))


def _slots(arrival: date, nights: int) -> range:
    return slots("nights", slot_of(arrival), nights, 0)


def most_in_house(bookings: Sequence[hotel_bookings.HotelBooking]) -> dict[RoomType, int]:
    """The most rooms of each type in house on any night.

    In house are the nights of the bookings that checked out: those that were charged, and that
    the books show as consumed. Room types that nobody stayed in have 0.
    """
    counts: dict[RoomType, dict[int, int]] = {}
    for booking in bookings:
        nights = counts.setdefault(RoomType(booking.hotel, booking.room_type), {})
        if booking.status != "Check-Out":
            continue
        first = booking.arrival.toordinal()
        for night in range(first, first + booking.nights):
            nights[night] = nights.get(night, 0) + 1
    return {kind: max(nights.values(), default=0) for kind, nights in counts.items()}
