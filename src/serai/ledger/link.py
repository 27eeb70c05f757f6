"""The writer's two connections, and when they count as lost."""

import psycopg
from psycopg import AsyncConnection

from serai.core import CONNECT_SECONDS, KEEPALIVE_SECONDS, SILENCE_MILLISECONDS, Silence
from serai.ledger.journal import Connection, Journal
from serai.ledger.records import Records
from serai.ledger.tables import LIMIT_WAITING

ANSWER_SECONDS = 20.0
"""How long the server may take for one batch, or for what is read before it; longer than it waits
for locks, so that its own word comes first."""

# Classes of SQLSTATE that say nothing about what was to be written: the connection, the
# transaction's state, a deadlock, resources, locks, an operator's doing, the system, the server.
AWAY = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})


class Link:
    """The way to the database at `url`."""

    def __init__(self, url: str, records: Records, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._url = url
        self._records = records
        self._silence = Silence()
        self._answer_seconds = answer_seconds
        self._connections: list[Connection] = []

    async def connect(self) -> Journal:
        """Connect anew."""
        await self.close()
        writing = await self._open("serai writer")
        reading = await self._open("serai writer, reading")
        journal = Journal(writing, reading, self._records, self._silence, self._answer_seconds)
        await journal.learn_types()
        return journal

    async def close(self) -> None:
        """Give the connections back."""
        while self._connections:
            await self._connections.pop().close()

    def is_away(self, error: Exception) -> bool:
        """Whether an error says that the database was lost, and nothing about the batch."""
        if not isinstance(error, psycopg.Error):
            return isinstance(error, OSError)
        if not self._connections or any(connection.closed for connection in self._connections):
            return True  # whatever the server's last word was: it may be about its own end
        if error.sqlstate is None:
            return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return error.sqlstate[:2] in AWAY

    async def _open(self, name: str) -> Connection:
        connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=None,
            application_name=name,
            connect_timeout=CONNECT_SECONDS,
            keepalives_idle=KEEPALIVE_SECONDS,
            tcp_user_timeout=SILENCE_MILLISECONDS,
        )
        self._connections.append(connection)
        with self._silence.broken(connection, self._answer_seconds):
            await connection.execute(LIMIT_WAITING)
        return connection
