"""Callers who order, confirm and cancel, and a record of all that they asked and heard.

A caller asks until there is an answer, always under the same key, and then goes on.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise
from time import perf_counter
from types import TracebackType

from serai.cli.bench.faults.deeds import Answer, Cancel, Confirm, Deed, NoAnswer, Place, Way
from serai.cli.bench.faults.founding import Inn
from serai.merchants import Wanted

SHORT_HOLD_SECONDS = 1
USUAL_HOLD_SECONDS = 900
DAYS_A_ROUND = 3
AGAIN_SECONDS = 0.03
LONGEST_PAUSE_SECONDS = 0.03
LAST_CALL_SECONDS = 60.0
"""Longer than any way waits for an answer."""


class Note:
    """A deed, the way it was asked on, and everything that was heard of it."""

    __slots__ = ("deed", "heard", "unsure", "way")

    def __init__(self, deed: Deed, way: Way) -> None:
        self.deed = deed
        self.way = way
        self.heard: list[Answer] = []
        self.unsure = False
        """Whether it was asked once without an answer, and may have been done."""

    @property
    def answer(self) -> Answer | None:
        """The first answer, which every later one must be like."""
        return self.heard[0] if self.heard else None


class Load:
    """As many callers as there are ways, busy until the end of the block."""

    def __init__(
        self, inn: Inn, mark: str, ways: Sequence[Way], chance: random.Random, first_day: date
    ) -> None:
        self.mark = mark
        self.notes: list[Note] = []
        self.silences: Counter[str] = Counter()
        self.failures: list[str] = []
        self._inn = inn
        self._first_day = first_day
        self._ways = ways
        self._chances = [random.Random(chance.random()) for _ in ways]
        self._answered: list[float] = []
        self._stopping = False
        self._heard = asyncio.Event()
        self._calling: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Load":
        self._calling = [asyncio.create_task(self._call(n)) for n in range(len(self._ways))]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        """Let the callers finish what they ask; a round that failed does not wait for them."""
        self._stopping = True
        if kind is not None:
            for task in self._calling:
                task.cancel()
        done, late = await asyncio.wait(self._calling, timeout=LAST_CALL_SECONDS)
        for task in late:
            task.cancel()
        if kind is None:
            for task in done:
                task.result()

    async def hears(self, count: int, timeout_seconds: float) -> bool:
        """Wait for so many more answers; whether they came in time."""
        wanted = len(self._answered) + count
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while len(self._answered) < wanted:
                    self._heard.clear()
                    await self._heard.wait()
        return len(self._answered) >= wanted

    async def falls_silent(self, seconds: float, timeout_seconds: float) -> None:
        """Wait until nobody has been answered for so long, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while await self.hears(1, seconds):
                    pass

    def silence(self, since: float) -> float:
        """The longest time without any answer from `since` on, in seconds."""
        heard = [since, *(one for one in self._answered if one > since)]
        return max((after - before for before, after in pairwise(heard)), default=0.0)

    async def _call(self, number: int) -> None:
        way, chance = self._ways[number], self._chances[number]
        count = 0
        while not self._stopping:
            count += 1
            placed = await self._insist(way, self._order(chance, f"{self.mark}-{number}-{count}"))
            if placed is not None and placed.done:
                await self._go_on(way, chance, placed.order_id, f"{self.mark}-{number}-{count}")
            await asyncio.sleep(LONGEST_PAUSE_SECONDS * chance.random())

    async def _go_on(self, way: Way, chance: random.Random, order_id: int, key: str) -> None:
        """Some orders are confirmed, some cancelled, some both, some neither."""
        answer: Answer | None = Answer(True)
        if chance.random() < 0.6:
            answer = await self._insist(way, Confirm(f"{key}-confirm", order_id))
        if answer is not None and chance.random() < 0.3 and not self._stopping:
            await self._insist(way, Cancel(f"{key}-cancel", order_id))

    async def _insist(self, way: Way, deed: Deed) -> Answer | None:
        """Ask until there is an answer, or until it is time to stop."""
        note = Note(deed, way)
        self.notes.append(note)
        while True:
            try:
                answer = await way.ask(deed)
            except NoAnswer as none:
                self.silences[none.why] += 1
                note.unsure |= none.why != "closed"
                if none.why == "failed":
                    self.failures.append(f"{deed.key}: {none}")
                if self._stopping:
                    return None
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            note.heard.append(answer)
            self._answered.append(perf_counter())
            self._heard.set()
            return answer

    def _order(self, chance: random.Random, mark: str) -> Place:
        return Place(
            key=mark,
            mark=mark,
            guest_id=self._inn.guest_id,
            lines=tuple(self._line(chance) for _ in range(chance.choice((1, 1, 2, 3)))),
            hold_seconds=SHORT_HOLD_SECONDS if chance.random() < 0.1 else USUAL_HOLD_SECONDS,
        )

    def _line(self, chance: random.Random) -> Wanted:
        shelved = chance.choice(self._inn.shelf)
        return Wanted(
            offer_id=shelved.offer_id,
            first_day=self._first_day + timedelta(days=chance.randrange(DAYS_A_ROUND)),
            quantity=chance.choice((1, 1, 2)),
            nights=chance.randint(1, shelved.most_nights) if shelved.most_nights else 1,
            minute=chance.choice(shelved.minutes),
        )
