"""A line between callers and the platform that is cut again and again."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

MOST_BYTES = 4_000
"""What a connection carries before it is cut: a few requests and answers, the last in part."""
CHUNK = 65_536


class CuttingProxy:
    """Carries each connection to the platform until so many bytes have gone one way."""

    def __init__(self, host: str, port: int, chance: random.Random) -> None:
        self._host, self._port = host, port
        self._chance = chance
        self._cut_number = 0
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def cuts(self) -> int:
        """How many connections were cut."""
        return self._cut_number

    async def carry(self, stream: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """One connection of a caller."""
        try:
            answers, questions = await asyncio.open_connection(self._host, self._port)
        except OSError:
            sink.close()
            return
        room = self._chance.randrange(MOST_BYTES)
        asked, answered = (room, None) if self._chance.random() < 0.5 else (None, room)
        ways = [
            asyncio.create_task(_pour(stream, questions, asked)),
            asyncio.create_task(_pour(answers, sink, answered)),
        ]
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            self._cut_number += any(one.result() for one in done)
        finally:
            for one in ways:
                one.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            sink.close()
            questions.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter, room: int | None) -> bool:
    """Carry bytes until their end, or until there is room for no more: whether that was it."""
    with suppress(ConnectionError):
        while carried := await source.read(CHUNK):
            sink.write(carried if room is None else carried[:room])
            await sink.drain()
            if room is not None:
                room -= len(carried)
                if room < 0:
                    return True
    return False


@asynccontextmanager
async def cutting_proxy(
    host: str, port: int, chance: random.Random
) -> AsyncIterator[tuple[CuttingProxy, int]]:
    """A proxy before `host`:`port`, and the port of loopback that it listens on."""
    proxy = CuttingProxy(host, port, chance)
    listening = await asyncio.start_server(proxy.carry, "127.0.0.1", 0)
    try:
        yield proxy, int(listening.sockets[0].getsockname()[1])
    finally:
        listening.close()
