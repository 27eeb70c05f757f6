"""Programs that use the API, and their keys.

Revision ID: 0009
"""

from alembic import op

revision = "0009"
down_revision = "0008"

SCHEMA = """
CREATE TABLE programs (
    id bigint PRIMARY KEY, name text NOT NULL UNIQUE, scopes jsonb NOT NULL,
    level text NOT NULL
        CHECK (level IN ('group', 'brand', 'entity', 'operator', 'city', 'store')),
    node_id bigint NOT NULL, requests_a_minute integer NOT NULL CHECK (requests_a_minute > 0),
    made_at timestamptz NOT NULL, made_by text NOT NULL, ended_at timestamptz,
    version integer NOT NULL
);
CREATE TABLE program_keys (
    id bigint PRIMARY KEY, program_id bigint NOT NULL REFERENCES programs,
    secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
    made_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, ended_at timestamptz,
    last_used_at timestamptz, version integer NOT NULL, CHECK (expires_at > made_at)
);
CREATE INDEX program_keys_program ON program_keys (program_id);
GRANT SELECT ON programs, program_keys TO serai_app, serai_writer;
GRANT INSERT ON programs, program_keys TO serai_writer;
GRANT UPDATE (ended_at, version) ON programs TO serai_writer;
GRANT UPDATE (ended_at, last_used_at, version) ON program_keys TO serai_writer;

-- Nobody reads them for themselves: the platform shows whoever may manage programs which there are.
ALTER TABLE programs ENABLE ROW LEVEL SECURITY;
ALTER TABLE program_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON programs FOR SELECT TO serai_app USING (false);
CREATE POLICY seen ON program_keys FOR SELECT TO serai_app USING (false);
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("DROP TABLE program_keys, programs")
