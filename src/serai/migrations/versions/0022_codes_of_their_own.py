"""A customer's code is one where they were registered, and not in the whole house.

Each brand numbers its own guests: two of them may know somebody by the same number, and neither is
told that the other does.

Revision ID: 0022
"""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """The node on which each was registered; whoever is there already is the group's own."""
    op.execute("""
    ALTER TABLE customers ADD COLUMN registered_on bigint NOT NULL DEFAULT 0;
    CREATE UNIQUE INDEX customers_code_where_registered ON customers (code, registered_on);
    ALTER TABLE customers DROP CONSTRAINT customers_code_key;
    """)


def downgrade() -> None:
    """One in the whole house: of those who share one, the first keeps it."""
    op.execute("""
    UPDATE customers AS c SET code = c.code || '-' || c.id WHERE EXISTS (
        SELECT FROM customers AS first WHERE first.code = c.code AND first.id < c.id);
    ALTER TABLE customers ADD CONSTRAINT customers_code_key UNIQUE (code);
    DROP INDEX customers_code_where_registered;
    ALTER TABLE customers DROP COLUMN registered_on;
    """)
