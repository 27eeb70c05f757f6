"""Refunds over the API: what waits, who sees it, and the second one who decides."""

from typing import Any

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.flows import House
from tests.api.keys import key_for
from tests.api.program import Program, line
from tests.worlds import (
    DUCK_BRAND,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    PLATFORM_ENTITY,
    ROOM_PREPAID,
)

PAID = {"payment": {"provider": "sandbox", "token": "succeeds"}}


async def at_home(
    application: Litestar, house: House, name: str, *scopes: str, **node: Any
) -> Program:
    key = await key_for(house, name, *scopes, **node)
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    headers = {"Authorization": f"Bearer {key}"}
    client = httpx.AsyncClient(transport=transport, base_url="http://house", headers=headers)
    return Program(client, "")


@pytest_asyncio.fixture
async def finance(application: Litestar, house: House) -> Program:
    """A program of the company whose money it is."""
    return await at_home(
        application, house, "finance", "refunds", level="entity", node_id=PLATFORM_ENTITY
    )


async def cancelled(program: Program, nights: int = 3) -> Any:
    """The answer to the cancellation of some nights that were paid for."""
    order = await program.order(line(ROOM_PREPAID, nights=nights))
    payment = (await program.write(f"/v1/orders/{order}/confirmation", PAID))["payment_id"]
    assert (await program.answer_payment(payment)).is_success
    return await program.write(f"/v1/orders/{order}/cancellation", {})


async def test_a_cancellation_says_what_waits(program: Program) -> None:
    assert (await cancelled(program, nights=2))["refund_waits_minor"] == 0
    answer = await cancelled(program)
    assert (answer["refund_minor"], answer["refund_waits_minor"]) == (135_000, 135_000)
    order = await program.get(f"/v1/orders/{answer['order_id']}")
    assert order["state"] == "cancelled"
    assert [one["status"] for one in order["payments"]] == ["succeeded", "waiting"]


async def test_it_says_why_it_waits(program: Program, finance: Program) -> None:
    assert (await cancelled(program, nights=2))["refund_wait"] is None
    expected = {
        "reason": "order", "entity_id": PLATFORM_ENTITY, "currency": "CNY", "before_minor": 0,
        "bound_minor": 100_000,
    }  # fmt: skip
    assert (await cancelled(program))["refund_wait"] == expected
    waits, alone = (await finance.get("/v1/refunds"))["items"]
    assert (waits["wait"], alone["wait"]) == (expected, None)


async def test_a_preview_says_it_before(program: Program) -> None:
    order = await program.order(line(ROOM_PREPAID, nights=3))
    payment = (await program.write(f"/v1/orders/{order}/confirmation", PAID))["payment_id"]
    await program.answer_payment(payment)
    shown = await program.get(f"/v1/orders/{order}/cancellation")
    assert shown["cancellation"]["refund_waits_minor"] == 135_000


async def test_what_waits_is_listed_and_decided_by_another(
    program: Program, finance: Program
) -> None:
    order = (await cancelled(program))["order_id"]
    await cancelled(program, nights=1)
    (waits,) = (await finance.get("/v1/refunds", status="waiting"))["items"]
    assert (waits["order_id"], waits["amount_minor"], waits["fee_minor"]) == (order, 135_000, 0)
    assert (waits["entity_id"], waits["stores"]) == (PLATFORM_ENTITY, [LANTERN_INN])
    assert waits["asked_by"].startswith("program:")
    assert (waits["decided_by"], waits["decided_at"], waits["answered_at"]) == (None, None, None)
    path = f"/v1/refunds/{waits['id']}"
    assert await finance.get(path) == waits
    decided = await finance.write(f"{path}/decision", {"decision": "approve"})
    assert decided == {"refund_id": waits["id"], "status": "asked"}
    now = await finance.get(path)
    assert (now["status"], now["decided_by"] is None) == ("asked", False)
    assert (await finance.get("/v1/refunds", status="waiting"))["items"] == []
    assert [one["status"] for one in (await finance.get("/v1/refunds"))["items"]] == ["asked"] * 2
    again = await finance.post(f"{path}/decision", {"decision": "refuse"})
    await finance.refused(again, 409, "refund_not_waiting")


async def test_what_is_refused_says_so(program: Program, finance: Program) -> None:
    await cancelled(program)
    (waits,) = (await finance.get("/v1/refunds"))["items"]
    path = f"/v1/refunds/{waits['id']}"
    decided = await finance.write(f"{path}/decision", {"decision": "refuse"})
    assert decided["status"] == "refused"
    assert (await finance.get(path))["answered_at"] is not None
    answered = await program.answer_payment(waits["id"])
    await program.refused(answered, 409, "refund_not_asked")


