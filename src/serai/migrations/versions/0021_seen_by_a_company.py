"""A company sees its books to the last transfer, and the payments that it collects.

Figures as of a day are the sums and what has moved since. Nobody but the platform saw where the
sums end, so a company's own people were shown its books as the last fold had left them. And of what
is paid they saw only what stood in their books, never what the provider was asked and answered.

Revision ID: 0021
"""

from alembic import op

revision = "0021"
down_revision = "0020"

BOOKS = "nullif(current_setting('serai.books', true), '')"
READS_A_BOOK = f"coalesce({BOOKS}, '{{}}') <> '{{}}'"
CUSTOMERS = "nullif(current_setting('serai.customers', true), '')"
OF_CUSTOMER = f"customer_id = ANY ((SELECT {CUSTOMERS}::bigint[])::bigint[])"
OF_COLLECTOR = f"collector_id = ANY ((SELECT {BOOKS}::bigint[])::bigint[])"
PLACEMENTS = "current_setting('serai.placements', true)"
# A refund is seen by whoever sees all that it is for, too (0014).
OF_ALL_IT_IS_FOR = f"""(kind = 'refund' AND placement_ids <> '[]' AND NOT EXISTS (
    SELECT FROM jsonb_array_elements_text(placement_ids) AS own (id)
    WHERE CASE WHEN own.id::bigint < 8 * octet_length(nullif({PLACEMENTS}, '')::bytea)
        THEN get_bit({PLACEMENTS}::bytea, own.id::bigint) = 0
        ELSE true END))"""
SEEN = f"{OF_CUSTOMER} OR {OF_COLLECTOR} OR {OF_ALL_IT_IS_FOR}"
SEEN_BEFORE = f"{OF_CUSTOMER} OR (kind = 'refund' AND {OF_COLLECTOR}) OR {OF_ALL_IT_IS_FOR}"


def upgrade() -> None:
    """Where the sums end, for whoever adds to them what has moved since; payments by collector."""
    op.execute(f"ALTER POLICY seen ON folds USING ({READS_A_BOOK})")
    op.execute(f"ALTER POLICY seen ON payments USING ({SEEN})")


def downgrade() -> None:
    """As it was before."""
    op.execute("ALTER POLICY seen ON folds USING (false)")
    op.execute(f"ALTER POLICY seen ON payments USING ({SEEN_BEFORE})")
