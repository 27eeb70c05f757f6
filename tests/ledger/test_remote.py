"""Other processes propose through a socket, and hear what the writer says."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.ledger import (
    BadRecord,
    Change,
    Committed,
    Event,
    Insert,
    ProposalBroken,
    Refused,
    Replayed,
    Scope,
    Table,
    Writer,
    WriterAway,
    open_remote_writer,
    open_writer,
    serve_writer,
)
from tests.databases import short_folder
from tests.ledger.conftest import Thing
from tests.ledger.steps import MOMENT, account, held, moved, opening, proposal

TOLD = "SELECT count(*) FROM events"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def socket() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "writer.sock"


class TestAnswers:
    async def test_they_are_those_of_the_writer(self, books: Writer, socket: Path) -> None:
        async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
            first = await remote.propose(
                proposal(opening(1), held(), key="a", answer=b'{"n": 1}', events=[Event(type="x")])
            )
            assert first == Committed(b'{"n": 1}', (1, 2), books._fence.recorded, 1)
            assert isinstance(first, Committed)
            assert first.recorded.tzinfo is not None
            again = await remote.propose(proposal(key="a"))
            assert again == Replayed(b'{"n": 1}')
            refused = await remote.propose(proposal(held(amount=3)))
            assert isinstance(refused, Refused)
            assert (refused.refusal.name, refused.refusal.missing) == ("exceeds_credits", 3)
            outside = await remote.propose(proposal(moved(), scope=Scope(frozenset({2}))))
            assert isinstance(outside, Refused)
            assert outside.refusal.name == "outside_scope"
            assert remote.position == books.position == 1

    async def test_beyond_waits_for_an_event_of_anybody(self, books: Writer, socket: Path) -> None:
        async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
            waiting = asyncio.create_task(remote.beyond(0))
            await remote.propose(proposal(moved()))
            assert not waiting.done()
            await books.propose(proposal(events=[Event(type="x")] * 2))
            assert await waiting == 2
            assert remote.position == 2

    async def test_records_arrive_as_what_they_are(
        self, books: Writer, database: Database, socket: Path, registered: Sequence[Table]
    ) -> None:
        made_at = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)
        async with (
            serve_writer(books, socket, registered),
            open_remote_writer(socket, registered) as remote,
        ):
            things = (Thing(id=1, labels=("a", "b"), made_at=made_at), Thing(id=2))
            await remote.propose(proposal(inserts=[Insert("scratch.things", things)]))
            values = {"labels": ("c",), "made_at": MOMENT, "name": "new"}
            await remote.propose(proposal(changes=[Change("scratch.things", 2, 1, values)]))
        assert await database.all(Thing, "SELECT * FROM scratch.things ORDER BY id") == [
            Thing(id=1, labels=("a", "b"), made_at=made_at),
            Thing(id=2, labels=("c",), made_at=MOMENT, name="new", version=2),
        ]

    @pytest.mark.parametrize("knows", [True, False], ids=["said here", "said there"])
    async def test_a_record_that_no_table_takes_is_raised(
        self, books: Writer, socket: Path, registered: Sequence[Table], knows: bool
    ) -> None:
        known = registered if knows else None
        async with (
            serve_writer(books, socket, registered),
            open_remote_writer(socket, known) as remote,
        ):
            for wrong in (
                proposal(inserts=[Insert("nowhere", (Thing(id=1),))]),
                proposal(changes=[Change("scratch.things", 1, 1, {"nothing": 5})]),
            ):
                with pytest.raises(BadRecord):
                    await remote.propose(wrong)
            strange = Thing(id="one")  # type: ignore[arg-type] # on purpose
            with pytest.raises(BadRecord):
                await remote.propose(proposal(inserts=[Insert("scratch.things", (strange,))]))

    async def test_what_the_writer_fails_over_is_raised(self, books: Writer, socket: Path) -> None:
        async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
            with pytest.raises(ProposalBroken):
                await remote.propose(proposal(moved(amount=None)))  # type: ignore[arg-type] # on purpose
            for rejected in (
                proposal(moved(reason="\ud800")),
                proposal(moved(account("x", 2**70))),
                proposal(moved(reason="a\0b")),
            ):
                outcome = await remote.propose(rejected)
                assert isinstance(outcome, Refused)
                assert outcome.refusal.name == "record_rejected"
            assert isinstance(await remote.propose(proposal(moved())), Committed)


class TestSocket:
    async def test_it_is_for_its_owner_alone(self, books: Writer, socket: Path) -> None:
        async with serve_writer(books, socket, ()):
            assert os.stat(socket).st_mode & 0o777 == 0o600
            assert os.listdir(socket.parent) == [socket.name]
        assert os.listdir(socket.parent) == []

    async def test_one_that_was_left_behind_is_taken_over(
        self, books: Writer, socket: Path
    ) -> None:
        async with serve_writer(books, socket, ()):
            async with serve_writer(books, socket, ()):
                pass
            async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
                assert isinstance(await remote.propose(proposal(moved())), Committed)

    async def test_nonsense_is_hung_up_on_and_harms_nobody(
        self, books: Writer, socket: Path
    ) -> None:
        async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
            for nonsense in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x04ABCD", b"\x00\x00\x00\x01\xc0"):
                stream, sink = await asyncio.open_unix_connection(socket)
                sink.write(nonsense)
                assert b"bad_frame" in await stream.read()
                sink.close()
            assert isinstance(await remote.propose(proposal(moved())), Committed)

    async def test_nobody_listening_is_said_at_once(self, socket: Path) -> None:
        with pytest.raises(WriterAway):
            async with open_remote_writer(socket):
                pass


class TestLoss:
    async def test_a_lost_connection_is_made_anew_and_nothing_is_done_twice(
        self, books: Writer, database: Database, socket: Path
    ) -> None:
        told = [Event(type="told")]
        async with AsyncExitStack() as stack:
            async with serve_writer(books, socket, ()):
                remote = await stack.enter_async_context(open_remote_writer(socket))
                asked = [
                    asyncio.create_task(remote.propose(proposal(moved(), events=told)))
                    for _ in range(200)
                ]
                waiting = asyncio.create_task(remote.beyond(299))
                await remote.propose(proposal(moved(), events=told))
            asked += [
                asyncio.create_task(remote.propose(proposal(moved(), events=told)))
                for _ in range(99)
            ]
            await asyncio.sleep(0)
            async with serve_writer(books, socket, ()):
                outcomes = await asyncio.gather(*asked)
                assert await waiting == 300
        assert all(isinstance(one, Committed | Replayed) for one in outcomes)
        assert await database.value(TOLD) == 300

    async def test_the_writer_that_comes_after_is_found(
        self, urls: DatabaseUrls, socket: Path
    ) -> None:
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(open_writer(urls.writer, []))
            await stack.enter_async_context(serve_writer(first, socket, ()))
            remote = await stack.enter_async_context(open_remote_writer(socket))
            await remote.propose(proposal(moved()))
            second = await stack.enter_async_context(open_writer(urls.writer, []))
            await stack.enter_async_context(serve_writer(second, socket, ()))
            assert isinstance(await remote.propose(proposal(moved())), Committed)

    async def test_nobody_waits_for_one_that_hangs_up_on_everybody(self, socket: Path) -> None:
        async def hang_up(_: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            sink.close()

        async with (
            await asyncio.start_unix_server(hang_up, socket),
            open_remote_writer(socket, patience_seconds=0.3) as remote,
        ):
            async with asyncio.timeout(10):
                with pytest.raises(WriterAway):
                    await remote.propose(proposal(moved()))

    async def test_nobody_waits_for_ever(self, books: Writer, socket: Path) -> None:
        async with AsyncExitStack() as stack:
            async with serve_writer(books, socket, ()):
                remote = await stack.enter_async_context(
                    open_remote_writer(socket, patience_seconds=0.2)
                )
            with pytest.raises(WriterAway):
                await remote.propose(proposal(moved(), key="a"))
            async with serve_writer(books, socket, ()):
                assert isinstance(await remote.propose(proposal(moved(), key="a")), Committed)
        with pytest.raises(WriterAway):
            await remote.propose(proposal(moved()))


CALLER = """
import asyncio, sys
from pathlib import Path
from serai.ledger import Committed, open_remote_writer
from tests.ledger.steps import moved, proposal

