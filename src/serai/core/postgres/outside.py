"""An outside PostgreSQL, by SERAI_DATABASE_URL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from serai.core.configuration import MASK
from serai.core.postgres.error import PostgresError
from serai.core.postgres.roles import UNBOUND
from serai.core.postgres.urls import (
    APP,
    PLATFORM,
    WRITER,
    DatabaseUrls,
    database_url,
    url_parameters,
)

OLDEST_VERSION = 15
CONNECT_SECONDS = 10

FACTS = """
SELECT current_user::text, current_database()::text, current_setting('server_version'),
       current_setting('server_encoding'),
       has_database_privilege(current_database(), 'CREATE')
       AND has_schema_privilege('public', 'CREATE')
"""
SEES_ALL_ROWS = "SELECT rolbypassrls FROM pg_roles WHERE rolname = %s"
IS_MEMBER = "SELECT pg_has_role(%s, %s, 'USAGE')"
CURRENT_USER = "SELECT current_user::text"


async def outside_postgres(url: str) -> DatabaseUrls:
    """Return the ways into the database at `url`, its group roles made if need be.

    The login of `url` owns the tables; the others are the same login in a lesser role.
    """
    parameters = _parameters(url)
    urls = DatabaseUrls(
        owner=database_url(parameters),
        writer=_in_role(parameters, WRITER),
        platform=_in_role(parameters, PLATFORM),
        app=_in_role(parameters, APP),
    )
    async with _connected(urls.owner) as connection:
        await _check_server(connection)
        for role in (APP, PLATFORM, WRITER):
            await _ensure_role(connection, role)
    await _check_role(urls.writer, WRITER)
    await _check_role(urls.platform, PLATFORM)
    await _check_role(urls.app, APP)
    return urls


async def check_outside(url: str) -> str:
    """The version of the server at `url`; raises PostgresError when the platform cannot use it."""
    async with _connected(database_url(_parameters(url))) as connection:
        await _check_server(connection)
        return str(connection.info.parameter_status("server_version"))


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[psycopg.AsyncConnection]:
    try:
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS, client_encoding="UTF8"
        )
    except psycopg.Error as error:
        raise PostgresError(
            f"The database of SERAI_DATABASE_URL cannot be reached: {_reason(error, url)} "
            "Check the address, the user and the password, and that the server is running."
        ) from None
    try:
        yield connection
    except psycopg.Error as error:
        raise PostgresError(
            f"The database of SERAI_DATABASE_URL cannot be used: {_reason(error, url)}"
        ) from None
    finally:
        await connection.close()


async def _check_server(connection: psycopg.AsyncConnection) -> None:
    facts = await (await connection.execute(FACTS)).fetchone()
    user, database, version, encoding, may_create = facts or ("",) * 5
    if connection.info.server_version < OLDEST_VERSION * 10_000:
        raise PostgresError(
            f"The server of SERAI_DATABASE_URL is PostgreSQL {version}; "
            f"the platform needs PostgreSQL {OLDEST_VERSION} or later."
        )
    if encoding != "UTF8":
        raise PostgresError(
            f"The database {database} is encoded in {encoding}; the platform needs UTF8. "
            "Create one with: CREATE DATABASE serai ENCODING 'UTF8' TEMPLATE template0;"
        )
    if not may_create:
        raise PostgresError(
            f"The user {user} may not create tables in the database {database}. "
            f'Let its administrator run: ALTER DATABASE "{database}" OWNER TO "{user}";'
        )


async def _ensure_role(connection: psycopg.AsyncConnection, role: str) -> None:
    """See that the role is there, sees the rows it is to see, and is one the login may take."""
    needed = [sql.SQL(part) for part in await _lacking(connection, role)]
    if not needed:
        return
    names = {"role": sql.Identifier(role), "app": sql.Identifier(APP),
             "login": sql.Identifier(connection.info.user)}  # fmt: skip
    statements = [part.format(**names) for part in needed]
    try:
        for statement in statements:
            await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        asked = " ".join(f"{statement.as_string(connection)};" for statement in statements)
        raise PostgresError(
            f"The user {connection.info.user} of SERAI_DATABASE_URL may not take the role {role}. "
            f"Let the administrator of the database run: {asked}"
        ) from None


async def _lacking(connection: psycopg.AsyncConnection, role: str) -> list[LiteralString]:
    """The statements that are still to be run for a role; PostgreSQL 15 and 16 grant by other
    rules, so whether the login may take it is tried."""
    found = await (await connection.execute(SEES_ALL_ROWS, [role])).fetchone()
    lacking: list[LiteralString] = []
    if found is None:
        lacking.append("CREATE ROLE {role} NOLOGIN" + (" BYPASSRLS" if role in UNBOUND else ""))
    elif role in UNBOUND and found == (False,):
        lacking.append("ALTER ROLE {role} BYPASSRLS")
    if found is None or not await _may_become(connection, sql.Identifier(role)):
        lacking.append("GRANT {role} TO {login}")
    if role == PLATFORM and (found is None or not await _is_member(connection, role, APP)):
        lacking.append("GRANT {app} TO {role}")
    return lacking


async def _is_member(connection: psycopg.AsyncConnection, role: str, of: str) -> bool:
    return await (await connection.execute(IS_MEMBER, [role, of])).fetchone() == (True,)


async def _may_become(connection: psycopg.AsyncConnection, role: sql.Identifier) -> bool:
    try:
        await connection.execute(sql.SQL("SET ROLE {}").format(role))
    except psycopg.errors.InsufficientPrivilege:
        return False
    await connection.execute("RESET ROLE")
    return True


async def _check_role(url: str, role: str) -> None:
    async with _connected(url) as connection:
        found = await (await connection.execute(CURRENT_USER)).fetchone()
    if found != (role,):
        raise PostgresError(
            f"The server of SERAI_DATABASE_URL does not act as the role {role} as the connection "
            "asks; a pooler such as PgBouncer is like that. Give the address of PostgreSQL itself."
        )


def _parameters(url: str) -> dict[str, str]:
    try:
        return url_parameters(url)
    except psycopg.ProgrammingError:
        # What libpq says of a wrong address quotes it, and with it the password.
        raise PostgresError(
            "The address of the database is not one that PostgreSQL knows; write it as "
            "postgresql://user:password@host:5432/database."
        ) from None


def _in_role(parameters: dict[str, str], role: str) -> str:
    options = f"{parameters.get('options', '')} -c role={role}".strip()
    return database_url({**parameters, "options": options})


def _reason(error: psycopg.Error, url: str) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    password = url_parameters(url).get("password")
    if password:
        said = said.replace(password, MASK)
    return said if said.endswith(".") else said + "."
