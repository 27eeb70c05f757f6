"""Bad input: a clear named refusal with the field, never a failure, and nothing half-written."""

import json
from typing import Any

import pytest

from serai.core import Database
from tests.api.program import DAY, Program, line
from tests.worlds import DINNER, DUCK, ROOM_FLEXIBLE, WANG

GOOD: dict[str, Any] = {"customer_id": WANG, "lines": [line(ROOM_FLEXIBLE)]}
WRITTEN = "SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM transfers)"
HUGE = 2**63


def room(**more: Any) -> dict[str, Any]:
    return {**GOOD, "lines": [line(ROOM_FLEXIBLE) | more]}


ORDERS: list[tuple[dict[str, Any], str, str]] = [
    ({"lines": GOOD["lines"]}, "field_missing", "customer_id"),
    ({"customer_id": WANG}, "field_missing", "lines"),
    (GOOD | {"lines": []}, "field_invalid", "lines"),
    (GOOD | {"lines": [line(DUCK)] * 41}, "field_invalid", "lines"),
    (GOOD | {"lines": [{"offer_id": 1}]}, "field_missing", "lines[0].first_day"),
    (GOOD | {"lines": {}}, "field_invalid", "lines"),
    (GOOD | {"discount": 100}, "field_unknown", "discount"),
    (room(price_minor=1), "field_unknown", "lines[0].price_minor"),
    (GOOD | {"customer_id": "200"}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": 200.0}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": True}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": None}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": 0}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": -1}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": HUGE}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": 10**30}, "field_invalid", "customer_id"),
    (GOOD | {"customer_id": HUGE - 1}, "customer_not_found", "customer_id"),
    (GOOD | {"payer_id": 999}, "customer_not_found", "payer_id"),
    (GOOD | {"agent_id": 999}, "customer_not_found", "agent_id"),
    (room(offer_id=999), "offer_not_found", "lines[0].offer_id"),
    (room(offer_id=HUGE), "field_invalid", "lines[0].offer_id"),
    (room(quantity=0), "field_invalid", "lines[0].quantity"),
    (room(quantity=-3), "field_invalid", "lines[0].quantity"),
    (room(quantity=1.5), "field_invalid", "lines[0].quantity"),
    (room(quantity=21), "quantity_out_of_range", "lines[0].quantity"),
    (room(quantity=HUGE - 1), "quantity_out_of_range", "lines[0].quantity"),
    (room(quantity=HUGE), "field_invalid", "lines[0].quantity"),
    (room(nights=0), "field_invalid", "lines[0].nights"),
    (room(nights=91), "length_out_of_range", "lines[0].nights"),
    (room(nights=HUGE - 1), "length_out_of_range", "lines[0].nights"),
    (room(nights=20, quantity=20), "quantity_out_of_range", "lines[0].quantity"),
    (room(minute=1440), "field_invalid", "lines[0].minute"),
    (room(minute=-1), "field_invalid", "lines[0].minute"),
    (GOOD | {"lines": [line(DINNER, minute=1)]}, "time_not_offered", "lines[0].minute"),
    (room(first_day="2026-02-30"), "field_invalid", "lines[0].first_day"),
    (room(first_day="20-06-2026"), "field_invalid", "lines[0].first_day"),
    (room(first_day="tomorrow"), "field_invalid", "lines[0].first_day"),
    (room(first_day=20260620), "field_invalid", "lines[0].first_day"),
    (room(first_day="0000-01-01"), "field_invalid", "lines[0].first_day"),
    (room(first_day="0001-01-01"), "date_in_the_past", "lines[0].first_day"),
    (room(first_day="2026-05-31"), "date_in_the_past", "lines[0].first_day"),
    (room(first_day="2099-12-31"), "date_too_far", "lines[0].first_day"),
    (room(first_day="9999-12-31", nights=90), "date_too_far", "lines[0].first_day"),
    (GOOD | {"adults": -1}, "field_invalid", "adults"),
    (GOOD | {"adults": 0}, "party_out_of_range", "adults"),
    (GOOD | {"adults": 500, "children": 500}, "party_out_of_range", "adults"),
    (GOOD | {"babies": HUGE}, "field_invalid", "babies"),
    (GOOD | {"hold_seconds": 0}, "field_invalid", "hold_seconds"),
    (GOOD | {"hold_seconds": HUGE}, "field_invalid", "hold_seconds"),
    (GOOD | {"guest_name": "a\0b"}, "field_invalid", "guest_name"),
    (GOOD | {"guest_name": "two\nlines"}, "field_invalid", "guest_name"),
    (GOOD | {"guest_name": "trailing\n"}, "field_invalid", "guest_name"),
    (GOOD | {"guest_name": "x" * 201}, "field_invalid", "guest_name"),
    (GOOD | {"market": ["x"]}, "field_invalid", "market"),
    (GOOD | {"channel": ""}, "field_invalid", "channel"),
    (GOOD | {"channel": "web\n"}, "field_invalid", "channel"),
    (GOOD | {"channel": "网"}, "field_invalid", "channel"),
    (GOOD | {"country": "China"}, "field_invalid", "country"),
]


