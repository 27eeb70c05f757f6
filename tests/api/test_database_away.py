"""The database dies under the API: 503 with advice, then everything goes on as if nothing was."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest
import pytest_asyncio
from litestar import Litestar
from msgspec import Struct

from serai.api import Api, health
from serai.core import Ids, open_database
from serai.core.configuration import Settings
from serai.core.postgres import DatabaseUrls, RestartPolicy, embedded_postgres
from serai.flows import TABLES, House
from serai.ledger import Writer, audit_books, open_writer
from serai.migrations import migrate
from serai.web import Web
from tests.api.keys import key_for
from tests.api.program import Program, line
from tests.databases import short_folder
from tests.flows.clock import SetClock
from tests.frozen import frozen, kill
from tests.worlds import DUCK, ROOM_FLEXIBLE, WANG, found_lantern_group

ORDER = {"customer_id": WANG, "lines": [line(ROOM_FLEXIBLE), line(DUCK)]}
PAUSE_SECONDS = 1.5


class Away(Struct):
    """A house on a database of its own, whose server can be killed."""

    program: Program
    writer: Writer
    home: Path
    urls: DatabaseUrls

    def kill(self) -> None:
        """End the whole server at once; it is started again after a pause."""
        kill(self.home)

    async def set(self, setting: str) -> None:
        """Have the database's owner change it for all connections to come."""
        async with await psycopg.AsyncConnection.connect(
            self.urls.owner, autocommit=True, options="-c default_transaction_read_only=off"
        ) as owner:
            await owner.execute(setting.encode())

    async def health(self) -> int:
        return (await self.program.client.get("/health")).status_code


@pytest_asyncio.fixture
async def away() -> AsyncIterator[Away]:
    clock = SetClock()
    restarts = RestartPolicy(attempts=5, first_pause_seconds=PAUSE_SECONDS)
    with short_folder() as folder:
        home = folder / "home"
        async with embedded_postgres(Settings(home=home), restarts) as postgres:
            await asyncio.to_thread(migrate, postgres.urls.owner)
            async with (
                open_database(
                    postgres.urls.platform, patience_seconds=0.5, answer_seconds=2
                ) as database,
                open_writer(
                    postgres.urls.writer, TABLES, clock, patience_seconds=0.5, answer_seconds=2
                ) as writer,
            ):
                house = House(database, writer, Ids(database), clock)
                await found_lantern_group(house)
                application = Litestar(plugins=[Web(house, home), Api(house, home, str)])
                transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's
                key = await key_for(house, "tests", "all")
                async with httpx.AsyncClient(
                    transport=transport,
                    base_url="http://house",
                    timeout=60,
                    headers={"Authorization": f"Bearer {key}"},
                ) as client:
                    yield Away(Program(client, ""), writer, home, postgres.urls)


async def test_the_api_says_so_and_heals(away: Away) -> None:
    program = away.program
    assert await away.health() == 200
    before = await program.order(line(DUCK))
    away.kill()

    read, written = await asyncio.gather(
        program.client.get(f"/v1/orders/{before}"), program.post("/v1/orders", ORDER, key="a")
    )
    for answer in (read, written):
        said = await program.refused(answer, 503, "database_away")
        assert said["advice"]
        assert int(answer.headers["retry-after"]) > 0
    assert await away.health() == 503

    async with asyncio.timeout(60):
        while await away.health() != 200:
            await asyncio.sleep(0.1)
    assert (await program.get(f"/v1/orders/{before}"))["state"] == "held"
    assert (await program.post("/v1/orders", ORDER, key="a")).status_code == 201
    orders = (await program.get("/v1/orders"))["items"]
    assert len(orders) == 2
    assert not [one for one in await audit_books(away.urls.platform) if one.failed]


async def test_a_server_that_stands_still_is_away_too(away: Away) -> None:
    """Alive, and answering nobody: programs and people are told so after a while, and whoever
    wrote asks again with the same key."""
    program, cookie = away.program, {"Cookie": "serai_session=somebody"}
    before = await program.order(line(DUCK))
    with frozen(away.home):
        async with asyncio.timeout(45):
            read, written, page, health = await asyncio.gather(
                program.client.get(f"/v1/orders/{before}"),
                program.post("/v1/orders", ORDER, key="a"),
                program.client.get("/group/orders", headers=cookie),
                program.client.get("/health"),
            )
    for answer in (read, written, health):
        said = await program.refused(answer, 503, "database_away")
        assert said["advice"]
        assert int(answer.headers["retry-after"]) > 0
    assert page.status_code == 503
    assert int(page.headers["retry-after"]) > 0
    assert "The books cannot be reached at the moment" in page.text

    async with asyncio.timeout(60):
        while await away.health() != 200:
            await asyncio.sleep(0.1)
    assert (await program.post("/v1/orders", ORDER, key="a")).status_code == 201
    assert (await program.post("/v1/orders", ORDER, key="a")).status_code == 201
    assert len((await program.get("/v1/orders"))["items"]) == 2
    assert not [one for one in await audit_books(away.urls.platform) if one.failed]


READ_ONLY = "ALTER DATABASE serai SET default_transaction_read_only = on"
WRITABLE = "ALTER DATABASE serai RESET default_transaction_read_only"


async def test_a_database_that_takes_no_commits_is_not_healthy(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.5)
    assert await away.health() == 200
    await away.set(READ_ONLY)
    away.kill()
    async with asyncio.timeout(60):
        while (await away.program.client.get("/v1/stores")).status_code != 200:
            await asyncio.sleep(0.1)
    answer = await away.program.client.get("/health")
    await away.program.refused(answer, 503, "books_not_written")
    assert int(answer.headers["retry-after"]) > 0
    assert (await away.program.post("/v1/orders", ORDER)).status_code == 503
    await away.set(WRITABLE)
    async with asyncio.timeout(60):
        while await away.health() != 200:
            await asyncio.sleep(0.1)


async def test_a_full_disk_is_named(away: Away, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LEAST_FREE_BYTES", 2**62)
    said = await away.program.refused(await away.program.client.get("/health"), 503, "disk_full")
    assert said["request_id"]  # whoever is told so finds it in the log
    ready = await away.program.client.get("/health/ready")
    assert (await away.program.refused(ready, 503, "disk_full"))["request_id"] != said["request_id"]
    live = await away.program.client.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})


async def test_without_a_writer_nothing_is_promised(away: Away) -> None:
    away.writer.finish()
    async with asyncio.timeout(10):
        while await away.health() != 503:
            await asyncio.sleep(0.05)
    answer = await away.program.post("/v1/orders", ORDER)
    await away.program.refused(answer, 503, "writer_away")
    answer = await away.program.client.get("/v1/organisation.csv")
    await away.program.refused(answer, 503, "writer_away")  # no file that the trail is not told of
    assert (await away.program.get("/v1/stores"))["items"]
