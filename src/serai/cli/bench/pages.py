"""`serai bench pages`: how long the running platform takes for each page of the console.

One request after the other over loopback, from sending to the last byte, so that what is
measured is the server's own time and no request waits behind another.
"""

import asyncio
import http.client
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from secrets import token_hex
from time import perf_counter
from typing import TypeVar

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.running import join_house
from serai.cloud import PLATFORM, Node, Origin, person_named, read_organisation
from serai.core import Database, PostgresError, Refusal, Settings
from serai.flows import (
    By,
    House,
    NewPerson,
    RoleOn,
    Visit,
    begin_attempt,
    invite,
    open_session,
    switch_person,
)

LATEST_ORDER = "SELECT order_id FROM bookings ORDER BY id DESC LIMIT 1"
BUSIEST_STORE = """
SELECT store_id FROM bookings WHERE segment = 'hotel'
GROUP BY store_id ORDER BY count(*) DESC LIMIT 1
"""
WARM_UP = 3
READER = "bench.pages"

Answer = TypeVar("Answer")


class PageTime(Struct, frozen=True):
    """How long a page takes, in milliseconds, over `requests` requests; its size in bytes."""

    page: str
    requests: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    size_bytes: int


async def bench_pages(settings: Settings, requests: int) -> list[PageTime]:
    """Ask the platform that runs with these settings for each page, `requests` times."""
    async with join_house(settings) as house, signed_in(house, READER) as token:
        pages = await _pages(house.database)
        return [
            await asyncio.to_thread(_measure, settings, page, requests, token) for page in pages
        ]


@asynccontextmanager
async def signed_in(house: House, name: str, roles: tuple[RoleOn, ...] = ()) -> AsyncIterator[str]:
    """The token of somebody whose account is open only meanwhile; without `roles` they may see
    every page."""
    person = await person_named(house.database, name)
    if person is None:
        node = Node("group", (await house.organisation()).group.id)
        roles = roles or tuple(RoleOn(role, node) for role in ("group_controller", "group_it"))
        wanted = NewPerson(name=name, display_name="A bench", roles=roles)
        _settled(await invite(house, _by(), wanted, must_change=False))
        person = await person_named(house.database, name)
    assert person is not None
    _settled(await switch_person(house, _by(), person.id, active=True))
    visit = Visit(Origin("127.0.0.1", READER))
    try:
        attempt = _settled(await begin_attempt(house, visit, name, person.id))
        yield _settled(await open_session(house, visit, person, attempt)).token
    finally:
        _settled(await switch_person(house, _by(), person.id, active=False))


def _settled(answer: Answer | Refusal) -> Answer:
    if isinstance(answer, Refusal):
        raise PostgresError(f"The bench could not sign in: {answer.says}")
    return answer


def _by() -> By:
    return By(PLATFORM, f"bench:{token_hex(16)}")


async def _pages(database: Database) -> list[str]:
    """Every kind of page, with ids that have something to show."""
    organisation = await read_organisation(database)
    if organisation is None:
        raise PostgresError("There is nothing to show yet. Start `serai demo` first.")
    brand, city = next(iter(organisation.brands)), next(iter(organisation.cities))
    entity = organisation.group.platform_entity_id
    order = await database.value(LATEST_ORDER)
    store = await database.value(BUSIEST_STORE)
    pages = [
        "/group",
        "/group/cities",
        f"/group/cities/{city}",
        "/group/brands",
        f"/group/brands/{brand}",
        "/group/stores",
        "/group/orders",
        "/group/search?q=hang",
        "/group/books",
        f"/group/books/{entity}",
        "/group/feeds",
        "/group/last-room",
    ]
    if store is not None:
        pages.append(f"/group/stores/{store}")
    if order is not None:
        pages += [f"/group/orders/{order}", f"/group/orders/{order}/trace"]
    return pages


def _measure(settings: Settings, page: str, requests: int, token: str) -> PageTime:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=30)
    taken, size = [], 0
    headers = {"accept": "text/html", "cookie": f"serai_session={token}"}
    for number in range(WARM_UP + requests):
        began = perf_counter()
        try:
            connection.request("GET", page, headers=headers)
            response = connection.getresponse()
            size = len(response.read())
        except OSError as error:
            raise PostgresError(
                f"Nothing answers at http://{settings.host}:{settings.port}. "
                "Start the platform first, or set SERAI_PORT."
            ) from error
        if response.status != http.client.OK:
            raise PostgresError(f"{page} answered {response.status}, not 200.")
        if number >= WARM_UP:
            taken.append(1000 * (perf_counter() - began))
    taken.sort()
    return PageTime(
        page,
        requests,
        round(statistics.median(taken), 1),
        round(taken[min(len(taken) - 1, int(0.99 * len(taken)))], 1),
        round(taken[-1], 1),
        size,
    )


def print_pages(times: list[PageTime], console: Console) -> None:
    """The slowest page first."""
    table = Table(box=None, pad_edge=False)
    for heading in ("page", "p50 ms", "p99 ms", "most ms", "kB"):
        table.add_column(heading, justify="left" if heading == "page" else "right")
    for one in sorted(times, key=lambda time: -time.p50_ms):
        table.add_row(
            one.page, f"{one.p50_ms}", f"{one.p99_ms}", f"{one.most_ms}",
            f"{one.size_bytes / 1000:.0f}",
        )  # fmt: skip
    console.print(table)
