"""The database dies under the writer, and comes back or not."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from serai.core import Database, DatabaseAway, open_database
from serai.core.configuration import Settings
from serai.core.postgres import DatabaseUrls, Postgres, RestartPolicy, embedded_postgres
from serai.ledger import (
    Committed,
    Event,
    Fenced,
    Insert,
    Outcome,
    Proposal,
    Refused,
    Replayed,
    Writer,
    open_writer,
)
from serai.migrations import migrate
from tests.databases import short_folder
from tests.frozen import frozen, kill
from tests.ledger.conftest import Thing
from tests.ledger.steps import held, moved, opening, proposal

FOUND = """
SELECT (SELECT count(*) FROM transfers) AS transfers, (SELECT count(*) FROM keys) AS keys,
    (SELECT count(*) FROM events) AS events, (SELECT max(position) FROM events) AS position,
    (SELECT next_transfer FROM fence) AS next_transfer,
    (SELECT next_position FROM fence) AS next_position
"""


class Found(Struct, frozen=True):
    transfers: int
    keys: int
    events: int
    position: int
    next_transfer: int
    next_position: int


class Mortal(Struct):
    """A PostgreSQL of its own that can be killed."""

    postgres: Postgres
    home: Path

    @property
    def urls(self) -> DatabaseUrls:
        return self.postgres.urls

    def kill(self) -> None:
        """End the whole server at once, as a power cut would."""
        kill(self.home)


@pytest_asyncio.fixture
async def mortal(request: pytest.FixtureRequest) -> AsyncIterator[Mortal]:
    attempts = getattr(request, "param", 20)
    with short_folder() as folder:
        settings = Settings(home=folder / "home")
        async with embedded_postgres(settings, RestartPolicy(attempts=attempts)) as postgres:
            await asyncio.to_thread(migrate, postgres.urls.owner)
            yield Mortal(postgres, settings.home)


class Busy:
    """Callers who propose one thing after another; each is told of, and has two transfers."""

    def __init__(self, books: Writer, callers: int) -> None:
        self._books = books
        self._stopping = False
        self._calling = [asyncio.create_task(self._call(number)) for number in range(callers)]

    async def stop(self) -> list[Outcome]:
        """Every outcome that a caller was given."""
        self._stopping = True
        return [one for told in await asyncio.gather(*self._calling) for one in told]

    async def _call(self, caller: int) -> list[Outcome]:
        outcomes: list[Outcome] = []
        while not self._stopping:
            key = f"caller {caller}, {len(outcomes)}"
            asked = proposal(moved(), moved(), key=key, events=[Event(type="told")])
            outcomes.append(await self._books.propose(asked))
        return outcomes


class Line:
    """A socket before the server, on which the answer to a COMMIT can be lost."""

    def __init__(self, folder: Path, url: str) -> None:
        place = conninfo_to_dict(url)
        self._host, self._port = str(place["host"]), int(place.get("port") or 5432)
        self.url = make_conninfo(url, host=str(folder), port=5432)
        self.lost = 0
        self._path = folder / ".s.PGSQL.5432"
        self._losing: bool | None = None
        self._at_work: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Line":
        self._listening = await asyncio.start_unix_server(self._meet, self._path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        for task in self._at_work:
            task.cancel()

    def lose_next_commit(self, *, reaches: bool) -> None:
        """End the next connection that commits; the server hears of the commit or not."""
        self._losing = reaches

    async def _meet(self, stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            server = f"{self._host}/.s.PGSQL.{self._port}"
            answers, questions = await asyncio.open_unix_connection(server)
        else:
            answers, questions = await asyncio.open_connection(self._host, self._port)
        back = asyncio.create_task(self._carry(answers, sink))
        self._at_work.add(back)
        while asked := await stream.read(2**20):
            if self._losing is False and b"COMMIT" in asked:
                self._lose()
                break
            questions.write(asked)
        sink.close()
        questions.close()

    async def _carry(self, stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while said := await stream.read(2**20):
            if self._losing and b"COMMIT" in said:  # as the server says when it is done
                self._lose()
                break
            sink.write(said)
        sink.close()

    def _lose(self) -> None:
        self._losing = None
        self.lost += 1


async def test_every_answer_is_there_once_after_the_server_was_killed(mortal: Mortal) -> None:
    async with open_writer(mortal.urls.writer, []) as books:
        busy = Busy(books, callers=40)
        for _ in range(3):
            await books.beyond(books.position + 200)
            mortal.kill()
        await books.beyond(books.position + 200)
        outcomes = await busy.stop()
        assert all(isinstance(one, Committed | Replayed) for one in outcomes)
        numbers = [id for one in outcomes if isinstance(one, Committed) for id in one.transfers]
        assert len(numbers) == len(set(numbers))
        assert books.position == len(outcomes)
        async with open_database(mortal.urls.platform) as database:
            found = await database.one(Found, FOUND)
        count = len(outcomes)
        assert found == Found(2 * count, count, count, count, 2 * count + 1, count + 1)


async def test_a_lost_connection_is_made_anew(urls: DatabaseUrls, database: Database) -> None:
    async with open_writer(urls.writer, []) as books:
        busy = Busy(books, callers=20)
        for _ in range(8):
            await books.beyond(books.position + 30)
            cut(books)
        outcomes = await busy.stop()
        assert all(isinstance(one, Committed | Replayed) for one in outcomes)
        found = await database.one(Found, FOUND)
        assert found is not None
        assert (found.transfers, found.events) == (2 * len(outcomes), len(outcomes))


@pytest.mark.parametrize("reaches", [True, False], ids=["it was done", "it was not"])
async def test_an_unsure_commit_is_answered_from_what_is_really_there(
    urls: DatabaseUrls, reaches: bool
) -> None:
    """The connection ends after COMMIT was sent and before the server's word came back."""
    with short_folder() as folder:
        async with Line(folder, urls.writer) as line, open_writer(line.url, []) as books:
            await books.propose(proposal(opening(2), events=[Event(type="told")]))
            line.lose_next_commit(reaches=reaches)
            kept, again, refused = await asyncio.gather(
                books.propose(proposal(held(), key="1", events=[Event(type="told")])),
                books.propose(proposal(held(), key="1", events=[Event(type="told")])),
                books.propose(proposal(held(amount=2), key="2")),
            )
            assert line.lost == 1
            assert isinstance(kept, Replayed if reaches else Committed)
            assert isinstance(again, Replayed)
            assert isinstance(refused, Refused)
            assert refused.replayed == reaches
            assert refused.refusal.missing == 1
            assert books.position == 2
            assert list(books._memory.pendings) == [2]
            last = await books.propose(proposal(held(), events=[Event(type="told")]))
            assert isinstance(last, Committed)
            assert (last.transfers, last.position) == ((3,), 3)