async def main() -> None:
    async with open_remote_writer(Path(sys.argv[1])) as remote:
        asked = [proposal(moved(), key=f"{sys.argv[2]}-{number}") for number in range(100)]
        outcomes = await asyncio.gather(*(remote.propose(one) for one in asked))
        sys.stdout.write(str(sum(isinstance(one, Committed) for one in outcomes)))

asyncio.run(main())
"""

HOST = """
import asyncio, sys
from pathlib import Path
from serai.ledger import open_writer, serve_writer

async def main() -> None:
    async with open_writer(sys.argv[2], []) as writer:
        async with serve_writer(writer, Path(sys.argv[1]), ()):
            sys.stdout.write("ready")
            sys.stdout.flush()
            await writer.watch()

asyncio.run(main())
"""


class TestProcesses:
    async def test_others_write_through_the_first(self, books: Writer, socket: Path) -> None:
        async with (
            serve_writer(books, socket, ()),
            started(CALLER, str(socket), "a") as one,
            started(CALLER, str(socket), "b") as other,
        ):
            assert (await one.communicate())[0] == b"100"
            assert (await other.communicate())[0] == b"100"

    async def test_a_killed_writer_is_followed_by_another_and_nothing_is_lost(
        self, urls: DatabaseUrls, database: Database, socket: Path
    ) -> None:
        told = [Event(type="told")]
        async with AsyncExitStack() as stack:
            host = await stack.enter_async_context(hosted(socket, urls))
            remote = await stack.enter_async_context(open_remote_writer(socket))
            asked = []
            for turn in range(3):
                asked += [
                    asyncio.create_task(remote.propose(proposal(moved(), events=told)))
                    for _ in range(300)
                ]
                await remote.propose(proposal(key=f"turn {turn}"))
                host.kill()
                await host.wait()
                host = await stack.enter_async_context(hosted(socket, urls))
            outcomes = await asyncio.gather(*asked)
        assert all(isinstance(one, Committed | Replayed) for one in outcomes)
        assert await database.value(TOLD) == 900


@asynccontextmanager
async def hosted(socket: Path, urls: DatabaseUrls) -> AsyncIterator[Process]:
    """A process with the writer in it, once it listens."""
    async with started(HOST, str(socket), urls.writer) as process:
        assert process.stdout is not None
        assert await process.stdout.readexactly(5) == b"ready"
        yield process


@asynccontextmanager
async def started(program: str, *arguments: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, stdout=PIPE, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
