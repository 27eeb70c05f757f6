"""Idempotency keys: the same request again is answered again, and nothing is done twice."""

import asyncio

import pytest

from tests.api.program import Program, line
from tests.worlds import DUCK, ROOM_FLEXIBLE, WANG

ORDER = {"customer_id": WANG, "lines": [line(ROOM_FLEXIBLE, quantity=5)]}

READING = {"/v1/customers/search", "/v1/organisation/preview"}
"""What is asked for stands in the body, and nothing is written."""


async def count(program: Program) -> int:
    return len((await program.get("/v1/orders"))["items"])


async def test_the_same_request_again_is_answered_again(program: Program) -> None:
    first = await program.post("/v1/orders", ORDER, key="a")
    again = await program.post("/v1/orders", ORDER, key="a")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    assert await count(program) == 1


async def test_a_refusal_is_given_again_even_when_it_would_be_a_yes_now(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE, quantity=5))
    first = await program.post("/v1/orders", ORDER, key="a")
    await program.refused(first, 409, "exceeds_credits")
    await program.write(f"/v1/orders/{order}/cancellation")
    again = await program.post("/v1/orders", ORDER, key="a")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert (await program.post("/v1/orders", ORDER, key="b")).status_code == 201


async def test_two_requests_with_one_key_at_the_same_time(program: Program) -> None:
    answers = await asyncio.gather(*(program.post("/v1/orders", ORDER, key="a") for _ in range(10)))
    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert sum("idempotency-replayed" in one.headers for one in answers) == 9
    assert await count(program) == 1


async def test_two_deeds_with_one_key_at_the_same_time(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE))
    path = f"/v1/orders/{order}/confirmation"
    answers = await asyncio.gather(*(program.post(path, {}, key="a") for _ in range(10)))
    assert {(one.status_code, one.content) for one in answers} == {
        (200, answers[0].content),
    }


async def test_two_deeds_with_two_keys_at_the_same_time(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE))
    path = f"/v1/orders/{order}/confirmation"
    answers = await asyncio.gather(*(program.post(path, {}, key=f"{n}") for n in range(10)))
    assert sorted(one.status_code for one in answers) == [200] + [409] * 9
    assert {one.json()["refusal"] for one in answers if one.is_error} == {"line_confirmed"}


async def test_another_request_under_the_same_key_is_refused(program: Program) -> None:
    await program.post("/v1/orders", ORDER, key="a")
    other = {"customer_id": WANG, "lines": [line(DUCK)]}
    said = await program.refused(
        await program.post("/v1/orders", other, key="a"), 422, "key_reused"
    )
    assert said["field"] == "Idempotency-Key"
    assert await count(program) == 1


async def test_the_same_deed_on_another_order_under_the_same_key_is_refused(
    program: Program,
) -> None:
    one, other = await program.order(line(DUCK)), await program.order(line(DUCK))
    await program.post(f"/v1/orders/{one}/cancellation", {}, key="a")
    answer = await program.post(f"/v1/orders/{other}/cancellation", {}, key="a")
    await program.refused(answer, 422, "key_reused")


async def test_a_request_that_was_malformed_may_be_corrected_under_its_key(
    program: Program,
) -> None:
    wrong = await program.post("/v1/orders", {**ORDER, "lines": []}, key="a")
    assert wrong.status_code == 422
    assert (await program.post("/v1/orders", ORDER, key="a")).status_code == 201


@pytest.mark.parametrize("name", [None, "", "\t", "é", "k" * 256, "a\x7f"])
async def test_a_write_without_a_proper_key_is_refused(program: Program, name: str | None) -> None:
    headers = [] if name is None else [(b"Idempotency-Key", name.encode("latin-1"))]
    answer = await program.client.post("/v1/orders", json=ORDER, headers=headers)
    await program.refused(answer, 400, "key_required")
    assert await count(program) == 0


async def test_every_write_of_the_document_asks_for_a_key(program: Program) -> None:
    document = await program.get("/docs/openapi.json")
    asking = 0
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            needed = {one["name"] for one in operation.get("parameters", []) if one.get("required")}
            writes = method in ("post", "patch", "put", "delete") and path not in READING
            assert ("Idempotency-Key" in needed) == writes, (method, path)
            asking += writes
    assert asking > 10
