"""The books from another process: proposals go to the one writer over a Unix socket.

Each frame is a length and a MessagePack body; many are in flight at once. A connection that is
lost between question and answer is made anew and the question put again: its key makes it safe.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from serai.core import DatabaseAway, Refusal
from serai.ledger.books import Books
from serai.ledger.proposals import (
    EVERYTHING,
    Change,
    Event,
    Insert,
    Key,
    Outcome,
    Proposal,
    Scope,
)
from serai.ledger.records import Table
from serai.ledger.transfers import Step

_log = structlog.get_logger()

MOST_BYTES = 64 * 1024 * 1024
"""The largest frame: a slice of records to enter is the largest thing anybody sends."""
PATIENCE_SECONDS = 30.0
_HEAD = 4


class WriterAway(DatabaseAway):
    """No writer answers at the socket; the proposal may be tried again with its key."""


class _Ask(Struct, frozen=True, tag="ask"):
    id: int
    proposal: msgspec.Raw


class _Wait(Struct, frozen=True, tag="wait"):
    id: int
    position: int


class _Told(Struct, frozen=True, tag="told"):
    id: int
    outcome: Outcome
    position: int


class _At(Struct, frozen=True, tag="at"):
    id: int
    position: int


class _Failed(Struct, frozen=True, tag="failed"):
    id: int
    error: str


class _WireInsert(Struct, frozen=True):
    table: str
    rows: msgspec.Raw


class _WireProposal(Struct, frozen=True, kw_only=True):
    """A proposal whose records are still bytes: their types are those of the tables."""

    key: Key
    effective: datetime
    business_date: date
    chain: tuple[Step, ...] = ()
    inserts: tuple[_WireInsert, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    scope: Scope = EVERYTHING
    answer: bytes = b"{}"
    refusal: Refusal | None = None
    keep_refusal: bool = True


class _Reader:
    """Turns a proposal's bytes into values again."""

    def __init__(self, registered: Sequence[Table]) -> None:
        self._rows = {
            table.name: msgspec.msgpack.Decoder(tuple[table.row, ...])  # type: ignore[name-defined]
            for table in registered  # mypy cannot see a type that is a value
        }
        self._fields = {
            table.name: {field.name: field.type for field in msgspec.structs.fields(table.row)}
            for table in registered
        }
        self._proposal = msgspec.msgpack.Decoder(_WireProposal)

    def read(self, body: msgspec.Raw) -> Proposal:
        """The proposal in `body`; raises `msgspec.MsgspecError` or `KeyError` for another thing."""
        wire = self._proposal.decode(body)
        fields = msgspec.structs.asdict(wire)
        fields["inserts"] = tuple(
            Insert(one.table, self._rows[one.table].decode(one.rows)) for one in wire.inserts
        )
        fields["changes"] = tuple(self._change(change) for change in wire.changes)
        return Proposal(**fields)

    def _change(self, change: Change) -> Change:
        types = self._fields[change.table]
        values: dict[str, object] = {
            column: msgspec.convert(value, types[column], strict=False)
            for column, value in change.values.items()
        }
        return Change(change.table, change.id, change.version, values)


