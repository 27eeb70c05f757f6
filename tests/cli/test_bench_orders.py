"""The load of `serai bench orders`: what it counts, and from when."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import msgspec

from serai.cli.bench.orders import processes
from serai.cli.bench.orders.load import Load, Sender, write_bodies
from serai.cli.bench.orders.wishes import OnSale, Wishes

TODAY = date(2026, 6, 1)
BODIES = [b'{"customer_id":1}', b'{"customer_id":22}']


class Counter:
    """A server that takes orders: it answers each in pieces, refuses some, and may sleep once."""

    def __init__(self, *, refuse_every: int = 0, stall_at: int = 0) -> None:
        self.keys: list[str] = []
        self.bodies: set[bytes] = set()
        self._refuse_every = refuse_every
        self._stall_at = stall_at
        self.awake = asyncio.Event()
        self.awake.set()

    async def serve(self, stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await stream.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.split(": ") for line in head[1:] if line)
                self.bodies.add(await stream.readexactly(int(headers["Content-Length"])))
                self.keys.append(headers["Idempotency-Key"])
                number = len(self.keys)
                if number == self._stall_at:
                    self.awake.clear()
                    asyncio.get_running_loop().call_later(0.5, self.awake.set)
                await self.awake.wait()
                for piece in self._answer(number):
                    sink.write(piece)
                    await sink.drain()
                    await asyncio.sleep(0)
        except (asyncio.IncompleteReadError, ConnectionError):
            sink.close()

    def _answer(self, number: int) -> tuple[bytes, ...]:
        if self._refuse_every and number % self._refuse_every == 0:
            body = b'{"refusal":"exceeds_credits"}'
            return (b"HTTP/1.1 409 Conflict\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body),)
        body = b'{"id":%d,"number":"O1"}' % number
        return b"HTTP/1.1 201 Created\r\ncontent-le", b"ngth: %d\r\n\r\n" % len(body), body


@asynccontextmanager
async def listening(counter: Counter) -> AsyncIterator[int]:
    server = await asyncio.start_server(counter.serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def sent(counter: Counter, folder: Path, seconds: float, rate: float = 0.0) -> Sender:
    write_bodies(folder / "bodies", BODIES)
    async with listening(counter) as port:
        sender = Sender(
            Load(
                host="127.0.0.1",
                port=port,
                run="run",
                bodies=str(folder / "bodies"),
                ids=str(folder / "ids"),
                connections=4,
                seconds=seconds,
                rate=rate,
                key="serai_1_x",
            )
        )
        await sender.run()
    return sender


async def test_every_order_has_a_key_of_its_own_and_is_accounted_for(tmp_path: Path) -> None:
    counter = Counter(refuse_every=5)
    sender = await sent(counter, tmp_path, seconds=0.3)
    assert len(set(counter.keys)) == len(counter.keys) > 5
    assert counter.bodies == set(BODIES)
    assert sender.refused == len(counter.keys) // 5
    assert sorted(sender.ids) == [n for n in range(1, len(counter.keys) + 1) if n % 5]
    assert (sender.failed, sender.unanswered) == (0, 0)
    assert b"exceeds_credits" in sender.example


async def test_orders_are_due_whether_or_not_earlier_ones_were_answered(tmp_path: Path) -> None:
    counter = Counter(stall_at=20)
    sender = await sent(counter, tmp_path, seconds=1.0, rate=200.0)
    assert len(sender.ids) == len(counter.keys) == 200
    # While the server slept for half a second, a hundred orders fell due behind its back.
    assert sum(time > 0.1 for time in sender.times) > 40


async def test_a_server_that_hangs_up_has_failed(tmp_path: Path) -> None:
    class Gone(Counter):
        async def serve(self, stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            await stream.readuntil(b"\r\n\r\n")
            sink.close()

    sender = await sent(Gone(), tmp_path, seconds=0.2)
    assert (sender.failed, len(sender.ids), sender.unanswered) == (4, 0, 0)


def on_sale(id: int, segment: str, store: int, *starts: int) -> OnSale:
    return msgspec.convert(
        {
            "id": id, "currency": "CNY", "since": "2026-01-01", "until": "2027-01-01",
            "product": {"segment": segment, "most": 2, "starts": starts},
            "plan": {"guarantee": "none"}, "store": {"id": store},
        },
        OnSale,
    )  # fmt: skip


def test_orders_are_drawn_from_what_is_on_sale() -> None:
    offers = [
        on_sale(1, "hotel", 7), on_sale(2, "dining", 7, 1080), on_sale(3, "ticket", 8, 540, 600),
    ]  # fmt: skip
    bodies = Wishes(offers, [5, 6], TODAY).bodies(50, 6)
    orders = [msgspec.json.decode(body) for body in bodies]
    lines = [line for order in orders for line in order["lines"]]
    assert {len(order["lines"]) for order in orders} == {6}
    assert {order["customer_id"] for order in orders} == {5, 6}
    assert {line["offer_id"] for line in lines} == {1, 2, 3}
    assert all(line["first_day"] > TODAY.isoformat() for line in lines)
    assert all(line.get("quantity", 1) <= 2 for line in lines)
    assert {line["minute"] for line in lines if line["offer_id"] == 3} == {540, 600}
    assert bodies == Wishes(offers, [5, 6], TODAY).bodies(50, 6)


def test_the_processors_time_of_a_process_is_known() -> None:
    before = processes.used(os.getpid(), 0)
    assert before.server > 0
    assert (before - before).server == 0
