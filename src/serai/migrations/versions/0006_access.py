"""People, grants, sign-ins, sessions and approvals.

Revision ID: 0006
"""

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
