"""What cannot be asked for is refused by name, and nothing is half-written."""

from datetime import date
from typing import Any

import msgspec
import pytest

from serai.core import MOST_AMOUNT_MINOR, MOST_PRICE_MINOR, Refusal
from serai.flows import Party, book, cancel, confirm, enter, fulfil, no_show
from serai.flows.book import LONGEST_HOLD_SECONDS, MOST_LINES
from serai.merchants import Offer, Price, Wanted, read_offers
from tests.flows.clock import SetClock, at
from tests.flows.desk import CARD, STAY, WANG_AT_WEB, Desk, done, refused, want
from tests.flows.statement import money
from tests.flows.test_replays import everything
from tests.worlds import (
    ADMISSION,
    DINNER,
    DUCK,
    FAR_OFF,
    LANTERN_INN,
    LISBON_ROOM,
    LONG_AGO,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
    TEA_TABLE,
    WANG,
)

HUGE = 2**70
BAD_LINES: dict[str, tuple[tuple[Wanted, ...], str, str]] = {
    "no lines": ((), "lines_out_of_range", "lines"),
    "too many lines": ((want(DUCK),) * (MOST_LINES + 1), "lines_out_of_range", "lines"),
    "an unknown offer": ((want(DUCK), want(7)), "offer_not_found", "lines[1].offer_id"),
    "a negative offer": ((want(-1),), "offer_not_found", "lines[0].offer_id"),
    "an offer beyond all numbers": ((want(HUGE),), "offer_not_found", "lines[0].offer_id"),
    "nothing": ((want(DUCK, quantity=0),), "quantity_out_of_range", "lines[0].quantity"),
    "less than nothing": ((want(DUCK, quantity=-3),), "quantity_out_of_range", "lines[0].quantity"),
    "more than there can be": (
        (want(DUCK, quantity=HUGE),), "quantity_out_of_range", "lines[0].quantity",
    ),
    "no night": ((want(ROOM_PREPAID, nights=0),), "length_out_of_range", "lines[0].nights"),
    "a negative stay": ((want(ROOM_PREPAID, nights=-1),), "length_out_of_range", "lines[0].nights"),
    "a life": ((want(ROOM_PREPAID, nights=HUGE),), "length_out_of_range", "lines[0].nights"),
    "too many room-nights": (
        (want(ROOM_PREPAID, nights=80, quantity=5),), "quantity_out_of_range", "lines[0].quantity",
    ),
    "a stay that no step could charge": (
        (want(ROOM_PREPAID, nights=60),), "chain_too_long", "lines",
    ),
    "yesterday": (
        (want(ROOM_PREPAID, date(2026, 5, 31)),), "date_in_the_past", "lines[0].first_day",
    ),
    "the first day of all": (
        (want(ROOM_PREPAID, date.min),), "date_in_the_past", "lines[0].first_day",
    ),
    "the last day of all": ((want(ROOM_PREPAID, date.max),), "date_too_far", "lines[0].first_day"),
    "a time nobody offers": ((want(DINNER, minute=1081),), "time_not_offered", "lines[0].minute"),
    "a negative time": ((want(DUCK, minute=-1),), "time_not_offered", "lines[0].minute"),
    "a time beyond the day": ((want(DUCK, minute=1440),), "time_not_offered", "lines[0].minute"),
    "an hour ago": (
        (want(ADMISSION, date(2026, 6, 1), minute=540),), "date_in_the_past", "lines[0].minute",
    ),
    "two currencies": ((want(DUCK), want(LISBON_ROOM)), "mixed_currencies", "lines"),
    "a company's rate for a person": ((want(ROOM_COMPANY),), "payer_required", "payer_id"),
    "six rooms of five": ((want(ROOM_PREPAID, quantity=6),), "exceeds_credits", ""),
    "three lines of two rooms": (
        (want(ROOM_PREPAID, quantity=2),) * 3, "exceeds_credits", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_LINES)
async def test_lines_that_cannot_be_sold(desk: Desk, case: str) -> None:
    wanted, name, field = BAD_LINES[case]
    before = await everything(desk.house.database)
    answer = await book(desk.house, desk.by(), WANG_AT_WEB, wanted)
    assert refused(answer) == name
    assert isinstance(answer, Refusal)
    assert answer.field == field
    _assert_only_an_answer(before, await everything(desk.house.database))


BAD_PARTIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown customer": ({"customer_id": 7}, "customer_not_found", "customer_id"),
    "no customer": ({"customer_id": 0}, "customer_not_found", "customer_id"),
    "a customer beyond all numbers": (
        {"customer_id": HUGE}, "customer_not_found", "customer_id",
    ),
    "an unknown payer": ({"payer_id": 7}, "customer_not_found", "payer_id"),
    "an unknown agent": ({"agent_id": 7}, "customer_not_found", "agent_id"),
    "nobody": ({"adults": 0}, "party_out_of_range", "adults"),
    "fewer than nobody": ({"adults": 3, "children": -1}, "party_out_of_range", "adults"),
    "negative babies": ({"babies": -1}, "party_out_of_range", "adults"),
    "a city": ({"adults": 400, "children": 101}, "party_out_of_range", "adults"),
    "an endless name": ({"guest_name": "王" * 201}, "text_out_of_range", "guest_name"),
    "a name that ends the text": ({"guest_name": "Wang\x00"}, "text_out_of_range", "guest_name"),
    "half a character": ({"guest_name": "Wang \ud800"}, "text_out_of_range", "guest_name"),
    "a name that turns": ({"guest_name": "Wang\u202e"}, "text_out_of_range", "guest_name"),
    "a channel of several lines": ({"channel": "web\nroot"}, "text_out_of_range", "channel"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PARTIES)
async def test_parties_that_cannot_come(desk: Desk, case: str) -> None:
    more, name, field = BAD_PARTIES[case]
    party = msgspec.structs.replace(WANG_AT_WEB, **more)
    before = await everything(desk.house.database)
    answer = await book(desk.house, desk.by(), party, (want(DUCK),))
    assert refused(answer) == name
    assert isinstance(answer, Refusal)
    assert answer.field == field
    _assert_only_an_answer(before, await everything(desk.house.database))


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_HOLD_SECONDS + 1, HUGE])
async def test_holds_that_are_no_holds(desk: Desk, seconds: int) -> None:
    answer = await book(desk.house, desk.by(), WANG_AT_WEB, (want(DUCK),), hold_seconds=seconds)
    assert refused(answer) == "hold_out_of_range"


