"""The search for offers: where, what, and for a day at which price and how many are left."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.program import DAY, Program, line
from tests.worlds import (
    ADMISSION,
    BOAT_TOUR,
    DINNER,
    DUCK,
    DUCK_BRAND,
    HANGZHOU,
    LAKESIDE_GATE,
    LANTERN_INN,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
)

ROOMS = [ROOM_FLEXIBLE, ROOM_PREPAID, ROOM_COMPANY]
ALL = [*ROOMS, DINNER, ADMISSION, BOAT_TOUR, DUCK]


async def found(program: Program, **asked: Any) -> list[int]:
    return [one["id"] for one in (await program.get("/v1/offers", **asked))["items"]]


async def offer(program: Program, id: int, **asked: Any) -> Any:
    """One offer of a search for the day of these tests."""
    items = (await program.get("/v1/offers", **{"day": DAY, **asked}))["items"]
    return next(one for one in items if one["id"] == id)


FOUND: list[tuple[dict[str, Any], list[int]]] = [
    ({}, ALL),
    ({"city": HANGZHOU}, ALL),
    ({"store": LANTERN_INN}, [*ROOMS, DINNER]),
    ({"brand": DUCK_BRAND}, [DUCK]),
    ({"brand": DUCK_BRAND, "store": LANTERN_INN}, []),
    ({"segment": "hotel"}, ROOMS),
    ({"segment": "dining"}, [DINNER]),
    ({"segment": "tour", "city": HANGZHOU}, [BOAT_TOUR]),
    ({"text": "GOOSE"}, [DINNER]),
    ({"text": "lakeside"}, [ADMISSION, BOAT_TOUR]),
    ({"text": "鸭"}, [DUCK]),
    ({"text": "杭州"}, ALL),
    ({"text": "100%"}, []),
    ({"text": "garden_room"}, []),
    ({"text": "'; DROP TABLE offers --"}, []),
]


async def test_offers_are_found_by(program: Program, subtests: pytest.Subtests) -> None:
    for asked, offers in FOUND:
        with subtests.test(asked=asked):
            assert await found(program, **asked) == offers


async def test_offers_come_page_by_page(program: Program) -> None:
    for asked in ({}, {"day": DAY}):
        seen, params = [], {"limit": 2, **asked}
        while True:
            page = await program.get("/v1/offers", **params)
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
        assert seen == ALL


async def test_without_a_day_there_is_a_lowest_price_and_no_availability(
    program: Program,
) -> None:
    first = (await program.get("/v1/offers"))["items"][0]
    assert first["from_minor"] == 50_000
    assert first["availability"] is None
    assert first["plan"]["guarantee"] == "card"
    answer = await program.client.get("/v1/offers", params={"nights": 2})
    await program.refused(answer, 422, "parameter_missing")


async def test_with_a_day_the_price_is_of_the_whole_request(program: Program) -> None:
    room = (await offer(program, ROOM_FLEXIBLE, nights=2, quantity=2))["availability"]
    assert room["amount_minor"] == 2 * (66_600 + 50_000)
    assert [one["service_date"] for one in room["charges"]] == [
        "2026-06-20", "2026-06-20", "2026-06-21", "2026-06-21",
    ]  # fmt: skip
    assert room["left"] == 5
    assert room["times"] == [
        {
            "minute": 0,
            "begins_at": "2026-06-20T15:00:00+08:00",
            "left": 5,
            "free_until": "2026-06-19T15:00:00+08:00",
        }
    ]


async def test_the_price_found_is_the_price_booked(program: Program) -> None:
    for id in ALL:
        if id == ROOM_COMPANY:  # for companies only
            continue
        there = (await offer(program, id))["availability"]
        asked = line(id, minute=there["times"][0]["minute"])
        order = await program.get(f"/v1/orders/{await program.order(asked)}")
        assert order["amount_minor"] == there["amount_minor"]


async def test_what_is_left_is_the_least_of_every_night(program: Program) -> None:
    await program.order(line(ROOM_FLEXIBLE, DAY + timedelta(days=1), quantity=3))
    assert (await offer(program, ROOM_FLEXIBLE))["availability"]["left"] == 5
    assert (await offer(program, ROOM_FLEXIBLE, nights=2))["availability"]["left"] == 2
    assert (await offer(program, ROOM_PREPAID, nights=2))["availability"]["left"] == 2


async def test_a_table_that_is_taken_is_missing_from_its_neighbours_too(
    program: Program,
) -> None:
    await program.order(line(DINNER, quantity=4, minute=1080))
    await program.order(line(DINNER, quantity=4, minute=1125))
    times = (await offer(program, DINNER, closed=True))["availability"]["times"]
    assert {one["minute"]: one["left"] for one in times} == {1080: 0, 1095: 0, 1110: 0, 1125: 0}
    assert DINNER not in await found(program, day=DAY)


async def test_what_cannot_be_sold_is_left_out_or_told_with_its_reason(program: Program) -> None:
    await program.order(line(ROOM_FLEXIBLE, quantity=5))
    open_offers = await found(program, day=DAY)
    assert not {*ROOMS} & {*open_offers}
    closed = (await offer(program, ROOM_FLEXIBLE, closed=True))["availability"]
    assert closed["left"] == 0
    assert closed["refused"]["refusal"] == "exceeds_credits"
    assert closed["refused"]["advice"]


CLOSED: list[tuple[int, dict[str, Any], str, str]] = [
    (DUCK, {"day": "2026-05-31"}, "date_in_the_past", "day"),
    (DUCK, {"day": "2031-01-01"}, "date_too_far", "day"),
    (DUCK, {"day": "9999-12-31"}, "date_too_far", "day"),
    (ROOM_FLEXIBLE, {"quantity": 21}, "quantity_out_of_range", "quantity"),
    (ROOM_FLEXIBLE, {"quantity": 6}, "exceeds_credits", "quantity"),
    (DINNER, {"minute": 600}, "time_not_offered", "minute"),
]


async def test_why_not(program: Program, subtests: pytest.Subtests) -> None:
    for id, asked, refusal, field in CLOSED:
        with subtests.test(asked=asked, refusal=refusal):
            assert id not in await found(program, **{"day": DAY, **asked})
            why = (await offer(program, id, closed=True, **asked))["availability"]["refused"]
            assert (why["refusal"], why["field"]) == (refusal, field)


async def test_a_time_narrows_the_search(program: Program) -> None:
    assert await found(program, day=DAY, minute=600, store=LAKESIDE_GATE) == [ADMISSION]
    times = (await offer(program, ADMISSION, minute=600))["availability"]["times"]
    assert [one["minute"] for one in times] == [600]


async def test_a_ticket_needs_both_its_day_and_its_window(program: Program) -> None:
    await program.order(line(ADMISSION, quantity=10, minute=600))
    times = (await offer(program, ADMISSION))["availability"]["times"]
    assert {one["minute"]: one["left"] for one in times} == {540: 10, 600: 0, 660: 10}


async def test_a_search_writes_nothing(program: Program) -> None:
    before = (await program.get("/health"))["position"]
    await found(program, day=date(2026, 12, 24), nights=30)
    assert (await program.get("/health"))["position"] == before
