"""People, grants, sign-ins, sessions and approvals.

All of it is the platform's own: the role that pages read in sees none of these rows. Secrets
(hashes of passwords and tokens, what authenticators share) are no columns that even the platform
may select: it asks for one of them at a time, by functions of the owner.

Revision ID: 0006
"""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE people (
    id bigint PRIMARY KEY, name text NOT NULL UNIQUE, display_name text NOT NULL,
    email text NOT NULL, language text NOT NULL, active boolean NOT NULL,
    external_id text NOT NULL, created_at timestamptz NOT NULL, version integer NOT NULL
);
CREATE UNIQUE INDEX people_external ON people (external_id) WHERE external_id <> '';

CREATE TABLE grants (
    id bigint PRIMARY KEY, holder_id bigint NOT NULL, role text NOT NULL,
    level text NOT NULL CHECK (level IN
        ('group', 'brand', 'entity', 'operator', 'city', 'store', 'customer')),
    node_id bigint NOT NULL, granted_at timestamptz NOT NULL, ended_at timestamptz,
    version integer NOT NULL
);
CREATE INDEX grants_holder ON grants (holder_id) WHERE ended_at IS NULL;
CREATE INDEX grants_node ON grants (level, node_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX grants_once ON grants (holder_id, role, level, node_id)
    WHERE ended_at IS NULL;

CREATE TABLE credentials (
    id bigint PRIMARY KEY, password_hash text NOT NULL, must_change boolean NOT NULL,
    changed_at timestamptz NOT NULL, version integer NOT NULL
);
CREATE TABLE one_time_codes (
    id bigint PRIMARY KEY, secret text NOT NULL, last_step bigint NOT NULL,
    recovery jsonb NOT NULL, enrolled_at timestamptz, version integer NOT NULL
);

CREATE TABLE sessions (
    id bigint PRIMARY KEY, person_id bigint NOT NULL, passed boolean NOT NULL,
    method text NOT NULL CHECK (method IN ('password', 'sso')),
    created_at timestamptz NOT NULL, last_seen_at timestamptz NOT NULL, ended_at timestamptz,
    ended_why text NOT NULL, address text NOT NULL, token_hash bytea NOT NULL UNIQUE,
    device_hash bytea NOT NULL, version integer NOT NULL
);
CREATE INDEX sessions_person ON sessions (person_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_device ON sessions (device_hash, person_id) WHERE passed;

CREATE TABLE sign_ins (
    id bigint PRIMARY KEY, at timestamptz NOT NULL, place text NOT NULL,
    name_bits integer NOT NULL, person_id bigint NOT NULL, passed boolean NOT NULL
);
CREATE INDEX sign_ins_place ON sign_ins (place, at);

CREATE TABLE approvals (
    id bigint PRIMARY KEY, asked jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'approved', 'refused')),
    asked_by bigint NOT NULL, asked_at timestamptz NOT NULL, decided_by bigint NOT NULL,
    decided_at timestamptz, version integer NOT NULL,
    CHECK (state = 'waiting' OR decided_by <> asked_by)
);
CREATE INDEX approvals_waiting ON approvals (id) WHERE state = 'waiting';
"""

FUNCTIONS = """
CREATE FUNCTION password_of(person bigint)
RETURNS TABLE (password_hash text, must_change boolean, version integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.password_hash, c.must_change, c.version FROM credentials AS c WHERE c.id = person
$$;
CREATE FUNCTION one_time_codes_of(person bigint) RETURNS SETOF one_time_codes
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.* FROM one_time_codes AS c WHERE c.id = person
$$;
CREATE FUNCTION has_one_time_codes(person bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM one_time_codes WHERE id = person AND enrolled_at IS NOT NULL)
$$;
CREATE FUNCTION session_of(hash bytea)
RETURNS TABLE (session jsonb, person jsonb, grants jsonb, must_change boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT to_jsonb(s) - 'token_hash' - 'device_hash', to_jsonb(p),
        coalesce((SELECT jsonb_agg(to_jsonb(g) ORDER BY g.id) FROM grants AS g
            WHERE g.holder_id = p.id AND g.ended_at IS NULL), '[]'::jsonb),
        coalesce((SELECT c.must_change FROM credentials AS c WHERE c.id = p.id), false)
    FROM sessions AS s JOIN people AS p ON p.id = s.person_id
    WHERE s.token_hash = hash AND s.ended_at IS NULL AND p.active
$$;
CREATE FUNCTION knows_device(hash bytea, person bigint, since timestamptz) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM sessions
        WHERE device_hash = hash AND person_id = person AND passed AND created_at > since)
$$;
REVOKE EXECUTE ON FUNCTION password_of, one_time_codes_of, has_one_time_codes, session_of,
    knows_device FROM PUBLIC;
GRANT EXECUTE ON FUNCTION password_of, one_time_codes_of, has_one_time_codes, session_of,
    knows_device TO serai_platform;
"""

GRANTS = """
GRANT SELECT ON people, grants, sign_ins, approvals TO serai_platform;
GRANT SELECT (id, person_id, passed, method, created_at, last_seen_at, ended_at, ended_why,
    address, version) ON sessions TO serai_platform;
GRANT SELECT, INSERT ON people, grants, credentials, one_time_codes, sessions, sign_ins, approvals
    TO serai_writer;
GRANT UPDATE (name, display_name, email, language, active, external_id, version)
    ON people TO serai_writer;
GRANT UPDATE (ended_at, version) ON grants TO serai_writer;
GRANT UPDATE (password_hash, must_change, changed_at, version) ON credentials TO serai_writer;
GRANT UPDATE (secret, last_step, recovery, enrolled_at, version)
    ON one_time_codes TO serai_writer;
GRANT UPDATE (last_seen_at, ended_at, ended_why, version) ON sessions TO serai_writer;
GRANT UPDATE (state, decided_by, decided_at, version) ON approvals TO serai_writer;
"""

HIDDEN = ("people", "grants", "credentials", "one_time_codes", "sessions", "sign_ins", "approvals")

UNDO = """
DROP FUNCTION password_of, one_time_codes_of, has_one_time_codes, session_of, knows_device;
DROP TABLE people, grants, credentials, one_time_codes, sessions, sign_ins, approvals
"""


def upgrade() -> None:
    """Tables, then the functions that read their secrets, then who may do what."""
    for part in (TABLES, FUNCTIONS, GRANTS):
        op.execute(part)
    for table in HIDDEN:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY hidden ON {table} FOR SELECT TO serai_app USING (false)")


def downgrade() -> None:
    """As it was before."""
    op.execute(UNDO)
