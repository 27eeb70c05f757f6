"""COPY of the very rows that the ledger has just written, into twins of its tables.

What PostgreSQL takes at best on this machine at this moment: one connection, rows encoded before,
the same tables with the same indexes, batches of the same size.
"""

from time import perf_counter
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from serai.ledger import COPY_HEADER, COPY_TRAILER

PLACES = {
    "accounts": "id",
    "transfers": "id",
    "endings": "pending_id",
    "keys": "batch",
    "events": "position",
    "orders": "id",
}
"""The tables, and by which column the rows of each lie in the order in which they were written."""

MOST_ROWS = 400_000
"""Rows held in memory at once: the newest ones."""

MAKE_TWINS = "DROP SCHEMA IF EXISTS copied CASCADE; CREATE SCHEMA copied"
# Nobody reads the twins: to vacuum them would only slow down what is measured beside them.
MAKE_TWIN = """
CREATE TABLE copied.{table} (LIKE public.{table} INCLUDING ALL)
WITH (autovacuum_enabled = false)
"""
LAST = "SELECT coalesce(max({place}), 0) FROM public.{table}"
COUNT = "SELECT count(*) FROM public.{table} WHERE {place} > {since}"
READ = """
COPY (SELECT * FROM public.{table} WHERE {place} > {since} ORDER BY {place})
TO STDOUT (FORMAT BINARY)
"""
WRITE = "COPY copied.{table} FROM STDIN (FORMAT BINARY)"


class Copied(Struct, frozen=True):
    """How many rows COPY took, in how long."""

    rows: int
    seconds: float


class Copies:
    """The twins, and up to where the ledger's rows have been copied into them."""

    def __init__(self, owner_url: str) -> None:
        self._connection: psycopg.Connection[Any] = psycopg.connect(owner_url, autocommit=True)
        self._connection.execute(MAKE_TWINS)
        for table in PLACES:
            self._connection.execute(sql.SQL(MAKE_TWIN).format(table=sql.Identifier(table)))
        self._since = self._last()

    def skip(self) -> None:
        """Leave out what the ledger has written up to now."""
        self._since = self._last()

    def copy(self, batches: int) -> Copied:
        """Copy what the ledger has written since the last time, in as many commits as it took."""
        last = self._last()
        rows = sum(self._ask(COUNT, table, since) for table, since in self._since.items())
        share = min(1.0, MOST_ROWS / max(rows, 1))
        encoded = {
            table: self._read(table, round(last[table] - share * (last[table] - since)))
            for table, since in self._since.items()
        }
        self._since = last
        batches = max(1, round(batches * share))
        chunks = [self._chunk(encoded, number, batches) for number in range(batches)]
        taken = sum(len(rows) for rows in encoded.values())
        encoded.clear()
        began = perf_counter()
        for chunk in chunks:
            with self._connection.transaction():
                for table, data in chunk.items():
                    with self._connection.cursor().copy(_about(WRITE, table)) as copy:
                        copy.write(data)
        return Copied(taken, perf_counter() - began)

    def close(self) -> None:
        """Drop the twins."""
        self._connection.execute("DROP SCHEMA copied CASCADE")
        self._connection.close()

    def _chunk(
        self, encoded: dict[str, list[bytes]], number: int, batches: int
    ) -> dict[str, bytes]:
        chunk = {}
        for table, rows in encoded.items():
            part = rows[number * len(rows) // batches : (number + 1) * len(rows) // batches]
            if part:
                chunk[table] = COPY_HEADER + b"".join(part) + COPY_TRAILER
        return chunk

    def _last(self) -> dict[str, int]:
        return {table: self._ask(LAST, table, 0) for table in PLACES}

    def _ask(self, statement: str, table: str, since: int) -> int:
        row = self._connection.execute(_about(statement, table, since)).fetchone()
        assert row is not None
        return int(row[0])

    def _read(self, table: str, since: int) -> list[bytes]:
        """The rows of a table after `since`, each as COPY takes it."""
        with self._connection.cursor().copy(_about(READ, table, since)) as copy:
            rows = [bytes(data) for data in copy]
        if rows:
            rows[0] = rows[0][len(COPY_HEADER) :]  # the header comes with the first row
        return rows[:-1] if rows and rows[-1] == COPY_TRAILER else rows


def _about(statement: str, table: str, since: int = 0) -> sql.Composed:
    return sql.SQL(statement).format(
        table=sql.Identifier(table),
        place=sql.Identifier(PLACES[table]),
        since=sql.Literal(since),
    )
