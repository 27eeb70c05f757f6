"""A database between two answers of which something happens: races, one after the other."""

from collections.abc import Awaitable, Callable

from serai.core import Database

NEVER = -1
"""After no read at all."""


class Interrupted(Database):
    """The same database, but for what happens after one of its answers."""

    def __init__(
        self, database: Database, after: int, happens: Callable[[], Awaitable[None]]
    ) -> None:
        vars(self).update(vars(database))
        self.reads = 0
        self._after = after
        self._happens = happens

    async def _fetch(self, *asked: object) -> tuple[tuple[str, ...], list[tuple[object, ...]]]:
        answer = await super()._fetch(*asked)  # type: ignore[arg-type]  # handed on as it came
        self.reads += 1
        if self.reads == self._after:
            await self._happens()
        return answer
