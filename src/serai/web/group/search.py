"""Search: stores, brands and cities by name in both languages, orders and bookings by number."""

import heapq
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from litestar import Request, get
from litestar.response import Redirect, Template
from msgspec import Meta, Struct

from serai.merchants import orders_numbered, read_order
from serai.web.group.console import Console, SharedConsole
from serai.web.group.directory import Directory, Named, name_of
from serai.web.group.query import asked
from serai.web.languages import Language
from serai.web.look import language_of

MOST_OF_A_KIND = 20

Text = Annotated[str, Meta(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class SearchWanted(Struct, frozen=True):
    """What is looked for."""

    q: Text | None = None


class Hit(Struct, frozen=True):
    """Something that was found: its name, and what tells it from others of that name."""

    name: str
    note: str
    href: str
    segment: str = ""


class Hits(Struct, frozen=True):
    """What was found of each kind, the best first; `count` knows those that are not shown."""

    brands: Sequence[Hit] = ()
    cities: Sequence[Hit] = ()
    stores: Sequence[Hit] = ()
    orders: Sequence[Hit] = ()
    count: int = 0


@get("/search", include_in_schema=False, opt={"right": "organisation.read"})
async def search_page(
    request: Request[Any, Any, Any], console: SharedConsole
) -> Template | Redirect:
    """What is found for `q`; a single hit is shown at once."""
    wanted = asked(request, SearchWanted)
    language = language_of(request)
    directory = await console.directory()
    text = " ".join((wanted.q or "").split())
    hits = Hits()
    if text:
        orders = await find_numbered(console, text)
        hits = find_nodes(directory, text, language, orders)
    only = [*hits.orders, *hits.brands, *hits.cities, *hits.stores]
    if len(only) == 1 and hits.count == 1:
        return Redirect(only[0].href)
    return Template("group/search.html", context={"q": text, "hits": hits})


async def find_numbered(console: Console, text: str) -> list[Hit]:
    """Orders by their own number or a booking's; digits alone are the number's last part."""
    found = await orders_numbered(console.told.database, text)
    files = [await read_order(console.told.database, id) for id in found]
    return [
        Hit(file.order.number, file.state, f"/group/orders/{file.order.id}")
        for file in files
        if file
    ]


def find_nodes(directory: Directory, text: str, language: Language, orders: Sequence[Hit]) -> Hits:
    """Brands, cities and stores that hold `text` in a name or as their code."""
    nodes = directory.organisation
    brands = matching(nodes.brands.values(), text)
    cities = matching((nodes.cities[id] for id in directory.cities()), text)
    stores = matching(nodes.stores.values(), text)
    return Hits(
        brands=[
            Hit(
                name_of(one, language), str(len(directory.of_brand(one.id))),
                f"/group/brands/{one.id}", one.segment,
            )
            for one in best(brands, text)
        ],
        cities=[
            Hit(
                name_of(one, language), str(len(directory.in_city(one.id))),
                f"/group/cities/{one.id}",
            )
            for one in best(cities, text)
        ],
        stores=[
            Hit(
                name_of(one, language), _whereabouts(directory, one.id, language),
                f"/group/stores/{one.id}", one.segment,
            )
            for one in best(stores, text)
        ],
        orders=orders,
        count=len(brands) + len(cities) + len(stores) + len(orders),
    )  # fmt: skip


class HasNames(Named, Protocol):
    """A node with both its names and its code."""

    @property
    def id(self) -> int: ...

    @property
    def code(self) -> str: ...


Node = TypeVar("Node", bound=HasNames)


def matching(nodes: Iterable[Node], text: str) -> list[Node]:
    """The nodes whose names, or code, hold every word of `text`."""
    words = text.casefold().split()
    found = []
    for node in nodes:
        english, chinese, code = node.name_en.casefold(), node.name_zh, node.code.casefold()
        if all(word in english or word in chinese or word == code for word in words):
            found.append(node)
    return found


def best(nodes: Sequence[Node], text: str) -> list[Node]:
    """The nodes to show first: those called `text`, then those that begin with it, the short."""
    wanted = text.casefold()

    def rank(node: Node) -> tuple[bool, bool, int, str]:
        english, chinese = node.name_en.casefold(), node.name_zh
        return (
            wanted not in (english, chinese),
            not (english.startswith(wanted) or chinese.startswith(wanted)),
            len(english),
            english,
        )

    return heapq.nsmallest(MOST_OF_A_KIND, nodes, key=rank)


def _whereabouts(directory: Directory, store_id: int, language: Language) -> str:
    place = directory.places.get(store_id)
    if place is None:
        return ""
    return f"{name_of(place.brand, language)} · {name_of(place.city, language)}"
