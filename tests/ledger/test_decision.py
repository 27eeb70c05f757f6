"""Every reply of the pure ledger is the one that an independent model predicts."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serai.ledger import RESULTS, STEP_RESULTS, Post, Void
from tests.ledger.auditor import Auditor, differences
from tests.ledger.pure import PureBooks, check
from tests.ledger.steps import moved, proposal
from tests.ledger.workload import BEGINNING, Chance, Seeded, Workload

MOMENT = timedelta(microseconds=1)
SEEDS_A_TEST = 100


class Drawn:
    """Decisions from bytes that Hypothesis draws, so that it can make a failure small."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = iter(drawn)

    def whole(self, least: int, most: int) -> int:
        """The drawn byte, or two, as a number of the range; `least` when nothing is left."""
        number = next(self._drawn, 0)
        if most - least > 255:
            number = number * 256 + next(self._drawn, 0)
        return least + number % (most - least + 1)


def play(chance: Chance, batches: int) -> Auditor:
    """Take batches by chance, each a little later, and compare every reply."""
    auditor, books = Auditor(), PureBooks()
    workload = Workload(chance, auditor)
    now: datetime = BEGINNING
    for _ in range(batches):
        # Often by whole seconds, so that deadlines are met to the moment.
        now += timedelta(seconds=chance.whole(1, 3)) if chance.whole(0, 2) else MOMENT
        proposals = [workload.proposal() for _ in range(chance.whole(0, 4))]
        outcomes = books.propose(proposals, now)
        auditor.expire(now)
        for proposed, outcome in zip(proposals, outcomes, strict=True):
            wrong = list(differences(auditor.expect(proposed, now), outcome))
            assert not wrong, f"{wrong} for {proposed}"
    check(books, auditor)
    return auditor


@settings(max_examples=1000, deadline=None, print_blob=True)
@given(st.binary(min_size=300, max_size=1500))
def test_every_reply_is_predicted(drawn: bytes) -> None:
    play(Drawn(drawn), batches=8)


@pytest.mark.parametrize("first_seed", range(0, 1000, SEEDS_A_TEST))
def test_every_reply_is_predicted_from_a_seed(first_seed: int) -> None:
    for seed in range(first_seed, first_seed + SEEDS_A_TEST):
        try:
            play(Seeded(seed), batches=30)
        except AssertionError as error:
            raise AssertionError(f"replay with play(Seeded({seed}), batches=30)") from error


def test_the_workload_meets_every_result() -> None:
    met = Counter(name for seed in range(400) for name in play(Seeded(seed), batches=30).replies)
    ours = {"committed", "replayed", "offer_closed", "key_reused", "chain_too_long"}
    assert met.keys() == ours | set(RESULTS) | set(STEP_RESULTS)


def test_the_oldest_pending_moves_on_when_all_before_it_have_ended() -> None:
    books = PureBooks()
    pendings = [moved(pending=True) for _ in range(3)]
    books.propose([proposal(*pendings)], BEGINNING + MOMENT)
    books.propose([proposal(Void(pending=2))], BEGINNING + 2 * MOMENT)
    assert books.fence.oldest_pending == 1
    books.propose([proposal(Post(pending=1))], BEGINNING + 3 * MOMENT)
    books.propose([proposal(moved())], BEGINNING + 4 * MOMENT)
    assert books.fence.oldest_pending == 3
    books.propose([proposal(Void(pending=3))], BEGINNING + 5 * MOMENT)
    books.propose([proposal(moved())], BEGINNING + 6 * MOMENT)
    assert books.fence.oldest_pending == books.fence.next_transfer - 1
