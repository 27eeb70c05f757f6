"""PostgreSQL, read as frozen values.

Every statement is a named constant of some `tables.py`; nothing here writes SQL of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from psycopg import AsyncConnection, AsyncCursor, OperationalError
from psycopg.errors import InvalidSqlStatementName, ReadOnlySqlTransaction
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from serai.core.silence import (
    CONNECT_SECONDS,
    KEEPALIVE_SECONDS,
    SILENCE_MILLISECONDS,
    Silence,
)

PREPARED_FROM = 5
"""How often a connection is asked the same before it keeps the statement: to parse and plan one
anew takes longer than to answer it, where policies belong to it most of all."""

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]
Row = TypeVar("Row", bound=msgspec.Struct)

_CHECKS: set[asyncio.Task[None]] = set()
"""Checks of connections that go on; the loop alone would not keep them."""


class DatabaseAway(Exception):
    """The database cannot be reached at the moment; the request may be tried again."""


class PoolFigures(msgspec.Struct, frozen=True):
    """A pool of connections: how many there are, how many of them rest, and who waits for one."""

    name: str
    open: int
    idle: int
    waiting: int
    waited_ms: int


class Database:
    """A pool of connections for reading, and what is seen over them.

    The one that is opened sees as much as the role of its address; `within` makes of it one that
    sees what its settings show.
    """

    def __init__(
        self,
        pool: Pool,
        narrow: Pool | None = None,
        settings: Mapping[str, str] | None = None,
        *,
        silence: Silence | None = None,
        answer_seconds: float | None = None,
    ) -> None:
        self._pool = pool
        self._narrow = narrow
        self._silence = silence or Silence()
        self._answer_seconds = answer_seconds
        self._prepare: bool | None = None
        self._settings: list[str] | None = None
        if settings is not None:
            self._settings = [part for setting in settings.items() for part in setting]

    def within(self, settings: Mapping[str, str]) -> "Database":
        """The same database, as row-level security shows it to the application under `settings`.

        Each statement has a transaction of its own, for which they are set and which only reads.
        Raises when the database was opened without the application's address.
        """
        if self._narrow is None:
            raise RuntimeError("this database was opened for one role alone")
        return Database(
            self._narrow,
            self._narrow,
            settings,
            silence=self._silence,
            answer_seconds=self._answer_seconds,
        )

    def patient(self, seconds: float | None) -> "Database":
        """The same database for whoever waits so long for an answer, instead of as long as
        everybody: longer for what is much to read, shorter for what others wait for."""
        patient = copy(self)
        patient._answer_seconds = seconds
        return patient

    def planned_anew(self) -> "Database":
        """The same database for a statement that is several in one, since its parameters say which
        of its conditions count: one plan for all of them would be good for none."""
        anew = copy(self)
        anew._prepare = False
        return anew

    @property
    def is_narrowed(self) -> bool:
        """Whether it shows no more than settings allow."""
        return self._settings is not None

    @property
    def pools(self) -> list[PoolFigures]:
        """How busy the connections are."""
        pools = {"platform": self._pool, "application": self._narrow}
        return [_figures_of(name, pool) for name, pool in pools.items() if pool is not None]

    async def all(self, kind: type[Row], sql: str, /, **parameters: object) -> list[Row]:
        """Every row that `sql` yields, as values of `kind` (columns are matched by name)."""
        names, rows = await self._fetch(sql, parameters)
        build = _builder(kind, names)
        return [build(row) for row in rows]

    async def one(self, kind: type[Row], sql: str, /, **parameters: object) -> Row | None:
        """The first row that `sql` yields, or None."""
        found = await self.all(kind, sql, **parameters)
        return found[0] if found else None

    async def value(self, sql: str, /, **parameters: object) -> Any:
        """The first column of the first row that `sql` yields, or None."""
        _, rows = await self._fetch(sql, parameters)
        return rows[0][0] if rows else None

    async def column(self, sql: str, /, **parameters: object) -> list[Any]:
        """The first column of every row that `sql` yields."""
        _, rows = await self._fetch(sql, parameters)
        return [row[0] for row in rows]

    async def _fetch(
        self, sql: str, parameters: Mapping[str, object]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        try:
            try:
                return await self._ask(sql, parameters)
            except OperationalError:  # the connection was lost since it was last used, perhaps
                await self._check()
                return await self._ask(sql, parameters)
        except (OperationalError, PoolTimeout) as error:
            raise DatabaseAway("the database cannot be reached at the moment") from error
        except ReadOnlySqlTransaction as error:  # a standby, or set so by somebody
            raise DatabaseAway("the database is read-only at the moment") from error

    async def _ask(
        self, sql: str, parameters: Mapping[str, object]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        async with self._pool.connection() as connection:
            self._silence.begin(connection, self._answer_seconds)
            try:
                if self._settings is None:
                    cursor = await connection.execute(
                        sql.encode(), parameters, prepare=self._prepare
                    )
                else:
                    cursor = await _execute_within(
                        connection, self._settings, sql, parameters, self._prepare
                    )
            except OperationalError as error:
                if self._silence.end(connection):
                    raise
                raise DatabaseAway("the database does not answer") from error
            except InvalidSqlStatementName as error:
                # A statement counts as kept when it is sent in a pipeline, and this one came to
                # nothing then. The connection would ask for it by its name for good: it is lost.
                await connection.close()
                raise OperationalError("the connection has kept nothing by this name") from error
            finally:
                self._silence.end(connection)
            names = tuple(column.name for column in cursor.description or ())
            return names, await cursor.fetchall()

    async def _check(self) -> None:
        """Have the pool try the connections that rest, and give up those that are lost."""
        checking = asyncio.create_task(self._pool.check(), name="check")
        _CHECKS.add(checking)
        checking.add_done_callback(_CHECKS.discard)
        done, _ = await asyncio.wait([checking], timeout=self._answer_seconds)
        if not done:  # it goes on by itself: it has the connections
            raise DatabaseAway("the database does not answer")
        checking.result()


async def _execute_within(
    connection: AsyncConnection[tuple[Any, ...]],
    settings: Sequence[str],
    sql: str,
    parameters: Mapping[str, object],
    prepare: bool | None,
) -> AsyncCursor[tuple[Any, ...]]:
    """Run a statement in a transaction with its settings, all of it in one round trip.

    What goes through a pipeline at once is one transaction of its own: nobody need begin it. If it
    were not, the settings would be gone before the statement, and it would see no rows.
    """
    local = (*settings, "transaction_read_only", "on")
    async with connection.pipeline():
        await connection.execute(_set_locally(len(local) // 2), local)
        cursor = await connection.execute(sql.encode(), parameters, prepare=prepare)
    return cursor


@lru_cache(maxsize=64)
def _set_locally(settings: int) -> bytes:
    return b"SELECT " + b", ".join([b"set_config(%s, %s, true)"] * settings)


@asynccontextmanager
async def open_database(
    url: str,
    *,
    narrow_url: str | None = None,
    most_connections: int = 12,
    patience_seconds: float = 10,
    answer_seconds: float | None = None,
) -> AsyncIterator[Database]:
    """A `Database` over connections to `url`, closed on the way out.

    Its role decides what is seen: `urls.platform` sees every row. `narrow_url` is the application's
    address, for `within`; nobody connects to it before it is asked. Whoever reads waits
    `patience_seconds` for a connection before the database counts as away, and `answer_seconds`
    for its answer; None is for ever.
    """

    def pool_of(url: str, least: int) -> Pool:
        return AsyncConnectionPool(
            url,
            min_size=least,
            max_size=most_connections,
            open=False,
            timeout=patience_seconds,
            kwargs={
                "autocommit": True,
                "row_factory": tuple_row,
                "prepare_threshold": PREPARED_FROM,
                "connect_timeout": CONNECT_SECONDS,
                "keepalives_idle": KEEPALIVE_SECONDS,
                "tcp_user_timeout": SILENCE_MILLISECONDS,
            },
        )

    async with AsyncExitStack() as pools:
        pool = pool_of(url, 1)
        pools.push_async_callback(pool.close)
        await pool.open(wait=True)
        narrow = None
        if narrow_url is not None:
            narrow = pool_of(narrow_url, 0)
            pools.push_async_callback(narrow.close)
            await narrow.open()
        yield Database(pool, narrow, answer_seconds=answer_seconds)


def _figures_of(name: str, pool: Pool) -> PoolFigures:
    found = pool.get_stats()
    return PoolFigures(
        name,
        found.get("pool_size", 0),
        found.get("pool_available", 0),
        found.get("requests_waiting", 0),
        found.get("requests_wait_ms", 0),
    )


@lru_cache(maxsize=1024)
def _builder(
    kind: type[Row], names: tuple[str, ...]
) -> Callable[[Sequence[Any]], Row]:  # one per statement, so that rows cost one call each
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    unknown = set(names) - set(fields)
    if unknown:
        raise TypeError(f"{kind.__name__} has no fields {sorted(unknown)}")
    nested = tuple(
        (place, fields[name]) for place, name in enumerate(names) if holds_json(fields[name])
    )
    if names == kind.__match_args__ and not nested:
        return lambda row: kind(*row)

    def build(row: Sequence[Any]) -> Row:
        values = list(row)
        for place, wanted in nested:
            values[place] = msgspec.convert(values[place], wanted, strict=False)
        return kind(**dict(zip(names, values, strict=True)))

    return build


def holds_json(annotation: Any) -> bool:
    """Whether a field of this type is kept as jsonb: values inside values, and lists of them."""
    origin = getattr(annotation, "__origin__", None)
    if origin in (tuple, list, dict, frozenset):
        return True
    arguments: tuple[Any, ...] = getattr(annotation, "__args__", ())
    if arguments:
        return any(holds_json(argument) for argument in arguments)
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)
