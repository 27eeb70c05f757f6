"""Lets other processes of this user propose to the writer, through a Unix socket."""

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import structlog

from serai.core import DatabaseAway
from serai.ledger.books import Books
from serai.ledger.journal import Fenced
from serai.ledger.records import BadRecord, Table
from serai.ledger.wire import (
    Ask,
    At,
    BadFrame,
    Failed,
    ProposalReader,
    Question,
    Reply,
    Told,
    framed,
    receive,
)

_log = structlog.get_logger()

MOST_AT_WORK = 1024
"""Questions of one connection that wait for their answers; further ones are not read yet."""
ACCEPT_PAUSE_SECONDS = 0.1


@asynccontextmanager
async def serve_writer(
    books: Books, path: Path, registered: Sequence[Table]
) -> AsyncIterator[None]:
    """Let other processes of this user propose to `books` through a socket at `path`.

    `registered` are the tables of the writer. At the end of the block everybody is hung up on.
    """
    listening = _bind(path)
    ours = _mark(path)
    host = asyncio.create_task(_welcome(listening, books, ProposalReader(registered)))
    try:
        yield
    finally:
        host.cancel()
        await asyncio.gather(host, return_exceptions=True)
        listening.close()
        if _mark(path) == ours:  # and not that of a writer that came after
            os.unlink(path)


async def _welcome(listening: socket.socket, books: Books, reader: ProposalReader) -> None:
    """Talk with everybody who comes, each on their own."""
    talking: set[asyncio.Task[None]] = set()
    try:
        while True:
            try:
                line, _ = await asyncio.get_running_loop().sock_accept(listening)
            except OSError as error:
                _log.warning("socket_not_accepted", error=str(error))
                await asyncio.sleep(ACCEPT_PAUSE_SECONDS)  # until somebody has hung up
                continue
            task = asyncio.create_task(_talk(line, books, reader))
            talking.add(task)
            task.add_done_callback(talking.discard)
    finally:
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


async def _talk(line: socket.socket, books: Books, reader: ProposalReader) -> None:
    try:
        stream, sink = await asyncio.open_unix_connection(sock=line)
    except BaseException:
        line.close()
        raise
    await _Conversation(books, reader, stream, sink).hold()


def _bind(path: Path) -> socket.socket:
    """A socket that is this user's alone from its first moment on, also where one was left."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with tempfile.TemporaryDirectory(prefix=".", dir=path.parent) as folder:
            made = Path(folder) / "s"
            listening.bind(str(made))
            made.chmod(0o600)
            os.replace(made, path)
        listening.listen()
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def _mark(path: Path) -> int | None:
    """What tells one socket at a path from the next one."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


class _Conversation:
    """One connection: questions are read as they come, and answered when they are."""

    def __init__(
        self,
        books: Books,
        reader: ProposalReader,
        stream: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        self._books = books
        self._reader = reader
        self._stream = stream
        self._sink = sink
        self._room = asyncio.Semaphore(MOST_AT_WORK)
        self._at_work: set[asyncio.Task[None]] = set()

    async def hold(self) -> None:
        questions = msgspec.msgpack.Decoder(Question)
        try:
            while True:
                question = questions.decode(await receive(self._stream))
                await self._room.acquire()
                task = asyncio.create_task(self._answer(question))
                self._at_work.add(task)
                task.add_done_callback(self._done)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever asked has gone; what they proposed is decided all the same
        except (msgspec.MsgspecError, UnicodeError, BadFrame) as error:
            _log.warning("bad_frame", error=str(error))
            with suppress(ConnectionError):
                self._sink.write(framed(Failed(0, "bad_frame", str(error))))
                await self._sink.drain()
        finally:
            for task in self._at_work:
                task.cancel()
            self._sink.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._at_work.discard(task)
        self._room.release()

    async def _answer(self, question: Question) -> None:
        try:
            reply = await self._reply(question)
        except Fenced:
            self._sink.close()  # who asks will look for the writer that came after this one
            return
        except DatabaseAway as error:
            reply = Failed(question.id, "away", str(error))
        except BadRecord as error:
            reply = Failed(question.id, "bad_record", str(error))
        except BadFrame as error:
            reply = Failed(question.id, "bad_frame", str(error))
        except Exception as error:
            _log.exception("proposal_failed")
            reply = Failed(question.id, "broken", f"{type(error).__name__}: {error}")
        with suppress(ConnectionError):
            self._sink.write(framed(reply))
            await self._sink.drain()

    async def _reply(self, question: Question) -> Reply:
        if isinstance(question, Ask):
            outcome = await self._books.propose(self._reader.read(question.proposal))
            return Told(question.id, outcome, self._books.position)
        return At(question.id, await self._books.beyond(question.position))
