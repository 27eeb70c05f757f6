"""The judge: what callers were told, held against what is there.

Every order that was acknowledged is there, none that was refused, each once; the first answer is
given again; and the audit finds the books whole.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Literal

from msgspec import Struct

from serai.cli.bench.faults.deeds import Answer, Cancel, Confirm, Deed, NoAnswer, Place, Way
from serai.cli.bench.faults.load import Note
from serai.cli.bench.faults.tables import ORDERS_OF_MARK, TIME_WENT_BACK, TOLD_TWICE
from serai.core import Database, open_database
from serai.flows import audit

Kind = Literal[
    "lost", "doubled", "unasked", "changed", "state", "unanswered", "out of balance", "time",
    "failed", "broken", "not back", "not fenced",
]  # fmt: skip
"""What can be wrong: an acknowledged order is not there, or twice; one is there that was refused
or never asked for; another answer under the same key; an order in a state that nobody was told;
a question that stays without answer; books that are not whole; recorded time that went back; an
internal error; a connection broken by a platform that stood; a platform that did not come back;
a writer that went on after another one had taken over."""

RESOLVE_SECONDS = 60.0
PATIENCE_SECONDS = 10.0
AGAIN_SECONDS = 0.03
ASKED_AGAIN = 30
READ_AGAIN = 60

STATES: dict[type[Deed], frozenset[str]] = {
    Place: frozenset({"held", "expired"}),
    Confirm: frozenset({"paying", "confirmed"}),
    Cancel: frozenset({"cancelled"}),
}
"""The states that an order may be in after the last of its deeds that was done."""


class Flaw(Struct, frozen=True):
    """Something that must not be."""

    kind: Kind
    says: str


class _Kept(Struct, frozen=True):
    mark: str
    order_id: int
    amount_minor: int | None
    states: tuple[str, ...]
    whole: bool | None


class _Twice(Struct, frozen=True):
    order_id: int
    what: str
    times: int


async def resolve(notes: Sequence[Note]) -> None:
    """Ask again, under the same keys, for all that had no answer, until there is one."""
    for note in notes:
        if note.answer is None:
            await _ask(note, RESOLVE_SECONDS)


async def judge(
    url: str, mark: str, notes: Sequence[Note], way: Way, chance: random.Random
) -> list[Flaw]:
    """Everything that is wrong with what callers were told; `url` is a way into the database,
    `mark` what the marks of their orders begin with, `way` a way to read them."""
    flaws = [*await _ask_again(notes, chance), *_unanswered(notes)]
    async with open_database(url) as database:
        flaws += await _judge_orders(database, mark, notes)
        flaws += [
            Flaw("doubled", f"order {row.order_id}: {row.what} {row.times} times")
            for row in await database.all(_Twice, TOLD_TWICE, pattern=f"{mark}-%")
        ]
        flaws += [Flaw("time", what) for what in await database.column(TIME_WENT_BACK)]
    flaws += await _read_again(notes, way, chance)
    for finding in await audit(url):
        if finding.failed:
            first = "; ".join(finding.failures[:3])
            flaws.append(Flaw("out of balance", f"{finding.invariant}: {finding.failed}: {first}"))
    return flaws


async def _ask(note: Note, timeout_seconds: float) -> str:
    """Ask on the way that a deed was asked on first: keys are scoped by who asks. Tells why there
    was no answer; nothing when there was one."""
    until = perf_counter() + timeout_seconds
    while True:
        try:
            note.heard.append(await note.way.ask(note.deed))
            return ""
        except NoAnswer as none:
            if perf_counter() > until:
                return str(none)
            await asyncio.sleep(AGAIN_SECONDS)


async def _ask_again(notes: Sequence[Note], chance: random.Random) -> list[Flaw]:
    """The same keys once more."""
    flaws = []
    answered = [note for note in notes if note.answer is not None]
    for note in chance.sample(answered, min(ASKED_AGAIN, len(answered))):
        none = await _ask(note, PATIENCE_SECONDS)
        if none:
            flaws.append(Flaw("unanswered", f"{note.deed.key}, {note.heard[0]}: {none}"))
    return flaws + [
        Flaw("changed", f"{note.deed.key}: first {note.heard[0]}, then {later}")
        for note in answered
        for later in note.heard[1:]
        if not later.is_like(note.heard[0])
    ]


def _unanswered(notes: Sequence[Note]) -> Iterator[Flaw]:
    for note in notes:
        if note.answer is None:
            yield Flaw("unanswered", note.deed.key)


async def _judge_orders(database: Database, mark: str, notes: Sequence[Note]) -> list[Flaw]:
    rows = await database.all(_Kept, ORDERS_OF_MARK, pattern=f"{mark}-%")
    there: dict[str, list[_Kept]] = defaultdict(list)
    for row in rows:
        there[row.mark].append(row)
    flaws: list[Flaw] = []
    expected = _expected_states(notes)
    for note in notes:
        if isinstance(note.deed, Place) and note.answer is not None:
            found = there.pop(note.deed.mark, [])
            flaws += _judge_order(note.deed.mark, note.answer, found, expected)
    unasked = {row.order_id: name for name, found in there.items() for row in found}
    flaws += [Flaw("unasked", f"order {id} under {name}") for id, name in unasked.items()]
    return flaws


def _judge_order(
    mark: str, answer: Answer, found: Sequence[_Kept], expected: dict[int, frozenset[str]]
) -> Iterator[Flaw]:
    if not answer.done:
        for row in found:
            yield Flaw("unasked", f"{mark} was refused ({answer.refusal}); order {row.order_id}")
        return
    if len(found) > 1:
        yield Flaw("doubled", f"{mark}: orders {[row.order_id for row in found]}")
    own = next((row for row in found if row.order_id == answer.order_id), None)
    if own is None or own.amount_minor is None or not own.whole:
        yield Flaw("lost", f"{mark}: order {answer.order_id}, found {own}")
    elif own.amount_minor != answer.amount_minor:
        yield Flaw("changed", f"{mark}: {answer.amount_minor} is now {own.amount_minor}")
    elif not expected[answer.order_id] >= set(own.states):
        yield Flaw(
            "state",
            f"{mark}: order {own.order_id} is {own.states}, not {sorted(expected[own.order_id])}",
        )


def _expected_states(notes: Sequence[Note]) -> dict[int, frozenset[str]]:
    """What each acknowledged order may be, by the last of its deeds that was done; the deeds of
    one order were asked for one after the other."""
    expected: dict[int, frozenset[str]] = {}
    for note in notes:
        if note.answer is not None and note.answer.done:
            expected[note.answer.order_id] = STATES[type(note.deed)]
    return expected


async def _read_again(notes: Sequence[Note], way: Way, chance: random.Random) -> list[Flaw]:
    """What whoever asks for an order is told."""
    placed = [
        note.answer
        for note in notes
        if isinstance(note.deed, Place) and note.answer is not None and note.answer.done
    ]
    expected = _expected_states(notes)
    flaws = []
    for answer in chance.sample(placed, min(READ_AGAIN, len(placed))):
        try:
            told = await way.read(answer.order_id)
        except NoAnswer as none:
            flaws.append(Flaw("lost", f"order {answer.order_id} cannot be read: {none}"))
            continue
        if told is None or told.amount_minor != answer.amount_minor:
            flaws.append(Flaw("lost", f"order {answer.order_id} is told as {told}"))
        elif told.state not in expected[answer.order_id]:
            flaws.append(Flaw("state", f"order {answer.order_id} is told as {told.state}"))
    return flaws
