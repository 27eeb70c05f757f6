"""What one person pays back alone in a day, and refunds that are asked for again.

A refund that needed nobody else says whose hands let it out, so that a day of them can be summed
up; a company says how much that may come to. A refund that is asked for again says which one it
stands for.

Revision ID: 0020
"""

from alembic import op

revision = "0020"
down_revision = "0019"

SCHEMA = """
ALTER TABLE entities ADD COLUMN refunds_day_minor bigint NOT NULL DEFAULT 1000000
    CHECK (refunds_day_minor >= 0);
ALTER TABLE payments ADD COLUMN let_out_by jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN again_of bigint NOT NULL DEFAULT 0;
CREATE INDEX payments_let_out ON payments (collector_id, asked_at) WHERE let_out_by <> '[]';
CREATE UNIQUE INDEX payments_again ON payments (again_of) WHERE again_of <> 0;
GRANT UPDATE (refunds_day_minor) ON entities TO serai_writer;
"""

# Who has raised what goes back for an order has meant more for a day, too.
BACKFILL = """
UPDATE entities SET refunds_day_minor = least(10 * refunds_alone_minor, 999999999999)
WHERE refunds_alone_minor > 100000
"""

UNDO = """
DROP INDEX payments_again, payments_let_out;
ALTER TABLE payments DROP COLUMN again_of, DROP COLUMN let_out_by;
ALTER TABLE entities DROP COLUMN refunds_day_minor
"""


def upgrade() -> None:
    """Columns and indexes, then a day's figure where an order's is not the usual one."""
    op.execute(SCHEMA)
    op.execute(BACKFILL)


def downgrade() -> None:
    """As it was before; what has been let out alone is told by the trail."""
    op.execute(UNDO)
