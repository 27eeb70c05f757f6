"""A figure that many watch is read once, not once for each of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Fresh(Generic[Value]):
    """What `read` yields, read again when it is older than `seconds` and somebody asks."""

    def __init__(self, read: Callable[[], Awaitable[Value]], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._value: Value
        self._read_at = float("-inf")
        self._turn = asyncio.Lock()

    async def get(self) -> Value:
        """The value, at most `seconds` old when it was asked for."""
        async with self._turn:
            began = time.monotonic()
            if began - self._read_at > self._seconds:
                self._value = await self._read()
                self._read_at = began
            return self._value

    def forget(self) -> None:
        """Whoever asks next has it read anew."""
        self._read_at = float("-inf")
