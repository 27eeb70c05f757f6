"""What the rounds are played on: platforms in data folders of their own, founded once and kept."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg
from msgspec import Struct
from psycopg.conninfo import make_conninfo

from serai.cli.bench.faults.disk import Disk, small_disk
from serai.cli.bench.faults.founding import Inn, found
from serai.cli.bench.faults.ways import Fickle, OverHttp
from serai.cli.bench.keys import bench_key
from serai.cli.bench.server import Server, free_port, short_folder, start_server
from serai.cli.running import join_house
from serai.core import DatabaseUrls, Postgres, PostgresError, Settings, provide, running_postgres

WORKSHOP = "workshop"
LEND_ROLES = "GRANT serai_writer, serai_platform, serai_app TO serai_owner"
MOST_KILLS = 3
"""Kills of PostgreSQL that one platform is asked to live through: after five within minutes it
gives up, as it should."""


class Site:
    """A platform, its small house, and how often its PostgreSQL was killed."""

    def __init__(self, server: Server, inn: Inn, urls: DatabaseUrls, key: str) -> None:
        self.server = server
        self.inn = inn
        self.urls = urls
        self.key = key
        self.kills = 0

    @property
    def settings(self) -> Settings:
        """Where it is."""
        return self.server.settings

    def way(self) -> OverHttp:
        """A connection to it."""
        return OverHttp(self.settings.host, self.settings.port, self.key)

    async def restart(self) -> None:
        """Start the platform again, whether or not it still stands."""
        await self.server.stop()
        self.server = await start_server(self.settings)
        self.kills = 0


class SmallSite(Struct):
    """A platform on a disk that can be full."""

    site: Site
    disk: Disk


class Pair(Struct):
    """A platform on an outside database, and where its standby is started."""

    site: Site
    next_settings: Settings


class Stage:
    """Makes what a round needs the first time, and keeps it; made by `open_stage`."""

    def __init__(self, folder: Path, things: AsyncExitStack) -> None:
        self.folder = folder
        self._things = things
        self._main: Site | None = None
        self._small: SmallSite | None = None
        self._pair: Pair | None = None
        self._workshop: Postgres | None = None

    async def main(self) -> Site:
        """The platform that most rounds are played on."""
        if self._main is None:
            self._main = await self._open(self.folder / "home")
        return self._main

    async def small(self) -> SmallSite:
        """The platform on a small disk; raises `NoDisk` where none can be made."""
        if self._small is None:
            disk = self._things.enter_context(small_disk(self.folder))
            self._small = SmallSite(await self._open(disk.folder / "small"), disk)
        return self._small

    async def workshop(self) -> Postgres:
        """A PostgreSQL that no platform starts or stops, for databases of a round's own."""
        if self._workshop is None:
            settings = Settings(home=self.folder / WORKSHOP)
            self._workshop = await self._things.enter_async_context(provide(settings))
        return self._workshop

    async def pair(self) -> Pair:
        """A platform on a database of the workshop, which another one can take over."""
        if self._pair is None:
            urls = await (await self.workshop()).create_database("pair")
            await _lend_roles(self.folder / WORKSHOP, urls)
            first, second = (
                Settings(home=self.folder / name, port=free_port(), database_url=urls.owner)
                for name in ("first", "second")
            )
            self._pair = Pair(await self._found(first, urls), second)
        return self._pair

    async def _open(self, home: Path) -> Site:
        return await self._found(Settings(home=home, port=free_port()), None)

    async def _found(self, settings: Settings, outside: DatabaseUrls | None) -> Site:
        server = await start_server(settings)
        async with join_house(settings) as house:
            inn = await found(house)
            key = await bench_key(house)
        urls = outside or await running_postgres(settings)
        if urls is None:
            raise PostgresError(f"The platform in {settings.home} has no database.")
        site = Site(server, inn, urls, key)
        self._things.push_async_callback(_stop, site)
        return site


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """A stage in a folder that is removed afterwards, with all that stands on it."""
    with short_folder() as folder:
        async with AsyncExitStack() as things:
            yield Stage(folder, things)


def fickle_ways(host: str, port: int, key: str, count: int, chance: random.Random) -> list[Fickle]:
    """Ways of callers who often hang up before they are answered."""
    return [
        Fickle(OverHttp(host, port, key), random.Random(chance.random()), 0.3) for _ in range(count)
    ]


async def _stop(site: Site) -> None:
    await site.server.stop()


async def _lend_roles(home: Path, urls: DatabaseUrls) -> None:
    """Let the owner act as writer and reader, as the administrator of an outside database does."""
    password = (home / "secrets" / "postgres-supervisor").read_text().strip()
    url = make_conninfo(urls.owner, user="serai_supervisor", password=password, dbname="postgres")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(LEND_ROLES)
