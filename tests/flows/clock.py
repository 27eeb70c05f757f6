"""A clock that stands until it is set."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 6, 1, 10, 0, tzinfo=SHANGHAI)
"""A Monday, ten in the morning in Hangzhou."""


class SetClock:
    def __init__(self, now: datetime = MORNING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def set(self, now: datetime) -> None:
        self.now = now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def at(day: int, hour: int = 0, minute: int = 0, month: int = 6) -> datetime:
    """A moment of the summer of 2026 in Hangzhou."""
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)
