"""E-mails of people and secrets of authenticators, sealed.

Revision ID: 0016
"""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
