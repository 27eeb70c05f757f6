"""Placements, stamps on rows, and row-level security.

Revision ID: 0007
"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