async def test_open_holds_are_remembered_over_a_lost_connection(urls: DatabaseUrls) -> None:
    async with open_writer(urls.writer, []) as books:
        first = await books.propose(proposal(opening(1), held(timeout_seconds=1)))
        assert isinstance(first, Committed)
        cut(books)
        await books.propose(proposal(moved()))
        assert list(books._memory.pendings) == [2]
        async with asyncio.timeout(10):
            while books._memory.pendings:
                await asyncio.sleep(0.05)


async def test_a_connection_lost_while_a_batch_is_settled_apart_leaves_nobody_waiting(
    books: Writer, database: Database
) -> None:
    bad = proposal(inserts=[Insert("scratch.things", (Thing(id=1, name="forbidden"),))])
    asked = [asyncio.create_task(books.propose(one)) for one in (bad, *(proposal(moved()),) * 5)]
    refused = await asked[0]
    cut(books)
    async with asyncio.timeout(10):
        others = await asyncio.gather(*asked[1:])
    assert isinstance(refused, Refused)
    assert all(isinstance(one, Committed | Replayed) for one in others)
    found = await database.one(Found, FOUND)
    assert found is not None
    assert (found.transfers, found.keys) == (1, 1)


async def test_patience_begins_anew_when_nobody_has_waited(urls: DatabaseUrls) -> None:
    patience_seconds = 2.0
    known = proposal(moved())
    async with open_writer(urls.writer, [], patience_seconds=patience_seconds) as books:
        await books.propose(known)
        cut(books)
        assert isinstance(await books.propose(known), Replayed)
        again = time.monotonic()
        while time.monotonic() - again < patience_seconds:
            assert isinstance(await books.propose(known), Replayed)  # so nothing is committed
        cut(books)
        assert isinstance(await books.propose(known), Replayed)


