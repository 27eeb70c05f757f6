"""The schema's history, run by Alembic as the owner of the database."""

from serai.migrations.runner import migrate

__all__ = ["migrate"]
