"""A database between two answers of which something happens: races, one after the other."""

from collections.abc import Awaitable, Callable

from serai.core import Database

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
