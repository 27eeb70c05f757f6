"""The mark of a data folder whose restore has not finished."""

from __future__ import annotations

from pathlib import Path

from serai.core.postgres.error import PostgresError

UNFINISHED = "restore-unfinished"


def check_restored(home: Path) -> None:
    """Raise PostgresError when the restore into this folder was never finished."""
    if (home / UNFINISHED).exists():
        raise PostgresError(
            f"The restore into {home} was not finished, so its books are not whole. "
            "Remove the folder and restore again."
        )
