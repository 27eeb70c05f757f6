"""What pages read of the books: sums by role, spans of bookings, and where accounts' days lie.

Revision ID: 0003
"""

from alembic import op

revision = "0003"
down_revision = "0002"

# Everything here is folded from the journal, so the fold begins anew and fills it.
SCHEMA = """
CREATE TABLE role_sums (
    book bigint NOT NULL,
    unit text NOT NULL,
    role text NOT NULL,
    business_date date NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    PRIMARY KEY (book, unit, role, business_date)
);

CREATE TABLE booking_spans (
    account_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    first_date date NOT NULL,
    last_date date NOT NULL,
    debits bigint NOT NULL,
    credits bigint NOT NULL,
    PRIMARY KEY (account_id, booking_id)
) WITH (fillfactor = 70);
CREATE INDEX booking_spans_open ON booking_spans (account_id) WHERE debits <> credits;
CREATE INDEX booking_spans_last ON booking_spans (account_id, last_date);

-- In which stretches of 1,024 transfers an account's day lies.
CREATE TABLE account_stretches (
    account_id bigint NOT NULL,
    business_date date NOT NULL,
    stretch bigint NOT NULL,
    PRIMARY KEY (account_id, business_date, stretch)
);

-- What entities owe each other: a few accounts among all those of a book.
CREATE INDEX accounts_between ON accounts (book, unit) WHERE role IN ('due_from', 'due_to');

DELETE FROM booking_sums;
DELETE FROM daily_sums;
UPDATE folds SET next_transfer = 1;

GRANT SELECT ON role_sums, booking_spans, account_stretches TO serai_app, serai_writer;
GRANT INSERT ON role_sums, booking_spans, account_stretches TO serai_writer;
GRANT UPDATE (debits, credits) ON role_sums TO serai_writer;
GRANT UPDATE (first_date, last_date, debits, credits) ON booking_spans TO serai_writer;
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute(
        "DROP INDEX accounts_between; DROP TABLE account_stretches, booking_spans, role_sums"
    )
