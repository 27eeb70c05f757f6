"""A house day by day: who is in house, who arrives and leaves, and how bookings come in."""

from datetime import date, datetime, timedelta

from msgspec import Struct

from serai.core import Database, days
from serai.insights import tables

LONGEST_STAY_DAYS = 100


class Stay(Struct, frozen=True):
    """A line of a booking whose stay touches a day."""

    state: str
    first_day: date
    length: int
    quantity: int
    amount_minor: int
    guests: int
    number: str
    booking_id: int
    order_id: int
    guest_name: str
    channel: str
    country: str
    name_en: str
    name_zh: str
    minute: int

    @property
    def leaves(self) -> date:
        """The day of check-out."""
        return self.first_day + timedelta(days=self.length)


class HouseDay(Struct, frozen=True):
    """A hotel on one day; a stay that arrives on the day counts as in house too."""

    day: date
    arrivals: tuple[Stay, ...]
    in_house: tuple[Stay, ...]
    departures: tuple[Stay, ...]


class Night(Struct, frozen=True):
    """What a store had sold of a night: lines, units, and the night's part of the value."""

    day: date
    lines: int
    quantity: int
    amount_minor: int


class Pace(Struct, frozen=True):
    """Bookings for a period, by how many days before arrival they were made."""

    days_before: int
    bookings: int
    nights: int
    amount_minor: int


class Span(Struct, frozen=True):
    """The first and the last day on which a service of a store begins; `busy` in the days asked."""

    first: date | None
    last: date | None
    busy: bool


async def span_of(database: Database, store_id: int, since: date, until: date) -> Span:
    """The days of a store's bookings, and whether some begin from `since` until `until`."""
    found = await database.one(Span, tables.SPAN, store=store_id, since=since, until=until)
    return found or Span(None, None, False)


async def house_day(database: Database, store_id: int, day: date) -> HouseDay:
    """Arrivals, guests in house and departures of a hotel on a day."""
    stays = await database.all(
        Stay, tables.IN_HOUSE, store=store_id, first=day, last=day, longest=LONGEST_STAY_DAYS
    )
    return HouseDay(
        day,
        tuple(stay for stay in stays if stay.first_day == day),
        tuple(stay for stay in stays if stay.first_day <= day < stay.leaves),
        tuple(stay for stay in stays if stay.leaves == day),
    )


async def nights_of(database: Database, store_id: int, since: date, until: date) -> list[Night]:
    """What a store has sold of each night from `since` up to but not including `until`."""
    found = await database.all(
        Night,
        tables.STORE_NIGHTS,
        store=store_id,
        first=since,
        last=until - timedelta(days=1),
        longest=LONGEST_STAY_DAYS,
    )
    by_day = {night.day: night for night in found}
    nights = days(since, (until - since).days)
    return [by_day.get(day, Night(day, 0, 0, 0)) for day in nights]


async def pace_of(
    database: Database, store_id: int, since: date, until: date, as_of: datetime, timezone: str
) -> list[Pace]:
    """How the bookings that arrive from `since` on came in, earliest first, known at `as_of`."""
    return await database.all(
        Pace, tables.PACE, store=store_id, since=since, until=until, as_of=as_of,
        timezone=timezone,
    )  # fmt: skip
