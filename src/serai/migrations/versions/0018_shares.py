"""Deeds about people, roles and programs, seen on their nodes; and shares that are kept.

Revision ID: 0018
"""

from alembic import op

revision = "0018"
down_revision = "0017"

# Deeds that were written before have no nodes: who sees everything sees them, as ever. A right on
# every node of a deed is needed, for what went over several brands is none's to see alone.
DEEDS = """
ALTER TABLE trail ADD COLUMN nodes bigint[] NOT NULL DEFAULT '{}';
CREATE POLICY about ON trail FOR SELECT TO serai_app USING (
    nodes <> '{}' AND nodes <@ (SELECT
        nullif(current_setting('serai.held', true), '')::bigint[])
);
"""
# What is left of a share at a moment; those of a few seconds are not kept.
SHARES = """
CREATE TABLE kept_shares (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    whose bigint NOT NULL,
    used double precision NOT NULL,
    at timestamptz NOT NULL,
    version integer NOT NULL,
    UNIQUE (name, whose)
);
ALTER TABLE kept_shares ENABLE ROW LEVEL SECURITY;
CREATE POLICY hidden ON kept_shares FOR SELECT TO serai_app USING (false);
GRANT SELECT ON kept_shares TO serai_app, serai_platform, serai_writer;
GRANT INSERT ON kept_shares TO serai_writer;
GRANT UPDATE (used, at, version) ON kept_shares TO serai_writer;
"""

UNDO = """
DROP TABLE kept_shares;
DROP POLICY about ON trail;
ALTER TABLE trail DROP COLUMN nodes;
"""


def upgrade() -> None:
    """The column with its policy, and the table."""
    op.execute(DEEDS)
    op.execute(SHARES)


def downgrade() -> None:
    """As it was before; the hash of a deed that has nodes is over them too."""
    op.execute(UNDO)
