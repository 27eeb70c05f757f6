"""The time of day, as a value that a flow is given and a test can choose."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def business_date(moment: datetime, timezone: str, closing_minute: int) -> date:
    """The business date of a store at `moment`.

    A store's day ends `closing_minute` minutes after its local midnight, so a dinner paid at
    half past midnight still belongs to the evening before.
    """
    return (moment.astimezone(ZoneInfo(timezone)) - timedelta(minutes=closing_minute)).date()
