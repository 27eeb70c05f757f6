"""The database of the platform: an embedded PostgreSQL under supervision, or an outside one."""

from serai.core.postgres.archive import (
    Archive,
    Reach,
    check_archive,
    choose_archive,
    copy_secrets,
    held,
    read_archive,
    read_reach,
)
from serai.core.postgres.archiver import archive_problem
from serai.core.postgres.base import (
    Base,
    check_base,
    check_base_log,
    read_base,
    take_base,
)
from serai.core.postgres.choice import provide
from serai.core.postgres.cluster import Cluster
from serai.core.postgres.embedded import (
    Postgres,
    embedded_postgres,
    running_cluster,
    running_postgres,
)
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import socket_folder, sync_folder, write_private
from serai.core.postgres.log_marks import LogMark, first_mark
from serai.core.postgres.outside import check_outside, outside_postgres
from serai.core.postgres.programs import program
from serai.core.postgres.recovery import Source, Target, check_empty, restore
from serai.core.postgres.segments import gap_after, lsn, lsn_text, next_segment, segment_at
from serai.core.postgres.server import RestartPolicy
from serai.core.postgres.urls import DatabaseUrls, database_mark
from serai.core.postgres.wal import Wal

__all__ = [
    "Archive",
    "Base",
    "Cluster",
    "DatabaseUrls",
    "LogMark",
    "Postgres",
    "PostgresError",
    "Reach",
    "RestartPolicy",
    "Source",
    "Target",
    "Wal",
    "archive_problem",
    "check_archive",
    "check_base",
    "check_base_log",
    "check_empty",
    "check_outside",
    "choose_archive",
    "copy_secrets",
    "database_mark",
    "embedded_postgres",
    "first_mark",
    "gap_after",
    "held",
    "lsn",
    "lsn_text",
    "next_segment",
    "outside_postgres",
    "program",
    "provide",
    "read_archive",
    "read_base",
    "read_reach",
    "restore",
    "running_cluster",
    "running_postgres",
    "segment_at",
    "socket_folder",
    "sync_folder",
    "take_base",
    "write_private",
]
