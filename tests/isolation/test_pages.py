"""Every page, as every role, with everybody else's ids: what is not theirs is not there.

The pages are those of the route table, so a new one is tried as soon as it stands there; where an
address has an id of a kind that the tenants have nothing of yet, this says so.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import count, product
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from serai.web import Web
from tests.isolation.conftest import Record
from tests.isolation.tenants import PARENTS, SOLD, VISITORS, Tenants, Visitor, guest_of
from tests.web.visitors import Visitor as SignedIn

NOBODYS = 987_654_321
Ids = dict[str, object]
SAME_FOR_ALL = {"role": "revenue", "axis": "brand", "path": "", "file_path": ""}
"""Parts of an address that name nothing of anybody's."""
KINDS = {"creditor_id": "entity_id", "node_id": "brand_id"}
"""Other names for ids of a kind."""
OF_THE_GROUP_ALONE = {"row_id": 1, "digest": "0" * 64, "approval_id": 1, "number": 1}
"""What none but those who see everything have any of."""
BESIDE = {"grant_id": 1, "binding_id": 1}
"""Ids that stand below another one, which is tried."""


FORM = {"line": "1", "state": "approved", "answer": "approved"}
_keys = count(1)
NOT_THERE = (404, 422)
"""422 is what a form hears that names something which is not there; it is always compared with the
answer for what is nobody's."""


class Page:
    """A way into a page: its method, its address, and the names of the ids in it."""

    def __init__(self, method: str, address: str) -> None:
        self.method, self.address = method, address
        self.names = re.findall(r"{(\w+)}", address)

    def at(self, ids: Mapping[str, object]) -> str:
        return self.address.format(**ids)


@pytest.fixture
def application(tenants: Tenants, tmp_path: Path) -> Litestar:
    return Litestar(plugins=[Web(tenants.house, tmp_path)])


def pages_of(application: Litestar) -> list[Page]:
    """Every page that needs a right."""
    return [
        Page(method, route.path_format)
        for route in application.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"})
        if handler.opt.get("right")
    ]


def browser(application: Litestar) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(
        transport=transport, base_url="http://house", headers={"accept-language": "en"}
    )


async def signed_in(client: httpx.AsyncClient, tenants: Tenants, visitor: Visitor) -> None:
    client.auth = SignedIn(tenants.house, tenants.people[visitor.name])
    await client.get("/account")
    client.headers["x-csrftoken"] = client.cookies["serai_csrf"]


def reaches(page: Page, foreign: Mapping[str, Sequence[int]]) -> Iterator[Ids]:
    """Each way to fill the ids of an address with what is not the visitor's."""
    choices: list[Sequence[object]] = []
    for name in page.names:
        kind = KINDS.get(name, name)
        if name in SAME_FOR_ALL:
            choices.append([SAME_FOR_ALL[name]])
        elif name in OF_THE_GROUP_ALONE:
            choices.append([OF_THE_GROUP_ALONE[name]])
        elif name in BESIDE:
            choices.append([BESIDE[name]])
        else:
            assert kind in foreign, f"{page.address}: tell the tenants what a {name} is"
            choices.append(foreign[kind])
    for ids in product(*choices):
        yield dict(zip(page.names, ids, strict=True))


def alike(answer: httpx.Response) -> str:
    """What was answered, without what differs from one request to the next and the address."""
    text = answer.text.replace(answer.request.url.path, "#")
    return f"{answer.status_code} {re.sub(r'[0-9a-f]{16,64}', '', text)}"


async def test_what_is_not_theirs_is_not_there(
    application: Litestar, tenants: Tenants, record_property: Record
) -> None:
    pairs: Counter[str] = Counter()
    wrong: list[object] = []
    position = tenants.house.books.position
    for visitor in VISITORS:
        async with browser(application) as client:
            await signed_in(client, tenants, visitor)
            async for page, ids, answer, nothing in tried(client, application, tenants, visitor):
                pairs[visitor.role] += 1
                if answer.status_code not in NOT_THERE or alike(answer) != nothing:
                    wrong.append((visitor.name, page.method, page.at(ids), answer.status_code))
    assert wrong[:10] == []
    assert tenants.house.books.position == position, "something was done"
    record_property("tried", f"{pairs.total()} pairs of pages and others' ids: {dict(pairs)}")


