"""Commands beside a running platform join its house; they do not take it over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from serai.cli.running import join_house, run_house, writer_socket
from serai.cloud import Actor
from serai.core import Settings
from serai.core.postgres.cluster import Cluster
from serai.core.postgres.folders import make_folder
from serai.core.postgres.programs import install_folder
from serai.core.postgres.users import server_user
from serai.flows import By, House, Person, register
from tests.core.postgres.test_outside import Outside, started
from tests.databases import short_folder

TESTS = Actor("tests")
SOMEBODY = Person(kind="person", name="Wang Min")


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[Outside]:
    with short_folder() as folder:
        user = server_user(None)
        make_folder(folder / "run", user)
        cluster = Cluster(
            home=folder,
            install=install_folder(folder, user),
            user=user,
            socket_folder=folder / "run",
        )
        async with started(cluster):
            yield Outside(cluster.socket_folder)


async def registers(house: House, key: str) -> bool:
    return await register(house, By(TESTS, key), SOMEBODY) is not None


async def test_beside_a_platform_on_an_outside_database_its_writer_stays_the_writer(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", "CREATEROLE"))
    async with run_house(settings) as running:
        assert await registers(running.house, "before")
        async with join_house(settings) as joined:
            assert await registers(joined, "beside")
        assert running.house.books.position == 2
        assert await registers(running.house, "after")
    async with join_house(settings) as alone:
        assert await registers(alone, "alone")
        assert alone.books.position == 4


async def test_a_writer_that_was_killed_leaves_a_socket_that_stops_nobody(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", "CREATEROLE"))
    socket = writer_socket(settings)
    socket.parent.mkdir(parents=True)
    socket.touch()
    async with join_house(settings) as alone:
        assert await registers(alone, "alone")


@pytest.mark.parametrize("other", ["second", None])
def test_each_database_of_a_data_folder_has_a_socket_of_its_own(
    tmp_path: Path, other: str | None
) -> None:
    urls = [f"postgresql://lin:geheim@/{name}?host=/srv" if name else None
            for name in ("first", other)]  # fmt: skip
    sockets = {writer_socket(Settings(home=tmp_path, database_url=url)) for url in urls}
    assert len(sockets) == 2
    again = "postgresql://wang@/first?host=/srv"
    assert writer_socket(Settings(home=tmp_path, database_url=again)) in sockets
