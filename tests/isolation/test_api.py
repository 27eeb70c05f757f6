"""Every route of the API, as a program at home on each node, with everybody else's ids.

The routes are those of the OpenAPI document, so a new one is tried as soon as it stands there;
where it takes an id of a kind that the tenants have nothing of yet, this says so.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from serai.api import Api
from tests.api.keys import key_for
from tests.isolation.conftest import Record
from tests.isolation.tenants import PARENTS, SOLD, Tenants, Visitor, programs_at
from tests.worlds import DINNER, DUCK, LISBON_ROOM, SUNSET_CRUISE, TEA_CEREMONY

NOBODYS = 987_654_321
PUBLIC = frozenset({"store_id"})
"""What is on sale, and where, may be seen by everybody."""
BODIES: Mapping[str, Any] = {
    "collectOrder": {"method": "till"},
    "changeCustomer": {"email": None},
    "confirmOrder": {},
    "cancelOrder": {},
    "fulfilOrder": {},
    "markNoShow": {},
    "eraseCustomerDetails": None,
    "decideRefund": {"decision": "approve"},
    "endGrant": None,
    "grantRole": {"role": "store_clerk", "level": "store", "node_id": 52},
    "recogniseCustomer": {"phone": "+33 6 39 98 01 23"},
}
"""What is sent along where something must be; ids in bodies have a test of their own."""
OFFERS = {DINNER: 50, DUCK: 52, TEA_CEREMONY: 53, SUNSET_CRUISE: 54, LISBON_ROOM: 55}
"""An offer of most stores."""
_keys = count(1)


class Route:
    """An operation of the document, and the names of the ids in its path and its query."""

    def __init__(self, method: str, path: str, operation: Mapping[str, Any]) -> None:
        self.method, self.path = method, path
        self.name: str = operation["operationId"]
        self.open = operation.get("security") == [{}]
        parameters = operation.get("parameters", [])
        self.ids = [one["name"] for one in parameters if one["in"] == "path"]
        self.queries = {one["name"] for one in parameters if one["in"] == "query"}

    def at(self, ids: Mapping[str, object]) -> str:
        return self.path.format(**ids)


@pytest.fixture
def application(tenants: Tenants, tmp_path: Path) -> Litestar:
    return Litestar(plugins=[Api(tenants.house, tmp_path, lambda name: f"/static/{name}")])


def routes_of(application: Litestar) -> list[Route]:
    document = application.openapi_schema.to_schema()
    return [
        Route(method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/v1/")
    ]


async def client_of(application: Litestar, tenants: Tenants, visitor: Visitor) -> httpx.AsyncClient:
    key = await key_for(
        tenants.house, f"at-{visitor.node.level}-{visitor.node.id}", "all",
        level=visitor.node.level, node_id=visitor.node.id,
    )  # fmt: skip
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://house",
        headers={"Authorization": f"Bearer {key}"},
    )


async def ask(client: httpx.AsyncClient, route: Route, address: str) -> httpx.Response:
    headers = {"Idempotency-Key": f"isolation-{next(_keys)}"}
    if route.method == "get":
        return await client.get(address)
    if BODIES.get(route.name) is None:
        return await client.request(route.method, address, headers=headers)
    return await client.request(route.method, address, headers=headers, json=BODIES[route.name])


async def test_what_is_not_theirs_is_not_there(
    application: Litestar, tenants: Tenants, record_property: Record
) -> None:
    pairs: Counter[str] = Counter()
    wrong = []
    routes = [route for route in routes_of(application) if route.ids and not route.open]
    assert len(routes) > 8
    for visitor in programs_at():
        foreign = tenants.foreign(visitor)
        async with await client_of(application, tenants, visitor) as client:
            position = tenants.house.books.position
            for route in routes:
                (name,) = route.ids
                if name in PUBLIC or not foreign:
                    continue
                assert name in foreign, f"{route.path}: tell the tenants what a {name} is"
                nothing = await ask(client, route, route.at({name: NOBODYS}))
                for id in foreign[name]:
                    pairs[visitor.node.level] += 1
                    answer = await ask(client, route, route.at({name: id}))
                    if answer.status_code != 404 or answer.content != nothing.content:
                        wrong.append((visitor.name, route.name, id, answer.text[:200]))
            assert tenants.house.books.position == position, "something was done"
    assert wrong[:10] == []
    record_property("tried", f"{pairs.total()} pairs of routes and others' ids: {dict(pairs)}")


async def test_no_list_lets_anything_slip(
    application: Litestar, tenants: Tenants, record_property: Record
) -> None:
    """Lists by themselves, and narrowed to each node and customer, hold no orders of others."""
    pairs, told = 0, []
    for visitor in programs_at():
        numbers, owned = tenants.numbers(), tenants.owned(visitor)
        shown = set()
        async with await client_of(application, tenants, visitor) as client:
            for route in routes_of(application):
                if route.method != "get" or route.ids:
                    continue
                for address in (route.path, *narrowed(route)):
                    pairs += 1
                    answer = await client.get(address)
                    assert answer.status_code < 500, (visitor.name, address, answer.text)
                    told += [
                        (visitor.name, address, numbers[order])
                        for order in numbers
                        if order not in owned and numbers[order] in answer.text
                    ]
                    shown |= {order for order in owned if numbers[order] in answer.text}
        assert (visitor.name, shown) == (visitor.name, owned)
    assert told == []
    record_property("tried", f"{pairs} pairs of programs and lists")


def narrowed(route: Route) -> Iterator[str]:
    known = {
        "store": set(PARENTS),
        "brand": {parents["brand"] for parents in PARENTS.values()},
        "city": {parents["city"] for parents in PARENTS.values()},
        "customer": {customer for customer, _ in SOLD.values()},
    }
    for name in route.queries & known.keys():
        yield from (f"{route.path}?{name}={id}" for id in known[name])


async def test_nobody_orders_what_is_others(application: Litestar, tenants: Tenants) -> None:
    """The offers of an order's lines are ids in a body."""
    tried = 0
    for visitor in programs_at():
        if visitor.node.level == "group":
            continue
        async with await client_of(application, tenants, visitor) as client:
            position = tenants.house.books.position
            for offer, store in OFFERS.items():
                if store in visitor.stores:
                    continue
                tried += 1
                answer = await client.post(
                    "/v1/orders",
                    json={
                        "customer_id": 200,
                        "lines": [{"offer_id": offer, "first_day": "2026-06-20"}],
                    },
                    headers={"Idempotency-Key": f"isolation-{next(_keys)}"},
                )
                said = (answer.status_code, answer.json().get("refusal"))
                assert said == (422, "offer_not_found"), (visitor.name, offer, answer.text)
            assert tenants.house.books.position == position
    assert tried > 0


