"""The books with something in between: for tests of what goes wrong on the way to them."""

from collections.abc import Awaitable, Callable
from typing import Any

from serai.ledger import Books, Outcome, Proposal


class Between:
    """The real books; whoever inherits does something about what is proposed."""

    def __init__(self, books: Books) -> None:
        self._books = books

    async def propose(self, proposal: Proposal) -> Outcome:
        return await self._books.propose(proposal)

    @property
    def position(self) -> int:
        return self._books.position

    async def beyond(self, position: int) -> int:
        return await self._books.beyond(position)


class Away(Exception):
    """Whoever was to propose is gone."""


class LeavingAt(Between):
    """Something happens before each proposal with rows of a table; it may be `Away`."""

    def __init__(self, books: Books, table: str, before: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(books)
        self._table = table
        self._before = before

    async def propose(self, proposal: Proposal) -> Outcome:
        inserted = {one.table for one in proposal.inserts}
        if self._table in inserted | {one.table for one in proposal.changes}:
            await self._before()
        return await super().propose(proposal)
