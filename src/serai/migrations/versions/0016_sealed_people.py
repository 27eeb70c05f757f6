"""E-mails of people and secrets of authenticators, sealed; and who knows which customer.

No key is known here: what stands in the clear in `people.email`, `directory_people.said` and
`one_time_codes.secret` is sealed by the platform, beside serving. These columns stay, empty.

Revision ID: 0016
"""

from alembic import op

revision = "0016"
down_revision = "0015"

# One row for a person, whose id it bears: all their addresses sealed as one text, and a keyed hash
# of each to be found by.
EMAILS = """
CREATE TABLE person_emails (
    id bigint PRIMARY KEY, emails bytea, hashes jsonb NOT NULL, key_id text NOT NULL,
    version integer NOT NULL
);
CREATE INDEX person_emails_hashes ON person_emails USING gin (hashes);
CREATE INDEX person_emails_key ON person_emails (key_id, id);
ALTER TABLE person_emails ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON person_emails FOR SELECT TO serai_app USING (false);
GRANT SELECT ON person_emails TO serai_app, serai_writer;
GRANT INSERT ON person_emails TO serai_writer;
GRANT UPDATE (emails, hashes, key_id, version) ON person_emails TO serai_writer;

CREATE INDEX people_in_the_clear ON people (id) WHERE email <> '';
"""

CODES = """
ALTER TABLE one_time_codes ADD COLUMN sealed bytea, ADD COLUMN key_id text;
CREATE INDEX one_time_codes_key ON one_time_codes (key_id, id);
GRANT SELECT (id, key_id) ON one_time_codes TO serai_platform;
GRANT UPDATE (sealed, key_id) ON one_time_codes TO serai_writer;
"""

# As it was; what is sealed stands after it.
USERS = """
CREATE OR REPLACE VIEW directory_users WITH (security_invoker = true) AS
SELECT p.id, p.name, p.display_name AS shown, p.email, p.active, p.external_id, p.created_at,
    coalesce(d.changed_at, p.created_at) AS changed_at, p.version AS person_version,
    coalesce(d.version, 0) AS version, coalesce(d.level, '') AS level,
    coalesce(d.node_id, 0) AS node_id,
    coalesce(d.said, jsonb_build_object('user_name', p.name, 'display_name', p.display_name,
        'language', p.language, 'emails', CASE WHEN p.email = '' THEN '[]'::jsonb
            ELSE jsonb_build_array(jsonb_build_object('value', p.email, 'type', 'work',
                'primary', true)) END)) AS said{sealed}
FROM people AS p LEFT JOIN directory_people AS d ON d.id = p.id{joined}
WHERE d.gone_at IS NULL
"""
SEALED = ", e.emails AS sealed, e.key_id, coalesce(e.version, 0) AS emails_version"
JOINED = " LEFT JOIN person_emails AS e ON e.id = p.id"

# A customer is seen where they have booked, and where they are introduced: at the very nodes that
# somebody holds (`serai.holdings`), and at the stores below these.
INTRODUCTIONS = """
CREATE TABLE introductions (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL,
    level text NOT NULL CHECK (level IN ('brand', 'entity', 'operator', 'city', 'store')),
    node_id bigint NOT NULL, why text NOT NULL CHECK (why IN ('registered', 'recognised')),
    at timestamptz NOT NULL, UNIQUE (customer_id, node_id)
);
CREATE TABLE recognitions (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL, actor text NOT NULL,
    node_id bigint NOT NULL, at timestamptz NOT NULL, passed boolean NOT NULL,
    version integer NOT NULL
);
CREATE INDEX recognitions_node ON recognitions (node_id, at) WHERE NOT passed;

ALTER TABLE introductions ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON introductions FOR SELECT TO serai_app USING (
    node_id = ANY ((SELECT nullif(current_setting('serai.holdings', true), '')::bigint[])::bigint[])
    OR level = 'store' AND EXISTS (SELECT FROM holders AS h WHERE h.id = introductions.node_id)
);
CREATE POLICY introduced ON customers FOR SELECT TO serai_app USING (
    EXISTS (SELECT FROM introductions AS i WHERE i.customer_id = customers.id)
);
ALTER TABLE recognitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON recognitions FOR SELECT TO serai_app USING (false);

GRANT SELECT ON introductions, recognitions TO serai_app, serai_writer;
GRANT INSERT ON introductions, recognitions TO serai_writer;
GRANT UPDATE (passed, version) ON recognitions TO serai_writer;
"""


def upgrade() -> None:
    """Tables and columns for what is sealed, the view of everybody with it, and introductions."""
    for part in (EMAILS, CODES, USERS.format(sealed=SEALED, joined=JOINED), INTRODUCTIONS):
        op.execute(part)


def downgrade() -> None:
    """As it was before. What is sealed goes: without keys nobody can put it back in the clear."""
    op.execute("DROP POLICY introduced ON customers; DROP TABLE introductions, recognitions")
    op.execute("DROP VIEW directory_users")
    op.execute(USERS.format(sealed="", joined=""))
    op.execute("GRANT SELECT ON directory_users TO serai_app, serai_writer")
    op.execute(
        "DROP TABLE person_emails; DROP INDEX people_in_the_clear;"
        "REVOKE SELECT (id, key_id) ON one_time_codes FROM serai_platform;"
        "ALTER TABLE one_time_codes DROP COLUMN sealed, DROP COLUMN key_id"
    )