async def test_a_name_may_be_in_any_script(desk: Desk) -> None:
    party = msgspec.structs.replace(WANG_AT_WEB, guest_name="王\u3000敏 Ünal O’Hara 😀")
    booked = await desk.book(want(DUCK), party=party)
    assert (await desk.file(booked.order_id)).bookings[0].guest_name == party.guest_name


@pytest.mark.parametrize("order", [0, -1, 7, 2**63 - 1, 2**63, HUGE])
async def test_orders_that_nobody_has(desk: Desk, order: int) -> None:
    house, by = desk.house, desk.by()
    for deed in (confirm, cancel, fulfil, no_show):
        assert refused(await deed(house, by, order)) == "order_not_found"


@pytest.mark.parametrize("lines", [frozenset(), frozenset({7}), frozenset({-1}), frozenset({HUGE})])
async def test_lines_that_an_order_has_not(desk: Desk, lines: frozenset[int]) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID))
    (room,) = await desk.lines(order)
    for deed in (confirm, cancel, fulfil, no_show):
        for asked in (lines, lines | {room.id} if lines else lines):
            answer = await deed(desk.house, desk.by(), order, lines=asked)
            assert refused(answer) == "line_not_found"
    assert await desk.states(order) == ["confirmed"]


def priced(price: int) -> Offer:
    return Offer(
        id=500, store_id=LANTERN_INN, product_id=71, plan_id=81, currency="CNY",
        prices=(Price(amount_minor=price),), since=LONG_AGO, until=FAR_OFF,
    )  # fmt: skip


@pytest.mark.parametrize("price", [-1, MOST_PRICE_MINOR + 1, 2**63 - 1, 2**80])
async def test_prices_that_nothing_has(desk: Desk, price: int) -> None:
    answer = await enter(desk.house, desk.by(), (priced(price),))
    assert refused(answer) == "price_out_of_range"
    assert not await read_offers(desk.house.database, [500])


