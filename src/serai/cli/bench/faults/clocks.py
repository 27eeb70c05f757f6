"""A clock that jumps forwards and backwards under a writer at work, in a house of its own."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from time import perf_counter

from msgspec import structs

from serai.cli.bench.faults.fates import CALLERS, told
from serai.cli.bench.faults.figures import Round
from serai.cli.bench.faults.founding import found
from serai.cli.bench.faults.judge import judge, resolve
from serai.cli.bench.faults.load import Load
from serai.cli.bench.faults.stage import Stage
from serai.cli.bench.faults.ways import ByLibrary
from serai.core import DatabaseUrls, Ids, open_database
from serai.flows import TABLES, House
from serai.jobs import run_jobs
from serai.ledger import open_writer
from serai.migrations import migrate

JUMPS = (-86_400, -3_600, -900, -60, -1, 1, 60, 899, 901, 3_600, 86_400)
"""In seconds; a hold lasts 900."""
JUMPS_A_ROUND = (8, 16)
ANSWERS_BETWEEN = (1, 20)
PATIENCE_SECONDS = 30.0
DAYS_AHEAD = 30
"""No jumps of a round lead so far that its days have passed."""


class JumpingClock:
    """The machine's clock, set forwards and backwards."""

    def __init__(self) -> None:
        self._off = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._off

    def jump(self, seconds: int) -> None:
        """Set it."""
        self._off += timedelta(seconds=seconds)


async def jump_clock(stage: Stage, number: int, chance: random.Random) -> Round:
    """The clock jumps while orders are placed: recorded time never goes back, and holds end on
    their side of their deadline as the writer sees it."""
    began = perf_counter()
    mark = f"r{number}"
    postgres = await stage.workshop()
    urls = await postgres.create_database(f"clock_{number}")
    await asyncio.to_thread(migrate, urls.owner)
    clock = JumpingClock()
    async with _house(urls, clock) as house:
        way = ByLibrary(house)
        first_day = clock().date() + timedelta(days=DAYS_AHEAD)
        load = Load(await found(house), mark, [way] * CALLERS, chance, first_day)
        async with load:
            for _ in range(chance.randint(*JUMPS_A_ROUND)):
                await load.hears(chance.randint(*ANSWERS_BETWEEN), PATIENCE_SECONDS)
                clock.jump(chance.choice(JUMPS))
        await resolve(load.notes)
        flaws = await judge(urls.platform, mark, load.notes, way, chance)
    heard = told(load, "clock", number)
    return structs.replace(heard, seconds=perf_counter() - began, flaws=(*heard.flaws, *flaws))


@asynccontextmanager
async def _house(urls: DatabaseUrls, clock: JumpingClock) -> AsyncIterator[House]:
    """A house with its jobs, all by one clock."""
    async with AsyncExitStack() as things:
        database = await things.enter_async_context(open_database(urls.platform))
        writer = await things.enter_async_context(open_writer(urls.writer, TABLES, clock))
        house = House(database, writer, Ids(database), clock)
        jobs = asyncio.create_task(run_jobs(house, urls.writer))
        try:
            yield house
        finally:
            jobs.cancel()
            with suppress(asyncio.CancelledError):
                await jobs
