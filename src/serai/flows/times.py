"""Times: which business date a moment is, when a service begins, and what of it has begun.

Moments come back from the database in whatever zone it speaks, so nothing here reads their date
without the store's own zone.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from serai.cloud import Organisation, Store
from serai.core import business_date, start_of
from serai.merchants import Line, LineNeed, Product, has_nights

CHECK_IN_MINUTE = 15 * 60
"""When a night begins: three in the afternoon, the store's time."""


def begin(first_day: date, minute: int, product: Product, timezone: str) -> datetime:
    """When the service of a line begins; a night begins at check-in time."""
    return _moment(first_day, CHECK_IN_MINUTE if has_nights(product) else minute, timezone)


@lru_cache(maxsize=100_000)
def _moment(day: date, minute: int, timezone: str) -> datetime:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone))
    return midnight + timedelta(minutes=minute)


def today_at(store: Store, moment: datetime) -> date:
    """The business date of a store at a moment."""
    return business_date(moment, store.timezone, store.closing_minute)


def day_at(organisation: Organisation, line: Line, moment: datetime) -> date:
    """The business date of a line's store at a moment."""
    return today_at(organisation.stores[line.store_id], moment)


def has_come(line: Line, store: Store, moment: datetime) -> bool:
    """Whether the day of a line's service has come, or the service itself where it begins after
    midnight, before the house closes."""
    return line.begins_at <= moment or line.first_day <= today_at(store, moment)


def has_begun(need: LineNeed, line: Line, store: Store, moment: datetime) -> bool:
    """Whether the slot of a need has begun for this line, so that nobody else can have it.

    A slot begins for a line no earlier than its service does (the quota of a day, for an entry at
    eleven); goods never begin.
    """
    if need.kind == "stock" or moment < line.begins_at:
        return False
    starts = start_of(need.slot)
    if need.kind == "room":
        starts += timedelta(minutes=CHECK_IN_MINUTE)
    return starts.replace(tzinfo=ZoneInfo(store.timezone)) <= moment
