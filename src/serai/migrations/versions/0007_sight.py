"""Placements, stamps on rows, and row-level security.

Rows of business say for good under which parents their store was (`placement_id`), in whose books
they are (`book_id`), and whose order they belong to (`customer_id`): policies look at nothing else.

Revision ID: 0007
"""

from alembic import op

revision = "0007"
down_revision = "0006"

# Whatever gives a store its parents, this finds the combinations that are new. Ids are small and
# without great gaps, for what somebody sees is a bit for each of them; 0 stands for none.
PLACEMENTS = """
CREATE SEQUENCE placement_ids;
CREATE TABLE placements (
    id bigint PRIMARY KEY DEFAULT nextval('placement_ids'), store_id bigint NOT NULL,
    brand_id bigint NOT NULL, entity_id bigint NOT NULL, operator_id bigint NOT NULL,
    city_id bigint NOT NULL, UNIQUE (store_id, brand_id, entity_id, operator_id, city_id)
);

CREATE FUNCTION place_stores(stores bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    INSERT INTO placements (store_id, brand_id, entity_id, operator_id, city_id)
    SELECT store_id, brand, entity, operator, city FROM (
        SELECT b.store_id, b.parent_id AS brand, e.parent_id AS entity, o.parent_id AS operator,
            c.parent_id AS city
        FROM store_parents AS b
        JOIN store_parents AS e ON e.store_id = b.store_id AND e.axis = 'entity'
        JOIN store_parents AS o ON o.store_id = b.store_id AND o.axis = 'operator'
        JOIN store_parents AS c ON c.store_id = b.store_id AND c.axis = 'city'
        WHERE b.axis = 'brand' AND b.store_id = ANY(stores) AND NOT isempty(
            daterange(b.since, b.until) * daterange(e.since, e.until)
            * daterange(o.since, o.until) * daterange(c.since, c.until))
        EXCEPT
        SELECT store_id, brand_id, entity_id, operator_id, city_id
        FROM placements WHERE store_id = ANY(stores)
        ORDER BY 1, 2, 3, 4, 5
    ) AS lacking
$$;
REVOKE ALL ON FUNCTION place_stores FROM PUBLIC;

CREATE FUNCTION place_stores_of_parents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM place_stores(ARRAY(SELECT DISTINCT store_id FROM changed));
    RETURN NULL;
END
$$;
CREATE TRIGGER place_stores_entered AFTER INSERT ON store_parents
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION place_stores_of_parents();
CREATE TRIGGER place_stores_moved AFTER UPDATE ON store_parents
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION place_stores_of_parents();

SELECT place_stores(ARRAY(SELECT id FROM stores));
GRANT SELECT ON placements TO serai_app, serai_writer;
"""

STAMPS = """
ALTER TABLE bookings ADD COLUMN placement_id bigint NOT NULL DEFAULT 0;
CREATE INDEX bookings_customer ON bookings (customer_id);
ALTER TABLE lines ADD COLUMN placement_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN customer_id bigint NOT NULL DEFAULT 0;
ALTER TABLE charges ADD COLUMN placement_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN customer_id bigint NOT NULL DEFAULT 0;
ALTER TABLE payments ADD COLUMN customer_id bigint NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN placement_id bigint NOT NULL DEFAULT 0;
ALTER TABLE transfers ADD COLUMN placement_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
ALTER TABLE endings ADD COLUMN placement_id bigint NOT NULL DEFAULT 0,
    ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
ALTER TABLE daily_sums ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
ALTER TABLE booking_sums ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
ALTER TABLE booking_spans ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
ALTER TABLE account_stretches ADD COLUMN book_id bigint NOT NULL DEFAULT 0;
"""

# Rows from before there were stamps. What belongs to a store and to no booking (goods taken in)
# has the placement that the store has today.
BACKFILL = """
UPDATE bookings AS b SET placement_id = p.id FROM placements AS p
WHERE p.store_id = b.store_id AND p.brand_id = b.brand_id AND p.entity_id = b.entity_id
    AND p.operator_id = b.operator_id AND p.city_id = b.city_id;
UPDATE lines AS l SET placement_id = b.placement_id, customer_id = b.customer_id
FROM bookings AS b WHERE b.id = l.booking_id;
UPDATE charges AS c SET placement_id = b.placement_id, customer_id = b.customer_id
FROM bookings AS b WHERE b.id = c.booking_id;
UPDATE payments AS p SET customer_id = o.customer_id FROM orders AS o WHERE o.id = p.order_id;
UPDATE events AS e SET placement_id = b.placement_id FROM bookings AS b WHERE b.id = e.booking_id;
UPDATE transfers AS t SET book_id = a.book, placement_id = coalesce(
    (SELECT b.placement_id FROM bookings AS b WHERE b.id = t.booking_id), 0)
FROM all_accounts AS a WHERE a.id = t.debit_account;
UPDATE transfers AS t SET placement_id = p.id FROM (
    SELECT DISTINCT ON (store_id) store_id, id FROM placements ORDER BY store_id, id DESC
) AS p WHERE t.placement_id = 0 AND t.booking_id = 0 AND t.store_id <> 0
    AND p.store_id = t.store_id;
UPDATE endings AS e SET book_id = t.book_id, placement_id = t.placement_id
FROM transfers AS t WHERE t.id = e.pending_id;
UPDATE daily_sums AS s SET book_id = a.book FROM all_accounts AS a WHERE a.id = s.account_id;
UPDATE booking_sums AS s SET book_id = a.book FROM all_accounts AS a WHERE a.id = s.account_id;
UPDATE booking_spans AS s SET book_id = a.book FROM all_accounts AS a WHERE a.id = s.account_id;
UPDATE account_stretches AS s SET book_id = a.book FROM all_accounts AS a WHERE a.id = s.account_id;
"""

