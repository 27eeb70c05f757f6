"""The organisation, imported and exported; stores that move.

Revision ID: 0011
"""

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
