"""Customers of others: nobody makes them theirs by naming an id; who is there shows who it is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from serai.cloud import Level
from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import Program, line
from tests.api.test_customers import FULL, MASKED, PLAIN, WANG_MIN, program_with
from tests.flows.clock import SetClock
from tests.worlds import (
    ACME,
    DUCK,
    DUCK_BRAND,
    DUCK_SHOP,
    LANTERN_BRAND,
    LOTUS_TRAVEL,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    WANG,
)

NOBODY = 999_999
DOCUMENT = WANG_MIN["document"]


@pytest_asyncio.fixture
async def programs(application: Litestar) -> AsyncIterator["Programs"]:
    async with AsyncExitStack() as open_things:
        yield Programs(application, open_things)


class Programs:
    """Programs, each at home on a node."""

    def __init__(self, application: Litestar, open_things: AsyncExitStack) -> None:
        self._application = application
        self._open = open_things
        self._house: House = application.state.house

    async def at(self, level: Level, node_id: int, *scopes: str, name: str = "") -> Program:
        name = name or f"{level}-{node_id}"
        key = await key_for(self._house, name, *(scopes or ("all",)), level=level, node_id=node_id)
        return await self._open.enter_async_context(program_with(self._application, key))


@pytest_asyncio.fixture
async def duck(programs: Programs) -> Program:
    """A program of the duck shop's brand."""
    return await programs.at("brand", DUCK_BRAND)


@pytest_asyncio.fixture
async def lantern(programs: Programs) -> Program:
    """A program of the Lantern brand."""
    return await programs.at("brand", LANTERN_BRAND)


@pytest_asyncio.fixture
async def wang_min(program: Program) -> Any:
    """A customer whom the group knows, and no brand."""
    return await program.write("/v1/customers", WANG_MIN)


def order(customer: int, **more: Any) -> dict[str, Any]:
    return {"customer_id": customer, "lines": [line(DUCK)], **more}


async def seen_by(program: Program, customer: int) -> bool:
    answer = await program.client.get(f"/v1/customers/{customer}")
    assert answer.status_code in (200, 404), answer.text
    return answer.status_code == 200


@pytest.mark.parametrize("field", ["customer_id", "payer_id", "agent_id"])
async def test_an_order_names_nobody_whom_the_asker_does_not_see(
    program: Program, duck: Program, field: str
) -> None:
    own = (await duck.write("/v1/customers", {"kind": "person", "name": "Own"}))["id"]
    told = []
    for stranger in (WANG, NOBODY):
        answer = await duck.post("/v1/orders", {**order(own), field: stranger})
        said = await duck.refused(answer, 422, "customer_not_found")
        assert said["field"] == field
        told.append({name: one for name, one in said.items() if name != "request_id"})
    assert told[0] == told[1]
    assert (await program.get("/v1/orders"))["items"] == []
    assert not await seen_by(duck, WANG)
    assert await program.order(line(DUCK), customer_id=WANG, payer_id=ACME, agent_id=LOTUS_TRAVEL)


async def test_a_companys_account_is_not_charged_by_who_does_not_see_it(
    program: Program, lantern: Program
) -> None:
    own = (await lantern.write("/v1/customers", {"kind": "person", "name": "Own"}))["id"]
    body = {"customer_id": own, "payer_id": ACME, "lines": [line(ROOM_COMPANY)]}
    await lantern.refused(await lantern.post("/v1/orders", body), 422, "customer_not_found")
    path = f"/v1/customers/{ACME}"
    await program.ask("patch", path, {"phone": "+33 6 39 98 01 23"})
    await lantern.write(f"{path}/recognition", {"phone": "+33 6 39 98 01 23"})
    assert (await lantern.post("/v1/orders", body)).status_code == 201


