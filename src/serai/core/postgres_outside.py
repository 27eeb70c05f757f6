"""An outside PostgreSQL, by SERAI_DATABASE_URL."""

from __future__ import annotations

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from serai.core.postgres_cluster import APP, WRITER, PostgresError
from serai.core.postgres_urls import DatabaseUrls, database_url

OLDEST_VERSION = 150000
CONNECT_SECONDS = 10

FACTS = """
SELECT current_user, current_database(),
       current_setting('server_version_num')::int, current_setting('server_version'),
       current_setting('server_encoding'),
       has_database_privilege(current_database(), 'CREATE')
       AND has_schema_privilege('public', 'CREATE')
"""
MAY_CREATE_ROLES = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
MAY_BECOME = "SELECT pg_has_role(current_user, %s, 'MEMBER')"


async def outside_postgres(url: str) -> DatabaseUrls:
    """Return the three ways into the database at `url`, its group roles made if need be."""
    try:
        connection = await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=CONNECT_SECONDS
        )
    except psycopg.Error as error:
        raise PostgresError(
            f"The database of SERAI_DATABASE_URL cannot be reached: {_reason(error, url)} "
            "Check the address, the user and the password, and that the server is running."
        ) from None
    async with connection:
        try:
            await _check_server(connection)
            for role in (WRITER, APP):
                await _ensure_role(connection, role)
        except psycopg.Error as error:
            raise PostgresError(
                f"The database of SERAI_DATABASE_URL cannot be used: {_reason(error, url)}"
            ) from None
    return DatabaseUrls(
        owner=url,
        writer=_acting_as(url, WRITER),
        app=_acting_as(url, APP),
    )


async def _check_server(connection: psycopg.AsyncConnection) -> None:
    row = await (await connection.execute(FACTS)).fetchone()
    assert row is not None
    user, database, version, version_name, encoding, may_create = row
    if version < OLDEST_VERSION:
        raise PostgresError(
            f"The server of SERAI_DATABASE_URL is PostgreSQL {version_name}; "
            "the platform needs PostgreSQL 15 or later."
        )
    if encoding != "UTF8":
        raise PostgresError(
            f"The database {database} is encoded in {encoding}; the platform needs UTF8. Create "
            f"one with: CREATE DATABASE serai ENCODING 'UTF8' TEMPLATE template0;"
        )
    if not may_create:
        raise PostgresError(
            f"The user {user} may not create tables in the database {database}. "
            f'Let its administrator run: ALTER DATABASE "{database}" OWNER TO "{user}";'
        )


async def _ensure_role(connection: psycopg.AsyncConnection, role: str) -> None:
    user = connection.info.user
    grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(user))
    create = sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role))
    exists = await (await connection.execute(ROLE_EXISTS, [role])).fetchone()
    if exists:
        member = await (await connection.execute(MAY_BECOME, [role])).fetchone()
        if member and member[0]:
            return
    needed = [grant] if exists else [create, grant]
    try:
        for statement in needed:
            await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        asked = " ".join(f"{statement.as_string(connection)};" for statement in needed)
        raise PostgresError(
            f"The user {user} of SERAI_DATABASE_URL may not make the role {role}. "
            f"Let the administrator of the database run: {asked}"
        ) from None


def _acting_as(url: str, role: str) -> str:
    parameters = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    options = f"{parameters.get('options', '')} -c role={role}".strip()
    return database_url({**parameters, "options": options})


def _reason(error: psycopg.Error, url: str) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    password = str(conninfo_to_dict(url).get("password") or "")
    if password:
        said = said.replace(password, "***")
    return said if said.endswith(".") else said + "."
