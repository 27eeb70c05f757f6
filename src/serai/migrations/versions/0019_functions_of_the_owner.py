"""Functions that run as the owner are for those who are named.

A trigger's function was anybody's to hang on a table of their own, which the writer may make: what
it compared then ran as the owner. A trigger that stands needs nobody's right to it.

Revision ID: 0019
"""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Take from everybody what was nobody's to use."""
    op.execute("REVOKE ALL ON FUNCTION place_stores_of_parents() FROM PUBLIC")


def downgrade() -> None:
    """As it was before."""
    op.execute("GRANT EXECUTE ON FUNCTION place_stores_of_parents() TO PUBLIC")
