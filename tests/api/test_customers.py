"""Customers over the API: their details masked, in full for whoever may, and in no log."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.core.postgres import DatabaseUrls
from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import DAY, Program, line
from tests.flows.test_customer_details import everything
from tests.worlds import DINNER, DUCK, DUCK_SHOP, WANG

WANG_MIN = {
    "kind": "person",
    "name": "王敏",
    "country": "CN",
    "phone": "138 1234 5678",
    "email": "Wang.Min@Example.com",
    "document": {"kind": "passport", "country": "CN", "number": "e 1234 5678"},
}
PLAIN = ("13812345678", "138 1234 5678", "wang.min", "Wang.Min", "E12345678", "e 1234 5678")
MASKED = {
    "phone": "138****5678",
    "email": "w***@example.com",
    "document": {"kind": "passport", "country": "CN", "number": "E****78"},
    "masked": True,
}
FULL = {
    "phone": "+8613812345678",
    "email": "wang.min@example.com",
    "document": {"kind": "passport", "country": "CN", "number": "E12345678"},
    "masked": False,
}


WHO_SAW = "SELECT actor FROM trail WHERE operation = 'show_details' AND thing_id = %(id)s"


@asynccontextmanager
async def program_with(application: Litestar, key: str) -> AsyncIterator[Program]:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://house", headers=headers
    ) as client:
        yield Program(client, "")


@pytest_asyncio.fixture
async def clerk(application: Litestar, house: House) -> AsyncIterator[Program]:
    """A program that reads and writes customers, and sees nobody's details in full."""
    key = await key_for(house, "clerk", "customers.read", "customers.write")
    async with program_with(application, key) as clerk:
        yield clerk


@pytest_asyncio.fixture
async def shop(application: Litestar, house: House) -> AsyncIterator[Program]:
    """A program of one store, with all that there is to do with its customers."""
    key = await key_for(house, "shop", "customers", level="store", node_id=DUCK_SHOP)
    async with program_with(application, key) as shop:
        yield shop


async def test_details_are_masked_unless_the_key_may_see_them_and_then_noted(
    program: Program, clerk: Program, house: House
) -> None:
    made = await clerk.write("/v1/customers", WANG_MIN)
    assert made | MASKED == made
    path = f"/v1/customers/{made['id']}"
    assert await clerk.get(path) == made
    assert await house.database.column(WHO_SAW, id=made["id"]) == []
    assert await program.get(path) == made | FULL
    (who,) = await house.database.column(WHO_SAW, id=made["id"])
    assert who.startswith("program:")


async def test_customers_are_found_by_one_detail_in_the_body(
    program: Program, clerk: Program
) -> None:
    made = await program.write("/v1/customers", WANG_MIN)
    for wanted in ({"phone": "+86 13812345678"}, {"email": "WANG.MIN@example.com"},
                   {"document": WANG_MIN["document"]}):  # fmt: skip
        found = await program.client.post("/v1/customers/search", json=wanted)
        assert found.json() == {"items": [made], "next": None}
    none = await program.client.post("/v1/customers/search", json={"phone": "13812345679"})
    assert none.json() == {"items": [], "next": None}
    for body in ({}, {"phone": "13812345678", "email": "a@example.com"}):
        refused = await program.client.post("/v1/customers/search", json=body)
        await program.refused(refused, 422, "field_invalid")
    refused = await clerk.client.post("/v1/customers/search", json={"phone": "13812345678"})
    await program.refused(refused, 403, "scope_missing")


async def test_a_store_sees_the_customers_who_have_booked_there_and_no_others(
    program: Program, shop: Program
) -> None:
    """Whatever it tries with another's, the customer is not there."""
    made = await program.write("/v1/customers", WANG_MIN)
    path, wanted = f"/v1/customers/{made['id']}", {"phone": WANG_MIN["phone"]}
    for answer in (
        await shop.client.get(path),
        await shop.ask("patch", path, {"email": "mine@example.com"}),
        await shop.post(f"{path}/erasure"),
    ):
        await shop.refused(answer, 404, "customer_not_found")
        assert not [plain for plain in (*PLAIN, "138", "王敏") if plain in answer.text]
    found = await shop.client.post("/v1/customers/search", json=wanted)
    assert found.json()["items"] == []
    assert await program.get(path) == made | FULL

    await program.order(line(DUCK), customer_id=made["id"])
    assert await shop.get(path) == made | FULL
    found = await shop.client.post("/v1/customers/search", json=wanted)
    assert found.json()["items"] == [made]


