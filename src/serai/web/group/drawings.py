"""The charts that several pages draw."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from serai.insights import Days, DaySales, Occupancy
from serai.web.group.directory import SEGMENTS
from serai.web.look import Chart, Series, word

Say = Callable[[str], str]


def days_of(days: Days) -> list[date]:
    """Each of the days, in order."""
    return [days.since + timedelta(days=offset) for offset in range((days.until - days.since).days)]


def sums_by_day(rows: Iterable[DaySales], days: Days) -> dict[date, DaySales]:
    """Every one of the days with all segments together, those without sales too."""
    found = dict.fromkeys(days_of(days), (0, 0, 0))
    for row in rows:
        if row.day in found:
            bookings, orders, amount = found[row.day]
            found[row.day] = (
                bookings + row.bookings,
                orders + row.orders,
                amount + row.amount_minor,
            )
    return {day: DaySales(day, "", *sums) for day, sums in found.items()}


def segments_chart(
    title: str, rows: Sequence[DaySales], days: Days, currency: str, say: Say
) -> Chart:
    """Sales by day, one layer for each segment that sold; a single one as plain bars."""
    found = {(row.day, row.segment): row.amount_minor for row in rows}
    sold = [segment for segment in SEGMENTS if any(row.segment == segment for row in rows)]
    places = tuple(days_of(days))
    single = len(sold) < 2
    return Chart(
        "bars" if single else "stack",
        title,
        places,
        say("Day"),
        tuple(
            Series(
                word(segment, say),
                tuple(found.get((day, segment), 0) for day in places),
                flow="money" if single else None,
                tone=SEGMENTS.index(segment),
            )
            for segment in (sold or SEGMENTS[:1])
        ),
        currency,
        note=say("Counted when booked, at the agreed price with tax."),
    )


def occupancy_chart(title: str, nights: Sequence[Occupancy], say: Say) -> Chart:
    """Occupancy of each night, in tenths of a percent."""
    return Chart(
        "bars",
        title,
        tuple(night.day for night in nights),
        say("Night"),
        (Series(say("Occupancy"), tuple(round(n.share * 1000) for n in nights), "goods"),),
        "%",
        note=say("Holds count as taken until they run out."),
    )


def total_of(by_day: Mapping[date, DaySales]) -> DaySales:
    """All days together, under the first of them."""
    first = next(iter(by_day))
    return DaySales(
        first,
        "",
        sum(day.bookings for day in by_day.values()),
        sum(day.orders for day in by_day.values()),
        sum(day.amount_minor for day in by_day.values()),
    )