async def test_an_order_for_more_than_any_may_come_to(desk: Desk) -> None:
    done(await enter(desk.house, desk.by(), (priced(MOST_PRICE_MINOR),)))
    most = MOST_AMOUNT_MINOR // MOST_PRICE_MINOR // 2
    lines = tuple(want(500, quantity=2, minute=1110) for _ in range(most + 1))
    assert refused(await book(desk.house, desk.by(), WANG_AT_WEB, lines)) == "amount_out_of_range"
    done(await book(desk.house, desk.by(), WANG_AT_WEB, lines[:1]))


async def test_what_costs_nothing_is_confirmed_without_a_payment(
    desk: Desk, clock: SetClock
) -> None:
    offer = Offer(
        id=500, store_id=LANTERN_INN, product_id=71, plan_id=81, currency="CNY",
        prices=(Price(amount_minor=0),), since=LONG_AGO, until=FAR_OFF,
    )  # fmt: skip
    done(await enter(desk.house, desk.by(), (offer,)))
    booked = await desk.book(want(500, quantity=2, minute=1110))
    assert booked.amount_minor == 0
    assert (await desk.ask(booked.order_id)).state == "confirmed"
    clock.set(at(20, 19))
    await desk.fulfil(booked.order_id, "till")
    gone = await desk.confirmed(want(500, date(2026, 6, 25), minute=1110))
    assert (await desk.cancel(gone)).refund_minor == 0
    missed = await desk.confirmed(want(500, date(2026, 6, 25), minute=1110))
    clock.set(at(25, 22))
    assert (await desk.no_show(missed)).fee_minor == 0
    assert await money(desk.house.database) == {}


async def test_a_persons_bill_is_not_put_on_a_companys_account(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(21, 10))
    answer = await fulfil(desk.house, desk.by(), order, method="company")
    assert refused(answer) == "payer_required"
    await desk.fulfil(order, "till")


async def test_a_store_that_does_not_trade_sells_nothing(desk: Desk) -> None:
    early = await book(
        desk.house, desk.by(), WANG_AT_WEB, (want(TEA_TABLE, date(2019, 6, 1), minute=600),),
        at=at(1).replace(year=2019),
    )  # fmt: skip
    assert refused(early) == "offer_closed"
    offer = Offer(
        id=500, store_id=LANTERN_INN, product_id=71, plan_id=81, currency="CNY",
        prices=(Price(amount_minor=100),), since=date(2018, 1, 1), until=FAR_OFF,
    )  # fmt: skip
    done(await enter(desk.house, desk.by(), (offer,)))
    early = await book(
        desk.house, desk.by(), WANG_AT_WEB, (want(500, date(2019, 6, 1), minute=1110),),
        at=at(1).replace(year=2019),
    )  # fmt: skip
    assert refused(early) == "store_not_trading"


async def test_the_largest_order_can_be_served_in_one_step(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=56))
    clock.set(at(16, 11, month=8))
    fulfilled = await desk.fulfil(order)
    assert fulfilled.earned_minor == 56 * 45_000


async def test_forty_lines_are_one_order(desk: Desk, clock: SetClock) -> None:
    order = await desk.confirmed(*(want(DUCK),) * MOST_LINES)
    clock.set(at(20, 11))
    await desk.fulfil(order)
    assert await desk.states(order) == ["fulfilled"] * MOST_LINES


async def test_a_party_may_be_someone_elses_guest(desk: Desk) -> None:
    party = Party(customer_id=WANG, payer_id=WANG, channel="agent", agent_id=202, adults=0,
                  children=2)  # fmt: skip
    booked = await desk.book(want(ROOM_FLEXIBLE, STAY), party=party)
    assert done(await confirm(desk.house, desk.by(), booked.order_id, means=CARD)).payments == ()


def _assert_only_an_answer(before: dict[str, str], after: dict[str, str]) -> None:
    """Nothing but the refusal was written, under its key."""
    assert {table for table in before if before[table] != after[table]} == {"keys", "fence"}
