"""Pairs of deeds: each is tried with the other whole after each of its reads, and before and after
it. What is found in between is what is found before or after, or it is named."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from tests.interrupted import NEVER

Act = Callable[..., Awaitable[Any]]
Tried = Callable[[Act, Act, int], Awaitable[tuple[object, int]]]
"""What comes of the first deed with the second one whole after so many of its reads (before it
with 0; after it if there are fewer), and how often the first has read."""


class Pairs:
    """What was tried, and what was otherwise than one after the other."""

    def __init__(self) -> None:
        self.pairs = 0
        self.interruptions = 0
        self.wrong: list[str] = []

    async def of(self, some: Iterable[Act], others: Sequence[Act], tried: Tried) -> "Pairs":
        """Try every one of some deeds interrupted by every one of others."""
        for one in some:
            for other in others:
                await self._one(one, other, tried)
        return self

    async def _one(self, one: Act, other: Act, tried: Tried) -> None:
        self.pairs += 1
        before, reads = await tried(one, other, 0)
        after, more_reads = await tried(one, other, NEVER)
        assert min(reads, more_reads) > 0
        for number in range(1, max(reads, more_reads) + 1):
            self.interruptions += 1
            found, _ = await tried(one, other, number)
            if found not in (before, after):
                self.wrong.append(
                    f"{other.__name__} after read {number} of {one.__name__}: {found}, which is "
                    f"neither {before} nor {after}"
                )

    def __str__(self) -> str:
        return f"{self.pairs} pairs of deeds, {self.interruptions} interruptions"
