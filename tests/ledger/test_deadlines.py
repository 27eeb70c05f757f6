"""Deadlines of pending transfers, against a list that is sorted each time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from serai.ledger import NOTHING, Pending
from serai.ledger.deadlines import Deadlines
from tests.ledger.steps import account

BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)


@given(
    seconds=st.lists(st.integers(0, 5), max_size=40),
    ended=st.sets(st.integers(0, 39)),
    tidied=st.booleans(),
)
def test_they_come_in_order_and_what_has_ended_is_passed_over(
    seconds: list[int], ended: set[int], tidied: bool
) -> None:
    deadlines = Deadlines(spare=0)
    open_ones = {id: None for id in range(len(seconds)) if id not in ended}
    for id, second in enumerate(seconds):
        deadline = BEGINNING + timedelta(seconds=second)
        deadlines.add(Pending(id, account("a"), account("b"), 1, deadline, NOTHING))
    if tidied:
        deadlines.tidy(open_ones)
    told = []
    while (first := deadlines.first(open_ones)) is not None:
        told.append((first.deadline, first.id))
        deadlines.take()
    assert told == sorted((BEGINNING + timedelta(seconds=seconds[id]), id) for id in open_ones)
