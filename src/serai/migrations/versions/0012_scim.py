"""Users and groups as SCIM sees them.

Revision ID: 0012
"""

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
