"""The express lane: what is well-formed goes through it, and is answered as everywhere else."""

import json
from typing import Any

import pytest

from serai.api.v1 import express
from tests.api.program import Program, line
from tests.worlds import ROOM_FLEXIBLE, WANG

ORDER = {"customer_id": WANG, "lines": [line(ROOM_FLEXIBLE)]}
JSON = "application/json"


async def placed(program: Program, key: str, **headers: str) -> Any:
    headers = {"Idempotency-Key": key, "Content-Type": JSON, **headers}
    return await program.client.post("/v1/orders", content=json.dumps(ORDER), headers=headers)


async def test_both_ways_to_place_an_order_answer_alike_and_know_each_others_keys(
    program: Program,
) -> None:
    quick = await placed(program, "a")
    long_way = await placed(program, "a", **{"Content-Type": f"{JSON}; charset=utf-8"})
    assert (quick.status_code, quick.content) == (long_way.status_code, long_way.content)
    assert long_way.headers["idempotency-replayed"] == "true"
    assert set(long_way.headers) - set(quick.headers) == {"idempotency-replayed"}
    for name in ("content-type", "content-length", "location"):
        assert quick.headers[name] == long_way.headers[name]


async def test_what_is_well_formed_goes_through_the_lane(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    async def noted(*asked: Any) -> None:
        taken.append(asked)
        await answer(*asked)

    answer = express._answer
    monkeypatch.setattr(express, "_answer", noted)
    assert (await placed(program, "a")).status_code == 201
    assert len(taken) == 1
    assert (await placed(program, "b", **{"Content-Type": f"{JSON};q=1"})).status_code == 201
    assert len(taken) == 1


async def test_a_refusal_in_the_lane_is_a_problem_like_any_other(program: Program) -> None:
    body = {**ORDER, "lines": [line(ROOM_FLEXIBLE, quantity=6)]}
    answer = await program.post("/v1/orders", body)
    await program.refused(answer, 409, "exceeds_credits")
    answer = await program.post("/v1/orders", {**ORDER, "guest_name": "Wang\nMin"})
    said = await program.refused(answer, 422, "field_invalid")
    assert said["field"] == "guest_name"
    answer = await program.post("/v1/orders", {**ORDER, "rooms": 2})
    said = await program.refused(answer, 422, "field_unknown")
    assert said["field"] == "rooms"


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b'{"customer_id": 1e400}'])
async def test_a_body_that_is_no_order(program: Program, body: bytes) -> None:
    headers = {"Idempotency-Key": "a", "Content-Type": JSON}
    answer = await program.client.post("/v1/orders", content=body, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_order_sent_in_pieces_without_a_length(program: Program) -> None:
    async def pieces() -> Any:
        text = json.dumps(ORDER).encode()
        yield text[:20]
        yield text[20:]

    headers = {"Idempotency-Key": "a", "Content-Type": JSON}
    answer = await program.client.post("/v1/orders", content=pieces(), headers=headers)
    assert answer.status_code == 201
