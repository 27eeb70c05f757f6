"""PostgreSQL, read as frozen values.

Every statement is a named constant of some `tables.py`; nothing here writes SQL of its own.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Row = TypeVar("Row", bound=msgspec.Struct)


class DatabaseAway(Exception):
    """The database cannot be reached at the moment; the request may be tried again."""


class Database:
    """A pool of connections for reading, in the application's role."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]) -> None:
        self._pool = pool

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
                await self._pool.check()
                return await self._ask(sql, parameters)
        except (OperationalError, PoolTimeout) as error:
            raise DatabaseAway("the database cannot be reached at the moment") from error
        except ReadOnlySqlTransaction as error:  # a standby, or set so by somebody
            raise DatabaseAway("the database is read-only at the moment") from error

    async def _ask(
        self, sql: str, parameters: Mapping[str, object]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(sql.encode(), parameters)
            names = tuple(column.name for column in cursor.description or ())
            return names, await cursor.fetchall()


@asynccontextmanager
async def open_database(
    url: str, *, most_connections: int = 12, patience_seconds: float = 10
) -> AsyncIterator[Database]:
    """A `Database` over connections to `url`, closed on the way out.

    Whoever reads waits `patience_seconds` for a connection before the database counts as away.
    """
    pool: AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]] = AsyncConnectionPool(
        url,
        min_size=1,
        max_size=most_connections,
        open=False,
        timeout=patience_seconds,
        kwargs={"autocommit": True, "row_factory": tuple_row, "prepare_threshold": None},
    )
    await pool.open(wait=True)
    try:
        yield Database(pool)
    finally:
        await pool.close()


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
