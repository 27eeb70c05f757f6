"""The load: a process of its own that sends orders and takes the time until each is answered.

Run as `python -m serai.cli.bench.orders.load` with a `Load` on standard input; it answers with a
`Taken` on standard output. Closed loop: every connection sends its next order when the last one
was answered. Open loop (`rate` above 0): orders are due at fixed moments whether or not earlier
ones were answered, and their time counts from when they were due, so that a server that stalls
cannot hide it (no coordinated omission).
"""

import asyncio
import sys
from array import array
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, cycle
from pathlib import Path
from time import perf_counter, process_time

import msgspec
import uvloop
from msgspec import Struct

PATIENCE_SECONDS = 30.0
"""How long orders that are under way at the end are waited for."""
SHOWN_BYTES = 300

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_ID = b'{"id":'


class Load(Struct, frozen=True):
    """What to send: requests to `host` with the bodies in the file `bodies`, and keys that begin
    with `run`; the ids of the orders that were acknowledged go to the file `ids`."""

    host: str
    port: int
    run: str
    bodies: str
    ids: str
    connections: int
    seconds: float
    rate: float = 0.0
    key: str = ""
    """The program's key."""


class Taken(Struct, frozen=True):
    """What came of it. Times in milliseconds; `orders` of them were acknowledged in `seconds`,
    and `acknowledged` in all, with those that were under way at the end."""

    orders: int
    acknowledged: int
    refused: int
    failed: int
    unanswered: int
    seconds: float
    p50_ms: float
    p99_ms: float
    most_ms: float
    cpu_percent: float
    example: str
    """An answer that was no acknowledgement, where there was one."""


def write_bodies(path: Path, bodies: list[bytes]) -> None:
    """Put the bodies of orders where the load finds them."""
    path.write_bytes(msgspec.msgpack.encode(bodies))


def read_ids(path: Path) -> list[int]:
    """The ids of the orders that were acknowledged."""
    ids = array("q")
    ids.frombytes(path.read_bytes())
    return ids.tolist()


class Sender:
    """Sends over many connections, and keeps what was answered."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._requests = _requests(load)
        self._idle: list[_Line] = []
        self._due: deque[float] = deque()
        self._ended = False
        self._done = asyncio.Event()
        self._under_way = 0
        self.times = array("d")
        self.ids = array("q")
        self.refused = 0
        self.failed = 0
        self.example = b""
        self.orders = 0
        self.cpu_seconds = 0.0

    @property
    def unanswered(self) -> int:
        """What nobody has answered."""
        return self._under_way + len(self._due)

    async def run(self) -> float:
        """Send for as long as was asked; how long that took, in seconds."""
        loop = asyncio.get_running_loop()
        lines = [
            (await loop.create_connection(lambda: _Line(self), self._load.host, self._load.port))[1]
            for _ in range(self._load.connections)
        ]
        used, began = process_time(), perf_counter()
        if self._load.rate:
            self._idle = lines
            await self._open_loop(began)
        else:
            for line in lines:
                self._send(line, perf_counter())
            await asyncio.sleep(self._load.seconds)
        took = perf_counter() - began
        self.cpu_seconds = process_time() - used
        self._ended, self.orders = True, len(self.ids)
        if self._under_way or self._due:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), PATIENCE_SECONDS)
        for line in lines:
            line.close()
        return took

    async def _open_loop(self, began: float) -> None:
        for number in range(int(self._load.rate * self._load.seconds)):
            due = began + number / self._load.rate
            ahead = due - perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            if self._idle:
                self._send(self._idle.pop(), due)
            else:
                self._due.append(due)

    def _send(self, line: "_Line", due: float) -> None:
        self._under_way += 1
        line.send(next(self._requests), due)

    def answered(self, line: "_Line", status: bytes, body: bytes) -> None:
        """An answer has come over a line, which is free again."""
        now = perf_counter()
        self._under_way -= 1
        self.times.append(now - line.due)
        if status == b"201":
            self.ids.append(int(body[len(_ID) : body.index(b",")]))
        else:
            self._note(status, body)
        self._go_on(line, now)

    def lost(self, line: "_Line") -> None:
        """A line was cut while something was under way."""
        self._under_way -= 1
        self._note(b"000", b"the connection was closed")
        self._go_on(None, 0.0)

    def _go_on(self, line: "_Line | None", now: float) -> None:
        if self._due and line is not None:
            self._send(line, self._due.popleft())
        elif self._ended:
            if not self._under_way:
                self._done.set()
        elif line is not None:
            if self._load.rate:
                self._idle.append(line)
            else:
                self._send(line, now)

    def _note(self, status: bytes, body: bytes) -> None:
        if status.startswith(b"4"):
            self.refused += 1
        else:
            self.failed += 1
        self.example = self.example or status + b" " + body[:SHOWN_BYTES]


class _Line(asyncio.Protocol):
    """A connection with one order at a time under way, which was due at `due`."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._transport: asyncio.WriteTransport
        self._heard = b""
        self._asked = False
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's own class

    def send(self, request: bytes, due: float) -> None:
        """Send a request."""
        self.due, self._asked = due, True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """A part of an answer, mostly all of it."""
        heard = self._heard + data if self._heard else data
        body = heard.find(_HEAD_END) + len(_HEAD_END)
        if body < len(_HEAD_END):
            self._heard = heard
            return
        at = heard.find(_LENGTH, 0, body) + len(_LENGTH)
        length = int(heard[at : heard.index(b"\r", at)])
        if len(heard) < body + length:
            self._heard = heard
            return
        self._heard, self._asked = b"", False
        self._sender.answered(self, heard[9:12], heard[body:])

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection was closed, by the server if we had asked something."""
        if self._asked:
            self._asked = False
            self._sender.lost(self)

    def close(self) -> None:
        """Hang up."""
        self._asked = False
        self._transport.close()


def _requests(load: Load) -> Iterator[bytes]:
    """Orders without end, each under a key of its own."""
    bodies: list[bytes] = msgspec.msgpack.decode(Path(load.bodies).read_bytes(), type=list[bytes])
    heads = [
        f"POST /v1/orders HTTP/1.1\r\nHost: {load.host}:{load.port}\r\n"
        f"Authorization: Bearer {load.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Idempotency-Key: {load.run}-".encode()
        for body in bodies
    ]
    for number, (head, body) in zip(
        count(), cycle(list(zip(heads, bodies, strict=True))), strict=False
    ):
        yield b"%b%d%b%b" % (head, number, _HEAD_END, body)


async def _send(sender: Sender) -> Taken:
    seconds = await sender.run()
    times = sorted(sender.times) or [0.0]
    return Taken(
        orders=sender.orders,
        acknowledged=len(sender.ids),
        refused=sender.refused,
        failed=sender.failed,
        unanswered=sender.unanswered,
        seconds=round(seconds, 3),
        p50_ms=_milliseconds(times[len(times) // 2]),
        p99_ms=_milliseconds(times[min(len(times) - 1, int(0.99 * len(times)))]),
        most_ms=_milliseconds(times[-1]),
        cpu_percent=round(100 * sender.cpu_seconds / seconds, 1),
        example=sender.example.decode(errors="replace"),
    )


def _milliseconds(seconds: float) -> float:
    return round(1000 * seconds, 2)


if __name__ == "__main__":
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Load)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sender = Sender(asked)
        taken = runner.run(_send(sender))
    Path(asked.ids).write_bytes(sender.ids.tobytes())
    sys.stdout.buffer.write(msgspec.json.encode(taken))
