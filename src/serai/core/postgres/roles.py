"""The roles of the embedded PostgreSQL, and what each may do from the start."""

from __future__ import annotations

import psycopg
from psycopg import sql

from serai.core.postgres.cluster import SUPERVISOR, Cluster
from serai.core.postgres.urls import APP, OWNER, PLATFORM, WRITER, DatabaseUrls

DATABASE = "serai"

ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
CREATE_ROLE = "CREATE ROLE {role}"
SET_ROLE = """
ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION {sight}
PASSWORD {verifier}
"""
# COPY does not go into a table with row-level security; and what the platform does for itself, in
# nobody's name, is asked of all rows at no cost.
UNBOUND = frozenset({WRITER, PLATFORM})
# Whatever the application may read, the platform may: only the rows are more.
READ_ALIKE = "GRANT {app} TO {platform}"
# Readers ask the same all day, and to plan it takes longer than to answer it. They give their
# connections back before long, and a plan goes when its tables are analysed: what is planned while
# a table is empty does not stay, as it would with the writer.
KEEP_PLANS = "ALTER ROLE {reader} SET plan_cache_mode = auto"
CLOSE_OTHERS = "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC"
DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"
CREATE_DATABASE = "CREATE DATABASE {database} OWNER {owner}"
CLOSE_DATABASE = "REVOKE ALL ON DATABASE {database} FROM PUBLIC"
OPEN_DATABASE = "GRANT CONNECT ON DATABASE {database} TO {writer}, {platform}, {app}"
# The writer stages what it copies in temporary tables.
ALLOW_STAGING = "GRANT TEMPORARY ON DATABASE {database} TO {writer}"
OWN_SCHEMA = "ALTER SCHEMA public OWNER TO {owner}"
CLOSE_SCHEMA = "REVOKE CREATE ON SCHEMA public FROM PUBLIC"


async def furnish(cluster: Cluster, database: str = DATABASE) -> None:
    """See that the roles and the database are there with their rights; harmless to repeat."""
    names = {
        "owner": sql.Identifier(OWNER),
        "writer": sql.Identifier(WRITER),
        "platform": sql.Identifier(PLATFORM),
        "app": sql.Identifier(APP),
        "database": sql.Identifier(database),
    }
    url = cluster.url(SUPERVISOR, "postgres")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for role in (OWNER, WRITER, PLATFORM, APP):
            await _furnish_role(connection, role, cluster.password(role))
        for reader in (PLATFORM, APP):
            keep = sql.SQL(KEEP_PLANS).format(reader=sql.Identifier(reader))
            await connection.execute(keep)
        await connection.execute(CLOSE_OTHERS)
        if not await (await connection.execute(DATABASE_EXISTS, [database])).fetchone():
            await connection.execute(sql.SQL(CREATE_DATABASE).format(**names))
        for statement in (READ_ALIKE, CLOSE_DATABASE, OPEN_DATABASE, ALLOW_STAGING):
            await connection.execute(sql.SQL(statement).format(**names))
    url = cluster.url(SUPERVISOR, database)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in (OWN_SCHEMA, CLOSE_SCHEMA):
            await connection.execute(sql.SQL(statement).format(**names))


def role_urls(cluster: Cluster, database: str = DATABASE) -> DatabaseUrls:
    """Return the ways into a database of the cluster."""
    return DatabaseUrls(
        owner=cluster.url(OWNER, database),
        writer=cluster.url(WRITER, database),
        platform=cluster.url(PLATFORM, database),
        app=cluster.url(APP, database),
    )


async def _furnish_role(connection: psycopg.AsyncConnection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not await (await connection.execute(ROLE_EXISTS, [role])).fetchone():
        await connection.execute(sql.SQL(CREATE_ROLE).format(role=name))
    # Made into a verifier here, so that the password itself is never sent.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    sight = sql.SQL("BYPASSRLS" if role in UNBOUND else "NOBYPASSRLS")
    await connection.execute(
        sql.SQL(SET_ROLE).format(role=name, sight=sight, verifier=sql.Literal(verifier))
    )
