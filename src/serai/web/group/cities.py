"""Cities: where the group is, on a map and in a list, and what it does in each of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import Segment
from serai.web.group.brands import BRAND_ORDER, brand_rows, brands_table
from serai.web.group.console import Month, SharedConsole
from serai.web.group.directory import SEGMENTS, Directory, count_by_segment, name_of
from serai.web.group.listing import segment_switch, sort_rows
from serai.web.group.nodes import node_figures
from serai.web.group.query import asked
from serai.web.group.stores import STORE_ORDER, store_rows, stores_table
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Frame, Point, PointMap, Table, language_of, look_of, with_query
from serai.web.problems import NoSuch

MOST_STORES = 20
MOST_NAMES = 8
_ORDER = {
    "name": lambda row: row.name,
    "stores": lambda row: row.stores,
    "orders": lambda row: row.orders,
    "sales": lambda row: row.amount_minor,
}


class CitiesWanted(Struct, frozen=True):
    """Which stores count, by what the points are sized, and how the list is sorted."""

    segment: Segment | None = None
    by: Literal["stores", "sales"] = "stores"
    sort: Literal["name", "-name", "stores", "-stores", "orders", "-orders", "sales", "-sales"] = (
        "-stores"
    )


class CityRow(Struct, frozen=True):
    """A city with the stores that count and what they sold in the last days."""

    id: int
    name: str
    stores: int
    orders: int
    amount_minor: int
    longitude: float
    latitude: float
    country: str
    href: str


@get("/cities", include_in_schema=False, opt={"right": "figures.read"})
async def cities_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Every city with stores: a map of points, and the same as a table."""
    wanted = asked(request, CitiesWanted)
    language = language_of(request)
    directory, month = await console.directory(), await console.month.get()
    address = look_of(request, console.now()).address
    rows = city_rows(directory, month, wanted.segment, language)
    return Template(
        "group/cities.html",
        context={
            "wanted": wanted,
            "switch": segment_switch(
                address,
                count_by_segment(directory.places.values()),
                wanted.segment,
                gettext_of(language),
            ),
            "map": city_map(rows, wanted.by, directory.currency, language),
            "cities": cities_table(
                sort_rows(rows, wanted.sort, _ORDER), directory, wanted, address, language
            ),
            "by_stores": with_query(address, by="stores", sort="-stores"),
            "by_sales": with_query(address, by="sales", sort="-sales"),
        },
    )


def city_rows(
    directory: Directory, month: Month, segment: str | None, language: Language
) -> list[CityRow]:
    """The cities that have stores of a segment, or any stores."""
    rows = []
    for city_id in directory.cities():
        city = directory.organisation.cities[city_id]
        places = [
            place
            for place in directory.in_city(city_id)
            if segment is None or place.store.segment == segment
        ]
        if not places:
            continue
        sold = month.sold(places, directory.currency)
        rows.append(
            CityRow(
                id=city_id,
                name=name_of(city, language),
                stores=len(places),
                orders=sum(row.orders for row in sold),
                amount_minor=sum(row.amount_minor for row in sold),
                longitude=city.longitude,
                latitude=city.latitude,
                country=city.country,
                href=f"/group/cities/{city_id}",
            )
        )
    return rows


def city_map(rows: Sequence[CityRow], by: str, currency: str, language: Language) -> PointMap:
    """The cities as points, larger with their stores or their sales."""
    say = gettext_of(language)
    by_sales = by == "sales"
    home = at_home(rows)
    points = [
        Point(
            row.name, row.longitude, row.latitude,
            row.amount_minor if by_sales else row.stores, row.href,
        )
        for row in rows
    ]  # fmt: skip
    return PointMap(
        say("Sales by city, last 30 days") if by_sales else say("Stores by city"),
        points,
        say("City"),
        say("Sales") if by_sales else say("Stores"),
        currency if by_sales else "store",
        flow="money" if by_sales else "merchants",
        note=_off_the_map(rows, home, language),
        frame=frame_of(home),
    )


def at_home(rows: Sequence[CityRow]) -> list[CityRow]:
    """The cities of the country that has most of them: what the map shows."""
    counted = Counter(row.country for row in rows)
    return [row for row in rows if row.country == counted.most_common(1)[0][0]]


def frame_of(rows: Sequence[CityRow]) -> Frame | None:
    """Where the cities lie."""
    if not rows:
        return None
    longitudes, latitudes = [row.longitude for row in rows], [row.latitude for row in rows]
    return Frame(min(longitudes), min(latitudes), max(longitudes), max(latitudes))


def _off_the_map(rows: Sequence[CityRow], home: Sequence[CityRow], language: Language) -> str:
    abroad = [row.name for row in rows if row not in home]
    if not abroad:
        return ""
    names = ("、" if language == "zh-CN" else ", ").join(abroad[:MOST_NAMES])
    say = gettext_of(language)
    text = say("Off the map: {cities}").format(cities=names)
    return text if len(abroad) <= MOST_NAMES else f"{text} …"


def cities_table(
    rows: Sequence[CityRow],
    directory: Directory,
    wanted: CitiesWanted,
    address: str,
    language: Language,
) -> Table:
    """The list beside the map."""
    say = gettext_of(language)
    columns = (
        Column("name", say("City"), sort="name", place="title", href="href"),
        Column("stores", say("Stores"), "count", sort="stores"),
        Column("orders", say("Orders"), "count", sort="orders", place="wide"),
        Column(
            "amount_minor", say("Sales"), "money", directory.currency, sort="sales", place="lead"
        ),
    )
    return Table(columns, rows, say("Cities"), address, wanted.sort)


@get("/cities/{city_id:int}", include_in_schema=False, opt={"right": "figures.read"})
async def city_page(
    request: Request[Any, Any, Any], console: SharedConsole, city_id: FromPath[int]
) -> Template:
    """One city: its brands and stores, and what they sell."""
    language = language_of(request)
    directory, month = await console.directory(), await console.month.get()
    city = directory.organisation.cities.get(city_id)
    if city is None:
        raise NoSuch(N_("No such city"), action=N_("To the cities"), href="/group/cities")
    places = directory.in_city(city_id)
    say = gettext_of(language)
    shown = await node_figures(console, directory, places, say)
    stores = sort_rows(store_rows(places, month, language), "-sales", STORE_ORDER)
    brands = sort_rows(brand_rows(directory, month, language, places), "-sales", BRAND_ORDER)
    return Template(
        "group/city.html",
        context={
            "city": city,
            "name": name_of(city, language),
            "shown": shown,
            "segments": [(s, n) for s in SEGMENTS if (n := shown.segments[s])],
            "brands": brands_table(brands, directory.currency, language, brief=True),
            "stores": stores_table(stores[:MOST_STORES], language, brief=True),
        },
    )
