"""Brands: the names that guests know, and what each of them does where."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Literal

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import Place, Segment
from serai.web.group.console import Month, SharedConsole
from serai.web.group.directory import Directory, name_of
from serai.web.group.listing import segment_switch, sort_rows
from serai.web.group.nodes import node_figures
from serai.web.group.query import asked
from serai.web.group.stores import STORE_ORDER, store_rows, stores_table
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Column, Point, PointMap, Table, language_of, look_of
from serai.web.problems import NoSuch

MOST_STORES = 20
BRAND_ORDER = {
    "name": lambda row: row.name,
    "stores": lambda row: row.stores,
    "cities": lambda row: row.cities,
    "own": lambda row: row.own,
    "orders": lambda row: row.orders,
    "sales": lambda row: row.amount_minor,
}


class BrandsWanted(Struct, frozen=True):
    """Which brands are listed, and how they are sorted."""

    segment: Segment | None = None
    sort: Literal[
        "name", "-name", "stores", "-stores", "cities", "-cities", "own", "-own",
        "orders", "-orders", "sales", "-sales",
    ] = "-sales"  # fmt: skip


class BrandRow(Struct, frozen=True):
    """A brand with its stores (`own`: the part that the group runs itself) and its sales."""

    id: int
    name: str
    segment: str
    stores: int
    cities: int
    own: float
    orders: int
    amount_minor: int
    href: str


@get("/brands", include_in_schema=False, opt={"right": "figures.read"})
async def brands_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """Every brand."""
    wanted = asked(request, BrandsWanted)
    language = language_of(request)
    directory, month = await console.directory(), await console.month.get()
    address = look_of(request, console.now()).address
    every = list(directory.places.values())
    rows = brand_rows(directory, month, language, every)
    shown = [row for row in rows if wanted.segment in (None, row.segment)]
    return Template(
        "group/brands.html",
        context={
            "switch": segment_switch(
                address, Counter(row.segment for row in rows), wanted.segment, gettext_of(language)
            ),
            "brands": brands_table(
                sort_rows(shown, wanted.sort, BRAND_ORDER), directory.currency, language,
                address, wanted.sort,
            ),
        },
    )  # fmt: skip


def brand_rows(
    directory: Directory, month: Month, language: Language, places: Sequence[Place]
) -> list[BrandRow]:
    """The brands of `places`, each with what its stores among them sold in the last days."""
    below: dict[int, list[Place]] = defaultdict(list)
    for place in places:
        below[place.brand.id].append(place)
    rows = []
    for brand_id, stores in below.items():
        brand = directory.organisation.brands[brand_id]
        sold = month.sold(stores, directory.currency)
        rows.append(
            BrandRow(
                id=brand_id,
                name=name_of(brand, language),
                segment=brand.segment,
                stores=len(stores),
                cities=len({place.city.id for place in stores}),
                own=sum(place.operator.own for place in stores) / len(stores),
                orders=sum(row.orders for row in sold),
                amount_minor=sum(row.amount_minor for row in sold),
                href=f"/group/brands/{brand_id}",
            )
        )
    return rows


def brands_table(
    rows: Sequence[BrandRow],
    currency: str,
    language: Language,
    address: str = "",
    sort: str = "",
    *,
    brief: bool = False,
) -> Table:
    """Brands as a table; it can be sorted where it has an address. The `brief` one is for pages
    that have other things to say."""
    say = gettext_of(language)

    def by(name: str) -> str:
        return name if address else ""

    columns: tuple[Column, ...] = (
        Column("name", say("Brand"), sort=by("name"), place="title", href="href"),
        Column("segment", say("Segment"), "segment"),
        Column("stores", say("Stores"), "count", sort=by("stores")),
        Column("cities", say("Cities"), "count", sort=by("cities"), place="wide"),
        Column("own", say("Own stores"), "bar", sort=by("own"), place="wide"),
        Column("orders", say("Orders"), "count", sort=by("orders")),
        Column("amount_minor", say("Sales"), "money", currency, sort=by("sales"), place="lead"),
    )
    if brief:
        columns = tuple(one for one in columns if one.key not in ("cities", "own"))
    return Table(columns, rows, say("Brands"), address, sort)


@get("/brands/{brand_id:int}", include_in_schema=False, opt={"right": "figures.read"})
async def brand_page(
    request: Request[Any, Any, Any], console: SharedConsole, brand_id: FromPath[int]
) -> Template:
    """One brand: where it is, and what its stores sell."""
    language = language_of(request)
    directory, month = await console.directory(), await console.month.get()
    brand = directory.organisation.brands.get(brand_id)
    if brand is None:
        raise NoSuch(N_("No such brand"), action=N_("To the brands"), href="/group/brands")
    places = directory.of_brand(brand_id)
    say = gettext_of(language)
    stores = sort_rows(store_rows(places, month, language), "-sales", STORE_ORDER)
    return Template(
        "group/brand.html",
        context={
            "brand": brand,
            "name": name_of(brand, language),
            "shown": await node_figures(console, directory, places, say),
            "map": brand_map(places, language),
            "cities": len({place.city.id for place in places}),
            "stores": stores_table(stores[:MOST_STORES], language, brief=True),
            "count": len(places),
        },
    )


def brand_map(places: Sequence[Place], language: Language) -> PointMap:
    """The cities where a brand is."""
    say = gettext_of(language)
    counted = Counter(place.city.id for place in places)
    cities = {place.city.id: place.city for place in places}
    points = [
        Point(
            name_of(cities[id], language), cities[id].longitude, cities[id].latitude, count,
            f"/group/cities/{id}",
        )
        for id, count in counted.items()
    ]  # fmt: skip
    return PointMap(say("Where it is"), points, say("City"), say("Stores"), "store")
