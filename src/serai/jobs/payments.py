"""Asks payment providers for what the flows have asked, and takes their answers."""

import asyncio
from collections.abc import Mapping

import structlog

from serai.capital import Payment, Provider, Sandbox, Verdict, payments_asked
from serai.cloud import PLATFORM
from serai.core import DatabaseAway, Refusal
from serai.flows import Answered, By, House, answer_payment

PROVIDERS: Mapping[str, Provider] = {"sandbox": Sandbox()}
AWAY_SECONDS = 1.0

_log = structlog.get_logger()


async def ask_providers(house: House, providers: Mapping[str, Provider] = PROVIDERS) -> None:
    """Ask for every payment and refund that waits, as they come, until cancelled.

    After a restart all that have no answer are asked for again, which a provider takes as one.
    """
    last_payment, position = 0, 0
    async with asyncio.TaskGroup() as asked:
        while True:
            try:
                waiting = await payments_asked(house.database, last_payment)
                for payment in waiting:
                    asked.create_task(_ask(house, providers, payment))
                    last_payment = payment.id
                if not waiting:
                    position = await house.books.beyond(position)
            except DatabaseAway:
                await asyncio.sleep(AWAY_SECONDS)  # it may come back


async def _ask(house: House, providers: Mapping[str, Provider], payment: Payment) -> None:
    provider = providers.get(payment.provider)
    heard = 0

    async def hear(verdict: Verdict, reference: str) -> None:
        nonlocal heard
        heard += 1
        by = By(PLATFORM, f"{payment.id}:{reference}:{heard}")
        answered = await _answer(house, by, payment, verdict, reference)
        if isinstance(answered, Refusal):
            _log.warning("payment_answer_refused", payment=payment.id, refusal=answered.name)

    if provider is None:
        await hear("declined", "no-such-provider")
    else:
        await provider.ask(payment, hear)


async def _answer(
    house: House, by: By, payment: Payment, verdict: Verdict, reference: str
) -> Answered | Refusal:
    """Take an answer, however long the database is away: a provider does not say it again."""
    while True:
        try:
            return await answer_payment(house, by, payment.id, verdict, reference)
        except DatabaseAway:
            _log.warning("payment_answer_waits", payment=payment.id)
            await asyncio.sleep(AWAY_SECONDS)