# What a transaction's settings say is worked out once for each statement. Lists that are long
# (stores) are hashed, short ones are looked through; a placement is one bit of many.
CATALOGUE = "(SELECT current_setting('serai.catalogue', true) = 'on')"
PLACED = """CASE WHEN placement_id < 8 * (SELECT octet_length(
        nullif(current_setting('serai.placements', true), '')::bytea))
    THEN get_bit((SELECT current_setting('serai.placements', true)::bytea), placement_id) = 1
    ELSE false END"""


def _listed(column: str, setting: str) -> str:
    shown = f"nullif(current_setting('serai.{setting}', true), '')::bigint[]"
    return f"{column} = ANY ((SELECT {shown})::bigint[])"


def _among(column: str, setting: str) -> str:
    shown = f"nullif(current_setting('serai.{setting}', true), '')::bigint[]"
    return f"{column} IN (SELECT unnest({shown}))"


# A store's resources are no long list: its index by store finds them.
_RESOURCES = f"SELECT r.id FROM resources AS r WHERE {_listed('r.store_id', 'stores')}"  # noqa: S608 - our own names
_OF_STORE = _among("store_id", "stores")
_ACCOUNT = " OR ".join((
    _listed("book", "books"),
    _among("holder", "stores"),
    f"holder IN ({_RESOURCES})",
))  # fmt: skip

POLICIES = {
    "stores": f"{CATALOGUE} OR {_among('id', 'stores')} OR {_listed('id', 'nodes')}",
    **dict.fromkeys(("groups", "brands", "cities"), f"{CATALOGUE} OR {_among('id', 'nodes')}"),
    **dict.fromkeys(("entities", "operators"), _among("id", "nodes")),
    **dict.fromkeys(("store_parents", "resources", "terms"), _OF_STORE),
    **dict.fromkeys(("products", "rate_plans", "offers"), f"{CATALOGUE} OR {_OF_STORE}"),
    "placements": PLACED.replace("placement_id", "id"),
    **dict.fromkeys(
        ("bookings", "lines", "charges"), f"{PLACED} OR {_listed('customer_id', 'customers')}"
    ),
    **dict.fromkeys(("orders", "payments"), _listed("customer_id", "customers")),
    # Who books with somebody is known to them.
    "customers": f"{_listed('id', 'customers')} OR EXISTS ("
    "SELECT FROM bookings AS b WHERE b.customer_id = customers.id)",
    **dict.fromkeys(("transfers", "endings"), f"{PLACED} OR {_listed('book_id', 'books')}"),
    "events": f"{PLACED} OR {_listed('book', 'books')}",
    **dict.fromkeys(("accounts", "archived_accounts"), _ACCOUNT),
    **dict.fromkeys(
        ("daily_sums", "booking_sums", "booking_spans", "account_stretches"),
        _listed("book_id", "books"),
    ),
    "role_sums": _listed("book", "books"),
    "tax_rates": _listed("entity_id", "books"),
    # The platform's own: rows of everybody, side by side, that nobody reads for themselves.
    **dict.fromkeys(
        ("feed_runs", "quarantine", "external_references", "keys", "fence", "folds"), "false"
    ),
}


def upgrade() -> None:
    """Placements first, then the stamps, then who sees what."""
    for part in (PLACEMENTS, STAMPS, BACKFILL):
        op.execute(part)
    for table, seen in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO serai_app USING ({seen})")
    op.execute("ALTER VIEW all_accounts SET (security_invoker = true)")


def downgrade() -> None:
    """As it was before: rows lose their stamps."""
    op.execute("ALTER VIEW all_accounts RESET (security_invoker)")
    for table in POLICIES:
        op.execute(f"DROP POLICY seen ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for statement in STAMPS.strip().split(";\n"):
        if not statement.startswith("ALTER"):
            continue
        op.execute(
            statement.replace("ADD COLUMN", "DROP COLUMN").replace(" bigint NOT NULL DEFAULT 0", "")
        )
    op.execute("DROP INDEX bookings_customer")
    op.execute(
        "DROP TRIGGER place_stores_moved ON store_parents;"
        "DROP TRIGGER place_stores_entered ON store_parents;"
        "DROP FUNCTION place_stores_of_parents; DROP FUNCTION place_stores;"
        "DROP TABLE placements; DROP SEQUENCE placement_ids"
    )
