"""A real PostgreSQL for the tests, and how it becomes clean again between two of them."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from serai.core.configuration import Settings
from serai.core.postgres import DatabaseUrls, Postgres, provide
from serai.migrations import migrate

LOCK_SECONDS = 20

TABLES = """
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname <> 'alembic_version'
ORDER BY c.relname
"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),
    last_value IS NOT NULL
FROM pg_sequences WHERE schemaname = 'public'
"""
# What refuses to let rows go, and what others point at, is emptied at one stroke.
TRUNCATED = """
SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND (
    EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
        AND t.tgtype & 8 <> 0)
    OR EXISTS (SELECT FROM pg_constraint AS f WHERE f.contype = 'f'
        AND c.oid IN (f.conrelid, f.confrelid)))
"""
FEW_BYTES = 128 * 1024
"""A table so small is emptied sooner row by row: to truncate one makes its files anew, and those of
each of its indexes."""
RESTART = "SELECT setval(%s::regclass, %s, %s)"
FORGET_COPIES = "DROP SCHEMA IF EXISTS pristine CASCADE"
MAKE_COPIES = "CREATE SCHEMA pristine"


class Pristine:
    """A migrated database that can be brought back to the state right after the migration.

    Rows that the migrations put in (the fence, settings) are kept aside and put back.
    """

    def __init__(self, urls: DatabaseUrls) -> None:
        self.urls = urls
        self._owner: psycopg.Connection[tuple[Any, ...]] = psycopg.connect(
            urls.owner, autocommit=True
        )
        self._owner.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        self._tables = [name for (name,) in self._owner.execute(TABLES)]
        self._truncated = {name for (name,) in self._owner.execute(TRUNCATED)}
        self._sequences = list(self._owner.execute(SEQUENCES))
        with self._owner.transaction():
            self._owner.execute(FORGET_COPIES)
            self._owner.execute(MAKE_COPIES)
            self._seeded = [name for name, _ in self._filled()]
            for name in self._seeded:
                table = sql.Identifier(name)
                self._owner.execute(
                    sql.SQL("CREATE TABLE pristine.{} AS TABLE public.{}").format(table, table)
                )

    def restore(self) -> None:
        """Empty every table that holds rows, and put back what the migrations had put in."""
        with self._owner.transaction():
            filled = self._filled()
            large = [name for name, size in filled if self._is_large(name, size)]
            small = [name for name, size in filled if not self._is_large(name, size)]
            if small:
                each = (sql.SQL("DELETE FROM public.{}").format(sql.Identifier(n)) for n in small)
                self._owner.execute(sql.SQL("; ").join(each))
            if large:
                names = sql.SQL(", ").join(sql.Identifier("public", name) for name in large)
                self._owner.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
            for name in self._seeded:
                table = sql.Identifier(name)
                self._owner.execute(
                    sql.SQL(
                        "INSERT INTO public.{} OVERRIDING SYSTEM VALUE TABLE pristine.{}"
                    ).format(table, table)
                )
            for sequence in self._sequences:
                self._owner.execute(RESTART, sequence)

    def close(self) -> None:
        self._owner.execute(FORGET_COPIES)
        self._owner.close()

    def _is_large(self, name: str, size: int) -> bool:
        return size > FEW_BYTES or name in self._truncated

    def _filled(self) -> list[tuple[str, int]]:
        """The tables that hold rows, and how many bytes they take."""
        if not self._tables:
            return []
        asked = sql.SQL(" UNION ALL ").join(
            sql.SQL(
                "SELECT {}, pg_table_size({}::regclass) WHERE EXISTS (SELECT FROM public.{})"
            ).format(sql.Literal(name), sql.Literal(f"public.{name}"), sql.Identifier(name))
            for name in self._tables
        )
        return [(name, size) for name, size in self._owner.execute(asked)]


class NotForTests(Exception):
    """SERAI_DATABASE_URL names a database that the tests must not empty."""


@asynccontextmanager
async def postgres_for_tests(database_url: str | None) -> AsyncIterator[Postgres]:
    """The database at `database_url`, or an embedded one in a folder of its own; migrated."""
    if database_url is not None:
        name = str(conninfo_to_dict(database_url).get("dbname", ""))
        if "test" not in name:
            raise NotForTests(
                f"The tests empty the database that they run on, and SERAI_DATABASE_URL names "
                f"{name!r}. Give them one with 'test' in its name, or unset SERAI_DATABASE_URL."
            )
    with short_folder() as folder:
        settings = Settings(home=folder / "home", database_url=database_url)
        async with provide(settings) as postgres:
            await asyncio.to_thread(migrate, postgres.urls.owner)
            yield postgres


@contextmanager
def short_folder() -> Iterator[Path]:
    """A temporary folder that the server's user may pass through, short enough for a socket."""
    path = Path(tempfile.mkdtemp(prefix="serai-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
