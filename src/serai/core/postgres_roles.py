"""The roles of the embedded PostgreSQL, and what each may do from the start."""

from __future__ import annotations

import psycopg
from psycopg import sql

from serai.core.postgres_cluster import APP, OWNER, SUPERVISOR, WRITER, Cluster
from serai.core.postgres_urls import DatabaseUrls, database_url

DATABASE = "serai"

ROLE_EXISTS = "SELECT 1 FROM pg_roles WHERE rolname = %s"
CREATE_ROLE = "CREATE ROLE {role}"
SET_ROLE = """
ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
PASSWORD {verifier}
"""
DATABASE_EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"
CREATE_DATABASE = "CREATE DATABASE {database} OWNER {owner}"
CLOSE_DATABASE = "REVOKE ALL ON DATABASE {database} FROM PUBLIC"
OPEN_DATABASE = "GRANT CONNECT ON DATABASE {database} TO {writer}, {app}"
# The writer stages what it copies in temporary tables.
ALLOW_STAGING = "GRANT TEMPORARY ON DATABASE {database} TO {writer}"
OWN_SCHEMA = "ALTER SCHEMA public OWNER TO {owner}"
CLOSE_SCHEMA = "REVOKE CREATE ON SCHEMA public FROM PUBLIC"

NAMES = {
    "owner": sql.Identifier(OWNER),
    "writer": sql.Identifier(WRITER),
    "app": sql.Identifier(APP),
}


async def furnish(cluster: Cluster, database: str = DATABASE) -> None:
    """See that the roles and the database are there with their rights; harmless to repeat."""
    names = {**NAMES, "database": sql.Identifier(database)}
    url = supervisor_url(cluster)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for role in (OWNER, WRITER, APP):
            await _furnish_role(connection, role, cluster.password(role))
        if not await (await connection.execute(DATABASE_EXISTS, [database])).fetchone():
            await connection.execute(sql.SQL(CREATE_DATABASE).format(**names))
        for statement in (CLOSE_DATABASE, OPEN_DATABASE, ALLOW_STAGING):
            await connection.execute(sql.SQL(statement).format(**names))
    url = supervisor_url(cluster, database)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        for statement in (OWN_SCHEMA, CLOSE_SCHEMA):
            await connection.execute(sql.SQL(statement).format(**names))


async def _furnish_role(connection: psycopg.AsyncConnection, role: str, password: str) -> None:
    name = sql.Identifier(role)
    if not await (await connection.execute(ROLE_EXISTS, [role])).fetchone():
        await connection.execute(sql.SQL(CREATE_ROLE).format(role=name))
    # Made into a verifier here, so that the password itself is never sent.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    await connection.execute(sql.SQL(SET_ROLE).format(role=name, verifier=sql.Literal(verifier)))


def role_urls(cluster: Cluster, database: str = DATABASE) -> DatabaseUrls:
    """Return the ways into a database of the cluster."""
    return DatabaseUrls(
        owner=_url(cluster, OWNER, database),
        writer=_url(cluster, WRITER, database),
        app=_url(cluster, APP, database),
    )


def supervisor_url(cluster: Cluster, database: str = "postgres") -> str:
    """Return the way in of the superuser, which serves the supervision alone."""
    return _url(cluster, SUPERVISOR, database)


def _url(cluster: Cluster, role: str, database: str) -> str:
    return database_url(
        {
            "user": role,
            "password": cluster.password(role),
            "dbname": database,
            "host": str(cluster.socket_folder),
            "port": "5432",
        }
    )
