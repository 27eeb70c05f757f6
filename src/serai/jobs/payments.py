"""Asks payment providers for what the flows have asked, and takes their answers."""

import asyncio
from collections.abc import Mapping

import structlog

from serai.capital import Payment, Provider, Sandbox, Verdict, payments_asked, read_payments
from serai.cloud import PLATFORM
from serai.core import Database, DatabaseAway, Refusal
from serai.flows import Answered, By, House, answer_payment
from serai.jobs.ending import end_if_told

PROVIDERS: Mapping[str, Provider] = {"sandbox": Sandbox()}
AWAY_SECONDS = 1.0
MOST_AT_ONCE = 500
MOST_ANSWERS = 500
"""So many answers wait at the books at a time: who has ten thousand, after an outage of a provider
perhaps, must not keep the desks waiting behind them."""
LOOK_SECONDS = 0.05
"""Between two looks at what waits, so that a busy house is not asked after each of its commits."""

_log = structlog.get_logger()


async def ask_providers(house: House, providers: Mapping[str, Provider] = PROVIDERS) -> None:
    """Ask for every payment and refund that waits, as they come, until cancelled.

    After a restart all that have no answer are asked for again, which a provider takes as one.
    """
    in_hand, position = set[int](), 0
    lane = asyncio.Semaphore(MOST_ANSWERS)
    async with asyncio.TaskGroup() as asked:
        while True:
            try:
                new = await _not_in_hand(house.database, in_hand)
                for payment in await read_payments(house.database, new):
                    asked.create_task(_ask(house, providers, payment, lane))
                in_hand.update(new)
                end_if_told()
                if not new:
                    await asyncio.sleep(LOOK_SECONDS)
                    position = await house.books.beyond(position)
            except DatabaseAway:
                await asyncio.sleep(AWAY_SECONDS)  # it may come back


async def _not_in_hand(database: Database, in_hand: set[int]) -> list[int]:
    """Some payments that wait and that nobody has asked for yet; forgets those that wait no more.

    All that wait are looked at: an id is taken before its payment is committed, so one that comes
    late may well be lower than those that came before it.
    """
    waiting = await payments_asked(database)
    in_hand.intersection_update(waiting)
    return [id for id in waiting if id not in in_hand][:MOST_AT_ONCE]


async def _ask(
    house: House, providers: Mapping[str, Provider], payment: Payment, lane: asyncio.Semaphore
) -> None:
    provider = providers.get(payment.provider)
    heard = 0

    async def hear(verdict: Verdict, reference: str) -> None:
        nonlocal heard
        heard += 1
        by = By(PLATFORM, f"{payment.id}:{reference}:{heard}")
        async with lane:
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
    waits = False
    while True:
        try:
            return await answer_payment(house, by, payment.id, verdict, reference)
        except DatabaseAway:
            if not waits:
                _log.warning("payment_answer_waits", payment=payment.id)
            waits = True
            await asyncio.sleep(AWAY_SECONDS)
