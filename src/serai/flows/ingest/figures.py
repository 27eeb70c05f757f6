"""The figures of the feed, read back from the journal."""

from collections.abc import Mapping

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.flows.house import House
from serai.information import hotel_bookings
from serai.information.hotel_bookings import STATUSES, BookingStatus
from serai.ledger import Moved, moved_by_stores

_VALUE = f"{VALUE_PREFIX}{hotel_bookings.CURRENCY}"
_ROOMS: Mapping[tuple[str, str], BookingStatus] = {
    ("sold", "consumed"): "Check-Out",
    ("sold", "available"): "Canceled",
    ("sold", "forfeited"): "No-Show",
}
_VALUES: Mapping[tuple[str, str], BookingStatus] = {
    ("on_the_books", "earned"): "Check-Out",
    ("on_the_books", "cancelled"): "Canceled",
    ("on_the_books", "not_shown"): "No-Show",
}


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

    by_status: dict[BookingStatus, StatusFigures]
    fees_minor: int


async def read_figures(house: House, stores: Mapping[str, int]) -> dict[str, FeedFigures]:
    """The figures of each hotel, as the journal has them."""
    moved = await moved_by_stores(house.database, list(stores.values()))
    return {
        hotel: _figures([row for row in moved if row.store_id == id])
        for hotel, id in stores.items()
    }


def together(figures: Mapping[str, FeedFigures]) -> FeedFigures:
    """All hotels in one."""
    total = dict.fromkeys(STATUSES, StatusFigures())
    for one in figures.values():
        for status in STATUSES:
            total[status] = total[status].plus(one.by_status[status])
    return FeedFigures(total, sum(one.fees_minor for one in figures.values()))


def _figures(rows: list[Moved]) -> FeedFigures:
    by_status = dict.fromkeys(STATUSES, StatusFigures())
    fees_minor = 0
    for row in rows:
        way = (row.debit_role, row.credit_role)
        if row.unit.startswith("room:") and way in _ROOMS:
            found = StatusFigures(row.bookings, row.amount, 0)
            by_status[_ROOMS[way]] = by_status[_ROOMS[way]].plus(found)
        elif row.unit == _VALUE and way in _VALUES:
            found = StatusFigures(0, 0, row.amount)
            by_status[_VALUES[way]] = by_status[_VALUES[way]].plus(found)
        elif row.unit == hotel_bookings.CURRENCY and row.credit_role == "fee_revenue":
            fees_minor += row.amount
    return FeedFigures(by_status, fees_minor)