async def test_nobody_orders_for_others_guests(application: Litestar, tenants: Tenants) -> None:
    """Customer, payer and agent of an order are ids in a body: others' are nobody's."""
    tried = 0
    for visitor in programs_at():
        foreign = tenants.foreign(visitor).get("customer_id", [])
        offers = [offer for offer, store in OFFERS.items() if store in visitor.stores]
        if not foreign or not offers:
            continue
        async with await client_of(application, tenants, visitor) as client:
            seen = {SOLD[store][0] for store in visitor.stores}
            position = tenants.house.books.position
            for field in ("customer_id", "payer_id", "agent_id"):
                said = []
                for id in (*foreign, NOBODYS):
                    tried += 1
                    answer = await client.post(
                        "/v1/orders",
                        json={
                            "customer_id": min(seen),
                            "lines": [{"offer_id": offers[0], "first_day": "2026-06-20"}],
                            field: id,
                        },
                        headers={"Idempotency-Key": f"isolation-{next(_keys)}"},
                    )
                    told = answer.json()
                    said.append(
                        (answer.status_code, told["refusal"], told["detail"], told["field"])
                    )
                assert said[0][:2] == (422, "customer_not_found"), (visitor.name, said)
                assert len(set(said)) == 1, (visitor.name, said)
            assert tenants.house.books.position == position
    assert tried > 0