@asynccontextmanager
async def serve_writer(
    books: Books, path: Path, registered: Sequence[Table]
) -> AsyncIterator[None]:
    """Let other processes of this user propose to `books` through a socket at `path`."""
    reader = _Reader(registered)

    async def meet(stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        await _attend(books, reader, stream, sink)

    _remove(path)
    mask = os.umask(0o177)  # the socket is this user's alone, from its first moment on
    try:
        server = await asyncio.start_unix_server(meet, path, limit=MOST_BYTES)
    finally:
        os.umask(mask)
    try:
        yield
    finally:
        server.close()
        _remove(path)


def _remove(path: Path) -> None:
    """A socket that nobody listens at is left behind by a process that was killed."""
    with suppress(FileNotFoundError):
        os.unlink(path)


async def _attend(
    books: Books, reader: _Reader, stream: asyncio.StreamReader, sink: asyncio.StreamWriter
) -> None:
    questions = msgspec.msgpack.Decoder(_Ask | _Wait)
    at_work: set[asyncio.Task[None]] = set()
    try:
        while True:
            question = questions.decode(await _receive(stream))
            task = asyncio.create_task(_reply(books, reader, question, sink))
            at_work.add(task)
            task.add_done_callback(at_work.discard)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # whoever asked has gone; what they proposed is decided all the same
    except (msgspec.MsgspecError, ValueError) as error:
        _log.warning("bad_frame", error=str(error))
    finally:
        for task in at_work:
            task.cancel()
        sink.close()


async def _reply(
    books: Books, reader: _Reader, question: _Ask | _Wait, sink: asyncio.StreamWriter
) -> None:
    reply: _Told | _At | _Failed
    try:
        if isinstance(question, _Wait):
            reply = _At(question.id, await books.beyond(question.position))
        else:
            outcome = await books.propose(reader.read(question.proposal))
            reply = _Told(question.id, outcome, books.position)
    except Exception as error:
        _log.warning("proposal_failed", error=type(error).__name__)
        reply = _Failed(question.id, f"{type(error).__name__}: {error}")
    with suppress(ConnectionError):
        _send(sink, reply)
        await sink.drain()


class RemoteWriter:
    """The writer of another process; made by `open_remote_writer`."""

    def __init__(self, path: Path, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._path = path
        self._patience_seconds = patience_seconds
        self._sink: asyncio.StreamWriter | None = None
        self._listener: asyncio.Task[None] | None = None
        self._ids = itertools.count(1)
        self._open: dict[int, tuple[_Ask | _Wait, asyncio.Future[Any]]] = {}
        self._position = 0
        self._gone: WriterAway | None = None

    async def propose(self, proposal: Proposal) -> Outcome:
        """Commit a proposal; answers when it is on disk, or with the stored or named refusal.

        Raises `WriterAway` when no writer has answered for too long.
        """
        body = msgspec.Raw(msgspec.msgpack.encode(proposal))
        told: _Told = await self._put(_Ask(next(self._ids), body))
        self._position = max(self._position, told.position)
        return told.outcome

    @property
    def position(self) -> int:
        """The position of the last event that this process has heard of."""
        return self._position

    async def beyond(self, position: int) -> int:
        """Wait until an event after `position` is committed; the last position then."""
        at: _At = await self._put(_Wait(next(self._ids), position))
        self._position = max(self._position, at.position)
        return at.position

    async def connect(self) -> None:
        """Reach the writer; raises `WriterAway` when nobody listens at the socket."""
        try:
            stream, self._sink = await asyncio.open_unix_connection(self._path, limit=MOST_BYTES)
        except OSError as error:
            raise WriterAway("no writer listens in this data folder") from error
        self._listener = asyncio.create_task(self._listen(stream))

    async def close(self) -> None:
        """Hang up."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        if self._sink is not None:
            self._sink.close()

    async def _put(self, question: _Ask | _Wait) -> Any:
        if self._gone is not None:
            raise self._gone
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._open[question.id] = (question, answer)
        if self._sink is not None and not self._sink.is_closing():
            _send(self._sink, question)
            with suppress(ConnectionError):
                await self._sink.drain()
        try:
            return await answer
        finally:
            self._open.pop(question.id, None)

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        """Hear answers for as long as there are any, over as many connections as it takes."""
        answers = msgspec.msgpack.Decoder(_Told | _At | _Failed)
        while True:
            try:
                reply = answers.decode(await _receive(stream))
            except (asyncio.IncompleteReadError, ConnectionError):
                again = await self._reconnect()
                if again is None:
                    return
                stream = again
                continue
            _, waiting = self._open.get(reply.id, (None, None))
            if waiting is None or waiting.done():
                continue
            if isinstance(reply, _Failed):
                waiting.set_exception(WriterAway(f"the writer could not answer: {reply.error}"))
            else:
                waiting.set_result(reply)

    async def _reconnect(self) -> asyncio.StreamReader | None:
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_seconds
        while loop.time() < until:
            try:
                stream, self._sink = await asyncio.open_unix_connection(
                    self._path, limit=MOST_BYTES
                )
            except OSError:
                await asyncio.sleep(0.1)  # the platform may be starting again
                continue
            for question, _ in list(self._open.values()):
                _send(self._sink, question)
            return stream
        self._gone = WriterAway("the platform that ran in this data folder has stopped")
        for _, waiting in self._open.values():
            if not waiting.done():
                waiting.set_exception(self._gone)
        return None


@asynccontextmanager
async def open_remote_writer(
    path: Path, *, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[RemoteWriter]:
    """The writer that listens at the socket `path`, until the end of the block."""
    writer = RemoteWriter(path, patience_seconds)
    await writer.connect()
    try:
        yield writer
    finally:
        await writer.close()


async def _receive(stream: asyncio.StreamReader) -> bytes:
    length = int.from_bytes(await stream.readexactly(_HEAD), "big")
    if length > MOST_BYTES:
        raise ValueError(f"a frame of {length} bytes is larger than any proposal")
    return await stream.readexactly(length)


def _send(sink: asyncio.StreamWriter, message: Struct) -> None:
    body = msgspec.msgpack.encode(message)
    sink.write(len(body).to_bytes(_HEAD, "big") + body)
