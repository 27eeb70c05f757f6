"""Moves of stores that wait for their day.

Revision ID: 0017
"""

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
