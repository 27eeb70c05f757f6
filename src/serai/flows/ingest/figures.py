"""The figures of the feed, read back from the journal."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.flows.house import House
from serai.information import hotel_bookings
from serai.ledger import Moved, moved_in, moved_out

_VALUE = f"{VALUE_PREFIX}{hotel_bookings.CURRENCY}"
_ENDED: Mapping[str, hotel_bookings.BookingStatus] = {
    "fulfil": "Check-Out",
    "charge": "Check-Out",
    "cancel": "Canceled",
    "no_show": "No-Show",
}
"""How a booking has ended whose rooms leave `sold`, or whose value `on_the_books`, for a reason."""


class StatusFigures(Struct, frozen=True):
    """Bookings that ended in one way, with their room-nights and agreed value."""

    bookings: int = 0
    nights: int = 0
    amount_minor: int = 0

    def plus(self, other: "StatusFigures") -> "StatusFigures":
        """Both together."""
        return StatusFigures(
            self.bookings + other.bookings,
            self.nights + other.nights,
            self.amount_minor + other.amount_minor,
        )


class FeedFigures(Struct, frozen=True):
    """What the books hold of the feed, by status, and the fees that were kept."""

    by_status: dict[hotel_bookings.BookingStatus, StatusFigures]
    fees_minor: int


async def feed_figures(house: House, stores: Mapping[str, int]) -> dict[str, FeedFigures]:
    """The figures of each hotel, as the journal has them."""
    ids = list(stores.values())
    ended = await moved_out(house.database, ids, ("sold", "on_the_books"))
    fees = await moved_in(house.database, ids, ("fee_revenue",))
    return {
        hotel: FeedFigures(
            _by_status([row for row in ended if row.store_id == id]),
            sum(row.amount for row in fees if row.store_id == id),
        )
        for hotel, id in stores.items()
    }


def together(figures: Mapping[str, FeedFigures]) -> FeedFigures:
    """All hotels in one."""
    total = dict.fromkeys(hotel_bookings.STATUSES, StatusFigures())
    for one in figures.values():
        for status in hotel_bookings.STATUSES:
            total[status] = total[status].plus(one.by_status[status])
    return FeedFigures(total, sum(one.fees_minor for one in figures.values()))


def _by_status(ended: Sequence[Moved]) -> dict[hotel_bookings.BookingStatus, StatusFigures]:
    by_status = dict.fromkeys(hotel_bookings.STATUSES, StatusFigures())
    for row in ended:
        if row.role == "sold":
            found = StatusFigures(row.bookings, row.amount, 0)
        elif row.unit == _VALUE:
            found = StatusFigures(0, 0, row.amount)
        else:
            continue
        status = _ENDED.get(row.reason)
        if status is not None:
            by_status[status] = by_status[status].plus(found)
    return by_status
