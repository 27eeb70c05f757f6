"""What befalls a platform that serves: killed processes, a full disk, cut connections."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

import psycopg
from msgspec import Struct, structs

from serai.cli.bench.faults.deeds import Way
from serai.cli.bench.faults.disk import Disk
from serai.cli.bench.faults.figures import Round
from serai.cli.bench.faults.judge import Flaw, judge, resolve
from serai.cli.bench.faults.load import DAYS_A_ROUND, Load
from serai.cli.bench.faults.processes import kill_all
from serai.cli.bench.faults.proxy import cutting_proxy
from serai.cli.bench.faults.stage import MOST_KILLS, Site, Stage, fickle_ways
from serai.cli.bench.faults.tables import PRESS_LOG
from serai.cli.bench.server import launch_server
from serai.core import PostgresError

CALLERS = 8
BEFORE_SECONDS = (0.1, 1.0)
AFTER_SECONDS = (0.05, 0.4)
FULL_SECONDS = (0.1, 1.5)
FULL_MOST_SECONDS = 4.0
MISSED_SECONDS = 0.4
"""After so long without any answer the missing room is felt."""
MOST_LOG_MEGABYTES = 200
WORDS_SHOWN = 1_000
CUT_SECONDS = (0.8, 1.6)
ROOM_LEFT = (0, 0, 4_096, 65_536)
FIRST_ANSWER_SECONDS = 30.0
BACK_SECONDS = 45.0
ROUNDS_AHEAD = 300
"""Every round has days of its own, so that rooms are not all gone; after so many they repeat."""


class Struck(Struct, frozen=True):
    """The fault is over: since when the platform should answer again, and what is wrong."""

    since: float
    restarted: bool = False
    flaws: tuple[Flaw, ...] = ()


Strike = Callable[[Site, Load], Awaitable[Struck]]


async def kill_server(stage: Stage, number: int, chance: random.Random) -> Round:
    """`kill -9` of the platform's process; started again."""

    async def strike(site: Site, _: Load) -> Struck:
        since = perf_counter()
        await site.server.kill()
        await site.restart()
        return Struck(since)

    return await play(await stage.main(), "server", number, chance, strike)


async def kill_postgres(stage: Stage, number: int, chance: random.Random) -> Round:
    """`kill -9` of all processes of PostgreSQL; the platform must come back by itself."""
    site = await stage.main()
    if site.kills >= MOST_KILLS:
        await site.restart()

    async def strike(site: Site, load: Load) -> Struck:
        since = perf_counter()
        kill_all(site.server.postmaster)
        site.kills += 1
        return await come_back(site, load, since)

    played = await play(site, "postgres", number, chance, strike)
    return _with_broken(played)


async def kill_both(stage: Stage, number: int, chance: random.Random) -> Round:
    """`kill -9` of the platform and of PostgreSQL at once, as when the power goes."""

    async def strike(site: Site, _: Load) -> Struck:
        since = perf_counter()
        kill_all(site.server.process.pid)
        await site.restart()
        return Struck(since)

    return await play(await stage.main(), "both", number, chance, strike)


async def fill_disk(stage: Stage, number: int, chance: random.Random) -> Round:
    """No room is left for a while; then there is again. In some rounds the database's log is
    where it is missed first, in some the platform is started while there is none."""
    small = await stage.small()
    if small.site.kills:
        await small.site.restart()
    leave_bytes, full_seconds = chance.choice(ROOM_LEFT), chance.uniform(*FULL_SECONDS)
    how = chance.choice(("orders", "orders", "log", "log", "start"))
    disk = small.disk

    async def strike(site: Site, load: Load) -> Struck:
        process = site.server.process.pid
        disk.fill(process, leave_bytes)
        try:
            if how == "start":
                return await _start_when_full(site, disk)
            if how == "log":
                site.kills += 1
                await _press_log(site)
            await load.falls_silent(MISSED_SECONDS, FULL_MOST_SECONDS)
            await asyncio.sleep(full_seconds)
        finally:
            disk.make_room(process)
        return await come_back(site, load, perf_counter())

    return await play(small.site, "disk", number, chance, strike)


async def cut_connections(stage: Stage, number: int, chance: random.Random) -> Round:
    """Connections are cut on the way, and by callers who do not wait for their answer."""
    site = await stage.main()
    settings = site.settings
    async with cutting_proxy(settings.host, settings.port, chance) as (_, port):
        ways = fickle_ways(settings.host, port, site.key, CALLERS, chance)

        async def strike(_: Site, __: Load) -> Struck:
            await asyncio.sleep(chance.uniform(*CUT_SECONDS))
            return Struck(perf_counter())

        return await play(site, "cuts", number, chance, strike, ways)


