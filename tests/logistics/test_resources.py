"""How much of a resource there is when, and what a line takes of it."""

from datetime import date

import pytest

from serai.core import slot_of
from serai.ledger import NOTHING, Opening, Transfer
from serai.logistics import (
    CapacityRule,
    Need,
    Resource,
    SlotPattern,
    capacity,
    consume,
    forfeit,
    give_back,
    hold,
    sell,
    slots,
)

MONDAY, SATURDAY = date(2026, 6, 1), date(2026, 6, 6)
RENOVATION = date(2026, 6, 15)
TABLES = Resource(
    id=61, store_id=50, code="t", name_en="Tables", name_zh="桌", kind="table",
    calendar=(
        CapacityRule(quantity=10, from_minute=690, until_minute=1320),
        CapacityRule(quantity=14, weekdays=(5, 6), from_minute=690, until_minute=1320),
        CapacityRule(quantity=0, since=RENOVATION, until=date(2026, 6, 22)),
    ),
)  # fmt: skip
DUCKS = Resource(
    id=65, store_id=52, code="d", name_en="Ducks", name_zh="鸭", kind="stock",
    calendar=(CapacityRule(quantity=30), CapacityRule(quantity=50)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "minute", "quantity"),
    [
        (MONDAY, 689, 0),
        (MONDAY, 690, 10),
        (MONDAY, 1319, 10),
        (MONDAY, 1320, 0),
        (SATURDAY, 690, 14),
        (date(2026, 6, 14), 720, 14),
        (RENOVATION, 720, 0),
        (date(2026, 6, 21), 720, 0),
        (date(2026, 6, 22), 720, 10),
    ],
)
def test_the_last_rule_that_fits_a_slot_says_how_many(
    day: date, minute: int, quantity: int
) -> None:
    assert capacity(TABLES, slot_of(day, minute)) == quantity


def test_stock_has_no_calendar() -> None:
    assert capacity(DUCKS, 0) == 50


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("nights", [slot_of(MONDAY), slot_of(date(2026, 6, 2)), slot_of(date(2026, 6, 3))]),
        ("span", [slot_of(MONDAY, 1110), slot_of(MONDAY, 1125)]),
        ("day", [slot_of(MONDAY)]),
        ("entry", [slot_of(MONDAY, 1110)]),
        ("stock", [0]),
    ],
)
def test_a_lines_times_become_slots(pattern: SlotPattern, expected: list[int]) -> None:
    assert list(slots(pattern, slot_of(MONDAY, 1110), 3, 2)) == expected


def test_a_hold_opens_slots_that_have_something_and_moves_what_is_needed() -> None:
    needs = (Need(61, "table", 1, 2, 10), Need(61, "table", 2, 2, 0))
    chain = hold(11, needs, NOTHING, timeout_seconds=900)
    opening, first, second = chain
    assert isinstance(opening, Opening)
    assert (opening.account.slot, opening.amount, opening.source.role) == (1, 10, "source")
    for step, slot in ((first, 1), (second, 2)):
        assert isinstance(step, Transfer)
        assert (step.debit.role, step.debit.slot, step.debit.limit) == ("available", slot, "debits")
        assert (step.credit.role, step.amount) == ("sold", 2)
        assert (step.pending, step.timeout_seconds) == (True, 900)


def test_what_was_sold_goes_one_of_three_ways() -> None:
    needs = (Need(61, "table", 1, 2, 10),)
    ways = {
        sell: ("available", "sold"), consume: ("sold", "consumed"),
        forfeit: ("sold", "forfeited"), give_back: ("sold", "available"),
    }  # fmt: skip
    for way, roles in ways.items():
        *_, moved = way(11, needs, NOTHING)
        assert isinstance(moved, Transfer)
        assert (moved.debit.role, moved.credit.role) == roles
        assert not moved.pending
