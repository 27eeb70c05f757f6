"""The audit trail: who did what to which thing, chained deed by deed.

Revision ID: 0008
"""

from alembic import op

revision = "0008"
down_revision = "0007"

# `before` and `after` are kept as they were written, byte by byte: they are part of the hash.
SCHEMA = """
CREATE TABLE trail (
    number bigint PRIMARY KEY,
    recorded timestamptz NOT NULL,
    actor_id bigint NOT NULL,
    thing_id bigint NOT NULL,
    book bigint NOT NULL,
    store_id bigint NOT NULL,
    placement_id bigint NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL,
    thing text NOT NULL,
    refusal text NOT NULL,
    address text NOT NULL,
    request_id text NOT NULL,
    before json NOT NULL,
    after json NOT NULL,
    hash bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX trail_actor ON trail (actor, number);
CREATE INDEX trail_thing ON trail (thing_id, number) WHERE thing_id <> 0;
CREATE INDEX trail_address ON trail (address, number) WHERE address <> '';
CREATE INDEX trail_recorded ON trail (recorded, number);

ALTER TABLE fence ADD COLUMN last_deed bigint NOT NULL DEFAULT 0;
ALTER TABLE fence ADD COLUMN last_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
    CHECK (length(last_hash) = 32);

-- Nobody is granted this; whoever owns the table shall not do it by a slip either.
CREATE FUNCTION keep_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = '42501';
END
$$;
CREATE TRIGGER keep_trail BEFORE UPDATE OR DELETE ON trail
    FOR EACH STATEMENT EXECUTE FUNCTION keep_trail();

-- A deed in one store is seen by whoever sees that store's business of then; what went over several
-- stores, and what concerns none, is for those who see everything.
ALTER TABLE trail ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON trail FOR SELECT TO serai_app USING (
    CASE WHEN placement_id < 8 * (SELECT octet_length(
            nullif(current_setting('serai.placements', true), '')::bytea))
        THEN get_bit((SELECT current_setting('serai.placements', true)::bytea), placement_id) = 1
        ELSE false END
    OR (placement_id = 0 AND (
        store_id IN (SELECT unnest(
            nullif(current_setting('serai.stores', true), '')::bigint[]))
        OR book = ANY ((SELECT
            nullif(current_setting('serai.books', true), '')::bigint[])::bigint[])
    ))
);

GRANT SELECT ON trail TO serai_app, serai_writer;
GRANT INSERT ON trail TO serai_writer;
GRANT UPDATE (last_deed, last_hash) ON fence TO serai_writer;
"""

UNDO = """
ALTER TABLE fence DROP COLUMN last_deed, DROP COLUMN last_hash;
DROP TABLE trail;
DROP FUNCTION keep_trail;
"""


def upgrade() -> None:
    """The table, the chain's end in the fence, and who may do what."""
    op.execute(SCHEMA)


def downgrade() -> None:
    """As it was before."""
    op.execute(UNDO)