async def test_orders_that_cannot_be(
    program: Program, database: Database, subtests: pytest.Subtests
) -> None:
    for body, refusal, field in ORDERS:
        with subtests.test(refusal=refusal, field=field, body=body):
            said = await program.refused(await program.post("/v1/orders", body), 422, refusal)
            assert said["field"] == field
            assert said["advice"]
            assert await database.value(WRITTEN) == 0


BODIES: list[tuple[bytes, int, str]] = [
    (b"", 422, "body_required"),
    (b"{", 400, "malformed_json"),
    (b"not json", 400, "malformed_json"),
    (b'{"customer_id": NaN}', 400, "malformed_json"),
    (b"\xff\xfe{}", 400, "malformed_json"),
    (b'{"guest_name": "\xff"}', 400, "malformed_json"),
    (b'{"guest_name": "\\ud800"}', 400, "malformed_json"),
    (b'{"guest_name": "\xed\xa0\x80"}', 400, "malformed_json"),
    (json.dumps(GOOD).encode() + b"}", 400, "malformed_json"),
    (b"[]", 422, "field_invalid"),
    (b"null", 422, "field_invalid"),
    (b"7", 422, "field_invalid"),
    (b"[" * 100_000, 422, "field_invalid"),
    (b'{"lines": ' + b"[" * 100_000, 422, "field_invalid"),
    (b'{"customer_id": ' + b"9" * 100_000 + b"}", 422, "field_invalid"),
    (b'{"guest_name": "' + b"x" * 300_000 + b'"}', 413, "body_too_large"),
]


async def test_bodies_that_are_no_order(
    program: Program, database: Database, subtests: pytest.Subtests
) -> None:
    headers = {"Idempotency-Key": "a", "Content-Type": "application/json"}
    for body, status, refusal in BODIES:
        with subtests.test(body=body[:40], refusal=refusal):
            answer = await program.client.post("/v1/orders", content=body, headers=headers)
            await program.refused(answer, status, refusal)
            assert await database.value(WRITTEN) == 0


async def test_bodies_of_another_kind(program: Program, subtests: pytest.Subtests) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"):
        with subtests.test(kind=kind):
            headers = {"Idempotency-Key": "a", "Content-Type": kind}
            body = json.dumps(GOOD).encode()
            answer = await program.client.post("/v1/orders", content=body, headers=headers)
            await program.refused(answer, 415, "wrong_content_type")


async def test_bodies_of_the_right_kind(program: Program) -> None:
    for kind in ("application/json; charset=utf-8", "Application/JSON"):
        headers = {"Idempotency-Key": kind, "Content-Type": kind}
        body = json.dumps(GOOD).encode()
        answer = await program.client.post("/v1/orders", content=body, headers=headers)
        assert answer.status_code == 201, answer.text


