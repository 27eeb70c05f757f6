"""`serai bench isolation`: what row-level security costs lists and searches of the group that runs.

Each route is asked in this process, by turns with and without policies. Without them the same
statements run in a role that sees every row, with no settings and no transaction around them: what
differs is all that isolation costs them. Whoever sees one brand is shown more then; whoever has a
role on every brand sees the same in both, row by row through the policies.
"""

import statistics
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from secrets import token_hex
from time import perf_counter

import httpx
from litestar import Litestar
from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.application import make_application
from serai.cli.bench.pages import signed_in
from serai.cli.running import find_database, join_house
from serai.cloud import PLATFORM, Actor, Node, Organisation
from serai.core import Database, PostgresError, Refusal, Settings, open_database
from serai.flows import By, House, NewProgram, RoleOn, admit_program, end_program
from serai.merchants import order_number

ORDERS_OF_BRAND = """
SELECT order_id FROM bookings WHERE brand_id = %(brand)s ORDER BY placed_at DESC LIMIT 1
"""
WARM_UP = 3
OPERATOR = Actor("bench")
GROUP, ONE_BRAND, EVERY_BRAND = "group", "one brand", "every brand"


class RouteCost(Struct, frozen=True):
    """A route's median with and without policies, in milliseconds, over so many requests each.

    `ratio` is of the medians; `quickest` that of the quickest fifth of the requests, which says
    more where the machine has other work.
    """

    visitor: str
    route: str
    requests: int
    with_ms: float
    without_ms: float
    ratio: float
    quickest: float


class _Visitor(Struct, frozen=True):
    name: str
    headers: dict[str, str]
    routes: Sequence[str]


class _Unguarded(Database):
    """A database that shows every row, whatever it is told of who asks; it is asked as one that
    does not."""

    is_narrowed = True

    def __init__(self, database: Database) -> None:
        vars(self).update(vars(database))  # over the same connections

    def within(self, settings: Mapping[str, str]) -> Database:
        return self


async def bench_isolation(settings: Settings, requests: int, console: Console) -> list[RouteCost]:
    """Ask the platform's lists and searches, `requests` times each with and without policies."""
    async with (
        find_database(settings) as urls,
        join_house(settings) as house,
        open_database(urls.platform) as platform,
        _visitors(house) as visitors,
    ):
        bare = House(_Unguarded(platform), house.books, house.ids, house.clock, ring=house.ring)
        apps = [make_application(one, settings) for one in (house, bare)]
        costs = []
        for visitor in visitors:
            for route in visitor.routes:
                costs.append(await _measure(apps, visitor, route, requests))
                console.print(f"{visitor.name}: {route}", highlight=False)
        return costs


@asynccontextmanager
async def _visitors(house: House) -> AsyncIterator[list[_Visitor]]:
    """Somebody of the group, of its largest brand, and of every brand; their accounts and keys are
    open only meanwhile."""
    organisation = await house.organisation()
    brand = _largest_brand(organisation)
    order = await house.database.value(ORDERS_OF_BRAND, brand=brand)
    if order is None:
        raise PostgresError("Nothing was sold yet. Start `serai demo` first.")
    group = organisation.group.id
    everywhere = [RoleOn("brand_manager", Node("brand", id)) for id in organisation.brands]
    async with AsyncExitStack() as open_things:

        async def person(name: str, *roles: RoleOn) -> dict[str, str]:
            token = await open_things.enter_async_context(signed_in(house, name, roles))
            return {"cookie": f"serai_session={token}", "accept": "text/html"}

        async def program(node: Node) -> dict[str, str]:
            key = await open_things.enter_async_context(_key(house, node))
            return {"authorization": f"Bearer {key}"}

        pages = [
            "/group/orders", "/group/orders?state=confirmed", f"/group/orders?brand={brand}",
            f"/group/orders/{order}", "/group/stores", "/group/brands", "/group/search?q=hang",
            f"/group/search?q={order_number(order)}",
        ]  # fmt: skip
        api = ["/v1/orders", "/v1/orders?state=confirmed", f"/v1/orders/{order}",
               "/v1/offers?text=room", "/v1/stores?text=hang"]  # fmt: skip
        yield [
            _Visitor(EVERY_BRAND, await person("bench.every-brand", *everywhere), pages),
            _Visitor(
                ONE_BRAND,
                await person("bench.one-brand", RoleOn("brand_manager", Node("brand", brand))),
                pages,
            ),
            _Visitor(ONE_BRAND, await program(Node("brand", brand)), api),
            _Visitor(
                GROUP,
                await person("bench.whole", RoleOn("group_controller", Node("group", group))),
                pages,
            ),
            _Visitor(GROUP, await program(Node("group", 0)), api),
        ]


def _largest_brand(organisation: Organisation) -> int:
    stores = Counter(placement.brand_id for placement in organisation.placements.values())
    if not stores:
        raise PostgresError("There are no stores yet. Start `serai demo` first.")
    return stores.most_common(1)[0][0]


@asynccontextmanager
async def _key(house: House, node: Node) -> AsyncIterator[str]:
    wanted = NewProgram(
        name=f"bench-{token_hex(4)}", scopes=("catalogue.read", "orders.read"),
        level=node.level, node_id=node.id, requests_a_minute=1_000_000,
    )  # fmt: skip
    issued = await admit_program(house, By(OPERATOR, token_hex(16)), wanted)
    if isinstance(issued, Refusal):
        raise PostgresError(f"The bench got no key: {issued.says}")
    try:
        yield issued.written.reveal()
    finally:
        await end_program(house, By(PLATFORM, token_hex(16)), issued.made.name)


async def _measure(
    apps: Sequence[Litestar], visitor: _Visitor, route: str, requests: int
) -> RouteCost:
    taken: list[list[float]] = [[] for _ in apps]
    async with AsyncExitStack() as open_things:
        clients = [
            await open_things.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app),  # type: ignore[arg-type]  # litestar's own types
                    base_url="http://bench",
                    headers=visitor.headers,
                )
            )
            for app in apps
        ]
        for number in range(WARM_UP + requests):
            for client, times in zip(clients, taken, strict=True):
                began = perf_counter()
                answer = await client.get(route)
                seconds = perf_counter() - began
                if answer.status_code not in (200, 302):
                    raise PostgresError(
                        f"{route} answered {answer.status_code} to {visitor.name}, not 200."
                    )
                if number >= WARM_UP:
                    times.append(1000 * seconds)
    with_ms, without_ms = (statistics.median(times) for times in taken)
    quick_with, quick_without = (_quickest(times) for times in taken)
    return RouteCost(
        visitor.name,
        route,
        requests,
        round(with_ms, 2),
        round(without_ms, 2),
        round(with_ms / without_ms, 3),
        round(quick_with / quick_without, 3),
    )


def _quickest(times: Sequence[float]) -> float:
    """The mean of the quickest fifth of them."""
    return statistics.fmean(sorted(times)[: max(1, len(times) // 5)])


def print_costs(costs: Sequence[RouteCost], console: Console) -> None:
    """Each visitor's routes, and how many times as long they take with policies."""
    table = Table(box=None, pad_edge=False)
    for heading in ("sees", "route", "with ms", "without ms", "ratio", "quickest"):
        table.add_column(heading, justify="left" if heading in ("sees", "route") else "right")
    for one in costs:
        figures = f"{one.with_ms}", f"{one.without_ms}", f"{one.ratio:.2f}", f"{one.quickest:.2f}"
        table.add_row(one.visitor, one.route, *figures)
    console.print(table)
