"""Stores, brands, cities and customers."""

from typing import Any

import pytest

from tests.api.program import Program
from tests.worlds import (
    ACME,
    DUCK_BRAND,
    DUCK_SHOP,
    FRANCHISEE,
    HANGZHOU,
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_INN,
)

STORES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [LANTERN_INN, LAKESIDE_GATE, DUCK_SHOP]),
    ({"city": HANGZHOU}, [LANTERN_INN, LAKESIDE_GATE, DUCK_SHOP]),
    ({"brand": LAKESIDE_BRAND}, [LAKESIDE_GATE]),
    ({"segment": "retail"}, [DUCK_SHOP]),
    ({"text": "inn"}, [LANTERN_INN]),
    ({"text": "湖畔"}, [LAKESIDE_GATE]),
    ({"brand": DUCK_BRAND, "segment": "hotel"}, []),
]


async def test_stores_are_found_by(program: Program, subtests: pytest.Subtests) -> None:
    for asked, stores in STORES:
        with subtests.test(asked=asked):
            page = await program.get("/v1/stores", **asked)
            assert [one["id"] for one in page["items"]] == stores
            assert page["next"] is None


async def test_a_store_knows_its_parents(program: Program) -> None:
    seen = await program.get(f"/v1/stores/{LAKESIDE_GATE}")
    store = seen["store"]
    assert (store["brand_id"], store["entity_id"], store["operator_id"], store["city_id"]) == (
        LAKESIDE_BRAND, LAKESIDE_COMPANY, FRANCHISEE, HANGZHOU,
    )  # fmt: skip
    assert store["own"] is False
    assert seen["brand"]["name_zh"] == "湖畔"
    assert seen["city"]["name_en"] == "Hangzhou"
    assert seen["currency"] == "CNY"


@pytest.mark.parametrize("path", ["/v1/stores", "/v1/brands"])
async def test_lists_go_on_where_they_stopped(program: Program, path: str) -> None:
    whole = (await program.get(path))["items"]
    first = await program.get(path, limit=2)
    rest = await program.get(path, limit=2, cursor=first["next"])
    assert first["items"] + rest["items"] == whole
    assert rest["next"] is None


async def test_brands_and_cities(program: Program) -> None:
    brands = (await program.get("/v1/brands", segment="hotel"))["items"]
    assert [one["id"] for one in brands] == [LANTERN_BRAND]
    cities = (await program.get("/v1/cities", text="hang"))["items"]
    assert [one["id"] for one in cities] == [HANGZHOU]


async def test_a_customer_is_registered_and_read(program: Program) -> None:
    body = {"kind": "person", "name": "李雷", "country": "CN"}
    answer = await program.post("/v1/customers", body, key="a")
    assert answer.status_code == 201
    made = answer.json()
    assert made["code"].startswith("C")
    assert made["masked"]
    assert await program.get(answer.headers["location"]) == {**made, "masked": False}
    again = await program.post("/v1/customers", body, key="a")
    assert again.json() == made


async def test_a_code_is_given_once(program: Program) -> None:
    body = {"kind": "company", "name": "Lantern Tea", "code": "TEA"}
    await program.write("/v1/customers", body)
    await program.refused(await program.post("/v1/customers", body), 409, "code_taken")
    assert (await program.get(f"/v1/customers/{ACME}"))["kind"] == "company"


async def test_an_unknown_id_in_a_path_is_404(program: Program, subtests: pytest.Subtests) -> None:
    for kind in ("store", "customer", "order"):
        for id in ("999", "0", str(2**63 - 1), str(2**63), "9" * 100):
            with subtests.test(kind=kind, id=id):
                answer = await program.client.get(f"/v1/{kind}s/{id}")
                await program.refused(answer, 404, f"{kind}_not_found")
