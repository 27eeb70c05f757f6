"""The overview: how the group stands today, and what moves now."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.flows import count_refunds_waiting
from serai.insights import ChannelSales, Expected, expected
from serai.web.entry import actor_of
from serai.web.group.brands import BRAND_ORDER, brand_rows, brands_table
from serai.web.group.cities import city_map, city_rows
from serai.web.group.console import Figures, Month, SharedConsole
from serai.web.group.directory import SEGMENTS, Directory
from serai.web.group.drawings import segments_chart, sums_by_day
from serai.web.group.heading import heading_of, only_name
from serai.web.group.listing import sort_rows
from serai.web.group.tidings import tidings
from serai.web.languages import Language, gettext_of
from serai.web.look import Column, Table, language_of, word

Say = Callable[[str], str]
MOST_CHANNELS = 8
MOST_BRANDS = 8


class Share(Struct, frozen=True):
    """One row of a list of what sold most."""

    name: str
    bookings: int
    amount_minor: int
    share: float


class Due(Struct, frozen=True):
    """What a segment still has to serve today."""

    segment: str
    bookings: int
    amount_minor: int


class Changes(Struct, frozen=True):
    """How today's figures differ from those of a week ago, as ratios; None without a measure."""

    sales: float | None
    orders: float | None
    customers: float | None
    occupancy: float | None


@get("/", include_in_schema=False, opt={"right": "figures.read"})
async def overview_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """How the group stands today."""
    language = language_of(request)
    say = gettext_of(language)
    directory = await console.directory()
    figures, month = await console.figures.get(), await console.month.get()
    position = 0 if console.is_whole else console.house.books.position
    latest = await console.news()
    due = await expected(console.house.database, *rest_of_today(directory, console.now()))
    by_day = sums_by_day(month.by_day, month.days)
    return Template(
        "group/overview.html",
        context={
            "heading": heading_of(
                actor_of(request.scope), "figures.read", directory.organisation, language
            ),
            "currency": directory.currency,
            "figures": figures,
            "whole": console.is_whole,
            "refunds": await count_refunds_waiting(console.whole.house, actor_of(request.scope)),
            "change": changes(figures),
            "sales_trend": tuple(by_day[day].amount_minor for day in by_day),
            "order_trend": tuple(by_day[day].orders for day in by_day),
            "deed_list": tidings(latest, directory, language),
            "position": latest[0].position if latest else position,
            "segments_chart": segments_chart(
                say("Sales of the last 30 days"), month.by_day, month.days, directory.currency, say
            ),
            "channels": channels_table(month.by_channel, directory.currency, say),
            "map": city_map(
                city_rows(directory, month, None, language), "sales", directory.currency, language
            ),
            "brands": strongest_brands(directory, month, language),
            "due": due_by_segment(due, directory),
            "brand": ""
            if console.is_whole
            else only_name({place.brand for place in directory.places.values()}, language),
            "city": ""
            if console.is_whole
            else only_name({place.city for place in directory.places.values()}, language),
            "counts": {
                "stores": len(directory.places),
                "brands": len(directory.organisation.brands),
                "cities": len(directory.cities()),
            },
        },
    )


def rest_of_today(directory: Directory, now: datetime) -> tuple[datetime, datetime]:
    """From now to the end of the group's day."""
    midnight = datetime.combine(
        directory.day + timedelta(days=1), time.min, tzinfo=ZoneInfo(directory.timezone)
    )
    return now, midnight


def changes(figures: Figures) -> Changes:
    """Today so far against the same weekday of last week, up to the same hour."""
    today, before = figures.today, figures.week_ago
    return Changes(
        ratio(today.amount_minor, before.amount_minor),
        ratio(today.orders, before.orders),
        ratio(today.customers, before.customers),
        ratio(figures.tonight.share, figures.night_week_ago.share),
    )


def ratio(now: float, before: float) -> float | None:
    """By which part of itself `before` has grown to `now`."""
    return (now - before) / before if before else None


def channels_table(rows: Sequence[ChannelSales], currency: str, say: Say) -> Table:
    """Where the last days' sales were made, the strongest channels first."""
    whole = sum(row.amount_minor for row in rows) or 1
    shares = [
        Share(word(row.channel, say), row.bookings, row.amount_minor, row.amount_minor / whole)
        for row in rows[:MOST_CHANNELS]
    ]
    columns = (
        Column("name", say("Channel"), place="title"),
        Column("share", say("Share"), "bar"),
        Column("amount_minor", say("Sales"), "money", currency, place="lead"),
    )
    return Table(columns, shares, caption=say("Channels"))


def strongest_brands(directory: Directory, month: Month, language: Language) -> Table:
    """The brands that sold most in the last days."""
    rows = brand_rows(directory, month, language, list(directory.places.values()))
    strongest = sort_rows(rows, "-sales", BRAND_ORDER)[:MOST_BRANDS]
    return brands_table([row for row in strongest if row.orders], directory.currency, language)


def due_by_segment(rows: Sequence[Expected], directory: Directory) -> list[Due]:
    """What is still expected today, by segment, in the group's currency."""
    lines: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    for row in rows:
        place = directory.places.get(row.store_id)
        if place is not None:
            lines[place.store.segment] += row.lines
            if place.entity.currency == directory.currency:
                amounts[place.store.segment] += row.amount_minor
    return [Due(segment, lines[segment], amounts[segment]) for segment in SEGMENTS]
