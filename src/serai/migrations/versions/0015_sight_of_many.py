"""What somebody with many stores sees, found without a list of them; bookings that were carried.

Revision ID: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0014"

# A store and its resources hold accounts and rows. Each has the store's first placement for good:
# a small number, so that which stores somebody sees is one bit for each, as with placements.
HOLDERS = """
CREATE TABLE holders (id bigint PRIMARY KEY, placement_id bigint NOT NULL);

CREATE FUNCTION note_holders(stores bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
    WITH first AS (
        SELECT store_id, min(id) AS id FROM placements WHERE store_id = ANY(stores)
        GROUP BY store_id
    )
    INSERT INTO holders (id, placement_id)
    SELECT store_id, id FROM first
    UNION ALL
    SELECT r.id, first.id FROM first JOIN resources AS r USING (store_id)
    ON CONFLICT (id) DO NOTHING
$$;
REVOKE ALL ON FUNCTION note_holders FROM PUBLIC;

CREATE FUNCTION note_holders_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM note_holders(ARRAY(SELECT DISTINCT store_id FROM entered));
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION note_holders_entered FROM PUBLIC;
CREATE TRIGGER note_stores AFTER INSERT ON placements
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION note_holders_entered();
CREATE TRIGGER note_resources AFTER INSERT ON resources
    REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION note_holders_entered();

SELECT note_holders(ARRAY(SELECT id FROM stores));
GRANT SELECT ON holders TO serai_app, serai_writer;
ALTER TABLE holders ENABLE ROW LEVEL SECURITY;
"""

# A booking that goes over to another company with its store is seen by both: its placement is one
# of its own then, of the parents that the store has now, and carried from the one it was made in.
# Stores have none of these, so `place_stores` passes over them.
CARRIED = """
ALTER TABLE placements ADD COLUMN carried_from bigint[] NOT NULL DEFAULT '{}';
ALTER TABLE placements
    DROP CONSTRAINT placements_store_id_brand_id_entity_id_operator_id_city_id_key,
    ADD UNIQUE (store_id, brand_id, entity_id, operator_id, city_id, carried_from);

CREATE FUNCTION restamp_carried(carried carried_bookings) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
DECLARE
    was placements;
    there placements;
    made bigint;
BEGIN
    SELECT p.* INTO was FROM bookings AS b JOIN placements AS p ON p.id = b.placement_id
        WHERE b.id = carried.booking_id;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    there := was;
    SELECT coalesce(max(parent_id) FILTER (WHERE axis = 'brand'), was.brand_id),
        coalesce(max(parent_id) FILTER (WHERE axis = 'operator'), was.operator_id),
        coalesce(max(parent_id) FILTER (WHERE axis = 'city'), was.city_id)
        INTO there.brand_id, there.operator_id, there.city_id
        FROM store_parents AS p JOIN stores AS s ON s.id = p.store_id
        CROSS JOIN LATERAL (SELECT (carried.carried_at AT TIME ZONE s.timezone
            - s.closing_minute * interval '1 minute')::date) AS moment (day)
        WHERE p.store_id = carried.store_id AND p.since <= moment.day
            AND (p.until IS NULL OR moment.day < p.until);
    there.entity_id := carried.to_id;
    there.carried_from := was.carried_from || was.id;
    SELECT id INTO made FROM placements AS p
        WHERE (p.store_id, p.brand_id, p.entity_id, p.operator_id, p.city_id, p.carried_from)
        = (there.store_id, there.brand_id, there.entity_id, there.operator_id, there.city_id,
            there.carried_from);
    IF made IS NULL THEN  -- asked first, for a number that is drawn and not used leaves a gap
        INSERT INTO placements (store_id, brand_id, entity_id, operator_id, city_id, carried_from)
        VALUES (there.store_id, there.brand_id, there.entity_id, there.operator_id, there.city_id,
            there.carried_from)
        RETURNING id INTO made;
    END IF;
    UPDATE lines SET placement_id = made FROM bookings AS b
        WHERE b.id = carried.booking_id AND lines.order_id = b.order_id
            AND lines.booking_id = b.id;
    UPDATE charges SET placement_id = made FROM bookings AS b
        WHERE b.id = carried.booking_id AND charges.order_id = b.order_id
            AND charges.booking_id = b.id;
    UPDATE bookings SET placement_id = made WHERE id = carried.booking_id;
END
$$;
REVOKE ALL ON FUNCTION restamp_carried FROM PUBLIC;

CREATE FUNCTION restamp_entered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM restamp_carried(NEW);
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION restamp_entered FROM PUBLIC;
CREATE TRIGGER restamp_carried AFTER INSERT ON carried_bookings
    FOR EACH ROW EXECUTE FUNCTION restamp_entered();
"""

PLACE_STORES = """
CREATE OR REPLACE FUNCTION place_stores(stores bigint[]) RETURNS void
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
        FROM placements WHERE store_id = ANY(stores){of_stores}
        ORDER BY 1, 2, 3, 4, 5
    ) AS lacking
