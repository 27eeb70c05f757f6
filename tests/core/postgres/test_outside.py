"""An outside PostgreSQL: of the oldest version that we serve and of the newest at hand."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

from serai.core.configuration import Settings
from serai.core.postgres import PostgresError, outside, outside_postgres, provide
from serai.core.postgres.programs import install_folder
from serai.core.postgres.urls import url_parameters
from serai.core.postgres.users import server_user
from tests.databases import short_folder
from tests.outside import OLDEST, PASSWORD, Outside, is_here, outside_server


@pytest_asyncio.fixture(scope="module", params=["15", "18"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Outside]:
    with short_folder() as folder:
        newest = install_folder(folder, server_user(None))
        install = OLDEST if request.param == "15" else newest
        if not is_here(install):
            pytest.skip("there is no PostgreSQL 15 here (on Debian 12: apt install postgresql-15)")
        async with outside_server(install) as server:
            yield server


async def ask(url: str, question: str) -> Any:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(question.encode())
        return await cursor.fetchone() if cursor.description else None


async def test_a_login_that_may_make_such_roles_needs_no_administrator(server: Outside) -> None:
    """PostgreSQL 15 lets a superuser alone make a role that sees every row."""
    url = server.login("maker", server.maker)
    try:
        for _ in ("the first start", "the second"):
            urls = await outside_postgres(url)
            whoami = "SELECT current_user::text, session_user::text"
            assert await ask(urls.owner, whoami) == ("maker", "maker")
            assert await ask(urls.writer, whoami) == ("serai_writer", "maker")
            assert await ask(urls.platform, whoami) == ("serai_platform", "maker")
            assert await ask(urls.app, whoami) == ("serai_app", "maker")
        question = "SELECT bool_or(rolcanlogin) FROM pg_roles WHERE rolname LIKE 'serai%'"
        assert await ask(urls.owner, question) == (False,)
        question = (
            "SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles "
            "WHERE rolname LIKE 'serai%' AND rolbypassrls"
        )
        assert await ask(urls.owner, question) == (["serai_platform", "serai_writer"],)
        await ask(urls.owner, "CREATE TABLE ours (n int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await ask(urls.app, "SELECT * FROM ours")
    finally:
        server.forget("maker")


async def test_a_plain_login_is_told_the_sql_for_its_administrator(server: Outside) -> None:
    url = server.login("plain")
    asked = (
        'CREATE ROLE "serai_app" NOLOGIN; GRANT "serai_app" TO "plain";',
        'CREATE ROLE "serai_platform" NOLOGIN BYPASSRLS; GRANT "serai_platform" TO "plain"; '
        'GRANT "serai_app" TO "serai_platform";',
        'CREATE ROLE "serai_writer" NOLOGIN BYPASSRLS; GRANT "serai_writer" TO "plain";',
    )
    try:
        for sql in asked:
            with pytest.raises(PostgresError) as caught:
                await outside_postgres(url)
            assert str(caught.value).partition("run: ")[2] == sql
            server.administrator(*sql.split("; "))
        urls = await outside_postgres(url)
        assert await ask(urls.app, "SELECT current_user::text") == ("serai_app",)
    finally:
        server.forget("plain")


async def test_a_role_that_lacks_something_is_told_of(server: Outside) -> None:
    url = server.login("half")
    server.administrator("CREATE ROLE serai_writer NOLOGIN", "CREATE ROLE serai_app NOLOGIN")
    try:
        with pytest.raises(PostgresError, match='run: GRANT "serai_app" TO "half";'):
            await outside_postgres(url)
        server.administrator(
            "CREATE ROLE serai_platform NOLOGIN BYPASSRLS",
            "GRANT serai_writer, serai_platform, serai_app TO half",
            "GRANT serai_app TO serai_platform",
        )
        with pytest.raises(PostgresError, match='run: ALTER ROLE "serai_writer" BYPASSRLS;'):
            await outside_postgres(url)
        server.administrator("ALTER ROLE serai_writer BYPASSRLS")
        urls = await outside_postgres(url)
        assert await ask(urls.app, "SELECT current_user::text") == ("serai_app",)
    finally:
        server.forget("half")


async def test_settings_with_an_address_choose_the_outside(server: Outside) -> None:
    url = server.login("boss", "SUPERUSER") + "&options=-c%20work_mem%3D1234kB"
    try:
        async with provide(Settings(home=Path("/nowhere"), database_url=url)) as postgres:
            assert await ask(postgres.urls.writer, "SHOW work_mem") == ("1234kB",)
            assert await ask(postgres.urls.writer, "SHOW is_superuser") == ("off",)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(postgres.watch(), 0.01)
            with pytest.raises(PostgresError, match="only in the embedded"):
                await postgres.create_database("other")
    finally:
        server.forget("boss")


async def test_words_in_place_of_an_address_do_as_well(server: Outside) -> None:
    parameters = url_parameters(server.login("wordy", "SUPERUSER"))
    words = " ".join(f"{name}='{value}'" for name, value in parameters.items())
    try:
        assert (await outside_postgres(words)).owner == server.url("wordy", "wordy")
    finally:
        server.forget("wordy")


async def test_a_wrong_password_is_refused_without_showing_it(server: Outside) -> None:
    with pytest.raises(PostgresError, match=r"cannot be reached: .*password auth") as caught:
        await outside_postgres(server.url("admin", "postgres", "verkehrt"))
    assert "verkehrt" not in str(caught.value)


async def test_a_server_that_is_too_old_is_refused(
    server: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "OLDEST_VERSION", 99)
    with pytest.raises(PostgresError, match=r"is PostgreSQL 1.*needs PostgreSQL 99 or later"):
        await outside_postgres(server.url("admin", "postgres"))


async def test_another_encoding_is_refused(server: Outside) -> None:
    server.administrator("CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII'")
    try:
        with pytest.raises(PostgresError, match=r"ascii is encoded in SQL_ASCII; .* needs UTF8"):
            await outside_postgres(server.url("admin", "ascii"))
    finally:
        server.forget("ascii")


async def test_a_login_that_may_not_create_tables_is_refused(server: Outside) -> None:
    server.login("guest")
    try:
        with pytest.raises(PostgresError, match='run: ALTER DATABASE "postgres" OWNER TO "guest";'):
            await outside_postgres(server.url("guest", "postgres"))
    finally:
        server.forget("guest")


@pytest.mark.parametrize(
    "url",
    ["postgresql://lin:geheim@127.0.0.1:1/books", "postgresql://lin:geheim@no.invalid/books"],
)
async def test_a_server_that_is_not_there(url: str) -> None:
    with pytest.raises(PostgresError, match=r"cannot be reached: .*Check the address") as caught:
        await outside_postgres(url)
    assert PASSWORD not in str(caught.value)


async def test_what_is_no_address() -> None:
    with pytest.raises(PostgresError, match="not one that PostgreSQL knows") as caught:
        await outside_postgres("postgresql://lin:geheim@db/books?colour=red")
    assert PASSWORD not in str(caught.value)
