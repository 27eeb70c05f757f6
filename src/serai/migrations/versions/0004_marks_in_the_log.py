"""Each batch leaves a mark in PostgreSQL's log, so that a restore can stop between two batches.

Revision ID: 0004
"""

from alembic import op

revision = "0004"
down_revision = "0003"

# The mark belongs to the batch's transaction: pg_waldump shows it with the transaction's number,
# and what it says of time and transfers is the fence's own.
SCHEMA = """
CREATE FUNCTION mark_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_logical_emit_message(true, 'serai.batch', concat_ws(' ', NEW.batch,
        NEW.next_transfer, NEW.next_position,
        (extract(epoch FROM NEW.recorded) * 1000000)::bigint));
    RETURN NULL;
END
$$;

CREATE TRIGGER mark_batch AFTER UPDATE ON fence
    FOR EACH ROW WHEN (NEW.batch <> OLD.batch) EXECUTE FUNCTION mark_batch();
"""


def upgrade() -> None:
    op.execute(SCHEMA)


def downgrade() -> None:
    op.execute("DROP TRIGGER mark_batch ON fence; DROP FUNCTION mark_batch()")