async def tried(
    client: httpx.AsyncClient, application: Litestar, tenants: Tenants, visitor: Visitor
) -> AsyncIterator[tuple[Page, Ids, httpx.Response, str]]:
    """Each page asked for with what is not the visitor's, and what is said where nothing is."""
    foreign = tenants.foreign(visitor)
    for page in pages_of(application):
        if not page.names or not foreign:
            continue
        nobodys: Ids = {name: SAME_FOR_ALL.get(name, NOBODYS) for name in page.names}
        if "digest" in nobodys:
            nobodys["digest"] = "1" * 64
        nothing = alike(await ask(client, page, nobodys))
        for ids in reaches(page, foreign):
            yield page, ids, await ask(client, page, ids), nothing


async def ask(client: httpx.AsyncClient, page: Page, ids: Ids) -> httpx.Response:
    """Ask for a page, or send it a form that has what forms have."""
    form = {**FORM, "key": f"{next(_keys):032x}"} if page.method == "POST" else None
    return await client.request(page.method, page.at(ids), data=form)


async def test_no_page_lets_anything_slip(
    application: Litestar, tenants: Tenants, record_property: Record
) -> None:
    """Lists and figures, by themselves and narrowed to what is others', name nobody else's
    orders and guests."""
    pairs, told = 0, []
    for visitor in VISITORS:
        owned, numbers = tenants.owned(visitor), tenants.numbers()
        secrets = {numbers[order] for order in numbers if order not in owned}
        secrets |= {guest_of(tenants.orders[order]) for order in numbers if order not in owned}
        shown = set()
        async with browser(application) as client:
            await signed_in(client, tenants, visitor)
            for address in lists(application, tenants):
                pairs += 1
                answer = await client.get(address)
                assert answer.status_code < 500, (visitor.name, address, answer.text)
                asked = address.partition("?q=")[2] or "nothing"
                said = answer.text.replace(asked, "#")
                told += [(visitor.name, address, one) for one in secrets if one in said]
                shown |= {order for order in owned if numbers[order] in answer.text}
        if visitor.role in ("brand_manager", "store_clerk", "traveller", "group_controller"):
            assert (visitor.name, shown) == (visitor.name, owned)
    assert told == []
    record_property("tried", f"{pairs} pairs of visitors and lists")


def lists(application: Litestar, tenants: Tenants) -> Iterator[str]:
    """Every page that needs no id, by itself and narrowed in each way."""
    for page in pages_of(application):
        if not page.names and page.method == "GET" and not page.address.endswith("/live"):
            yield page.address
            yield from narrowed(page.address, tenants)


def narrowed(address: str, tenants: Tenants) -> Iterator[str]:
    """A list narrowed to each node and customer, and to each order's number."""
    for name, values in (
        ("store", PARENTS),
        ("brand", {parents["brand"] for parents in PARENTS.values()}),
        ("customer", {customer for customer, _ in SOLD.values()}),
        ("q", tenants.numbers().values()),
    ):
        if (name == "q") == address.endswith("/search"):
            yield from (f"{address}?{name}={value}" for value in values)


async def own_pages_answer(client: httpx.AsyncClient, *addresses: str) -> list[Any]:
    return [(await client.get(address)).status_code for address in addresses]


async def test_what_is_theirs_is_there(application: Litestar, tenants: Tenants) -> None:
    """The same addresses open for whom they are meant: a wall is no isolation."""
    opened = 0
    for visitor in VISITORS:
        async with browser(application) as client:
            await signed_in(client, tenants, visitor)
            held = visitor.role
            if held in ("city_officer", "group_it"):
                continue
            for order in tenants.owned(visitor):
                found = await own_pages_answer(client, f"/group/orders/{order}")
                assert found == [200], (visitor.name, order)
                opened += 1
                if visitor.node.level != "customer":
                    store = tenants.orders[order]
                    found = await own_pages_answer(client, f"/group/stores/{store}")
                    assert found == [200], (visitor.name, store)
    assert opened > 10