$$
"""

RESTAMP = """
SELECT restamp_carried(c) FROM (SELECT * FROM carried_bookings ORDER BY id) AS c
"""

# Back to the placement that each was made in. The trail is never changed: what was told of a
# carried booking since is seen by those alone who see everything.
UNSTAMP = "\n".join(
    f"UPDATE {table} AS t SET placement_id = p.carried_from[1] FROM placements AS p "  # noqa: S608 - our own names
    "WHERE p.id = t.placement_id AND p.carried_from <> '{}';"
    for table in ("bookings", "lines", "charges", "events", "transfers", "endings")
)
UNDO = """
DROP TRIGGER restamp_carried ON carried_bookings;
DROP FUNCTION restamp_entered;
DROP FUNCTION restamp_carried;
DELETE FROM placements WHERE carried_from <> '{}';
ALTER TABLE placements DROP COLUMN carried_from;
ALTER TABLE placements ADD UNIQUE (store_id, brand_id, entity_id, operator_id, city_id);
DROP TRIGGER note_resources ON resources;
DROP TRIGGER note_stores ON placements;
DROP FUNCTION note_holders_entered;
DROP FUNCTION note_holders;
DROP TABLE holders;
"""

CATALOGUE = "(SELECT current_setting('serai.catalogue', true) = 'on')"


def _bit(column: str, setting: str) -> str:
    """Whether the bit of a number is set; how many there are is worked out once a statement.

    A CASE of booleans, for the planner takes half of the rows to be seen then; of `CASE ... = 1`
    it takes one in two hundred, and loops over what it had better hash.
    """
    shown = f"current_setting('serai.{setting}', true)"
    return f"""CASE
    WHEN {column} < (SELECT 8 * octet_length(nullif({shown}, '')::bytea)::bigint)
    THEN get_bit((SELECT {shown}::bytea), {column}) = 1 ELSE false END"""


def _listed(column: str, setting: str) -> str:
    shown = f"nullif(current_setting('serai.{setting}', true), '')::bigint[]"
    return f"{column} = ANY ((SELECT {shown})::bigint[])"


def _among(column: str, setting: str) -> str:
    shown = f"nullif(current_setting('serai.{setting}', true), '')::bigint[]"
    return f"{column} IN (SELECT unnest({shown}))"


def _held(column: str) -> str:
    """Found by its key for a few rows, and hashed for many: the planner chooses."""
    return f"EXISTS (SELECT FROM holders AS h WHERE h.id = {column})"


_KEPT = ("store_parents", "resources", "terms")
_SOLD = ("products", "rate_plans", "offers")
_BOOKED = ("bookings", "lines", "charges")
_MOVED = ("transfers", "endings")
_ACCOUNTS = ("accounts", "archived_accounts")
_PLACED = _bit("placement_id", "placements")

POLICIES = {
    "holders": _bit("placement_id", "kept"),
    "placements": _bit("id", "placements"),
    # Whoever sees anything that was done in a store knows it by name.
    "stores": f"{CATALOGUE} OR {_listed('id', 'nodes')}"
    " OR EXISTS (SELECT FROM placements AS p WHERE p.store_id = stores.id)",
    **{table: _held(f"{table}.store_id") for table in _KEPT},
    **{table: f"{CATALOGUE} OR {_held(f'{table}.store_id')}" for table in _SOLD},
    **dict.fromkeys(_BOOKED, f"{_PLACED} OR {_listed('customer_id', 'customers')}"),
    **dict.fromkeys(_MOVED, f"{_PLACED} OR {_listed('book_id', 'books')}"),
    "events": f"{_PLACED} OR {_listed('book', 'books')}",
    **{table: f"{_listed('book', 'books')} OR {_held(f'{table}.holder')}" for table in _ACCOUNTS},
    "trail": f"{_PLACED} OR (placement_id = 0 AND"
    f" ({_listed('book', 'books')} OR {_held('trail.store_id')}))",
}

# As 0007 and 0008 wrote them.
_PLACED_BEFORE = """CASE WHEN placement_id < 8 * (SELECT octet_length(
        nullif(current_setting('serai.placements', true), '')::bytea))
    THEN get_bit((SELECT current_setting('serai.placements', true)::bytea), placement_id) = 1
    ELSE false END"""
_RESOURCES = f"SELECT r.id FROM resources AS r WHERE {_listed('r.store_id', 'stores')}"  # noqa: S608 - as above
_OF_STORE = _among("store_id", "stores")

BEFORE = {
    "placements": _PLACED_BEFORE.replace("placement_id", "id"),
    "stores": f"{CATALOGUE} OR {_among('id', 'stores')} OR {_listed('id', 'nodes')}",
    **dict.fromkeys(_KEPT, _OF_STORE),
    **dict.fromkeys(_SOLD, f"{CATALOGUE} OR {_OF_STORE}"),
    **dict.fromkeys(_BOOKED, f"{_PLACED_BEFORE} OR {_listed('customer_id', 'customers')}"),
    **dict.fromkeys(_MOVED, f"{_PLACED_BEFORE} OR {_listed('book_id', 'books')}"),
    "events": f"{_PLACED_BEFORE} OR {_listed('book', 'books')}",
    **dict.fromkeys(
        _ACCOUNTS,
        f"{_listed('book', 'books')} OR {_among('holder', 'stores')} OR holder IN ({_RESOURCES})",
    ),
    "trail": f"{_PLACED_BEFORE} OR (placement_id = 0 AND"
    f" ({_OF_STORE} OR {_listed('book', 'books')}))",
}


def upgrade() -> None:
    """Holders and the placements of what was carried, then who sees what by them."""
    op.execute(HOLDERS)
    op.execute(CARRIED)
    op.execute(PLACE_STORES.format(of_stores=" AND carried_from = '{}'"))
    op.execute(RESTAMP)
    op.execute(
        f"CREATE POLICY seen ON holders FOR SELECT TO serai_app USING ({POLICIES['holders']})"
    )
    for table, seen in POLICIES.items():
        op.execute(f"ALTER POLICY seen ON {table} USING ({seen})")


def downgrade() -> None:
    """As it was before."""
    for table, seen in BEFORE.items():
        op.execute(f"ALTER POLICY seen ON {table} USING ({seen})")
    op.execute(UNSTAMP)
    op.execute(PLACE_STORES.format(of_stores=""))
    op.execute(UNDO)
