"""Stores: the list of all of them, narrowed by segment, brand, city and who runs them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from litestar import Request, get
from litestar.response import Template
from msgspec import Meta, Struct

from serai.cloud import Place, Segment
from serai.web.group.console import Month, SharedConsole
from serai.web.group.directory import SEGMENTS, Directory, name_of
from serai.web.group.listing import page_of, sort_rows
from serai.web.group.query import Id, Word, asked
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Amount, Column, Table, language_of, look_of, word

STORE_ORDER = {
    "name": lambda row: row.name,
    "city": lambda row: row.city,
    "orders": lambda row: row.orders,
    "sales": lambda row: row.sales.amount if row.sales else 0,
}


class StoresWanted(Struct, frozen=True):
    """Which stores are listed: what is None narrows nothing; `cursor` is the last one before."""

    segment: Segment | None = None
    brand: Id | None = None
    city: Id | None = None
    run: Literal["own", "franchised"] | None = None
    q: Annotated[Word | None, Meta(title=N_("Name"))] = None
    cursor: Id | None = None
    sort: Literal["name", "-name", "city", "-city", "orders", "-orders", "sales", "-sales"] = (
        "-sales"
    )


class StoreRow(Struct, frozen=True):
    """A store with its parents of today and what it sold in the last days."""

    id: int
    name: str
    segment: str
    brand: str
    city: str
    run: str
    orders: int
    sales: Amount | None
    href: str


@get("/stores", include_in_schema=False, opt={"right": "figures.read"})
async def stores_page(request: Request[Any, Any, Any], console: SharedConsole) -> Template:
    """The stores, a page at a time."""
    wanted = asked(request, StoresWanted)
    language = language_of(request)
    directory, month = await console.directory(), await console.month.get()
    places = [place for place in directory.places.values() if fits(place, wanted)]
    rows = sort_rows(store_rows(places, month, language), wanted.sort, STORE_ORDER)
    page = page_of(rows, wanted.cursor)
    address = look_of(request, console.now()).address
    table = stores_table(
        page.rows, language, address, wanted.sort, page.next, turned=wanted.cursor is not None
    )
    return Template(
        "group/stores.html",
        context={
            "wanted": wanted,
            "stores": table,
            "count": len(rows),
            "whole": len(directory.places),
            "choices": store_choices(directory, language),
        },
    )


def fits(place: Place, wanted: StoresWanted) -> bool:
    """Whether a store is one of those that are wanted."""
    store = place.store
    text = wanted.q.casefold() if wanted.q else ""
    return (
        wanted.segment in (None, store.segment)
        and wanted.brand in (None, place.brand.id)
        and wanted.city in (None, place.city.id)
        and (wanted.run is None or (wanted.run == "own") == place.operator.own)
        and (text in store.name_en.casefold() or text in store.name_zh)
    )


def store_rows(places: Sequence[Place], month: Month, language: Language) -> list[StoreRow]:
    """Stores as rows of a list."""
    rows = []
    for place in places:
        store, sold = place.store, month.by_store.get(place.store.id)
        rows.append(
            StoreRow(
                id=store.id,
                name=name_of(store, language),
                segment=store.segment,
                brand=name_of(place.brand, language),
                city=name_of(place.city, language),
                run="own" if place.operator.own else "franchised",
                orders=sold.orders if sold else 0,
                sales=Amount(sold.amount_minor, sold.currency) if sold else None,
                href=f"/group/stores/{store.id}",
            )
        )
    return rows


def stores_table(
    rows: Sequence[StoreRow],
    language: Language,
    address: str = "",
    sort: str = "",
    next: str | None = None,
    *,
    turned: bool = False,
    brief: bool = False,
) -> Table:
    """Stores as a table; it can be sorted where it has an address. The `brief` one names neither
    brand nor city, for pages that are about one of these."""
    say = gettext_of(language)

    def by(name: str) -> str:
        return name if address else ""

    columns: tuple[Column, ...] = (
        Column("name", say("Store"), sort=by("name"), place="title", href="href"),
        Column("segment", say("Segment"), "segment"),
        Column("brand", say("Brand"), place="wide"),
        Column("city", say("City"), sort=by("city")),
        Column("run", say("Run by"), "word", place="wide"),
        Column("orders", say("Orders"), "count", sort=by("orders"), place="wide"),
        Column("sales", say("Sales"), "amount", sort=by("sales"), place="lead"),
    )
    if brief:
        columns = tuple(one for one in columns if one.key not in ("brand", "city", "run"))
    return Table(columns, rows, say("Stores"), address, sort, next, turned)


class Choices(Struct, frozen=True):
    """What a list of stores can be narrowed to: (value, text) pairs for selects."""

    segments: Sequence[tuple[str, str]]
    brands: Sequence[tuple[str, str]]
    cities: Sequence[tuple[str, str]]
    runs: Sequence[tuple[str, str]]


def store_choices(directory: Directory, language: Language) -> Choices:
    """Every segment, brand and city that has stores."""
    say = gettext_of(language)
    nodes, every = directory.organisation, ("", say("All"))
    brands = ((str(one.id), name_of(one, language)) for one in nodes.brands.values())
    cities = ((str(id), name_of(nodes.cities[id], language)) for id in directory.cities())
    return Choices(
        segments=[every, *((segment, word(segment, say)) for segment in SEGMENTS)],
        brands=[every, *sorted(brands, key=lambda pair: pair[1])],
        cities=[every, *sorted(cities, key=lambda pair: pair[1])],
        runs=[every, ("own", word("own", say)), ("franchised", word("franchised", say))],
    )
