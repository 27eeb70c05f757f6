"""Bookings that went over to another company with their store."""

from datetime import datetime

from msgspec import Struct


class CarriedBooking(Struct, frozen=True, kw_only=True):
    """A booking stands in the book of another entity from `carried_at` on; the lines that were
    `done` by then were charged, or ended otherwise, in the book of the one before."""

    id: int
    booking_id: int
    store_id: int
    from_id: int
    to_id: int
    done: tuple[int, ...]
    carried_at: datetime