@pytest.mark.parametrize("mortal", [0], indirect=True)
async def test_nobody_waits_for_ever(mortal: Mortal) -> None:
    async with open_writer(mortal.urls.writer, [], patience_seconds=0.3) as books:
        assert isinstance(await books.propose(proposal(moved(), key="a")), Committed)
        servants = [connection.info.backend_pid for connection in books._link._connections]
        mortal.kill()
        async with asyncio.timeout(10):
            while any(Path(f"/proc/{pid}").exists() for pid in servants):
                await asyncio.sleep(0.01)  # the last one may still commit what is asked at once
        asked = [asyncio.create_task(books.propose(proposal(moved()))) for _ in range(5)]
        for task in asked:
            with pytest.raises(DatabaseAway):
                await task
        with pytest.raises(DatabaseAway):
            await books.propose(proposal(moved()))
        began = time.monotonic()
    assert time.monotonic() - began < 5
    with pytest.raises(Fenced):
        await books.propose(proposal(moved()))


async def test_a_server_that_stands_still_keeps_nobody_waiting_and_loses_nothing(
    mortal: Mortal,
) -> None:
    """Whoever is told that the database is away asks again with the same key, and it is done once,
    whether it had been on its way or not."""
    asked = [proposal(moved(), moved(), key=str(n), events=[Event(type="told")]) for n in range(60)]
    async with open_writer(
        mortal.urls.writer, [], patience_seconds=0.5, answer_seconds=0.5
    ) as books:
        under_way = [asyncio.create_task(books.propose(one)) for one in asked[:40]]
        await books.beyond(0)
        with frozen(mortal.home):
            under_way += [asyncio.create_task(books.propose(one)) for one in asked[40:]]
            async with asyncio.timeout(30):
                told = await asyncio.gather(*under_way, return_exceptions=True)
        assert {type(one) for one in told} <= {Committed, Replayed, DatabaseAway}
        assert any(isinstance(one, DatabaseAway) for one in told)
        again = [await settled(books, one) for one in asked]
        done = {n for n, one in enumerate(told) if not isinstance(one, DatabaseAway)}
        assert all(isinstance(again[n], Replayed) for n in done)
        assert books.position == len(asked)
    async with open_database(mortal.urls.platform) as database:
        found = await database.one(Found, FOUND)
    assert found == Found(120, 60, 60, 60, 121, 61)


async def settled(books: Writer, asked: Proposal) -> Outcome:
    """What comes of a proposal that is asked for until somebody answers."""
    async with asyncio.timeout(30):
        while True:
            try:
                return await books.propose(asked)
            except DatabaseAway:
                continue


def cut(books: Writer) -> None:
    """Cut the writer's connections on this side; the server learns of it later."""
    for connection in books._link._connections:
        if not connection.closed:
            with socket.socket(fileno=os.dup(connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)


async def test_a_last_word_about_the_servers_own_end_is_no_word_about_the_batch(
    urls: DatabaseUrls,
) -> None:
    async with open_writer(urls.writer, []) as books:
        panic = psycopg.errors.InternalError_("could not write to the log")
        assert not books._link.is_away(psycopg.errors.CheckViolation())
        cut(books)
        assert isinstance(await books.propose(proposal(moved())), Committed)
        await books._link.close()
        assert books._link.is_away(panic)