async def play(
    site: Site, fault: str, number: int, chance: random.Random, strike: Strike,
    ways: Sequence[Way] = (),
) -> Round:  # fmt: skip
    """A round: callers are busy, the fault strikes, the platform is back, all is judged."""
    began = perf_counter()
    mark = f"r{number}"
    ways = ways or [site.way() for _ in range(CALLERS)]
    load = Load(site.inn, mark, ways, chance, days_of(number))
    async with load:
        if not await load.hears(CALLERS, FIRST_ANSWER_SECONDS):
            raise PostgresError(f"Nobody is answered before round {number}.")
        await asyncio.sleep(chance.uniform(*BEFORE_SECONDS))
        struck = await strike(site, load)
        back = await load.hears(CALLERS, BACK_SECONDS)
        await asyncio.sleep(chance.uniform(*AFTER_SECONDS))
    words = site.server.last_words()[-WORDS_SHOWN:]
    if not back:
        await site.restart()
    await resolve(load.notes)
    flaws = await judge(site.urls.platform, mark, load.notes, site.way(), chance)
    silence = load.silence(struck.since)
    if not back:
        flaws.append(Flaw("not back", f"no answer within {BACK_SECONDS:.0f} s; it said: {words}"))
    return structs.replace(
        told(load, fault, number),
        silence_seconds=silence,
        seconds=perf_counter() - began,
        restarted=struck.restarted,
        flaws=(*told(load, fault, number).flaws, *struck.flaws, *flaws),
    )


def told(load: Load, fault: str, number: int) -> Round:
    """What the callers of a round heard."""
    answers = [note.answer for note in load.notes if note.answer is not None]
    unsure = [note.answer for note in load.notes if note.answer is not None and note.unsure]
    return Round(
        fault=fault,
        number=number,
        acknowledged=sum(answer.done for answer in answers),
        refused=sum(not answer.done for answer in answers),
        resolved=len(unsure),
        replayed=sum(answer.replayed for answer in unsure),
        away=load.silences["away"],
        broken=load.silences["broken"],
        flaws=tuple(Flaw("failed", says) for says in load.failures),
    )


async def come_back(site: Site, load: Load, since: float) -> Struck:
    """Wait until the platform answers by itself; where it has ended, it must have said why, and
    is started again."""
    ended = asyncio.create_task(site.server.process.wait())
    heard = asyncio.create_task(load.hears(CALLERS, BACK_SECONDS))
    try:
        await asyncio.wait([ended, heard], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in (ended, heard):
            one.cancel()
    if site.server.process.returncode is None:
        return Struck(since)
    flaws = _wordless(site.server.last_words())
    await site.restart()
    return Struck(since, True, flaws)


def days_of(number: int) -> date:
    """The first day that a round's orders are for."""
    ahead = DAYS_A_ROUND * (number % ROUNDS_AHEAD)
    return datetime.now(UTC).date() + timedelta(days=2 + ahead)


async def _press_log(site: Site) -> None:
    """Write to the database's log until there is no room for it."""
    with suppress(psycopg.Error):
        async with await psycopg.AsyncConnection.connect(site.urls.platform) as connection:
            for _ in range(MOST_LOG_MEGABYTES):
                await connection.execute(PRESS_LOG)


async def _start_when_full(site: Site, disk: Disk) -> Struck:
    """Started on a full disk, the platform waits for room, or ends and says why."""
    await site.server.stop()
    site.server = await launch_server(site.settings)
    with suppress(PostgresError):
        await site.server.can_serve(FULL_MOST_SECONDS)
    disk.make_room(site.server.process.pid)
    since = perf_counter()
    try:
        await site.server.can_serve(BACK_SECONDS)
    except PostgresError as error:
        await site.restart()
        return Struck(since, True, _wordless(str(error)))
    return Struck(since)


def _wordless(words: str) -> tuple[Flaw, ...]:
    """Whoever ends says why, in a sentence."""
    if "serai:" in words:
        return ()
    return (Flaw("not back", f"it ended without a sentence: {words[-WORDS_SHOWN:]}"),)


def _with_broken(played: Round) -> Round:
    """A platform that stands answers in a sentence; it does not hang up."""
    if not played.broken or played.restarted:
        return played
    flaw = Flaw("broken", f"{played.broken} connections broke while the platform stood")
    return structs.replace(played, flaws=(*played.flaws, flaw))
