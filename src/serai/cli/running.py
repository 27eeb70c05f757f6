"""A running house: database, writer and jobs, from the settings of this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from serai.core import (
    ConfigurationError,
    DatabaseAway,
    DatabaseUrls,
    Ids,
    Postgres,
    Settings,
    claim,
    database_mark,
    make_key,
    open_database,
    open_ring,
    outside_postgres,
    provide,
    running_postgres,
    socket_folder,
    source_of_keys,
)
from serai.flows import (
    TABLES,
    House,
    house_of_writer,
    keep_shares,
    missing_keys,
    recall_shares,
)
from serai.ledger import Fenced, Writer, open_remote_writer, open_writer, serve_writer
from serai.migrations import migrate

KEEPING_SECONDS = 5.0
ANSWER_SECONDS = 30.0
"""How long somebody who asks the house waits for the database's answer to one question."""


def writer_socket(settings: Settings) -> Path:
    """Where other processes on this machine reach the writer: beside the database's socket.

    A data folder may be used with one outside database and then with another; each has its own.
    """
    name = database_mark(settings.database_url) if settings.database_url else "writer"
    return socket_folder(settings.home) / f"{name}.sock"


class Running:
    """A house that this process runs: it ends when its database or its writer is given up."""

    def __init__(self, house: House, postgres: Postgres, writer: Writer) -> None:
        self.house = house
        self.writer = writer
        self.urls = postgres.urls
        self._postgres = postgres

    async def watch(self) -> None:
        """Wait until something that cannot be done without is gone; raises what it was."""
        gone = [
            asyncio.ensure_future(self._postgres.watch()),
            asyncio.ensure_future(self.writer.watch()),
        ]
        try:
            await asyncio.wait(gone, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in gone:
                one.cancel()
        for one in gone:
            if one.done() and not one.cancelled():
                one.result()


@asynccontextmanager
async def run_house(settings: Settings, *, take_over: bool = False) -> AsyncIterator[Running]:
    """Start the database, bring its schema up to date, and become its one writer.

    Where another one writes, in another data folder or on another machine, this raises
    `ClaimHeld`; told to `take_over`, it goes on, and the other one is fenced out.
    """
    async with AsyncExitStack() as open_things:
        postgres = await open_things.enter_async_context(provide(settings))
        ring = open_ring(settings)
        await open_things.enter_async_context(claim(postgres.urls.owner, take_over=take_over))
        await asyncio.to_thread(migrate, postgres.urls.owner)
        database = await open_things.enter_async_context(
            open_database(
                postgres.urls.platform,
                narrow_url=postgres.urls.app,
                answer_seconds=ANSWER_SECONDS,
            )
        )
        writer = await open_things.enter_async_context(open_writer(postgres.urls.writer, TABLES))
        socket = writer_socket(settings)
        socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # an outside database has none
        house = house_of_writer(database, writer, ring=ring)
        await _furnish_keys(house, settings)
        await open_things.enter_async_context(serve_writer(house.books, socket, TABLES))
        await open_things.enter_async_context(_shares_kept(house))
        yield Running(house, postgres, writer)


@asynccontextmanager
async def find_database(settings: Settings) -> AsyncIterator[DatabaseUrls]:
    """The ways into the database alone: of the platform that runs here, or started for a while."""
    urls = None if settings.database_url else await running_postgres(settings)
    if urls is not None:
        yield urls
        return
    async with provide(settings) as postgres:
        await asyncio.to_thread(migrate, postgres.urls.owner)
        yield postgres.urls


@asynccontextmanager
async def join_house(settings: Settings, *, take_over: bool = False) -> AsyncIterator[House]:
    """The house that another process runs in this data folder, or one of our own for a while."""
    urls = await _urls_of_running(settings)
    if urls is None:
        async with run_house(settings, take_over=take_over) as running:
            yield running.house
        return
    async with (
        open_database(urls.platform, narrow_url=urls.app) as database,
        open_remote_writer(writer_socket(settings)) as books,
    ):
        yield House(database, books, Ids(database), ring=open_ring(settings))


@asynccontextmanager
async def _shares_kept(house: House) -> AsyncIterator[None]:
    """Go on with the shares of hours and days where the process before stood, and write down where
    this one stands when it ends; a timer does so meanwhile."""
    await recall_shares(house)
    try:
        yield
    finally:
        with suppress(DatabaseAway, Fenced, TimeoutError):  # a minute of them is lost then
            async with asyncio.timeout(KEEPING_SECONDS):
                await keep_shares(house)


async def _furnish_keys(house: House, settings: Settings) -> None:
    """Make the first key that seals personal data; refuse to go on without one that is needed."""
    missing = await missing_keys(house)
    if missing:
        raise ConfigurationError(
            f"Personal data here is sealed by the key {' and '.join(missing)}, which is not in "
            f"{source_of_keys(settings)}. Bring it back, from a backup perhaps: without it "
            "telephone numbers, e-mail addresses and documents cannot be read."
        )
    if not house.ring.ids:
        make_key(settings, house.clock())


async def _urls_of_running(settings: Settings) -> DatabaseUrls | None:
    """The ways into the database of the house that another process runs here, if one does."""
    if not settings.database_url:
        return await running_postgres(settings)
    if not await _listens(writer_socket(settings)):
        return None  # becoming the writer of a house that has one would end that house
    return await outside_postgres(settings.database_url)


async def _listens(path: Path) -> bool:
    """Whether anybody answers at a socket; one that was killed leaves the file behind."""
    try:
        _, sink = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    sink.close()
    return True
