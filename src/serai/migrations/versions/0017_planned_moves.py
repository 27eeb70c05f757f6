"""Moves of stores that wait for their day.

Revision ID: 0017
"""

from alembic import op

revision = "0017"
down_revision = "0016"

SCHEMA = """
CREATE TABLE planned_moves (
    id bigint PRIMARY KEY, store_id bigint NOT NULL, from_id bigint NOT NULL,
    to_id bigint NOT NULL CHECK (to_id <> from_id), since date NOT NULL,
    asked_by text NOT NULL, asked_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'done', 'cancelled')),
    begun_at timestamptz, refusal text NOT NULL, refused_at timestamptz, ended_at timestamptz,
    version integer NOT NULL,
    CHECK ((state = 'waiting') = (ended_at IS NULL))
);
-- A store has one move ahead of it: the next one is planned from where this one leads.
CREATE UNIQUE INDEX planned_moves_waiting ON planned_moves (store_id) WHERE state = 'waiting';
GRANT SELECT ON planned_moves TO serai_app, serai_writer;
GRANT INSERT ON planned_moves TO serai_writer;
GRANT UPDATE (state, begun_at, refusal, refused_at, ended_at, version) ON planned_moves
    TO serai_writer;
-- Read with the organisation by the platform, which shows each what is theirs of it.
ALTER TABLE planned_moves ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON planned_moves FOR SELECT TO serai_app USING (false);
"""


def upgrade() -> None:
    """A table of its own: a parent by date would change the store's book by itself."""
    op.execute(SCHEMA)


def downgrade() -> None:
    """Without the plans that wait: the release before this one cannot carry them out."""
    op.execute("DROP TABLE planned_moves")