async def test_a_query_string_finds_nobody(program: Program) -> None:
    answer = await program.client.get(f"/v1/customers/{WANG}", params={"phone": "13812345678"})
    await program.refused(answer, 422, "parameter_unknown")
    assert "13812345678" not in answer.text


async def test_details_are_changed_and_forgotten(program: Program) -> None:
    made = await program.write("/v1/customers", WANG_MIN)
    path = f"/v1/customers/{made['id']}"
    answer = await program.ask("patch", path, {"phone": "139 8765 4321", "email": None}, "key")
    assert answer.json() == made | {"phone": "139****4321", "email": ""}
    again = await program.ask("patch", path, {"phone": "139 8765 4321", "email": None}, "key")
    assert again.headers["Idempotency-Replayed"] == "true"
    other = await program.ask("patch", path, {"phone": "139 8765 4322"}, "key")
    await program.refused(other, 422, "key_reused")
    assert (await program.get(path))["phone"] == "+8613987654321"
    erased = await program.write(f"{path}/erasure")
    assert erased == made | {"phone": "", "email": "", "document": None}


async def test_what_is_no_detail_is_refused_without_being_repeated(program: Program) -> None:
    for field, value in (
        ("phone", "call me maybe"),
        ("email", "wang.min at example"),
        ("document", {"kind": "passport", "country": "CN", "number": "E_12345678"}),
    ):
        for answer in (
            await program.post("/v1/customers", {**WANG_MIN, field: value}),
            await program.ask("patch", f"/v1/customers/{WANG}", {field: value}),
            await program.client.post("/v1/customers/search", json={field: value}),
        ):
            said = await program.refused(answer, 422, f"{field}_invalid")
            assert said["field"] == field
            assert json.dumps(value)[1:-1] not in answer.text
            assert "12345678" not in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", 13812345678),
        ("phone", "138 1234 5678\n"),
        ("phone", "13812345678" * 4),
        ("email", ["wang.min@example.com"]),
        ("document", "E12345678"),
        ("document", {"kind": "passport", "country": "CN", "number": 12345678}),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_without_being_repeated(
    program: Program, field: str, value: object
) -> None:
    answer = await program.post("/v1/customers", {**WANG_MIN, field: value})
    assert answer.status_code == 422
    assert not [plain for plain in (*PLAIN, "12345678") if plain in answer.text]


async def test_nobodys_details_are_not_there(program: Program) -> None:
    for answer in (
        await program.client.get("/v1/customers/999"),
        await program.ask("patch", "/v1/customers/999", {"phone": "13812345678"}),
        await program.post("/v1/customers/999/erasure"),
    ):
        await program.refused(answer, 404, "customer_not_found")


async def test_an_orders_whole_walk_leaves_no_detail_in_the_open(
    program: Program,
    urls: DatabaseUrls,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The values go in by the API, an order is made and ended, errors happen on the way."""
    caplog.set_level(logging.DEBUG)
    made = await program.write("/v1/customers", WANG_MIN)
    who, told = made["id"], [json.dumps(made, ensure_ascii=False)]
    order = await program.order(line(DINNER, minute=1110), customer_id=who)
    for path in ("confirmation", "cancellation"):
        told.append((await program.post(f"/v1/orders/{order}/{path}", {})).text)
    told.append((await program.ask("patch", f"/v1/customers/{who}", {"phone": "1"})).text)
    told.append((await program.post("/v1/customers", {**WANG_MIN, "code": made["code"]})).text)
    told.append((await program.post("/v1/customers", {**WANG_MIN, "surprise": 1})).text)
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(
            "UPDATE personal_details SET phone = substring(phone FROM 1 FOR 30) WHERE id = %s",
            [who],
        )
        broken = await program.client.get(f"/v1/customers/{who}")
        await program.refused(broken, 500, "internal_error")
        told += [broken.text, everything(owner), caplog.text, *capfd.readouterr()]
    told += [json.dumps(await program.get(f"/v1/orders/{order}/trace")), DAY.isoformat()]
    assert "personal_details" in "".join(told)  # the failure was told
    for text in told:
        assert not [plain for plain in PLAIN if plain in text], text[:2000]
