"""A standby takes over while the one before it still runs: it is fenced out, and nothing is done
twice that callers ask of both."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from time import perf_counter

from msgspec import structs

from serai.cli.bench.faults.deeds import Answer, Cancel, Deed, NoAnswer, Standing, Way
from serai.cli.bench.faults.fates import BEFORE_SECONDS, CALLERS, Struck, play, told
from serai.cli.bench.faults.figures import Round
from serai.cli.bench.faults.founding import found
from serai.cli.bench.faults.judge import Flaw, judge, resolve
from serai.cli.bench.faults.load import Load
from serai.cli.bench.faults.stage import Site, Stage
from serai.cli.bench.faults.ways import ByLibrary, EitherOf, OverHttp
from serai.cli.bench.server import Server, start_server
from serai.cli.running import writer_socket
from serai.core import Database, Ids, Settings, open_database
from serai.flows import TABLES, House
from serai.ledger import RemoteWriter, WriterAway, open_writer
from serai.migrations import migrate

END_SECONDS = 20.0
"""How long a platform may take to notice that it was fenced out, and to end."""
JOINED_CALLERS = 2
JOINED_PATIENCE_SECONDS = 0.3
WRITERS = 3
"""So many writers take over from each other in one round of the library."""


async def take_over_platform(stage: Stage, number: int, chance: random.Random) -> Round:
    """Another platform starts on the same database: the first one stops writing and ends."""
    pair = await stage.pair()
    old, standby = pair.site.server, pair.next_settings
    async with open_database(pair.site.urls.platform) as database, AsyncExitStack() as things:
        joined = [
            [Joined(settings, database) for settings in (old.settings, standby)]
            for _ in range(JOINED_CALLERS)
        ]
        for way in (way for ways in joined for way in ways):
            things.push_async_callback(way.close)
        ways: list[Way] = [EitherOf(*ways) for ways in joined]
        ways += [
            EitherOf(
                *(OverHttp(each.host, each.port, pair.site.key) for each in (old.settings, standby))
            )
            for _ in range(CALLERS - JOINED_CALLERS)
        ]

        async def strike(site: Site, _: Load) -> Struck:
            since = perf_counter()
            site.server = await start_server(standby, "--take-over")
            pair.next_settings = old.settings
            return Struck(since, flaws=tuple(await _ends(old)))

        return await play(pair.site, "takeover", number, chance, strike, ways)


async def take_over_writer(stage: Stage, number: int, chance: random.Random) -> Round:
    """Writers in one process take over from each other: each one's callers hear `Fenced`."""
    began = perf_counter()
    mark = f"r{number}"
    postgres = await stage.workshop()
    urls = await postgres.create_database(f"writers_{number}")
    await asyncio.to_thread(migrate, urls.owner)
    flaws: list[Flaw] = []
    async with open_database(urls.platform) as database, AsyncExitStack() as writers:

        async def next_house() -> House:
            writer = await writers.enter_async_context(open_writer(urls.writer, TABLES))
            return House(database, writer, Ids(database))

        house = await next_house()
        inn = await found(house)
        turn = _Turn(ByLibrary(house))
        first_day = datetime.now(UTC).date() + timedelta(days=2)
        load = Load(inn, mark, [turn] * CALLERS, chance, first_day)
        since = perf_counter()
        async with load:
            for _ in range(WRITERS - 1):
                await asyncio.sleep(chance.uniform(*BEFORE_SECONDS))
                old, turn.way = turn.way, ByLibrary(await next_house())
                flaws += await _is_fenced(old, mark)
                await load.hears(CALLERS, END_SECONDS)
        silence = load.silence(since)
        await resolve(load.notes)
        flaws += await judge(urls.platform, mark, load.notes, turn, chance)
    heard = told(load, "writers", number)
    return structs.replace(
        heard,
        silence_seconds=silence,
        seconds=perf_counter() - began,
        flaws=(*heard.flaws, *flaws),
    )


class Joined:
    """A command beside a platform: flows in this process, proposals through its socket."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._writer: RemoteWriter | None = None

    async def ask(self, deed: Deed) -> Answer:
        """The answer to a deed; raises `NoAnswer`."""
        way = await self._join()
        try:
            return await way.ask(deed)
        except NoAnswer:
            await self.close()
            raise

    async def read(self, order_id: int) -> Standing | None:
        """An order as it stands."""
        return await (await self._join()).read(order_id)

    async def close(self) -> None:
        """Hang up; whoever asks next joins again."""
        if self._writer is not None:
            await self._writer.close()
            self._writer = None

    async def _join(self) -> ByLibrary:
        if self._writer is None:
            writer = RemoteWriter(writer_socket(self._settings), TABLES, JOINED_PATIENCE_SECONDS)
            try:
                await writer.start()
            except WriterAway as error:
                raise NoAnswer("closed", str(error)) from error
            self._writer = writer
        return ByLibrary(House(self._database, self._writer, Ids(self._database)))


class _Turn:
    """The way to the writer whose turn it is, for all callers at once."""

    def __init__(self, way: Way) -> None:
        self.way = way

    async def ask(self, deed: Deed) -> Answer:
        return await self.way.ask(deed)

    async def read(self, order_id: int) -> Standing | None:
        return await self.way.read(order_id)


async def _ends(old: Server) -> Sequence[Flaw]:
    """The platform that was fenced out ends by itself and says so."""
    try:
        await asyncio.wait_for(old.process.wait(), END_SECONDS)
    except TimeoutError:
        await old.kill()
        return [Flaw("not fenced", "it did not end when another one had taken over")]
    words = old.last_words()
    if "another writer has taken over" not in words:
        return [Flaw("not fenced", f"it ended without saying why: {words[-500:]}")]
    return []


async def _is_fenced(old: Way, mark: str) -> Sequence[Flaw]:
    """A writer that was fenced out takes nothing any more, not even a refusal."""
    try:
        answer = await old.ask(Cancel(f"{mark}-fenced", 1))
    except NoAnswer:
        return []
    return [Flaw("not fenced", f"the writer before still answers: {answer}")]
