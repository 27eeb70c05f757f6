"""A database between two answers of which something happens: races, one after the other."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from serai.core import Database

Answer = TypeVar("Answer")

NEVER = -1
"""After no read at all."""


class Interruption:
    """What happens after so many reads, once."""

    def __init__(self, after: int, happens: Callable[[], Awaitable[None]]) -> None:
        self.reads = 0
        self._after = after
        self._happens = happens

    async def count(self) -> None:
        """One more was read."""
        self.reads += 1
        if self.reads == self._after:
            await self._happens()


class Interrupted(Database):
    """The same database, and the same for the patient, but for what happens after an answer."""

    def __init__(self, database: Database, interruption: Interruption) -> None:
        vars(self).update(vars(database))
        self._interruption = interruption

    async def _fetch(self, *asked: object) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        answer = await super()._fetch(*asked)  # type: ignore[arg-type]  # handed on as it came
        await self._interruption.count()
        return answer


async def ask_both(
    database: Database,
    one: Callable[[Database], Awaitable[Answer]],
    other: Callable[[], Awaitable[Answer]],
    after: int,
) -> tuple[Answer, Answer, int]:
    """Ask for one deed, with another one whole after so many of its reads: before it with 0, after
    it if there are fewer. What both were answered, and how often the first has read."""
    answers: list[Answer] = []

    async def happens() -> None:
        answers.append(await other())

    if after == 0:
        await happens()
    interruption = Interruption(after, happens)
    answer = await one(Interrupted(database, interruption))
    if not answers:
        await happens()
    return answer, answers[0], interruption.reads
