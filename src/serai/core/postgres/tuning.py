"""How the embedded PostgreSQL is set: durable, small, and silent about what people write."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MEBIBYTE = 1024 * 1024
SHARED_BUFFERS_LEAST = 32 * MEBIBYTE
SHARED_BUFFERS_MOST = 256 * MEBIBYTE
KEPT_FOR_ARCHIVE_LEAST = 256 * MEBIBYTE
KEPT_FOR_ARCHIVE_MOST = 16 * 1024 * MEBIBYTE


def server_settings(
    *, memory_bytes: int, disk_bytes: int, has_lz4: bool, socket_folder: Path, log_folder: Path
) -> dict[str, str]:
    """Return the settings of a server on a machine with so much memory, on a disk of this size."""
    buffers = min(max(memory_bytes // 16, SHARED_BUFFERS_LEAST), SHARED_BUFFERS_MOST)
    return {
        **_reached_by(socket_folder),
        **_memory(buffers, memory_bytes),
        **_durability(has_lz4),
        **_archiving(disk_bytes),
        **_planning(),
        **_upkeep(),
        **_logging(log_folder),
    }


def settings_file(settings: Mapping[str, str]) -> str:
    """Return the text of a postgresql.conf."""
    lines = ["# Written by serai at each start. Changes made here are lost."]
    for name, value in settings.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"


def _reached_by(socket_folder: Path) -> dict[str, str]:
    return {
        "listen_addresses": "",
        # PostgreSQL reads a list here, so a comma in the path needs double quotes.
        "unix_socket_directories": '"' + str(socket_folder).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "password_encryption": "scram-sha-256",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "UTC",
        "lc_messages": "C",
    }


def _memory(buffers: int, memory_bytes: int) -> dict[str, str]:
    return {
        "shared_buffers": f"{buffers // MEBIBYTE}MB",
        "effective_cache_size": f"{max(memory_bytes // 2, buffers) // MEBIBYTE}MB",
        "work_mem": "8MB",
        "maintenance_work_mem": "64MB",
        "huge_pages": "try",
        "max_worker_processes": "6",
        "max_parallel_workers": "2",
        "max_parallel_workers_per_gather": "1",
    }


def _durability(has_lz4: bool) -> dict[str, str]:
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        # Without lz4 the only choice is pglz, which costs the writer more than it saves the disk.
        "wal_compression": "lz4" if has_lz4 else "off",
        "wal_buffers": "16MB",
        "min_wal_size": "512MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
    }


def _archiving(disk_bytes: int) -> dict[str, str]:
    """An archive that is away must not fill the disk: orders are worth more than its wholeness."""
    kept = min(max(disk_bytes // 10, KEPT_FOR_ARCHIVE_LEAST), KEPT_FOR_ARCHIVE_MOST)
    return {
        "max_wal_senders": "4",
        "max_replication_slots": "2",
        "max_slot_wal_keep_size": f"{kept // MEBIBYTE}MB",
        "wal_sender_timeout": "20s",
    }


def _planning() -> dict[str, str]:
    return {
        "random_page_cost": "1.1",
        "effective_io_concurrency": "16",
        "io_method": "worker",
        "io_workers": "2",
        "jit": "off",
        # A generic plan made while a table was empty stays bad when the table has grown; readers
        # have a setting of their own (`roles.py`).
        "plan_cache_mode": "force_custom_plan",
    }


def _upkeep() -> dict[str, str]:
    return {
        "autovacuum": "on",
        "autovacuum_naptime": "15s",
        "autovacuum_max_workers": "2",
        "autovacuum_vacuum_scale_factor": "0.05",
        # More often, in a house that grows fast, the sampling alone takes a tenth of a core.
        "autovacuum_analyze_scale_factor": "0.1",
        "autovacuum_vacuum_cost_limit": "1000",
    }


def _logging(log_folder: Path) -> dict[str, str]:
    return {
        "logging_collector": "on",
        "log_destination": "stderr",
        "log_directory": str(log_folder),
        # One file for each day of the week, each written over after a week.
        "log_filename": "postgres-%a.log",
        "log_file_mode": "0600",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %u@%d ",
        "log_timezone": "UTC",
        # Names, addresses and passwords travel in statements and in the details of errors; the
        # caller is told of its error, the log keeps what concerns the server.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_lock_waits": "on",
        "log_checkpoints": "on",
    }
