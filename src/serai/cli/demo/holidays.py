"""China's holidays of 2026 and 2027, and how days differ in demand."""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from serai.cloud import Segment

Mood = Literal["business", "leisure", "table", "shop"]


class Holiday(Struct, frozen=True):
    """Days off, from `first` to `last`; `rush` in percent is how much more people travel."""

    name: str
    first: date
    last: date
    rush: int


HOLIDAYS = (
    Holiday("New Year", date(2026, 1, 1), date(2026, 1, 3), 40),
    Holiday("Spring Festival", date(2026, 2, 15), date(2026, 2, 23), 90),
    Holiday("Qingming", date(2026, 4, 4), date(2026, 4, 6), 50),
    Holiday("Labour Day", date(2026, 5, 1), date(2026, 5, 5), 90),
    Holiday("Dragon Boat", date(2026, 6, 19), date(2026, 6, 21), 50),
    Holiday("Mid-Autumn", date(2026, 9, 25), date(2026, 9, 27), 60),
    Holiday("National Day", date(2026, 10, 1), date(2026, 10, 7), 100),
    Holiday("New Year", date(2027, 1, 1), date(2027, 1, 3), 40),
    Holiday("Spring Festival", date(2027, 2, 5), date(2027, 2, 12), 90),
    Holiday("Qingming", date(2027, 4, 3), date(2027, 4, 5), 50),
    Holiday("Labour Day", date(2027, 5, 1), date(2027, 5, 5), 90),
    Holiday("Dragon Boat", date(2027, 6, 9), date(2027, 6, 11), 50),
    Holiday("Mid-Autumn", date(2027, 9, 15), date(2027, 9, 17), 60),
    Holiday("National Day", date(2027, 10, 1), date(2027, 10, 7), 100),
)
"""2026 as the State Council announced it; of 2027 the statutory days and what adjoins them."""

WEEK: dict[Mood, tuple[int, ...]] = {
    "business": (105, 115, 118, 112, 90, 72, 78),
    "leisure": (62, 60, 64, 76, 130, 190, 118),
    "table": (70, 74, 80, 92, 138, 160, 112),
    "shop": (82, 80, 84, 88, 110, 140, 122),
}
"""Demand from Monday to Sunday, in percent of an ordinary day. A night counts for its evening."""

MOODS: dict[Segment, Mood] = {
    "hotel": "leisure",
    "dining": "table",
    "tour": "leisure",
    "ticket": "leisure",
    "retail": "shop",
}


def holiday_on(day: date) -> Holiday | None:
    """The holiday that a day belongs to."""
    for holiday in HOLIDAYS:
        if holiday.first <= day <= holiday.last:
            return holiday
    return None


def demand(mood: Mood, day: date) -> int:
    """How many come on a day, in percent of an ordinary one."""
    holiday = holiday_on(day)
    if holiday is None:
        return WEEK[mood][day.weekday()]
    if mood == "business":
        return 40
    return 120 + holiday.rush


def holidays_between(since: date, until: date) -> tuple[Holiday, ...]:
    """The holidays that touch the days from `since` up to but not including `until`."""
    return tuple(one for one in HOLIDAYS if one.first < until and one.last >= since)


def nights_of(holiday: Holiday) -> tuple[date, date]:
    """The nights that cost a holiday's price: from its eve up to but not including its last day."""
    return holiday.first - timedelta(days=1), holiday.last
