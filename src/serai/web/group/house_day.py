"""A day in a store: who is in house, arrives and leaves, and how bookings have come in."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from serai.cloud import Store
from serai.core import business_date, slot_of
from serai.insights import (
    Night,
    Pace,
    Span,
    Stay,
    house_day,
    nights_of,
    pace_of,
    span_of,
)
from serai.logistics import Resource, capacity
from serai.merchants import clock_text
from serai.web.group.console import Console
from serai.web.group.directory import name_of
from serai.web.languages import Language, gettext_of
from serai.web.look import Amount, Chart, Column, Series, Table, word

Say = Callable[[str], str]

BUSY_BEFORE_DAYS, BUSY_AFTER_DAYS = 7, 45
NIGHTS_BEFORE, NIGHTS_AFTER = 21, 21
PACE_DAYS = 90
MOST_GUESTS = 60
MARGIN_DAYS = 14


class DayWanted(Struct, frozen=True):
    """The day that a house is shown on; None for the one that tells most."""

    day: date | None = None


class Guest(Struct, frozen=True):
    """A line of a list of guests."""

    number: str
    href: str
    name: str
    what: str
    when: str
    guests: int
    state: str
    amount: Amount


class Day(Struct, frozen=True):
    """A day of a store as its page shows it; `rooms` is 0 where it is no hotel. `busy`: there is
    business around today, whichever day is shown."""

    day: date
    first: date
    last: date
    busy: bool
    hotel: bool
    arrivals: Table
    departures: Table
    in_house: Table
    counts: dict[str, int]
    guests: int
    rooms: int
    sold: int
    night_minor: int
    currency: str
    nights: Chart
    pace: Chart | None


async def read_day(
    console: Console,
    store: Store,
    currency: str,
    resources: Sequence[Resource],
    wanted: date | None,
    language: Language,
) -> Day:
    """The day that is wanted of a store, or the one that tells most."""
    today = business_date(console.now(), store.timezone, store.closing_minute)
    database, say = console.house.database, gettext_of(language)
    span = await span_of(
        database,
        store.id,
        today - timedelta(days=BUSY_BEFORE_DAYS),
        today + timedelta(days=BUSY_AFTER_DAYS),
    )
    day = wanted or busy_day(span, today)
    house = await house_day(database, store.id, day)
    since, until = day - timedelta(days=NIGHTS_BEFORE), day + timedelta(days=NIGHTS_AFTER + 1)
    nights = await nights_of(database, store.id, since, until)
    hotel = store.segment == "hotel"
    rooms = [one for one in resources if one.kind == "room"]
    tonight = next((night for night in nights if night.day == day), Night(day, 0, 0, 0))
    first, last = slider_span(span, day, today)
    return Day(
        day=day,
        first=first,
        last=last,
        busy=span.busy,
        hotel=hotel,
        arrivals=guests_table(house.arrivals, "arrivals", hotel, currency, language),
        departures=guests_table(house.departures, "departures", hotel, currency, language),
        in_house=guests_table(house.in_house, "in_house", hotel, currency, language),
        counts={
            "arrivals": len(house.arrivals),
            "departures": len(house.departures),
            "in_house": len(house.in_house),
        },
        guests=sum(stay.guests for stay in (house.in_house if hotel else house.arrivals)),
        rooms=sum(capacity(room, slot_of(day)) for room in rooms),
        sold=tonight.quantity,
        night_minor=tonight.amount_minor,
        currency=currency,
        nights=nights_chart(nights, rooms, day, hotel, say),
        pace=await read_pace(console, store, day, say) if hotel else None,
    )


def busy_day(span: Span, today: date) -> date:
    """Today where there is business around it, else the last day on which something began."""
    return today if span.busy or span.last is None else span.last


def slider_span(span: Span, day: date, today: date) -> tuple[date, date]:
    """From the first day of business to a little after the last, `day` always among them."""
    first = span.first or today - timedelta(days=MARGIN_DAYS)
    last = (span.last or today) + timedelta(days=MARGIN_DAYS)
    return min(first, day), max(last, day)


def guests_table(
    stays: Sequence[Stay], what: str, hotel: bool, currency: str, language: Language
) -> Table:
    """A list of guests, the first ones of it."""
    say = gettext_of(language)
    titles = {
        "arrivals": say("Arrivals") if hotel else say("Bookings of the day"),
        "departures": say("Departures"),
        "in_house": say("In house"),
    }
    ordered = sorted(stays, key=lambda stay: (stay.minute, stay.number))
    rows = [guest(stay, what, hotel, currency, language) for stay in ordered[:MOST_GUESTS]]
    columns = (
        Column("name", say("Guest"), place="title", href="href", note="what"),
        Column("when", _when_label(what, hotel, say), place="detail"),
        Column("guests", say("Guests"), "count", place="lead"),
    )
    return Table(columns, rows, titles[what])


def _when_label(what: str, hotel: bool, say: Say) -> str:
    if not hotel:
        return say("At")
    return say("Nights") if what == "arrivals" else say("Leaves")


def guest(stay: Stay, what: str, hotel: bool, currency: str, language: Language) -> Guest:
    """A stay as a line of a list."""
    if not hotel:
        when = clock_text(stay.minute) if stay.minute else "–"
    elif what == "arrivals":
        when = str(stay.length)
    else:
        when = stay.leaves.isoformat()
    quantity = f"{stay.quantity} × " if stay.quantity > 1 else ""
    parts = [quantity + name_of(stay, language), word(stay.channel, gettext_of(language))]
    if stay.country:
        parts.append(stay.country)
    return Guest(
        number=stay.number,
        href=f"/group/orders/{stay.order_id}",
        name=stay.guest_name or stay.number,
        what=" · ".join(parts),
        when=when,
        guests=stay.guests,
        state=stay.state,
        amount=Amount(stay.amount_minor, currency),
    )


def nights_chart(
    nights: Sequence[Night], rooms: Sequence[Resource], day: date, hotel: bool, say: Say
) -> Chart:
    """What was sold for each of the days around `day`, under what there is."""
    sold = Series(
        say("Rooms sold") if hotel else say("Sold"),
        tuple(night.quantity for night in nights),
        "goods",
    )
    series = [sold]
    if hotel:
        most = tuple(sum(capacity(room, slot_of(n.day)) for room in rooms) for n in nights)
        series.append(Series(say("Rooms"), most, tone=1, dashed=True))
    return Chart(
        "lines" if hotel else "bars",
        say("Rooms sold, night by night") if hotel else say("Sold, day by day"),
        tuple(night.day for night in nights),
        say("Night") if hotel else say("Day"),
        tuple(series),
        "room" if hotel else "",
        today=day,
    )


async def read_pace(console: Console, store: Store, day: date, say: Say) -> Chart | None:
    """How the nights of this month's arrivals came in, beside those of a year before."""
    since = day.replace(day=1)
    until = (since + timedelta(days=32)).replace(day=1)
    before, before_until = since.replace(year=since.year - 1), until.replace(year=until.year - 1)
    zone = ZoneInfo(store.timezone)
    as_of = datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone)
    database = console.house.database
    now = await pace_of(database, store.id, since, until, as_of, store.timezone)
    then = await pace_of(database, store.id, before, before_until, as_of, store.timezone)
    if not now and not then:
        return None
    series = [
        Series(f"{since:%Y-%m}", on_the_books(now), "goods"),
        Series(f"{before:%Y-%m}", on_the_books(then), tone=1, dashed=True),
    ]
    return Chart(
        "lines",
        say("Booking pace of the month"),
        tuple(str(PACE_DAYS - place) for place in range(PACE_DAYS + 1)),
        say("Days before arrival"),
        tuple(one for one in series if any(one.values)),
        "room",
        note=say("Room-nights booked by so many days before arrival, known on this day."),
    )


def on_the_books(pace: Sequence[Pace]) -> tuple[int, ...]:
    """Nights booked up to each number of days before arrival, from the earliest on."""
    booked: Counter[int] = Counter()
    for row in pace:
        booked[min(row.days_before, PACE_DAYS)] += row.nights
    sums, total = [], 0
    for days_before in range(PACE_DAYS, -1, -1):
        total += booked[days_before]
        sums.append(total)
    return tuple(sums)
