"""What somebody with many nodes sees, found without a list of stores.

Revision ID: 0015
"""

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
