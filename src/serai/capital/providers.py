"""Payment providers: what the platform asks of one, and the sandbox that stands in for a bank.

A provider may answer at once, later, more than once, or never; the flows take its answers in any
order. It is asked outside of any transaction.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from serai.capital.payments import Payment

Verdict = Literal["succeeded", "declined"]
Hear = Callable[[Verdict, str], Awaitable[None]]
"""Takes an answer: the verdict, and the provider's own reference for it."""

LATE_SECONDS = 4.0
VERY_LATE_SECONDS = 30.0

SANDBOX_TOKENS = ("succeeds", "declined", "pending", "late", "twice", "very-late")
"""`late` answers after some seconds, `very-late` after half a minute (time enough to cancel, or
for anything else to come first), `twice` says yes two times, `pending` never answers."""


class Provider(Protocol):
    """Moves money between customers and the collector."""

    async def ask(self, payment: Payment, hear: Hear) -> None:
        """Ask for a payment or refund; the same one asked again is not made twice."""


class Sandbox:
    """A provider that moves no money and answers as the token says; refunds always succeed."""

    async def ask(self, payment: Payment, hear: Hear) -> None:
        reference = f"sandbox-{payment.id}"
        token = "succeeds" if payment.kind == "refund" else payment.token
        match token:
            case "pending":
                return
            case "late":
                await asyncio.sleep(LATE_SECONDS)
                await hear("succeeded", reference)
            case "very-late":
                await asyncio.sleep(VERY_LATE_SECONDS)
                await hear("succeeded", reference)
            case "twice":
                await hear("succeeded", reference)
                await hear("succeeded", reference)
            case "succeeds":
                await hear("succeeded", reference)
            case _:
                await hear("declined", reference)
