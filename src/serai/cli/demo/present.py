"""The sandbox as the demo has it: the past's payments are answered by whoever plays the past."""

import asyncio
from datetime import datetime

from serai.capital import Hear, Payment, Sandbox


class Present:
    """Answers at once for payments from `begins` on, and for older ones once the past is in.

    By then the past has answered its own payments, at their own dates; to be told again changes
    nothing. What an earlier run of the demo has left open is answered now.
    """

    def __init__(self, begins: datetime) -> None:
        self._begins = begins
        self._past_is_in = asyncio.Event()
        self._sandbox = Sandbox()

    def begin(self) -> None:
        """Say that the past is in."""
        self._past_is_in.set()

    async def ask(self, payment: Payment, hear: Hear) -> None:
        if payment.asked_at < self._begins:
            await self._past_is_in.wait()
        await self._sandbox.ask(payment, hear)
