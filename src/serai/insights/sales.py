"""Sales: what was booked, by day, segment, channel and node. Metrics count bookings when placed."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from serai.core import Database
from serai.insights import tables

Dimension = Literal["brand", "city", "store"]
_BY_DIMENSION = {
    "brand": tables.SALES_BY_BRAND,
    "city": tables.SALES_BY_CITY,
    "store": tables.SALES_BY_STORE,
}


class Days(Struct, frozen=True):
    """The days from `since` up to but not including `until`, in a time zone."""

    since: date
    until: date
    timezone: str

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """The moments at which the days begin and end."""
        zone = ZoneInfo(self.timezone)
        begin, end = (
            datetime.combine(day, time.min, tzinfo=zone) for day in (self.since, self.until)
        )
        return begin, end

    def before(self) -> "Days":
        """As many days, right before these."""
        return Days(self.since - (self.until - self.since), self.since, self.timezone)


def last_days(count: int, now: datetime, timezone: str) -> Days:
    """The last `count` days with today as the last of them."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return Days(today - timedelta(days=count - 1), today + timedelta(days=1), timezone)


class DaySales(Struct, frozen=True):
    """What was booked on a day in a segment."""

    day: date
    segment: str
    bookings: int
    orders: int
    amount_minor: int


class Totals(Struct, frozen=True):
    """What was booked between two moments, in one currency."""

    bookings: int = 0
    orders: int = 0
    customers: int = 0
    amount_minor: int = 0


class NodeSales(Struct, frozen=True):
    """What was booked at a node, in one currency; currencies are never added."""

    node_id: int
    bookings: int
    orders: int
    amount_minor: int
    currency: str


class ChannelSales(Struct, frozen=True):
    """What was booked through a channel."""

    channel: str
    bookings: int
    amount_minor: int


async def sales_by_day(database: Database, days: Days, currency: str) -> list[DaySales]:
    """Bookings placed on each day, by segment."""
    since, until = days.bounds
    return await database.all(
        DaySales, tables.SALES_BY_DAY, since=since, until=until, currency=currency,
        timezone=days.timezone,
    )  # fmt: skip


async def sales_by(database: Database, dimension: Dimension, days: Days) -> list[NodeSales]:
    """Bookings placed in the days, by brand, city or store."""
    since, until = days.bounds
    return await database.all(NodeSales, _BY_DIMENSION[dimension], since=since, until=until)


async def sales_of_stores_by_day(
    database: Database, store_ids: Sequence[int], days: Days, currency: str
) -> list[DaySales]:
    """Bookings placed on each day at some stores, by segment."""
    since, until = days.bounds
    return await database.all(
        DaySales, tables.SALES_OF_STORES_BY_DAY, stores=list(store_ids), since=since, until=until,
        currency=currency, timezone=days.timezone,
    )  # fmt: skip


async def totals(database: Database, since: datetime, until: datetime, currency: str) -> Totals:
    """Everything booked from one moment up to but not including another."""
    found = await database.one(Totals, tables.TOTALS, since=since, until=until, currency=currency)
    return found or Totals()


async def sales_by_channel(database: Database, days: Days, currency: str) -> list[ChannelSales]:
    """Bookings placed in the days, by channel, the strongest first."""
    since, until = days.bounds
    return await database.all(
        ChannelSales, tables.SALES_BY_CHANNEL, since=since, until=until, currency=currency
    )


class Expected(Struct, frozen=True):
    """Confirmed lines of a store whose service is still to begin."""

    store_id: int
    lines: int
    quantity: int
    amount_minor: int


async def expected(database: Database, since: datetime, until: datetime) -> list[Expected]:
    """What is confirmed to begin from one moment up to but not including another, by store."""
    return await database.all(Expected, tables.EXPECTED, since=since, until=until)


class RoleBalance(Struct, frozen=True):
    """The posted sums of a role over several books, in one currency."""

    role: str
    debits: int
    credits: int


async def money_by_role(
    database: Database, books: Sequence[int], currency: str
) -> dict[str, RoleBalance]:
    """What stands in each money role of the books now."""
    rows = await database.all(
        RoleBalance, tables.MONEY_BY_ROLE, books=list(books), currency=currency
    )
    return {row.role: row for row in rows}