PARAMETERS: list[tuple[str, str, str]] = [
    ("/v1/orders?limit=0", "parameter_invalid", "limit"),
    ("/v1/orders?limit=201", "parameter_invalid", "limit"),
    ("/v1/orders?limit=many", "parameter_invalid", "limit"),
    ("/v1/orders?limit=99999999999999999999", "parameter_invalid", "limit"),
    ("/v1/orders?limit=", "parameter_invalid", "limit"),
    ("/v1/orders?cursor=", "cursor_invalid", "cursor"),
    ("/v1/orders?cursor=%F0%9F%A6%86", "cursor_invalid", "cursor"),
    ("/v1/orders?cursor=WyJpIiwxMDFd", "cursor_invalid", "cursor"),
    ("/v1/orders?cursor=WyJtIiwiMjAyNi0wMS0wMVQwMDowMDowMCIsMV0", "cursor_invalid", "cursor"),
    ("/v1/offers?cursor=WyJpIiwwXQ", "cursor_invalid", "cursor"),
    ("/v1/offers?cursor=WyJpIiw5MjIzMzcyMDM2ODU0Nzc1ODA4XQ", "cursor_invalid", "cursor"),
    ("/v1/orders?state=lost", "parameter_invalid", "state"),
    ("/v1/orders?state=null", "parameter_invalid", "state"),
    ("/v1/orders?stat=held", "parameter_unknown", "stat"),
    ("/v1/orders?store=x", "parameter_invalid", "store"),
    ("/v1/orders?store=-1", "parameter_invalid", "store"),
    ("/v1/orders?store=9223372036854775808", "parameter_invalid", "store"),
    ("/v1/orders?placed_since=yesterday", "parameter_invalid", "placed_since"),
    ("/v1/orders?placed_since=2026-01-01T00:00:00", "parameter_invalid", "placed_since"),
    ("/v1/orders?placed_since=2026-01-01T00:00:00+08:00", "parameter_invalid", "placed_since"),
    ("/v1/orders?placed_until=1e9", "parameter_invalid", "placed_until"),
    ("/v1/offers?day=2026-02-30", "parameter_invalid", "day"),
    (f"/v1/offers?day={DAY}&nights=91", "parameter_invalid", "nights"),
    (f"/v1/offers?day={DAY}&quantity=0", "parameter_invalid", "quantity"),
    (f"/v1/offers?day={DAY}&minute=1440", "parameter_invalid", "minute"),
    ("/v1/offers?segment=spa", "parameter_invalid", "segment"),
    ("/v1/offers?text=%00", "parameter_invalid", "text"),
    (f"/v1/offers?text={'x' * 81}", "parameter_invalid", "text"),
    ("/v1/offers?text=", "parameter_invalid", "text"),
    ("/v1/offers?channel=%27%3B", "parameter_invalid", "channel"),
    ("/v1/offers?city=999", "city_not_found", "city"),
    ("/v1/stores?%00=1", "parameter_unknown", "\0"),
]


async def test_parameters_that_cannot_be(program: Program, subtests: pytest.Subtests) -> None:
    for path, refusal, field in PARAMETERS:
        with subtests.test(path=path):
            said = await program.refused(await program.client.get(path), 422, refusal)
            assert said["field"] == field


ODD = (
    "/v1/orders?placed_since=0001-01-01T00:00:00%2B14:00",
    "/v1/orders?placed_until=9999-12-31T23:59:59-14:00",
    "/v1/offers?text=%ED%A0%80",
    "/v1/offers?text=null",
    "/v1/offers?day=9999-12-31",
    "/v1/offers?day=0001-01-01&nights=90",
)


async def test_what_is_odd_but_fine(program: Program, subtests: pytest.Subtests) -> None:
    for path in ODD:
        with subtests.test(path=path):
            assert (await program.client.get(path)).status_code == 200


DEEDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("confirmation", {"payment": {"token": ""}}, "field_invalid", "payment.token"),
    (
        "confirmation",
        {"payment": {"provider": "acme", "token": "x"}},
        "field_invalid",
        "payment.provider",
    ),
    ("confirmation", {"lines": []}, "field_invalid", "lines"),
    ("confirmation", {"lines": [0]}, "field_invalid", "lines[0]"),
    ("confirmation", {"lines": [HUGE - 1]}, "line_not_found", "lines"),
    ("cancellation", {"fee_minor": 0}, "field_unknown", "fee_minor"),
    ("cancellation", {"lines": "all"}, "field_invalid", "lines"),
    ("fulfilment", {"method": "cheque"}, "field_invalid", "method"),
    ("collection", {}, "field_missing", "method"),
    ("no-show", {"lines": [1]}, "line_not_found", "lines"),
]


async def test_deeds_that_cannot_be(program: Program, subtests: pytest.Subtests) -> None:
    order = await program.order(line(ROOM_FLEXIBLE))
    for deed, body, refusal, field in DEEDS:
        with subtests.test(deed=deed, body=body):
            answer = await program.post(f"/v1/orders/{order}/{deed}", body)
            said = await program.refused(answer, 422, refusal)
            assert said["field"] == field
            assert (await program.get(f"/v1/orders/{order}"))["state"] == "held"


async def test_deeds_on_an_order_that_is_not_there(
    program: Program, subtests: pytest.Subtests
) -> None:
    for deed in ("confirmation", "cancellation", "fulfilment", "collection", "no-show"):
        with subtests.test(deed=deed):
            body = {"method": "till"} if deed == "collection" else {}
            answer = await program.post(f"/v1/orders/999/{deed}", body)
            await program.refused(answer, 404, "order_not_found")
