"""What directories (providers of identity, over SCIM) tell of people and groups.

Revision ID: 0012
"""

from alembic import op

revision = "0012"
down_revision = "0011"

LEVELS = "('group', 'brand', 'entity', 'operator', 'city', 'store')"

TABLES = f"""
CREATE TABLE directory_people (
    id bigint PRIMARY KEY, level text NOT NULL CHECK (level IN {LEVELS}),
    node_id bigint NOT NULL, said jsonb NOT NULL, changed_at timestamptz NOT NULL,
    gone_at timestamptz, version integer NOT NULL
);
CREATE INDEX directory_people_node ON directory_people (level, node_id) WHERE gone_at IS NULL;
CREATE INDEX directory_people_external ON directory_people ((said ->> 'external_id'))
    WHERE gone_at IS NULL;

CREATE TABLE directory_groups (
    id bigint PRIMARY KEY, level text NOT NULL CHECK (level IN {LEVELS}),
    node_id bigint NOT NULL, display_name text NOT NULL, external_id text NOT NULL,
    created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL, gone_at timestamptz,
    version integer NOT NULL
);

CREATE TABLE directory_members (
    id bigint PRIMARY KEY, group_id bigint NOT NULL REFERENCES directory_groups,
    person_id bigint NOT NULL, since timestamptz NOT NULL, ended_at timestamptz,
    version integer NOT NULL
);
CREATE UNIQUE INDEX directory_members_once ON directory_members (group_id, person_id)
    WHERE ended_at IS NULL;
CREATE INDEX directory_members_person ON directory_members (person_id) WHERE ended_at IS NULL;

CREATE TABLE directory_bindings (
    id bigint PRIMARY KEY, group_id bigint NOT NULL REFERENCES directory_groups,
    role text NOT NULL, level text NOT NULL CHECK (level IN {LEVELS}), node_id bigint NOT NULL,
    bound_by bigint NOT NULL, bound_at timestamptz NOT NULL, ended_at timestamptz,
    version integer NOT NULL
);
CREATE UNIQUE INDEX directory_bindings_once ON directory_bindings (group_id, role, level, node_id)
    WHERE ended_at IS NULL;

CREATE TABLE directory_grants (
    id bigint PRIMARY KEY, binding_id bigint NOT NULL REFERENCES directory_bindings,
    person_id bigint NOT NULL, grant_id bigint NOT NULL, approval_id bigint NOT NULL,
    ended_at timestamptz, version integer NOT NULL
);
CREATE UNIQUE INDEX directory_grants_once ON directory_grants (binding_id, person_id)
    WHERE ended_at IS NULL;
CREATE INDEX directory_grants_person ON directory_grants (person_id) WHERE ended_at IS NULL;
"""

# People whom no directory has told of yet are shown as the house knows them.
VIEW = """
CREATE VIEW directory_users WITH (security_invoker = true) AS
SELECT p.id, p.name, p.display_name AS shown, p.email, p.active, p.external_id, p.created_at,
    coalesce(d.changed_at, p.created_at) AS changed_at, p.version AS person_version,
    coalesce(d.version, 0) AS version, coalesce(d.level, '') AS level,
    coalesce(d.node_id, 0) AS node_id,
    coalesce(d.said, jsonb_build_object('user_name', p.name, 'display_name', p.display_name,
        'language', p.language, 'emails', CASE WHEN p.email = '' THEN '[]'::jsonb
            ELSE jsonb_build_array(jsonb_build_object('value', p.email, 'type', 'work',
                'primary', true)) END)) AS said
FROM people AS p LEFT JOIN directory_people AS d ON d.id = p.id
WHERE d.gone_at IS NULL
"""

GUARDED = (
    "directory_people",
    "directory_groups",
    "directory_members",
    "directory_bindings",
    "directory_grants",
)

GRANTS = """
GRANT SELECT ON directory_people, directory_groups, directory_members, directory_bindings,
    directory_grants, directory_users TO serai_app, serai_writer;
GRANT INSERT ON directory_people, directory_groups, directory_members, directory_bindings,
    directory_grants TO serai_writer;
GRANT UPDATE (said, changed_at, gone_at, version) ON directory_people TO serai_writer;
GRANT UPDATE (display_name, external_id, changed_at, gone_at, version)
    ON directory_groups TO serai_writer;
GRANT UPDATE (ended_at, version) ON directory_members, directory_bindings, directory_grants
    TO serai_writer;
"""


def upgrade() -> None:
    """Tables, the view of everybody, and rows that are nobody's but the platform's."""
    for part in (TABLES, VIEW, GRANTS):
        op.execute(part)
    for table in GUARDED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO serai_app USING (false)")


def downgrade() -> None:
    """As it was before."""
    op.execute(
        "DROP VIEW directory_users; DROP TABLE directory_grants, directory_bindings,"
        " directory_members, directory_groups, directory_people"
    )
