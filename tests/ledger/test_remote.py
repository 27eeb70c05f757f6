"""Another process proposes through the socket, and hears what the writer says."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import msgspec
import pytest

from serai.core import Database, utc_now
from serai.ledger import (
    Account,
    Committed,
    Event,
    Key,
    Proposal,
    Refused,
    Replayed,
    Transfer,
    Writer,
    WriterAway,
    events_after,
    open_remote_writer,
    serve_writer,
)


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="serai-") as folder:
        yield Path(folder) / "writer.sock"


def proposal(key: str, amount: int = 5, *, limited: bool = False) -> Proposal:
    payer = Account(1, "CNY", 9, "wallet", 0, "debits") if limited else Account(1, "CNY", 7, "x")
    return Proposal(
        key=Key("test", "pay", key),
        effective=utc_now(),
        business_date=date(2026, 5, 1),
        chain=(
            Transfer(debit=payer, credit=Account(1, "CNY", 8, "till"), amount=amount, reason="x"),
        ),
        events=(Event(type="paid"),),
        answer=b'{"paid": true}',
    )


async def test_answers_are_those_of_the_writer(books: Writer, socket: Path) -> None:
    async with serve_writer(books, socket, ()), open_remote_writer(socket) as remote:
        first = await remote.propose(proposal("a"))
        assert isinstance(first, Committed)
        assert isinstance(await remote.propose(proposal("a")), Replayed)
        refused = await remote.propose(proposal("b", 10**6, limited=True))
        assert isinstance(refused, Refused)
        assert refused.refusal.name == "exceeds_credits"
        assert remote.position == books.position == 1
        waiting = asyncio.create_task(remote.beyond(1))
        await books.propose(proposal("c"))
        assert await waiting == 2


async def test_the_socket_is_for_its_owner_alone(books: Writer, socket: Path) -> None:
    async with serve_writer(books, socket, ()):
        assert os.stat(socket).st_mode & 0o077 == 0


async def test_nonsense_is_hung_up_on_and_harms_nobody(books: Writer, socket: Path) -> None:
    async with serve_writer(books, socket, ()):
        for nonsense in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x04ABCD", b"\x00\x00\x00\x01\xc0"):
            stream, sink = await asyncio.open_unix_connection(socket)
            sink.write(nonsense)
            assert await stream.read() == b""
            sink.close()
        async with open_remote_writer(socket) as remote:
            assert isinstance(await remote.propose(proposal("a")), Committed)


async def test_a_lost_connection_is_made_anew_and_nothing_is_done_twice(
    books: Writer, database: Database, socket: Path
) -> None:
    async with AsyncExitStack() as stack:
        async with serve_writer(books, socket, ()):
            remote = await stack.enter_async_context(open_remote_writer(socket))
            assert isinstance(await remote.propose(proposal("first")), Committed)
        asked = [asyncio.create_task(remote.propose(proposal(str(n)))) for n in range(200)]
        async with serve_writer(books, socket, ()):
            answers = await asyncio.gather(*asked)
    assert all(isinstance(one, Committed | Replayed) for one in answers)
    assert len(await events_after(database, 0, 1000)) == 201


async def test_nobody_listening_is_said_at_once(socket: Path) -> None:
    with pytest.raises(WriterAway):
        async with open_remote_writer(socket):
            pass


PROGRAM = """
import asyncio, sys
from pathlib import Path
from serai.ledger import Committed, open_remote_writer
from tests.ledger.test_remote import proposal

async def main() -> None:
    async with open_remote_writer(Path(sys.argv[1])) as remote:
        outcomes = await asyncio.gather(*(remote.propose(proposal(str(n))) for n in range(100)))
        sys.stdout.write(str(sum(isinstance(one, Committed) for one in outcomes)))

asyncio.run(main())
"""


async def test_a_second_process_writes_through_the_first(books: Writer, socket: Path) -> None:
    async with serve_writer(books, socket, ()):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(socket), stdout=asyncio.subprocess.PIPE
        )
        told, _ = await process.communicate()
    assert told == b"100"
    assert msgspec.json.decode(proposal("0").answer) == {"paid": True}
