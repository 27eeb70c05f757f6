"""Personal data, encrypted in the column.

Revision ID: 0010
"""

from alembic import op

revision = "0010"
down_revision = "0009"

# One row for a customer, whose id it bears. Two customers may share a telephone, and a document
# that is shown twice is for whoever joins customers to find: no hash is unique.
SCHEMA = """
CREATE TABLE personal_details (
    id bigint PRIMARY KEY,
    phone bytea, phone_hash bytea CHECK (length(phone_hash) = 32),
    email bytea, email_hash bytea CHECK (length(email_hash) = 32),
    document bytea, document_hash bytea CHECK (length(document_hash) = 32),
    key_id text NOT NULL, version integer NOT NULL,
    CHECK ((phone IS NULL) = (phone_hash IS NULL)),
    CHECK ((email IS NULL) = (email_hash IS NULL)),
    CHECK ((document IS NULL) = (document_hash IS NULL))
);
CREATE INDEX personal_details_phone ON personal_details (phone_hash)
    WHERE phone_hash IS NOT NULL;
CREATE INDEX personal_details_email ON personal_details (email_hash)
    WHERE email_hash IS NOT NULL;
CREATE INDEX personal_details_document ON personal_details (document_hash)
    WHERE document_hash IS NOT NULL;
CREATE INDEX personal_details_key ON personal_details (key_id, id);

GRANT SELECT ON personal_details TO serai_app, serai_writer;
GRANT INSERT ON personal_details TO serai_writer;
GRANT UPDATE (phone, phone_hash, email, email_hash, document, document_hash, key_id, version)
    ON personal_details TO serai_writer;
"""

# Whoever may see the customer may see that there are details; only keys outside the database open
# them. Without settings nobody sees a row.
SIGHT = """
ALTER TABLE personal_details ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON personal_details FOR SELECT TO serai_app USING (
    EXISTS (SELECT FROM customers AS c WHERE c.id = personal_details.id)
);
"""


def upgrade() -> None:
    for part in (SCHEMA, SIGHT):
        op.execute(part)


def downgrade() -> None:
    op.execute("DROP TABLE personal_details")
