"""The ledger: fence, accounts, journal, endings, keys, events, and the daily sums.

Revision ID: 0001
"""

from alembic import op

revision = "0001"
down_revision = None

SCHEMA = """
CREATE SEQUENCE ids START 1000 INCREMENT 1000;

CREATE TABLE fence (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch bigint NOT NULL DEFAULT 0,
    batch bigint NOT NULL DEFAULT 0,
    next_account bigint NOT NULL DEFAULT 1,
    next_transfer bigint NOT NULL DEFAULT 1,
    next_position bigint NOT NULL DEFAULT 1,
    oldest_pending bigint NOT NULL DEFAULT 1,
    recorded timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z'
);
INSERT INTO fence DEFAULT VALUES;

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    book bigint NOT NULL,
    unit text NOT NULL,
    holder bigint NOT NULL,
    role text NOT NULL,
    slot bigint NOT NULL,
    account_limit text NOT NULL CHECK (account_limit IN ('none', 'debits', 'credits')),
    debits_pending bigint NOT NULL CHECK (debits_pending >= 0),
    debits_posted bigint NOT NULL CHECK (debits_posted >= 0),
    credits_pending bigint NOT NULL CHECK (credits_pending >= 0),
    credits_posted bigint NOT NULL CHECK (credits_posted >= 0)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX accounts_key ON accounts (book, unit, holder, role, slot);

CREATE TABLE transfers (
    id bigint PRIMARY KEY,
    debit_account bigint NOT NULL,
    credit_account bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    pending_id bigint NOT NULL,
    order_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    line_id bigint NOT NULL,
    store_id bigint NOT NULL,
    effective timestamptz NOT NULL CHECK (effective BETWEEN '0001-01-02Z' AND '9999-12-30Z'),
    recorded timestamptz NOT NULL,
    deadline timestamptz,
    business_date date NOT NULL,
    kind text NOT NULL CHECK (kind IN ('posted', 'pending', 'post', 'void')),
    reason text NOT NULL
);
CREATE INDEX transfers_order ON transfers (order_id) WHERE order_id <> 0;

CREATE TABLE endings (
    pending_id bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('posted', 'voided', 'expired')),
    amount bigint NOT NULL CHECK (amount >= 0),
    transfer_id bigint NOT NULL,
    recorded timestamptz NOT NULL
);

CREATE TABLE keys (
    digest bytea PRIMARY KEY,
    request bytea NOT NULL,
    answer bytea NOT NULL,
    refused boolean NOT NULL,
    batch bigint NOT NULL
);

CREATE TABLE events (
    position bigint PRIMARY KEY,
    type text NOT NULL,
    book bigint NOT NULL,
    order_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    store_id bigint NOT NULL,
    effective timestamptz NOT NULL CHECK (effective BETWEEN '0001-01-02Z' AND '9999-12-30Z'),
    recorded timestamptz NOT NULL,
    data jsonb NOT NULL
);
CREATE INDEX events_order ON events (order_id) WHERE order_id <> 0;

-- Folded from the journal by a job: what each account moved on each business date, and the same
-- by booking for the roles that have a list of bookings behind them.
CREATE TABLE folds (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    next_transfer bigint NOT NULL DEFAULT 1
);
INSERT INTO folds DEFAULT VALUES;

CREATE TABLE daily_sums (
    account_id bigint NOT NULL,
    business_date date NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    PRIMARY KEY (account_id, business_date)
);

CREATE TABLE booking_sums (
    account_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    business_date date NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    PRIMARY KEY (account_id, booking_id, business_date)
);

GRANT USAGE ON SCHEMA public TO serai_app, serai_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO serai_app, serai_writer;
GRANT USAGE ON SEQUENCE ids TO serai_app;
GRANT INSERT ON accounts, transfers, endings, keys, events, daily_sums, booking_sums
    TO serai_writer;
GRANT UPDATE (epoch, batch, next_account, next_transfer, next_position, oldest_pending, recorded)
    ON fence TO serai_writer;
GRANT UPDATE (debits_pending, debits_posted, credits_pending, credits_posted)
    ON accounts TO serai_writer;
GRANT UPDATE (next_transfer) ON folds TO serai_writer;
GRANT UPDATE (debits, credits) ON daily_sums, booking_sums TO serai_writer;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute(
        "DROP TABLE booking_sums, daily_sums, folds, events, keys, endings, transfers, accounts, "
        "fence; DROP SEQUENCE ids"
    )