async def test_what_was_refused_is_asked_for_again(program: Program, finance: Program) -> None:
    await cancelled(program)
    (waits,) = (await finance.get("/v1/refunds"))["items"]
    path = f"/v1/refunds/{waits['id']}"
    early = await program.post(f"{path}/repetition", {})
    await program.refused(early, 409, "refund_not_given_up")
    await finance.write(f"{path}/decision", {"decision": "refuse"})
    again = await program.write(f"{path}/repetition", {})
    assert (again["again_of"], again["status"]) == (waits["id"], "waiting")
    assert again["wait"]["reason"] == "refused"
    second, first = (await finance.get("/v1/refunds"))["items"]
    assert (second["again_of"], second["asked_again_as"]) == (waits["id"], None)
    assert (first["again_of"], first["asked_again_as"]) == (None, again["refund_id"])
    decision = f"/v1/refunds/{again['refund_id']}/decision"
    answer = await program.post(decision, {"decision": "approve"})
    await program.refused(answer, 403, "second_person_needed")
    assert (await finance.write(decision, {"decision": "approve"}))["status"] == "asked"
    late = await finance.post(f"{path}/repetition", {})
    await finance.refused(late, 409, "refund_not_given_up")


async def test_what_was_declined_is_asked_for_again(program: Program) -> None:
    order = (await cancelled(program, nights=1))["order_id"]
    refund = (await program.get(f"/v1/orders/{order}"))["payments"][-1]["id"]
    await program.answer_payment(refund, outcome="declined")
    again = await program.write(f"/v1/refunds/{refund}/repetition", {})
    assert (again["status"], again["wait"]) == ("asked", None)
    assert (await program.answer_payment(again["refund_id"])).is_success


async def test_whoever_asked_does_not_decide(program: Program) -> None:
    await cancelled(program)
    (waits,) = (await program.get("/v1/refunds"))["items"]
    answer = await program.post(f"/v1/refunds/{waits['id']}/decision", {"decision": "approve"})
    await program.refused(answer, 403, "second_person_needed")


@pytest.mark.parametrize(
    ("level", "node", "sees"),
    [
        ("brand", LANTERN_BRAND, True),
        ("brand", DUCK_BRAND, False),
        ("entity", LANTERN_COMPANY, True),
        ("store", LANTERN_INN, True),
    ],
)
async def test_who_sees_what_waits(
    application: Litestar, house: House, program: Program, level: str, node: int, *, sees: bool
) -> None:
    await cancelled(program)
    (waits,) = (await program.get("/v1/refunds"))["items"]
    other = await at_home(application, house, "other", "refunds", level=level, node_id=node)
    found = (await other.get("/v1/refunds"))["items"]
    path = f"/v1/refunds/{waits['id']}"
    if sees:
        assert found == [waits]
        assert (await other.write(f"{path}/decision", {"decision": "approve"}))["status"] == "asked"
        return
    assert found == []
    nobodys = await other.client.get("/v1/refunds/999999")
    theirs = await other.client.get(path)
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    answer = await other.post(f"{path}/decision", {"decision": "approve"})
    await other.refused(answer, 404, "refund_not_found")


async def test_a_payment_is_no_refund(program: Program, finance: Program) -> None:
    order = (await cancelled(program))["order_id"]
    payment = (await program.get(f"/v1/orders/{order}"))["payments"][0]["id"]
    answer = await finance.client.get(f"/v1/refunds/{payment}")
    await finance.refused(answer, 404, "refund_not_found")
    answer = await finance.post(f"/v1/refunds/{payment}/decision", {"decision": "approve"})
    await finance.refused(answer, 404, "refund_not_found")


async def test_pages_follow_each_other(program: Program, finance: Program) -> None:
    for _ in range(3):
        await cancelled(program, nights=1)
    first = await finance.get("/v1/refunds", limit=2)
    second = await finance.get("/v1/refunds", limit=2, cursor=first["next"])
    ids = [one["id"] for one in (*first["items"], *second["items"])]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), second["next"]) == (3, None)


async def test_a_decision_is_one_of_two(finance: Program) -> None:
    for body in ({}, {"decision": "maybe"}, {"decision": "approve", "amount_minor": 1}):
        answer = await finance.post("/v1/refunds/7/decision", body)
        assert answer.status_code == 422, body
    answer = await finance.client.get("/v1/refunds", params={"status": "returned"})
    assert answer.status_code == 422
