"""A million holds that run out at the same moment, while people go on ordering."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from time import perf_counter

from rich.console import Console

from serai.cli.bench.books.copying import Copies
from serai.cli.bench.database import audit, own_database
from serai.cli.bench.flash.figures import HoldsFigures, answers_of
from serai.cli.bench.flash.ground import BUSINESS_DATE, Passers, commit
from serai.core import Database, open_database, slot_of, utc_now
from serai.flows import TABLES
from serai.ledger import MOST_STEPS, Belonging, Step, Writer, open_writer
from serai.logistics import Need, hold, open_slots, sell

BOOK = 1
RESOURCES = 10_000
HOLD_SECONDS = 3600
AT_ONCE = 4
"""Chains of 512 holds that are on their way at the same time."""
LOOK_SECONDS = 0.05

OLDEST_PENDING = "SELECT oldest_pending FROM fence"


class TurnedClock:
    """The present moment, and what somebody has turned it forward by."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The moment that this clock shows."""
        return utc_now() + self.ahead


async def bench_holds(holds: int, seconds: float, console: Console) -> HoldsFigures:
    """Place the holds, let people order for so many seconds, let the deadline pass, and watch."""
    clock = TurnedClock()
    async with own_database() as urls, open_database(urls.platform) as database:
        async with open_writer(urls.writer, TABLES, clock) as writer:
            needs = await _open(writer, holds)
            began = perf_counter()
            last = await _place(writer, needs, holds)
            placed_seconds = perf_counter() - began
            console.print(f"{holds:,} holds placed in {placed_seconds:.1f} s", highlight=False)
            twins = await asyncio.to_thread(Copies, urls.owner)
            passers = Passers(writer, lambda _: sell(BOOK, _passed_by(), Belonging()))
            await asyncio.sleep(seconds)
            before = await passers.since()
            commits, began = writer.commits, perf_counter()
            clock.ahead = timedelta(seconds=HOLD_SECONDS + 1)
            await _until_ended(database, last)
            ended_seconds = perf_counter() - began
            commits = writer.commits - commits
            meanwhile = await passers.leave()
            console.print(
                f"ended in {ended_seconds:.1f} s, in {commits:,} commits", highlight=False
            )
        copied = await asyncio.to_thread(twins.copy, commits)
        await asyncio.to_thread(twins.close)
        checked = await audit(urls)
    expired, copy = holds / ended_seconds, copied.rows / copied.seconds
    return HoldsFigures(
        holds=holds,
        placed_per_second=round(holds / placed_seconds),
        expired_per_second=round(expired),
        copy_rows_per_second=round(copy),
        ratio_to_copy=round(expired / copy, 3),
        seconds=round(ended_seconds, 1),
        commits=commits,
        orders_before=answers_of(before),
        orders_meanwhile=answers_of(meanwhile),
        invariants_checked=checked,
    )


def _passed_by() -> list[Need]:
    """What is ordered meanwhile: one of something else, of which there is enough."""
    return [Need(RESOURCES + 1, "quota", slot_of(BUSINESS_DATE), 1, 10**6)]


async def _open(writer: Writer, holds: int) -> list[Need]:
    """Resources with room for all the holds, on the books; one hold of each."""
    each = -(-holds // RESOURCES)
    slot = slot_of(BUSINESS_DATE)
    needs = [Need(number, "quota", slot, 1, each) for number in range(1, RESOURCES + 1)]
    for first in range(0, RESOURCES, MOST_STEPS):
        await commit(writer, "open", first, open_slots(BOOK, needs[first : first + MOST_STEPS]))
    return needs


async def _place(writer: Writer, needs: list[Need], holds: int) -> int:
    """Place the holds in chains of the greatest length; the last one's id."""
    chains = enumerate(_chains(needs, holds))
    last = 0

    async def place() -> None:
        nonlocal last
        for number, chain in chains:
            last = max(last, *(await commit(writer, "hold", number, chain)).transfers)

    await asyncio.gather(*(place() for _ in range(AT_ONCE)))
    return last


def _chains(needs: list[Need], holds: int) -> Iterator[tuple[Step, ...]]:
    """The holds, one resource after the other and round again; all of them stand open already."""
    steps = [
        hold(BOOK, [need], Belonging(order=need.resource_id), timeout_seconds=HOLD_SECONDS)[-1]
        for need in needs
    ]
    for first in range(0, holds, MOST_STEPS):
        numbers = range(first, min(first + MOST_STEPS, holds))
        yield tuple(steps[number % len(steps)] for number in numbers)


async def _until_ended(database: Database, last: int) -> None:
    """Wait until no transfer up to `last` is pending any more."""
    while True:
        if await database.value(OLDEST_PENDING) > last:
            return
        await asyncio.sleep(LOOK_SECONDS)
