"""The books from another process: proposals go to the one writer over a Unix socket.

Many are in flight at once. A connection that is lost between question and answer is made anew
and the question put again: its key makes it safe.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from serai.core import DatabaseAway
from serai.ledger.callers import REJECTED
from serai.ledger.patience import Patience
from serai.ledger.proposals import Outcome, Proposal, Refused
from serai.ledger.records import BadRecord, Records, Table
from serai.ledger.wire import (
    Ask,
    At,
    BadFrame,
    Failed,
    Question,
    Reply,
    Told,
    Wait,
    framed,
    receive,
)

PATIENCE_SECONDS = 30.0
"""How long a question waits for a writer that has gone away; a platform may start again."""
PAUSE_SECONDS = 0.1


class WriterAway(DatabaseAway):
    """No writer answers at the socket; the proposal may be tried again with its key."""


class ProposalBroken(Exception):
    """The writer failed over a proposal in a way that nobody had foreseen."""


class _Open(Struct, eq=False):
    """A question that waits for its answer."""

    frame: bytes
    answer: asyncio.Future[Reply]


class RemoteWriter:
    """The writer of another process; made by `open_remote_writer`."""

    def __init__(
        self, path: Path, registered: Sequence[Table] | None, patience_seconds: float
    ) -> None:
        self._path = path
        self._records = None if registered is None else Records(registered)
        self._patience = Patience(patience_seconds, longest_pause_seconds=PAUSE_SECONDS)
        self._sink: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._open: dict[int, _Open] = {}
        self._position = 0

    async def propose(self, proposal: Proposal) -> Outcome:
        """Commit a proposal; answers when it is on disk, or with the stored or named refusal.

        Raises `WriterAway` when no writer has answered for too long, and otherwise what the
        writer raises: `DatabaseAway`, `BadRecord`.
        """
        if self._records is not None:
            self._records.check(proposal)
        try:
            body = msgspec.Raw(msgspec.msgpack.encode(proposal))
        except (OverflowError, UnicodeError):
            return Refused(REJECTED)
        told = await self._put(Ask(next(self._ids), body))
        assert isinstance(told, Told)
        self._position = max(self._position, told.position)
        return told.outcome

    @property
    def position(self) -> int:
        """The position of the last event that this process has heard of."""
        return self._position

    async def beyond(self, position: int) -> int:
        """Wait until an event after `position` is committed; the last position then."""
        at = await self._put(Wait(next(self._ids), position))
        assert isinstance(at, At)
        self._position = max(self._position, at.position)
        return at.position

    async def start(self) -> None:
        """Reach the writer; raises `WriterAway` when nobody listens at the socket."""
        try:
            stream = await self._connect()
        except OSError as error:
            raise WriterAway(f"no writer listens at {self._path}") from error
        self._listening = asyncio.create_task(self._listen(stream), name="remote writer")

    async def close(self) -> None:
        """Hang up."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
        if self._sink is not None:
            self._sink.close()

    async def _put(self, question: Question) -> Reply:
        if self._listening is None or self._listening.done():
            raise WriterAway("the way to the writer was closed")
        frame = framed(question)
        waiting = _Open(frame, asyncio.get_running_loop().create_future())
        self._open[question.id] = waiting
        try:
            if self._sink is not None:
                self._sink.write(frame)
                with suppress(ConnectionError):
                    await self._sink.drain()
            return await waiting.answer
        finally:
            del self._open[question.id]

    async def _connect(self) -> asyncio.StreamReader:
        stream, sink = await asyncio.open_unix_connection(self._path)
        for waiting in self._open.values():
            sink.write(waiting.frame)
        self._sink = sink
        self._patience.reach()
        return stream

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        """Hear answers for as long as there are any, over as many connections as it takes."""
        replies = msgspec.msgpack.Decoder(Reply)
        lost = (asyncio.IncompleteReadError, ConnectionError, msgspec.MsgspecError, BadFrame)
        try:
            while True:
                try:
                    self._hear(replies.decode(await receive(stream)))
                except lost:
                    stream = await self._reconnect()
        finally:
            self._fail(WriterAway("the way to the writer was closed"))

    def _hear(self, reply: Reply) -> None:
        waiting = self._open.get(reply.id)
        if waiting is None or waiting.answer.done():
            return
        self._patience.restore()
        if isinstance(reply, Failed):
            waiting.answer.set_exception(_raised(reply))
        else:
            waiting.answer.set_result(reply)

    async def _reconnect(self) -> asyncio.StreamReader:
        if self._sink is not None:
            self._sink.close()
        self._sink = None
        self._patience.lose()
        if self._patience.is_over():
            self._fail(WriterAway("the writer hangs up on everybody; ask again with the same key"))
        while True:
            await self._patience.pause()
            with suppress(OSError):
                return await self._connect()
            if self._patience.is_over():
                self._fail(WriterAway("the writer does not come back; ask again with the same key"))

    def _fail(self, error: WriterAway) -> None:
        for waiting in self._open.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(error)


def _raised(failed: Failed) -> Exception:
    match failed.kind:
        case "away":
            return DatabaseAway(failed.error)
        case "bad_record":
            return BadRecord(failed.error)
        case _:
            return ProposalBroken(failed.error)


@asynccontextmanager
async def open_remote_writer(
    path: Path,
    registered: Sequence[Table] | None = None,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
) -> AsyncIterator[RemoteWriter]:
    """The writer that listens at the socket `path`, until the end of the block.

    With `registered`, the tables of the writer, a record that fits none of them is known at once.
    """
    writer = RemoteWriter(path, registered, patience_seconds)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.close()
