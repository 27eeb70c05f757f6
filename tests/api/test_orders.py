"""Orders through the API: placed, confirmed, paid, served, cancelled, read and listed."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.program import DAY, Program, line
from tests.flows.clock import SetClock
from tests.worlds import (
    ACME,
    ADMISSION,
    DINNER,
    DUCK,
    DUCK_BRAND,
    DUCK_SHOP,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_INN,
    LOTUS_TRAVEL,
    PLATFORM_ENTITY,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    WANG,
)

CARD = {"payment": {"provider": "sandbox", "token": "succeeds"}}
TODAY = date(2026, 6, 1)


async def paid_order(program: Program, *lines: dict[str, Any]) -> int:
    """An order whose lines are confirmed, those that are prepaid by card."""
    order = await program.order(*lines)
    confirmed = await program.write(f"/v1/orders/{order}/confirmation", CARD)
    if confirmed["payment_id"]:
        assert (await program.answer_payment(confirmed["payment_id"])).is_success
    return order


async def test_an_order_over_three_stores_is_placed_paid_and_read(program: Program) -> None:
    answer = await program.post(
        "/v1/orders",
        {
            "customer_id": WANG,
            "guest_name": "王敏",
            "adults": 3,
            "lines": [
                line(ROOM_FLEXIBLE, nights=2),
                line(DINNER, quantity=3, minute=1110),
                line(ADMISSION, quantity=2, minute=600),
                line(DUCK),
            ],
        },
    )
    held = answer.json()
    assert answer.status_code == 201
    assert held["state"] == "held"
    assert held["amount_minor"] == 66_600 + 50_000 + 3 * 19_900 + 2 * 8_000 + 12_800
    where = answer.headers["location"]
    assert where == f"/v1/orders/{held['id']}"

    order = await program.get(where)
    assert order["held_until"] == held["held_until"]
    assert [one["store_id"] for one in order["bookings"]] == [
        LANTERN_INN, LAKESIDE_GATE, DUCK_SHOP,
    ]  # fmt: skip
    assert [one["sold_as"] for one in order["bookings"]] == ["principal", "agent", "principal"]
    room = order["bookings"][0]["lines"][0]
    assert [one["amount_minor"] for one in room["charges"]] == [66_600, 50_000]
    assert room["charges"][0]["tax_minor"] == 3_770

    refused = await program.post(f"{where}/confirmation")
    said = await program.refused(refused, 402, "payment_required")
    assert said["field"] == "payment"
    asked = await program.write(f"{where}/confirmation", CARD)
    assert asked["state"] == "paying"
    assert (await program.get(where))["state"] == "paying"
    assert (await program.answer_payment(asked["payment_id"])).json()["status"] == "succeeded"

    order = await program.get(where)
    assert order["state"] == "confirmed"
    assert order["held_until"] is None
    assert [(one["kind"], one["status"], one["amount_minor"]) for one in order["payments"]] == [
        ("payment", "succeeded", 2 * 8_000 + 12_800)
    ]


async def test_a_cancellation_does_what_its_preview_says(program: Program, clock: SetClock) -> None:
    order = await paid_order(program, line(ROOM_PREPAID, nights=2), line(ROOM_FLEXIBLE))
    clock.forward(days=18)  # less than three days before, but more than one
    preview = await program.get(f"/v1/orders/{order}/cancellation")
    assert preview["cancellation"]["fee_minor"] == 90_000
    assert preview["cancellation"]["refund_minor"] == 0
    kinds = {(one["debit"]["role"], one["credit"]["role"]) for one in preview["transfers"]}
    assert ("sold", "available") in kinds
    assert ("on_the_books", "cancelled") in kinds
    assert (await program.get(f"/v1/orders/{order}"))["state"] == "confirmed"

    cancelled = await program.write(f"/v1/orders/{order}/cancellation")
    assert cancelled == preview["cancellation"]
    after = await program.get(f"/v1/orders/{order}")
    assert after["state"] == "cancelled"
    assert [one["fee_minor"] for one in after["bookings"][0]["lines"]] == [90_000, 0]
    again = await program.client.get(f"/v1/orders/{order}/cancellation")
    await program.refused(again, 409, "line_cancelled")


async def test_a_hold_that_is_cancelled_shows_what_it_gives_back(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE))
    preview = await program.get(f"/v1/orders/{order}/cancellation")
    [void] = preview["transfers"]
    assert (void["kind"], void["amount"], void["reason"]) == ("void", 1, "cancel")
    assert (void["debit"]["role"], void["credit"]["role"]) == ("available", "sold")


async def test_some_lines_are_cancelled_and_the_rest_goes_on(program: Program) -> None:
    order = await program.order(line(ROOM_FLEXIBLE), line(DINNER, minute=1080))
    room, dinner = [
        one["id"] for one in (await program.get(f"/v1/orders/{order}"))["bookings"][0]["lines"]
    ]
    preview = await program.get(f"/v1/orders/{order}/cancellation", lines=[dinner])
    assert preview["cancellation"]["lines"] == [dinner]
    await program.write(f"/v1/orders/{order}/cancellation", {"lines": [dinner]})
    await program.write(f"/v1/orders/{order}/confirmation", {"lines": [room]})
    assert (await program.get(f"/v1/orders/{order}"))["state"] == "confirmed"
    strange = await program.post(f"/v1/orders/{order}/cancellation", {"lines": [room, 999]})
    await program.refused(strange, 422, "line_not_found")


async def test_guests_are_served_and_pay_at_the_desk(program: Program, clock: SetClock) -> None:
    order = await paid_order(program, line(ROOM_FLEXIBLE, TODAY + timedelta(days=1)))
    early = await program.post(f"/v1/orders/{order}/fulfilment", {"method": "till"})
    await program.refused(early, 409, "service_not_begun")
    clock.forward(days=1, hours=8)
    served = await program.write(f"/v1/orders/{order}/fulfilment")
    assert (served["earned_minor"], served["paid_minor"]) == (50_000, 0)
    paid = await program.write(f"/v1/orders/{order}/collection", {"method": "card"})
    assert paid["paid_minor"] == 50_000
    again = await program.post(f"/v1/orders/{order}/collection", {"method": "card"})
    await program.refused(again, 409, "nothing_owed")
    assert (await program.get(f"/v1/orders/{order}"))["state"] == "fulfilled"


async def test_nobody_came(program: Program, clock: SetClock) -> None:
    order = await paid_order(program, line(ADMISSION, TODAY, quantity=2, minute=660))
    early = await program.post(f"/v1/orders/{order}/no-show")
    await program.refused(early, 409, "service_not_begun")
    clock.forward(hours=10)
    missed = await program.write(f"/v1/orders/{order}/no-show")
    assert (missed["fee_minor"], missed["refund_minor"]) == (16_000, 0)
    assert (await program.get(f"/v1/orders/{order}"))["state"] == "not_shown"


async def test_a_company_pays_for_its_guest_through_an_agent(program: Program) -> None:
    alone = await program.post("/v1/orders", {"customer_id": WANG, "lines": [line(ROOM_COMPANY)]})
    await program.refused(alone, 422, "payer_required")
    order = await program.order(
        line(ROOM_COMPANY), payer_id=ACME, agent_id=LOTUS_TRAVEL, channel="lotus"
    )
    seen = await program.get(f"/v1/orders/{order}")
    assert (seen["agent_id"], seen["channel"]) == (LOTUS_TRAVEL, "lotus")
    assert seen["bookings"][0]["payer_id"] == ACME


async def test_the_last_room_is_sold_once(program: Program) -> None:
    await program.order(line(ROOM_FLEXIBLE, quantity=4))
    await program.order(line(ROOM_PREPAID))
    answer = await program.post("/v1/orders", {"customer_id": WANG, "lines": [line(ROOM_FLEXIBLE)]})
    said = await program.refused(answer, 409, "exceeds_credits")
    assert said["missing"] == 1
    assert said["advice"]


async def test_a_hold_runs_out(program: Program, clock: SetClock) -> None:
    order = await program.order(line(ROOM_FLEXIBLE), hold_seconds=60)
    clock.forward(minutes=2)
    late = await program.post(f"/v1/orders/{order}/confirmation")
    await program.refused(late, 409, "pending_transfer_expired")


async def test_orders_are_listed_latest_first_page_by_page(
    program: Program, clock: SetClock
) -> None:
    orders = []
    for day in range(7):
        orders.append(await program.order(line(DUCK, DAY + timedelta(days=day))))
        if day % 2:
            clock.forward(minutes=1)
    seen, cursor = [], None
    while True:
        params = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = await program.get("/v1/orders", **params)
        assert len(page["items"]) <= 3
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == orders[::-1]


@pytest.fixture
async def three(program: Program, clock: SetClock) -> tuple[int, int, int]:
    """A room yesterday, confirmed; a duck and a dinner an hour ago; a duck now, cancelled."""
    room = await paid_order(program, line(ROOM_FLEXIBLE))
    clock.forward(days=1)
    both = await program.order(line(DUCK), line(DINNER, minute=1080))
    clock.forward(hours=1)
    duck = await program.order(line(DUCK))
    await program.write(f"/v1/orders/{duck}/cancellation")
    return room, both, duck


FOUND: list[tuple[dict[str, Any], str]] = [
    ({}, "210"),
    ({"state": "confirmed"}, "0"),
    ({"state": "held"}, "1"),
    ({"state": "cancelled"}, "2"),
    ({"state": "fulfilled"}, ""),
    ({"store": LANTERN_INN}, "10"),
    ({"store": LAKESIDE_GATE}, ""),
    ({"brand": DUCK_BRAND}, "21"),
    ({"brand": LANTERN_BRAND, "state": "held"}, "1"),
    ({"customer": WANG}, "210"),
    ({"customer": ACME}, ""),
    ({"placed_since": "2026-06-02T00:00:00Z"}, "21"),
    ({"placed_until": "2026-06-02T00:00:00+08:00"}, "0"),
    ({"placed_since": "2026-06-02T10:30:00+08:00"}, "2"),
]


async def test_orders_are_found_by(
    program: Program, three: tuple[int, int, int], subtests: pytest.Subtests
) -> None:
    for asked, found in FOUND:
        with subtests.test(asked=asked):
            page = await program.get("/v1/orders", **asked)
            assert [one["id"] for one in page["items"]] == [three[int(place)] for place in found]


async def test_an_order_in_a_list_says_where_and_how_it_stands(
    program: Program, three: tuple[int, int, int]
) -> None:
    _, both, _ = (await program.get("/v1/orders"))["items"][::-1]
    assert both["id"] == three[1]
    assert both["stores"] == [DUCK_SHOP, LANTERN_INN]
    assert both["state"] == "held"
    assert both["held_until"]


@pytest.mark.parametrize("name", ["store", "brand", "customer"])
async def test_a_list_for_something_unknown_is_refused(program: Program, name: str) -> None:
    answer = await program.client.get("/v1/orders", params={name: 999})
    await program.refused(answer, 422, f"{name}_not_found")


async def test_an_order_is_traced_through_the_five_flows(program: Program) -> None:
    order = await paid_order(program, line(ROOM_FLEXIBLE, nights=2), line(ADMISSION, minute=600))
    trace = await program.get(f"/v1/orders/{order}/trace")
    assert trace["state"] == "confirmed"
    flows = {one["flow"] for step in trace["steps"] for one in step["happenings"]}
    assert flows == {"customers", "merchants", "goods", "money", "information"}
    assert trace["ties"]
    assert all(one["holds"] for one in trace["ties"])
    known = {one["id"]: one for one in trace["transfers"]}
    for step in trace["steps"]:
        for figure in (one["figure"] for one in step["happenings"] if one["figure"]):
            moved = [known[id] for id in figure["transfers"]]
            assert sum(one["amount"] for one in moved) in (0, figure["amount"])
    deposits = [one for one in trace["balances"] if one["role"] == "deposits"]
    assert [(one["book"], one["balance"]) for one in deposits] == [(PLATFORM_ENTITY, -8_000)]
    answer = await program.client.get("/v1/orders/999/trace")
    await program.refused(answer, 404, "order_not_found")
