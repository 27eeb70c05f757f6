"""One exchange with the server: a script of several statements, and the rows of its COPYs.

The driver waits for the server after each statement, and twice for each COPY. The server needs no
such pauses: it goes through a script by itself and asks for rows where a COPY stands in it. So a
batch of a few orders costs one wait for each table instead of a dozen for all.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
SPOILED = b"the rows are held back"

Check = Callable[[Sequence[int]], None]
"""Is told how many rows each statement has touched; raises when that is not as it should be."""


async def exchange(connection: PGconn, script: bytes, rows: Sequence[bytes], check: Check) -> None:
    """Run `script`, from BEGIN to COMMIT with a COPY for each of `rows` in it; at least one.

    `check` is asked before any row is sent. What it raises, or what the server refuses, is raised
    here, and the transaction is rolled back.
    """
    sent = iter(rows)
    counts: list[int] = []
    asked = False
    trouble: Exception | None = None
    async with _Watch(connection) as watch:
        connection.send_query(script)
        await watch.flush()
        while (result := await watch.result()) is not None:
            if result.status == ExecStatus.COPY_IN:
                if trouble is None and not asked:
                    asked, trouble = True, _trouble(check, counts)
                await _copy(connection, watch, sent, spoiled=trouble is not None)
            elif result.status in GOOD:
                counts.append(result.command_tuples or 0)
            else:
                trouble = trouble or error_from_result(result)
        if trouble is not None:
            await _roll_back(connection, watch)
    if trouble is not None:
        raise trouble


def _trouble(check: Check, counts: Sequence[int]) -> Exception | None:
    try:
        check(counts)
    except Exception as error:  # kept until the server has been told
        return error
    return None


async def _copy(
    connection: PGconn, watch: "_Watch", rows: Iterator[bytes], *, spoiled: bool
) -> None:
    if not spoiled:
        connection.put_copy_data(next(rows))
    connection.put_copy_end(SPOILED if spoiled else None)
    await watch.flush()


async def _roll_back(connection: PGconn, watch: "_Watch") -> None:
    connection.send_query(b"ROLLBACK")
    await watch.flush()
    while await watch.result() is not None:
        pass


class _Watch:
    """Waits for the connection's socket without blocking the loop."""

    def __init__(self, connection: PGconn) -> None:
        self._connection = connection
        self._socket = connection.socket
        self._loop = asyncio.get_running_loop()
        self._stirred = asyncio.Event()

    async def __aenter__(self) -> "_Watch":
        self._loop.add_reader(self._socket, self._stirred.set)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop.remove_reader(self._socket)

    async def result(self) -> PGresult | None:
        """The next result; None at the end of the script."""
        while self._connection.is_busy():
            self._stirred.clear()
            await self._stirred.wait()
            self._connection.consume_input()
        return self._connection.get_result()

    async def flush(self) -> None:
        """Until everything is on its way; reads meanwhile, so that the server never waits."""
        while self._connection.flush():
            self._stirred.clear()
            self._loop.add_writer(self._socket, self._stirred.set)
            try:
                await self._stirred.wait()
            finally:
                self._loop.remove_writer(self._socket)
            self._connection.consume_input()
