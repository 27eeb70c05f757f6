"""Commands beside a running platform join its house; they do not take it over."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from serai.cli.running import join_house, run_house, writer_socket
from serai.cloud import Actor
from serai.cloud.shares import EXPORTS
from serai.core import ClaimHeld, Settings, open_database
from serai.flows import By, House, Person, register
from serai.ledger import Fenced
from tests.outside import Outside

TESTS = Actor("tests")
PATIENCE_SECONDS = 20
CLAIMED = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
HOST = """
import asyncio, sys
from pathlib import Path
from serai.cli.running import run_house
from serai.core import ClaimHeld, Settings, open_database

async def main():
    async with run_house(Settings(home=Path(sys.argv[1]), database_url=sys.argv[2])) as running:
        print("ready", flush=True)
        await running.watch()

asyncio.run(main())
"""
SOMEBODY = Person(kind="person", name="Wang Min")


async def registers(house: House, key: str) -> bool:
    return await register(house, By(TESTS, key), SOMEBODY) is not None


async def test_beside_a_platform_on_an_outside_database_its_writer_stays_the_writer(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", outside.maker))
    async with run_house(settings) as running:
        assert await registers(running.house, "before")
        async with join_house(settings) as joined:
            assert await registers(joined, "beside")
        assert running.house.books.position == 2
        assert await registers(running.house, "after")
    async with join_house(settings) as alone:
        assert await registers(alone, "alone")
        assert alone.books.position == 4


async def test_what_was_used_of_a_share_outlives_the_process(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", outside.maker))
    async with run_house(settings) as running:
        assert running.house.shares.take(EXPORTS, 7, EXPORTS.quota).wait_seconds == 0
    async with run_house(settings) as running:
        assert running.house.shares.take(EXPORTS, 7, 2).wait_seconds > 0
        assert running.house.shares.take(EXPORTS, 8).wait_seconds == 0


async def test_a_writer_that_was_killed_leaves_a_socket_that_stops_nobody(
    outside: Outside, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, database_url=outside.login("inn", outside.maker))
    socket = writer_socket(settings)
    socket.parent.mkdir(parents=True)
    socket.touch()
    async with join_house(settings) as alone:
        assert await registers(alone, "alone")


@pytest.fixture
def two_homes(outside: Outside, tmp_path: Path) -> tuple[Settings, Settings]:
    """Two data folders that are given one outside database."""
    url = outside.login("inn", outside.maker)
    one, other = (Settings(home=tmp_path / name, database_url=url) for name in ("a", "b"))
    return one, other


async def test_another_data_folder_does_not_take_the_writer_over_in_silence(
    two_homes: tuple[Settings, Settings],
) -> None:
    one, other = two_homes
    async with run_house(one) as running:
        told = rf"process {os.getpid()} on .* writes the books .* --take-over"
        with pytest.raises(ClaimHeld, match=told):
            async with run_house(other):
                pass
        with pytest.raises(ClaimHeld, match=told):
            async with join_house(other):
                pass
        assert await registers(running.house, "still the writer")
    async with run_house(other) as alone:
        assert await registers(alone.house, "the first has gone")


async def test_told_to_take_over_it_does_and_the_other_is_fenced_out(
    two_homes: tuple[Settings, Settings],
) -> None:
    one, other = two_homes
    async with AsyncExitStack() as stack:
        async with run_house(one) as running:
            taken = await stack.enter_async_context(run_house(other, take_over=True))
            assert await registers(taken.house, "taken over")
            with pytest.raises(Fenced):
                await registers(running.house, "too late")
            with pytest.raises(Fenced):
                await running.watch()
        assert await registers(taken.house, "alone")
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await is_claimed(one):  # by whoever took over, now that it is free
                await asyncio.sleep(0.05)


async def is_claimed(settings: Settings) -> bool:
    assert settings.database_url is not None
    async with open_database(settings.database_url) as database:
        return bool(await database.value(CLAIMED))


async def test_a_killed_writer_leaves_its_place(two_homes: tuple[Settings, Settings]) -> None:
    one, other = two_homes
    assert one.database_url is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOST, str(one.home), one.database_url, stdout=PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readexactly(5) == b"ready"
    process.kill()
    async with run_house(other) as alone:
        assert await registers(alone.house, "alone")
    await process.wait()


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
