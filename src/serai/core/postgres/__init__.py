"""The database of the platform: an embedded PostgreSQL under supervision, or an outside one."""

from serai.core.postgres.choice import provide
from serai.core.postgres.embedded import Postgres, embedded_postgres, running_postgres
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import socket_folder
from serai.core.postgres.outside import outside_postgres
from serai.core.postgres.programs import program
from serai.core.postgres.server import RestartPolicy
from serai.core.postgres.urls import DatabaseUrls, database_mark

__all__ = [
    "DatabaseUrls",
    "Postgres",
    "PostgresError",
    "RestartPolicy",
    "database_mark",
    "embedded_postgres",
    "outside_postgres",
    "program",
    "provide",
    "running_postgres",
    "socket_folder",
]