async def test_two_desks_recognise_somebody_at_once(program: Program, lantern: Program) -> None:
    path = f"/v1/customers/{ACME}"
    await program.ask("patch", path, {"phone": "+33 6 39 98 01 23"})
    said = {"phone": "+33 6 39 98 01 23"}
    answers = await asyncio.gather(*(lantern.post(f"{path}/recognition", said) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {200}, [one.text for one in answers]


async def test_whom_a_program_registers_it_sees_and_serves_and_no_other_brand_does(
    duck: Program, lantern: Program, programs: Programs
) -> None:
    made = await duck.write("/v1/customers", WANG_MIN)
    assert await duck.get(f"/v1/customers/{made['id']}") == made | FULL
    answer = await lantern.post(
        "/v1/orders", {"customer_id": made["id"], "lines": [line(ROOM_FLEXIBLE)]}
    )
    await lantern.refused(answer, 422, "customer_not_found")
    assert not await seen_by(lantern, made["id"])
    shop = await programs.at("store", DUCK_SHOP)
    assert not await seen_by(shop, made["id"])  # what is above a store is not the store's
    assert (await duck.post("/v1/orders", order(made["id"]))).status_code == 201
    assert await seen_by(shop, made["id"])  # there is a booking now
    by_shop = await shop.write("/v1/customers", {"kind": "person", "name": "Of the shop"})
    assert await seen_by(duck, by_shop["id"])
    assert not await seen_by(lantern, by_shop["id"])


async def test_a_telephone_that_is_known_is_registered_like_any_other(
    duck: Program, lantern: Program, program: Program
) -> None:
    first = await duck.write("/v1/customers", {**WANG_MIN, "name": "Wang of the ducks"})
    second = await lantern.write("/v1/customers", {**WANG_MIN, "name": "Wang of the inn"})
    assert second["id"] != first["id"]
    assert second == first | {name: second[name] for name in ("id", "code", "name")}
    for asker, own in ((duck, first), (lantern, second)):
        found = await asker.client.post("/v1/customers/search", json={"phone": WANG_MIN["phone"]})
        assert [one["id"] for one in found.json()["items"]] == [own["id"]]
    both = await program.client.post("/v1/customers/search", json={"phone": WANG_MIN["phone"]})
    assert len(both.json()["items"]) == 2


@pytest.mark.parametrize(
    "shown",
    [{"phone": "+86 138-1234-5678"}, {"email": "WANG.MIN@example.com"}, {"document": DOCUMENT}],
    ids=["phone", "email", "document"],
)
async def test_who_shows_who_they_are_is_served(
    duck: Program, lantern: Program, wang_min: Any, house: House, shown: dict[str, Any]
) -> None:
    who = wang_min["id"]
    await duck.refused(await duck.post("/v1/orders", order(who)), 422, "customer_not_found")
    path = f"/v1/customers/{who}/recognition"
    answer = await duck.post(path, shown, "at the desk")
    assert (answer.status_code, answer.json()) == (200, wang_min | MASKED)
    again = await duck.post(path, shown, "at the desk")
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == answer.json()
    assert (await duck.post("/v1/orders", order(who))).status_code == 201
    assert await seen_by(duck, who)
    assert not await seen_by(lantern, who)
    assert (await duck.post(path, shown)).status_code == 200  # whom they see already, too
    rows = await house.database.column(
        "SELECT concat_ws(' ', operation, thing, thing_id, refusal) FROM trail "
        "WHERE operation = 'recognise_customer' ORDER BY number"
    )
    assert rows == [f"recognise_customer customer {who} "] * 2


async def test_who_shows_something_else_is_not_there(
    duck: Program, wang_min: Any, house: House, program: Program
) -> None:
    bare = (await program.write("/v1/customers", {"kind": "person", "name": "Bare"}))["id"]
    told = set()
    for who, shown in (
        (wang_min["id"], {"phone": "13812345679"}),
        (wang_min["id"], {"email": "wang@example.com"}),
        (wang_min["id"], {"document": {**DOCUMENT, "country": "FR"}}),  # type: ignore[dict-item]  # a document
        (bare, {"phone": "13812345678"}),
        (NOBODY, {"phone": "13812345678"}),
    ):
        answer = await duck.post(f"/v1/customers/{who}/recognition", shown)
        said = await duck.refused(answer, 404, "customer_not_found")
        told.add(str({name: one for name, one in said.items() if name != "request_id"}))
        assert not [plain for plain in PLAIN if plain in answer.text]
    assert len(told) == 1
    assert not await seen_by(duck, wang_min["id"])
    noted = await house.database.column(
        "SELECT refusal FROM trail WHERE operation = 'recognise_customer' ORDER BY number"
    )
    assert noted == ["customer_not_found"] * 5


async def test_one_thing_is_shown_at_a_time(duck: Program, wang_min: Any) -> None:
    path = f"/v1/customers/{wang_min['id']}/recognition"
    for body in ({}, {"phone": "13812345678", "email": "wang.min@example.com"}):
        await duck.refused(await duck.post(path, body), 422, "field_invalid")
    await duck.refused(await duck.post(path, {"phone": "nothing"}), 422, "phone_invalid")


async def test_nobody_tries_many_numbers(
    duck: Program, wang_min: Any, clock: SetClock, programs: Programs, house: House
) -> None:
    path = f"/v1/customers/{wang_min['id']}/recognition"
    statuses = [(await duck.post(path, {"phone": f"1390000{n:04}"})).status_code for n in range(32)]
    assert statuses == [404] * 30 + [429] * 2
    right = await duck.post(path, {"phone": WANG_MIN["phone"]})
    await duck.refused(right, 429, "too_many_tries")
    other = await programs.at("store", DUCK_SHOP)
    assert (await other.post(path, {"phone": WANG_MIN["phone"]})).status_code == 200
    clock.forward(hours=1, seconds=1)
    assert (await duck.post(path, {"phone": WANG_MIN["phone"]})).status_code == 200
    noted = await house.database.column(
        "SELECT refusal FROM trail WHERE operation = 'recognise_customer' ORDER BY number"
    )
    assert noted == ["customer_not_found"] * 30 + [""] * 2


async def test_who_may_not_write_customers_recognises_nobody(
    programs: Programs, wang_min: Any
) -> None:
    seller = await programs.at("brand", DUCK_BRAND, "orders", "customers.read")
    answer = await seller.post(
        f"/v1/customers/{wang_min['id']}/recognition", {"phone": WANG_MIN["phone"]}
    )
    await seller.refused(answer, 403, "scope_missing")
