"""Tables that nobody reads as their own: who may come in, keys, and what IT keeps.

They are read by the platform, for pages that look at each row's rights themselves.

Revision ID: 0013
"""

from alembic import op
from sqlalchemy import text

revision = "0013"
down_revision = "0012"

UNGUARDED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relrowsecurity
    AND relname <> 'alembic_version'
ORDER BY relname
"""
HIDDEN = """
SELECT tablename FROM pg_policies WHERE schemaname = 'public' AND policyname = 'hidden'
"""


def upgrade() -> None:
    """Every table that has no policy of its own shows the application nothing."""
    for table in op.get_bind().scalars(text(UNGUARDED)).all():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY hidden ON {table} FOR SELECT TO serai_app USING (false)")


def downgrade() -> None:
    """As it was before."""
    for table in op.get_bind().scalars(text(HIDDEN)).all():
        op.execute(f"DROP POLICY hidden ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
