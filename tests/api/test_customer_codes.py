"""Codes of customers: each brand has its own, and hears nothing of those of others."""

import asyncio
from typing import Any

from tests.api.program import Program, line
from tests.api.test_strangers import Programs, duck, lantern, programs
from tests.worlds import DUCK, DUCK_BRAND, DUCK_SHOP

__all__ = ["duck", "lantern", "programs"]

PHONE = "+33 6 39 98 01 23"


def somebody(name: str, **more: str) -> dict[str, Any]:
    return {"kind": "person", "name": name, **more}


async def test_two_brands_give_the_same_code(
    program: Program, duck: Program, lantern: Program
) -> None:
    told = []
    for one in (program, duck, lantern):
        made = await one.write("/v1/customers", somebody("Wang", code="VIP-1"))
        assert made["code"] == "VIP-1"
        told.append(made["id"])
    assert len(set(told)) == 3
    for one in (program, duck, lantern):
        again = await one.post("/v1/customers", somebody("Li", code="VIP-1"))
        await one.refused(again, 409, "code_taken")


async def test_a_code_is_one_at_its_home_whoever_gives_it(
    duck: Program, programs: Programs
) -> None:
    colleague = await programs.at("brand", DUCK_BRAND, name="colleague")
    shop = await programs.at("store", DUCK_SHOP)
    body = somebody("Wang", code="VIP-1")
    answers = await asyncio.gather(
        *(one.post("/v1/customers", body) for one in (duck, colleague) * 3)
    )
    assert sorted(one.status_code for one in answers) == [201] + [409] * 5
    assert (await shop.post("/v1/customers", body)).status_code == 201


async def test_a_brand_is_told_the_number_and_not_what_another_calls_them(
    program: Program, duck: Program, lantern: Program, programs: Programs
) -> None:
    theirs = await duck.write("/v1/customers", somebody("Wang", code="VIP-1", phone=PHONE))
    path = f"/v1/customers/{theirs['id']}"
    recognised = await lantern.write(f"{path}/recognition", {"phone": PHONE})
    number = f"C{theirs['id']:09d}"
    assert recognised["code"] == (await lantern.get(path))["code"] == number
    found = await lantern.write("/v1/customers/search", {"phone": PHONE})
    assert [one["code"] for one in found["items"]] == [number]
    shop = await programs.at("store", DUCK_SHOP)
    await duck.write("/v1/orders", {"customer_id": theirs["id"], "lines": [line(DUCK)]})
    for one in (program, duck, shop):
        assert (await one.get(path))["code"] == "VIP-1"


async def test_a_number_of_the_house_is_nobodys_code(duck: Program) -> None:
    without = await duck.write("/v1/customers", somebody("Wang"))
    assert without["code"] == f"C{without['id']:09d}"
    for code in (without["code"], f"C{without['id'] + 1:09d}", "c999999999"):
        answer = await duck.post("/v1/customers", somebody("Li", code=code))
        said = await duck.refused(answer, 409, "code_taken")
        assert said["detail"].startswith(f"{code} has the form of the house's own numbers.")
