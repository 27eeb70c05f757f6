"""Accounts of slots that are past and settled leave the table that the writer works on.

Revision ID: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"

# Nothing is pending in the archive, so it has no columns for it. Rows are moved by the two
# functions alone: whoever may run them still may not remove an account.
SCHEMA = """
CREATE TABLE archived_accounts (
    id bigint PRIMARY KEY,
    book bigint NOT NULL,
    unit text NOT NULL,
    holder bigint NOT NULL,
    role text NOT NULL,
    slot bigint NOT NULL CHECK (slot <> 0),
    account_limit text NOT NULL CHECK (account_limit IN ('none', 'debits', 'credits')),
    debits_posted bigint NOT NULL CHECK (debits_posted >= 0),
    credits_posted bigint NOT NULL CHECK (credits_posted >= 0)
);
CREATE UNIQUE INDEX archived_accounts_key ON archived_accounts (book, unit, holder, role, slot);

CREATE VIEW all_accounts AS
SELECT id, book, unit, holder, role, slot, account_limit,
    debits_pending, debits_posted, credits_pending, credits_posted
FROM accounts
UNION ALL
SELECT id, book, unit, holder, role, slot, account_limit,
    0::bigint, debits_posted, 0::bigint, credits_posted
FROM archived_accounts;

-- Looks at the next accounts after an id and moves those that are past and settled. A row that
-- the writer has in hand is passed over; one that it has just changed is looked at as it is now.
CREATE FUNCTION archive_accounts(
    after_id bigint, most integer, of_role text, before_slot bigint,
    OUT last_id bigint, OUT archived bigint
)
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
    WITH looked AS MATERIALIZED (
        SELECT id, role = of_role AND slot <> 0 AND slot < before_slot AS past
        FROM accounts WHERE id > after_id ORDER BY id LIMIT most
    ), gone AS (
        DELETE FROM accounts WHERE id IN (
            SELECT id FROM accounts
            WHERE id IN (SELECT id FROM looked WHERE past)
                AND debits_pending = 0 AND credits_pending = 0
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id, book, unit, holder, role, slot, account_limit, debits_posted,
            credits_posted
    ), kept AS (
        INSERT INTO archived_accounts (id, book, unit, holder, role, slot, account_limit,
            debits_posted, credits_posted)
        SELECT id, book, unit, holder, role, slot, account_limit, debits_posted, credits_posted
        FROM gone
    )
    SELECT coalesce((SELECT max(id) FROM looked), 0), (SELECT count(*) FROM gone)
$$;

-- Brings back those of the named accounts that are in the archive; how many they were.
CREATE FUNCTION unarchive_accounts(ids bigint[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off
AS $$
    WITH back AS (
        DELETE FROM archived_accounts WHERE id = ANY(ids)
        RETURNING id, book, unit, holder, role, slot, account_limit, debits_posted,
            credits_posted
    ), kept AS (
        INSERT INTO accounts (id, book, unit, holder, role, slot, account_limit,
            debits_pending, debits_posted, credits_pending, credits_posted)
        SELECT id, book, unit, holder, role, slot, account_limit, 0, debits_posted, 0,
            credits_posted
        FROM back
    )
    SELECT count(*) FROM back
$$;

GRANT SELECT ON archived_accounts, all_accounts TO serai_app, serai_writer;
REVOKE ALL ON FUNCTION archive_accounts, unarchive_accounts FROM PUBLIC;
GRANT EXECUTE ON FUNCTION archive_accounts, unarchive_accounts TO serai_writer;
"""

UNDO = """
INSERT INTO accounts (id, book, unit, holder, role, slot, account_limit,
    debits_pending, debits_posted, credits_pending, credits_posted)
SELECT id, book, unit, holder, role, slot, account_limit, 0, debits_posted, 0, credits_posted
FROM archived_accounts;
DROP FUNCTION unarchive_accounts;
DROP FUNCTION archive_accounts;
DROP VIEW all_accounts;
DROP TABLE archived_accounts;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute(UNDO)
