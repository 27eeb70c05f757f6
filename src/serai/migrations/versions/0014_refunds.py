"""Refunds that wait for a second person.

A refund says of which bookings it is (`placement_ids`), so that whoever may decide about it sees
it, and a company says what one person may pay back alone.

Revision ID: 0014
"""

from alembic import op

revision = "0014"
down_revision = "0013"

SCHEMA = """
ALTER TABLE entities ADD COLUMN refunds_alone_minor bigint NOT NULL DEFAULT 100000
    CHECK (refunds_alone_minor >= 0);
ALTER TABLE payments ADD COLUMN placement_ids jsonb NOT NULL DEFAULT '[]';
ALTER TABLE payments DROP CONSTRAINT payments_status_check;
ALTER TABLE payments ADD CONSTRAINT payments_status_check CHECK (
    status IN ('asked', 'succeeded', 'declined', 'returned')
    OR (kind = 'refund' AND status IN ('waiting', 'refused')));
CREATE INDEX payments_refunds ON payments (id) WHERE kind = 'refund';
CREATE INDEX payments_waiting ON payments (id) WHERE status = 'waiting';
CREATE UNIQUE INDEX approvals_refund ON approvals (((asked->>'payment_id')::bigint))
    WHERE asked->>'type' = 'refund';
GRANT UPDATE (asked_at) ON payments TO serai_writer;
GRANT UPDATE (refunds_alone_minor) ON entities TO serai_writer;
"""

BACKFILL = """
UPDATE payments AS p SET placement_ids = (
    SELECT coalesce(jsonb_agg(DISTINCT l.placement_id), '[]') FROM lines AS l
    WHERE l.order_id = p.order_id AND p.lines @> to_jsonb(l.id))
WHERE p.kind = 'refund'
"""


def _listed(column: str, setting: str) -> str:
    shown = f"nullif(current_setting('serai.{setting}', true), '')::bigint[]"
    return f"{column} = ANY ((SELECT {shown})::bigint[])"


# A payment is a customer's, and part of an order that nobody below the group sees whole. What is
# paid back is seen by the company whose money it is, and by whoever sees all that it is for.
CUSTOMERS_ALONE = _listed("customer_id", "customers")
SEEN = f"""{CUSTOMERS_ALONE} OR (kind = 'refund' AND ({_listed("collector_id", "books")}
    OR (placement_ids <> '[]' AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(placement_ids) AS own (id)
        WHERE CASE WHEN own.id::bigint < 8 * octet_length(
                nullif(current_setting('serai.placements', true), '')::bytea)
            THEN get_bit(current_setting('serai.placements', true)::bytea, own.id::bigint) = 0
            ELSE true END))))"""

UNDO = """
DROP INDEX approvals_refund, payments_waiting, payments_refunds;
ALTER TABLE payments DROP CONSTRAINT payments_status_check;
ALTER TABLE payments ADD CONSTRAINT payments_status_check
    CHECK (status IN ('asked', 'succeeded', 'declined', 'returned')) NOT VALID;
REVOKE UPDATE (asked_at) ON payments FROM serai_writer;
ALTER TABLE payments DROP COLUMN placement_ids;
ALTER TABLE entities DROP COLUMN refunds_alone_minor
"""


def upgrade() -> None:
    """Columns and states first, then the refunds that there are, then who sees them."""
    op.execute(SCHEMA)
    op.execute(BACKFILL)
    op.execute(f"ALTER POLICY seen ON payments USING ({SEEN})")


def downgrade() -> None:
    """As it was before. What waits stays as it is: the release before this one lets it wait."""
    op.execute(f"ALTER POLICY seen ON payments USING ({CUSTOMERS_ALONE})")
    op.execute(UNDO)
