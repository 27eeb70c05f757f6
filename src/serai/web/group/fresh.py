"""A figure that many watch is read once, not once for each of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Generic, TypeVar

from serai.core import DatabaseAway

Value = TypeVar("Value")

PATIENCE = 10
"""A patient reader takes a value that is so many times older than it should be."""


class Fresh(Generic[Value]):
    """What `read` yields, read again when it is older than `seconds` and somebody asks.

    Where `patient`, whoever asks then is still given the old one, while the new one is read.
    """

    def __init__(
        self, read: Callable[[], Awaitable[Value]], seconds: float, *, patient: bool = False
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._patient = patient
        self._value: Value
        self._read_at = float("-inf")
        self._turn = asyncio.Lock()
        self._behind: asyncio.Task[None] | None = None

    async def get(self) -> Value:
        """The value, fresh enough."""
        age_seconds = time.monotonic() - self._read_at
        if age_seconds <= self._seconds:
            return self._value
        if self._patient and age_seconds <= PATIENCE * self._seconds:
            if self._behind is None or self._behind.done():
                self._behind = asyncio.create_task(self._renew())
            return self._value
        async with self._turn:
            if time.monotonic() - self._read_at > self._seconds:
                await self._read_anew()
            return self._value

    def forget(self) -> None:
        """Whoever asks next has it read anew."""
        self._read_at = float("-inf")

    async def _read_anew(self) -> None:
        began = time.monotonic()
        self._value = await self._read()
        self._read_at = began

    async def _renew(self) -> None:
        with suppress(DatabaseAway):  # the old one serves until it is too old
            await self._read_anew()
