"""Programs at home on one brand: they see its bookings and nothing of anybody else's."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import Program, line
from tests.flows.clock import SetClock, at
from tests.worlds import (
    ADMISSION,
    DUCK,
    DUCK_BRAND,
    LAKESIDE_BRAND,
    LANTERN_BRAND,
    LANTERN_INN,
    ROOM_FLEXIBLE,
    WANG,
)

SECONDS = len("2026-06-01T02:15:00")
"""Of a moment: a hold ends by the writer's clock, and the order says what it asked for."""


@pytest_asyncio.fixture
async def lantern(application: Litestar, house: House) -> Program:
    """A program of the Lantern brand."""
    return await at_home(application, house, LANTERN_BRAND)


@pytest_asyncio.fixture
async def duck(application: Litestar, house: House) -> Program:
    """A program of the duck shop's brand."""
    return await at_home(application, house, DUCK_BRAND)


async def at_home(application: Litestar, house: House, brand: int) -> Program:
    key = await key_for(house, f"brand-{brand}", "all", level="brand", node_id=brand)
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    headers = {"Authorization": f"Bearer {key}"}
    client = httpx.AsyncClient(transport=transport, base_url="http://house", headers=headers)
    return Program(client, "")


@pytest_asyncio.fixture
async def order(program: Program) -> int:
    """Wang Min's order over two brands: a room and an admission."""
    return await program.order(line(ROOM_FLEXIBLE), line(ADMISSION, minute=600))


async def test_a_brand_sees_its_part_of_an_order(
    program: Program, lantern: Program, order: int
) -> None:
    whole = await program.get(f"/v1/orders/{order}")
    part = await lantern.get(f"/v1/orders/{order}")
    assert (part["id"], part["number"]) == (whole["id"], whole["number"])
    assert [one["store_id"] for one in part["bookings"]] == [LANTERN_INN]
    assert part["amount_minor"] == part["bookings"][0]["amount_minor"] < whole["amount_minor"]
    (listed,) = (await lantern.get("/v1/orders"))["items"]
    assert (listed["id"], listed["amount_minor"]) == (order, part["amount_minor"])


async def test_a_brand_hears_until_when_its_part_is_held(
    program: Program, lantern: Program, order: int
) -> None:
    whole = await program.get(f"/v1/orders/{order}")
    part = await lantern.get(f"/v1/orders/{order}")
    assert part["held_until"][:SECONDS] == whole["held_until"][:SECONDS]
    (listed,) = (await lantern.get("/v1/orders"))["items"]
    assert listed["held_until"] == part["held_until"]
    cancelled = await lantern.post(f"/v1/orders/{order}/cancellation", {})
    assert cancelled.status_code == 200, cancelled.text
    assert (await lantern.get(f"/v1/orders/{order}"))["held_until"] is None
    assert (await program.get(f"/v1/orders/{order}"))["held_until"] == whole["held_until"]


async def test_a_brand_s_desk_takes_what_its_guest_owes(
    lantern: Program, order: int, clock: SetClock
) -> None:
    await lantern.write(f"/v1/orders/{order}/confirmation", {})
    clock.set(at(21, 12))
    await lantern.write(f"/v1/orders/{order}/fulfilment", {})
    paid = await lantern.write(f"/v1/orders/{order}/collection", {"method": "till"})
    part = await lantern.get(f"/v1/orders/{order}")
    assert paid["paid_minor"] == part["amount_minor"]


async def test_a_brand_without_a_part_in_an_order_finds_none(duck: Program, order: int) -> None:
    assert (await duck.get("/v1/orders"))["items"] == []
    for path in ("", "/trace", "/cancellation"):
        answer = await duck.client.get(f"/v1/orders/{order}{path}")
        await duck.refused(answer, 404, "order_not_found")
    for deed in ("confirmation", "cancellation", "fulfilment", "no-show"):
        answer = await duck.post(f"/v1/orders/{order}/{deed}", {})
        await duck.refused(answer, 404, "order_not_found")
    answer = await duck.post(f"/v1/orders/{order}/collection", {"method": "till"})
    await duck.refused(answer, 404, "order_not_found")


async def test_what_is_not_there_and_what_is_not_theirs_are_answered_alike(
    duck: Program, order: int
) -> None:
    theirs = await duck.client.get(f"/v1/orders/{order}")
    nobodys = await duck.client.get("/v1/orders/999999")
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)


async def test_a_brand_cancels_its_lines_alone(
    program: Program, lantern: Program, order: int
) -> None:
    lines = [one for part in (await program.get(f"/v1/orders/{order}"))["bookings"]
             for one in part["lines"]]  # fmt: skip
    others = [one["id"] for one in lines if one["offer_id"] == ADMISSION]
    answer = await lantern.post(f"/v1/orders/{order}/cancellation", {"lines": others})
    await lantern.refused(answer, 422, "line_not_found")
    done = await lantern.write(f"/v1/orders/{order}/cancellation")
    assert set(done["lines"]).isdisjoint(others)
    after = await program.get(f"/v1/orders/{order}")
    states = {one["offer_id"]: one["state"] for part in after["bookings"] for one in part["lines"]}
    assert states == {ROOM_FLEXIBLE: "cancelled", ADMISSION: "held"}


async def test_a_brand_sells_its_offers_alone(program: Program, lantern: Program) -> None:
    own = (await lantern.write("/v1/customers", {"kind": "person", "name": "Own"}))["id"]
    body: dict[str, Any] = {"customer_id": own, "lines": [line(ROOM_FLEXIBLE), line(DUCK)]}
    said = await lantern.refused(await lantern.post("/v1/orders", body), 422, "offer_not_found")
    assert said["field"] == "lines[1].offer_id"
    assert (await program.get("/v1/orders"))["items"] == []
    assert await lantern.order(line(ROOM_FLEXIBLE), customer_id=own)


async def test_a_brand_knows_who_books_with_it(
    program: Program, lantern: Program, duck: Program, order: int
) -> None:
    assert (await lantern.get(f"/v1/customers/{WANG}"))["id"] == WANG
    answer = await duck.client.get(f"/v1/customers/{WANG}")
    await duck.refused(answer, 404, "customer_not_found")
    answer = await duck.client.patch(
        f"/v1/customers/{WANG}", json={"email": None}, headers={"Idempotency-Key": "a"}
    )
    await duck.refused(answer, 404, "customer_not_found")


@pytest.mark.parametrize("name", ["brand", "store", "customer"], ids=lambda name: f"by {name}")
async def test_lists_cannot_be_narrowed_to_others(duck: Program, order: int, name: str) -> None:
    other = {"brand": LAKESIDE_BRAND, "store": LANTERN_INN, "customer": WANG}[name]
    answer = await duck.client.get("/v1/orders", params={name: other})
    await duck.refused(answer, 422, f"{name}_not_found")
