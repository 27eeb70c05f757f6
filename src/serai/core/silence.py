"""A server that does not answer: nobody waits on its connection for longer than they say.

A server whose disk or whose processes stand still ends nothing by itself, no statement and no
connection, and asking it to end one would be to wait for it again. So the connection is cut on
this side, and whoever waits on it is told as if it had been lost.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError

Connection = AsyncConnection[tuple[Any, ...]]
CONNECT_SECONDS = 10
KEEPALIVE_SECONDS = 5
SILENCE_MILLISECONDS = 15_000
"""After so long without a word from a server in the network, its connection counts as lost."""
LOOK_SECONDS = 1.0
FOR_EVER = float("inf")


class Silence:
    """Cuts the connections on which somebody waits for too long; looked at once a second, so that
    each use of one costs two entries in a dictionary."""

    def __init__(self, look_seconds: float = LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._until: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, connection: Connection, seconds: float | None) -> None:
        """Somebody waits on the connection, no longer than `seconds` and a little more; None is
        for ever."""
        self._until[connection] = FOR_EVER if seconds is None else monotonic() + seconds
        if self._timer is None:
            self._look_again()

    def end(self, connection: Connection) -> bool:
        """Nobody waits there any more; whether the connection was left whole."""
        return self._until.pop(connection, None) is not None

    @contextmanager
    def broken(self, connection: Connection, seconds: float | None) -> Iterator[None]:
        """Wait on the connection within the block, no longer than `seconds` and a little more."""
        self.begin(connection, seconds)
        try:
            yield
        finally:
            self.end(connection)

    def _look_again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._look_seconds, self._look)

    def _look(self) -> None:
        now = monotonic()
        for connection in [one for one, until in self._until.items() if until < now]:
            del self._until[connection]
            _cut(connection)
        self._timer = None
        if self._until:
            self._look_again()


def _cut(connection: Connection) -> None:
    """End the connection's socket for both sides; what was sent before is not taken back."""
    with (
        suppress(OSError, OperationalError),  # it is gone already
        socket.socket(fileno=os.dup(connection.pgconn.socket)) as line,
    ):
        line.shutdown(socket.SHUT_RDWR)
