"""Live traffic: customers who order, pay, change their minds and come, a few a second.

They arrive by chance, more of them in the evening than at night. The platform's own jobs ask the
sandbox for their payments; desks serve whatever is over.
"""

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime
from itertools import count
from random import Random
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog
from msgspec import Struct

from serai.cli.demo import tables
from serai.cli.demo.counter import CURRENCY
from serai.cli.demo.fates import METHODS, Life, live
from serai.cli.demo.founding import DEMO_ACTOR
from serai.cli.demo.history import PROVIDER
from serai.cli.demo.market import Market
from serai.cli.demo.people import Crowd
from serai.cli.demo.wishes import HOURS, draw_outing, weighted
from serai.core import DatabaseAway, Refusal
from serai.flows import By, House, PaymentMeans, book, cancel, confirm, fulfil, no_show

ORDERS_A_SECOND = 2.5
LEAST_A_SECOND = 1.0
AT_ONCE = 80
MOST_DRAWS = 40
HOLD_SECONDS = 90
TOKENS = {
    "succeeds": 890, "declined": 45, "late": 30, "twice": 20, "very-late": 10, "pending": 5,
}  # fmt: skip
MISSED_PERCENT = 2
CHANGE_OF_MIND = 0.06
REMEMBERED = 400
DESK_SECONDS = 4.0
MOST_AT_DESK = 60
AWAY_SECONDS = 1.0
ANOTHER_CARD_SECONDS = 3.0
THINKING_SECONDS, REGRETTING_SECONDS = (1.0, 6.0), (5.0, 20.0)

_log = structlog.get_logger()


class Over(Struct, frozen=True):
    """A confirmed line whose service is over."""

    line_id: int
    order_id: int
    over_at: datetime


async def run_traffic(house: House, market: Market, crowd: Crowd) -> None:
    """Let customers come until cancelled."""
    traffic = _Traffic(house, market, crowd)
    async with asyncio.TaskGroup() as parts:
        parts.create_task(traffic.arrive())
        parts.create_task(traffic.serve())


def rate_at(moment: datetime) -> float:
    """How many orders come a second, by the hour in China."""
    hour = moment.astimezone(ZoneInfo("Asia/Shanghai")).hour
    return max(LEAST_A_SECOND, ORDERS_A_SECOND * HOURS[hour] * len(HOURS) / sum(HOURS))


class _Traffic:
    """Customers and desks of one run of the platform."""

    def __init__(self, house: House, market: Market, crowd: Crowd) -> None:
        self._house = house
        self._market = market
        self._crowd = crowd
        self._luck = Random()
        self._run = uuid4().hex[:12]
        self._room = asyncio.Semaphore(AT_ONCE)
        self._confirmed: deque[int] = deque(maxlen=REMEMBERED)
        self._left_alone: set[int] = set()

    async def arrive(self) -> None:
        """Customers come at random moments."""
        async with asyncio.TaskGroup() as customers:
            for number in count(1):
                await asyncio.sleep(self._luck.expovariate(rate_at(self._house.clock())))
                now = self._house.clock()
                draws = (draw_outing(self._market, self._luck, now) for _ in range(MOST_DRAWS))
                outing = next(filter(None, draws), None)
                if outing is not None:
                    await self._room.acquire()
                    life = live(outing, self._crowd, now, self._luck)
                    customers.create_task(self._order(number, life))

    async def serve(self) -> None:
        """Desks serve what is over, each at the time it was."""
        while True:
            with suppress(DatabaseAway):
                over = await self._house.database.all(
                    Over, tables.SERVICES_OVER, moment=self._house.clock(), currency=CURRENCY,
                    skip=list(self._left_alone), most=MOST_AT_DESK,
                )  # fmt: skip
                for one in over:
                    await self._end(one)
            await asyncio.sleep(DESK_SECONDS)

    async def _order(self, number: int, life: Life) -> None:
        try:
            await self._buy(number, life)
        except DatabaseAway:
            _log.info("demo_customer_gave_up")
            await asyncio.sleep(AWAY_SECONDS)
        finally:
            self._room.release()

    async def _buy(self, number: int, life: Life) -> None:
        """Book, think, pay; some let it lapse, some change their minds about an earlier order."""
        house = self._house
        booked = await book(
            house, self._by(f"{number}:book"), life.party, life.wanted, hold_seconds=HOLD_SECONDS
        )
        if isinstance(booked, Refusal) or life.lapses:
            return
        await asyncio.sleep(self._luck.uniform(*THINKING_SECONDS))
        token = weighted(self._luck, TOKENS)
        for attempt in (token, "succeeds"):
            confirmed = await confirm(
                house,
                self._by(f"{number}:{attempt}"),
                booked.order_id,
                means=PaymentMeans(provider=PROVIDER, token=attempt),
            )
            if isinstance(confirmed, Refusal) or not confirmed.payment_id or attempt != "declined":
                break
            await asyncio.sleep(ANOTHER_CARD_SECONDS)
        self._confirmed.append(booked.order_id)
        if self._luck.random() < CHANGE_OF_MIND:
            await asyncio.sleep(self._luck.uniform(*REGRETTING_SECONDS))
            order_id = self._luck.choice(self._confirmed)
            await cancel(house, self._by(f"{number}:cancel"), order_id)

    async def _end(self, over: Over) -> None:
        lines = frozenset({over.line_id})
        by = self._by(f"desk:{over.line_id}")
        house, order_id, at = self._house, over.order_id, over.over_at
        missed = self._luck.randrange(100) < MISSED_PERCENT
        method = weighted(self._luck, METHODS)
        ended = (
            await no_show(house, by, order_id, lines=lines, at=at)
            if missed
            else await fulfil(house, by, order_id, lines=lines, method=method, at=at)
        )
        if isinstance(ended, Refusal):
            self._left_alone.add(over.line_id)

    def _by(self, what: str) -> By:
        return By(DEMO_ACTOR, f"live:{self._run}:{what}")
