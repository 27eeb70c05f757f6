"""One store: its place on the four axes, what it sells, how full it is, and a day in it."""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.cloud import Axis, Organisation, Place
from serai.insights import Peak, peaks
from serai.logistics import Resource, resources_of
from serai.merchants import Terms, read_terms
from serai.web.group.catalogue import read_catalogue
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import Named, name_of
from serai.web.group.house_day import DayWanted, read_day
from serai.web.group.nodes import NIGHTS_AHEAD, node_figures
from serai.web.group.query import asked
from serai.web.languages import N_, Language, babel_locale, gettext_of
from serai.web.look import Column, Table, language_of, word
from serai.web.problems import NoSuch, is_fragment

Say = Callable[[str], str]

AXES: dict[Axis, str] = {
    "brand": N_("Brand"),
    "entity": N_("Legal entity"),
    "operator": N_("Operator"),
    "city": N_("City"),
}
_PAGES: dict[Axis, str] = {"brand": "/group/brands", "city": "/group/cities"}


class Parent(Struct, frozen=True):
    """A parent of a store and the days on which it is that; `now` when today is one of them."""

    axis: str
    name: str
    since: date
    until: date | None
    now: bool
    href: str = ""


class AheadDay(Struct, frozen=True):
    """The fullest slot of a day; `weight` is how deep it is coloured, 0 to 5."""

    day: date
    weekday: str
    taken: int
    capacity: int
    share: float
    weight: int


class Ahead(Struct, frozen=True):
    """A resource on each of the next days."""

    name: str
    kind: str
    days: tuple[AheadDay, ...]


class Agreement(Struct, frozen=True):
    """Terms as they are listed: shares of a sale as ratios."""

    kind: str
    channel: str
    commission: float
    collects: str
    since: date
    until: date | None


@get("/stores/{store_id:int}", include_in_schema=False, opt={"right": "orders.read"})
async def store_page(
    request: Request[Any, Any, Any], console: SharedConsole, store_id: FromPath[int]
) -> Template:
    """One store; with `?day=` another day of it, and of that the part alone for htmx."""
    wanted = asked(request, DayWanted)
    language = language_of(request)
    directory = await console.directory()
    store = directory.organisation.stores.get(store_id)
    if store is None or not console.has_store(store_id):
        raise NoSuch(N_("No such store"), action=N_("To the stores"), href="/group/stores")
    place = directory.places.get(store_id)
    say = gettext_of(language)
    resources = await resources_of(console.house.database, [store_id])
    currency = place.entity.currency if place else directory.currency
    today = await read_day(console, store, currency, resources, wanted.day, language)
    if is_fragment(request):
        return Template(
            "group/house_day.html",
            context={"house": today, "store": store},
            headers={"vary": "HX-Request"},
        )
    terms = await read_terms(console.house.database, [store_id])
    return Template(
        "group/store.html",
        context={
            "store": store,
            "name": name_of(store, language),
            "place": place,
            "place_names": place_names(place, language),
            "parents": parents_table(
                store_parents(directory.organisation, store_id, directory.day, language), say
            ),
            "terms": terms_table(terms, directory.day, say),
            "catalogue": await read_catalogue(
                console.house.database, store_id, directory.day, language
            ),
            "shown": await node_figures(console, directory, [place], say) if place else None,
            "ahead": await read_ahead(console, place, resources, directory.day, language),
            "house": today,
        },
        headers={"vary": "HX-Request"},
    )


def place_names(place: Place | None, language: Language) -> dict[str, str]:
    """The names of a store's parents of today."""
    if place is None:
        return {}
    nodes: dict[str, Named] = {
        "brand": place.brand,
        "entity": place.entity,
        "operator": place.operator,
        "city": place.city,
    }
    return {axis: name_of(node, language) for axis, node in nodes.items()}


def store_parents(
    organisation: Organisation, store_id: int, today: date, language: Language
) -> list[Parent]:
    """The store's parents, past and to come, axis by axis."""
    say = gettext_of(language)
    found = []
    for row in organisation.parents(store_id):
        node = node_of(organisation, row.axis, row.parent_id)
        found.append(
            Parent(
                axis=say(AXES[row.axis]),
                name=name_of(node, language) if node else str(row.parent_id),
                since=row.since,
                until=row.until,
                now=row.since <= today and (row.until is None or today < row.until),
                href=f"{_PAGES[row.axis]}/{row.parent_id}" if row.axis in _PAGES else "",
            )
        )
    return found


def node_of(organisation: Organisation, axis: Axis, id: int) -> Named | None:
    """The node of an axis with that id."""
    match axis:
        case "brand":
            return organisation.brands.get(id)
        case "entity":
            return organisation.entities.get(id)
        case "operator":
            return organisation.operators.get(id)
        case "city":
            return organisation.cities.get(id)


def parents_table(parents: Sequence[Parent], say: Say) -> Table:
    """The four axes, with their dates."""
    columns = (
        Column("axis", say("Axis")),
        Column("name", say("Parent"), place="title", href="href"),
        Column("since", say("Since"), "day"),
        Column("until", say("Until"), "day"),
    )
    return Table(columns, parents, say("Its place on the four axes"))


def terms_table(terms: Sequence[Terms], today: date, say: Say) -> Table:
    """The store's agreements that hold today or later, or the last ones."""
    holding = [row for row in terms if row.until is None or row.until > today] or terms
    rows = [
        Agreement(
            kind=row.kind,
            channel=say("every channel") if row.channel == "*" else word(row.channel, say),
            commission=row.commission_bp / 10_000,
            collects=say("the platform") if row.collects == "platform" else say("the store"),
            since=row.since,
            until=row.until,
        )
        for row in holding
    ]
    columns = (
        Column("kind", say("Sells as"), "word", place="title"),
        Column("channel", say("Through")),
        Column("commission", say("Commission"), "percent", place="lead"),
        Column("collects", say("Who collects")),
        Column("since", say("Since"), "day", place="wide"),
    )
    return Table(columns, rows, say("Terms"))


async def read_ahead(
    console: Console,
    place: Place | None,
    resources: Sequence[Resource],
    today: date,
    language: Language,
) -> list[Ahead]:
    """How full each resource of a store is on the next days."""
    if place is None or not resources:
        return []
    books = {place.store.id: place.entity.id}
    found = await peaks(console.house.database, resources, books, today, NIGHTS_AHEAD)
    by_resource: dict[int, list[AheadDay]] = defaultdict(list)
    for peak in found:
        by_resource[peak.resource_id].append(ahead_day(peak, language))
    return [Ahead(name_of(r, language), r.kind, tuple(by_resource[r.id])) for r in resources]


def ahead_day(peak: Peak, language: Language) -> AheadDay:
    """A day of a resource as a cell of the grid."""
    return AheadDay(
        day=peak.day,
        weekday=format_date(peak.day, "EEEEE", locale=babel_locale(language)),
        taken=peak.taken,
        capacity=peak.capacity,
        share=peak.share,
        weight=min(5, math.ceil(peak.share * 5)),
    )
