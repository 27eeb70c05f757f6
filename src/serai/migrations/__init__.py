"""The schema's history, run by Alembic as the owner of the database."""

from serai.migrations.runner import migrate, step_back

__all__ = ["migrate", "step_back"]
