"""The embedded PostgreSQL as it runs."""

import os
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from rich.pretty import pretty_repr

from serai.core.configuration import Settings
from serai.core.postgres import (
    Postgres,
    PostgresError,
    embedded_postgres,
    running_postgres,
)
from serai.core.postgres.leftovers import postmaster, server_name
from serai.core.postgres.urls import database_url, url_parameters
from tests.core.postgres.servers import (
    IS_ROOT,
    ask,
    listening_sockets,
    mode,
    opened_by,
    proc,
)


async def test_each_role_has_its_way_in_and_no_more(running: Postgres) -> None:
    rights = """
    SELECT current_user::text, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication,
        rolbypassrls, has_schema_privilege('public', 'CREATE'),
        has_database_privilege(current_database(), 'TEMPORARY')
    FROM pg_roles WHERE rolname = current_user
    """
    urls = running.urls
    assert await ask(urls.owner, rights) == [("serai_owner", False, False, True, True)]
    assert await ask(urls.writer, rights) == [("serai_writer", False, True, False, True)]
    assert await ask(urls.platform, rights) == [("serai_platform", False, True, False, False)]
    assert await ask(urls.app, rights) == [("serai_app", False, False, False, False)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await ask(urls.app, "CREATE TABLE public.mine (n int)")


async def test_the_roles_stay_out_of_other_databases(running: Postgres) -> None:
    for other in ("postgres", "template1"):
        parameters = {**url_parameters(running.urls.owner), "dbname": other}
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            await ask(database_url(parameters), "SELECT 1")


async def test_the_owner_owns_database_and_schema(running: Postgres) -> None:
    owners = """
    SELECT datdba::regrole::text, nspowner::regrole::text FROM pg_database, pg_namespace
    WHERE datname = current_database() AND nspname = 'public'
    """
    assert await ask(running.urls.app, owners) == [("serai_owner", "serai_owner")]


@pytest.mark.parametrize("role", ["owner", "writer", "app"])
async def test_a_wrong_password_is_refused(running: Postgres, role: str) -> None:
    parameters = url_parameters(getattr(running.urls, role))
    for wrong in ("", "wrong", parameters["password"] + "x"):
        with pytest.raises(psycopg.OperationalError, match=r"password"):
            await ask(database_url({**parameters, "password": wrong}), "SELECT 1")


async def test_there_is_a_unix_socket_only(running: Postgres, settings: Settings) -> None:
    assert await ask(running.urls.app, "SHOW listen_addresses") == [("",)]
    server = postmaster(settings.home / "postgres", server_name(settings.home))
    assert not opened_by(server) & listening_sockets()


async def test_folders_and_secrets_are_private(running: Postgres, settings: Settings) -> None:
    home = settings.home
    assert mode(home) == (0o710 if IS_ROOT else 0o700)
    for name in ("postgres", "log", "run", "secrets"):
        assert mode(home / name) == 0o700
    kept = sorted((home / "secrets").iterdir())
    assert [file.name.removeprefix("postgres-") for file in kept] == [
        "app",
        "owner",
        "platform",
        "supervisor",
        "writer",
    ]
    assert {mode(file) for file in kept} == {0o600}
    assert len({file.read_text() for file in kept}) == 5
    assert min(len(file.read_text()) for file in kept) >= 32
    assert {file.stat().st_uid for file in kept} == {os.geteuid()}


async def test_the_server_does_not_run_as_root(running: Postgres, settings: Settings) -> None:
    server = postmaster(settings.home / "postgres", server_name(settings.home))
    owner = (settings.home / "postgres").stat().st_uid
    assert owner != 0
    uids = f"Uid:\t{owner}\t{owner}\t{owner}\t{owner}\n"
    assert uids in proc(server, "status").read_text()


async def test_it_is_durable_and_plans_for_the_values_at_hand(running: Postgres) -> None:
    expected = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "wal_level": "replica",
        "max_wal_size": "4GB",
        "autovacuum": "on",
        "jit": "off",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "max_connections": "60",
    }
    for name, value in expected.items():
        assert (name, await ask(running.urls.app, f"SHOW {name}")) == (name, [(value,)])
    plans = "SHOW plan_cache_mode"
    urls = running.urls
    for url, wanted in (
        (urls.owner, "force_custom_plan"), (urls.writer, "force_custom_plan"),
        (urls.platform, "auto"), (urls.app, "auto"),
    ):  # fmt: skip
        assert await ask(url, plans) == [(wanted,)]
    pending = "SELECT count(*) FROM pg_settings WHERE pending_restart"
    assert await ask(running.urls.app, pending) == [(0,)]


async def test_chinese_letters_are_letters(running: Postgres) -> None:
    question = "SELECT lower('ÄÖ'), '客栈' ~ '^[[:alpha:]]+$', 'b' < 'ä'"
    assert await ask(running.urls.app, question) == [("äö", True, True)]


async def test_sqlalchemy_takes_the_addresses(running: Postgres) -> None:
    url = running.urls.owner.replace("postgresql://", "postgresql+psycopg://")
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT current_user::text")) == "serai_owner"


async def test_the_passwords_are_never_shown(running: Postgres) -> None:
    shown = repr(running.urls) + str(running.urls) + pretty_repr(running.urls)
    assert "serai_owner:***@" in shown
    for url in (running.urls.owner, running.urls.writer, running.urls.platform, running.urls.app):
        assert url_parameters(url)["password"] not in shown


async def test_another_database_has_the_same_roles(running: Postgres) -> None:
    urls = await running.create_database("other inn")
    assert await ask(urls.writer, "SELECT current_database()::text, current_user::text") == [
        ("other inn", "serai_writer")
    ]


async def test_a_second_start_is_refused(running: Postgres, settings: Settings) -> None:
    with pytest.raises(PostgresError, match=f"in use by another serai, process {os.getpid()}"):
        async with embedded_postgres(settings):
            pass
    assert await ask(running.urls.app, "SELECT 1") == [(1,)]


async def test_others_find_the_running_database(
    running: Postgres, settings: Settings, inn: Path
) -> None:
    assert await running_postgres(settings) == running.urls
    assert await running_postgres(Settings(home=inn / "nowhere")) is None
