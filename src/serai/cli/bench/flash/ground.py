"""What every part does: it commits, and somebody orders now and then meanwhile."""

import asyncio
from collections.abc import Callable
from datetime import date
from itertools import count
from time import perf_counter

from serai.core import PostgresError, utc_now
from serai.ledger import Committed, Key, Proposal, Step, Writer

BUSINESS_DATE = date(2026, 6, 1)
ORDERS_A_SECOND = 50
"""So often somebody orders while something else goes on."""


async def commit(writer: Writer, operation: str, number: int, chain: tuple[Step, ...]) -> Committed:
    """Propose what cannot be refused."""
    outcome = await writer.propose(
        Proposal(
            key=Key("bench", operation, str(number)),
            effective=utc_now(), business_date=BUSINESS_DATE, chain=chain,
        )
    )  # fmt: skip
    if not isinstance(outcome, Committed):
        raise PostgresError(f"The books have refused {operation} {number}: {outcome}")
    return outcome


class Passers:
    """People who order one after the other at their own pace, however long they are kept waiting.

    Each order's time runs from the moment at which it was due, so that orders which wait behind a
    slow one count as slow too.
    """

    def __init__(self, writer: Writer, chain: Callable[[int], tuple[Step, ...]]) -> None:
        self._writer = writer
        self._chain = chain
        self._numbers = count(1)
        self._asked: list[asyncio.Task[float]] = []
        self._coming = asyncio.create_task(self._come(), name="passers")

    async def since(self) -> list[float]:
        """The seconds that each order has taken since the last time that this was asked."""
        asked, self._asked = self._asked, []
        return await asyncio.gather(*asked)

    async def leave(self) -> list[float]:
        """Order no more; the seconds of the last orders."""
        self._coming.cancel()
        return await self.since()

    async def _come(self) -> None:
        due = perf_counter()
        while True:
            self._asked.append(asyncio.create_task(self._order(next(self._numbers), due)))
            due += 1 / ORDERS_A_SECOND
            await asyncio.sleep(max(0.0, due - perf_counter()))

    async def _order(self, number: int, due: float) -> float:
        await commit(self._writer, "pass", number, self._chain(number))
        return perf_counter() - due
