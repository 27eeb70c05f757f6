"""Personal data, encrypted in the column.

Revision ID: 0010
"""

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
