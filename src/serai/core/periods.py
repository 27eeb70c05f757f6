"""Days, and the minutes in which slots are counted."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

MINUTES_A_DAY = 1440
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def days(first: date, count: int) -> Iterator[date]:
    """`count` days from `first` on."""
    return (first + timedelta(days=offset) for offset in range(count))


def slot_of(day: date, minute: int = 0) -> int:
    """The slot that begins `minute` minutes into `day`: local minutes since 1970-01-01.

    One count serves nights (minute 0), quarter-hours, departures and entry windows alike.
    """
    return (day.toordinal() - _EPOCH_ORDINAL) * MINUTES_A_DAY + minute


def day_of(slot: int) -> date:
    """The day in which a slot begins."""
    return date.fromordinal(_EPOCH_ORDINAL + slot // MINUTES_A_DAY)


def start_of(slot: int) -> datetime:
    """The local wall-clock time (naive) at which a slot begins."""
    return datetime(1970, 1, 1) + timedelta(minutes=slot)
