"""The SQL of the audit of the records themselves: their sums, their references, what was told.

Each statement of failures yields one line of text a row.
"""
# ruff: noqa: S608 - statements are put together from constants of this file

SUMS_UNLIKE = """
SELECT format('order %%s is %%s; its bookings are %%s, its lines %%s, its charges %%s', o.id,
    o.amount_minor, b.amount, l.amount, c.amount)
FROM orders AS o
LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount FROM bookings GROUP BY 1) AS b
    ON b.order_id = o.id
LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount FROM lines GROUP BY 1) AS l
    ON l.order_id = o.id
LEFT JOIN (SELECT order_id, sum(amount_minor) AS amount FROM charges GROUP BY 1) AS c
    ON c.order_id = o.id
WHERE b.amount IS DISTINCT FROM o.amount_minor OR l.amount IS DISTINCT FROM o.amount_minor
    OR c.amount IS DISTINCT FROM o.amount_minor
UNION ALL
SELECT format('booking %%s is %%s; its lines are %%s', b.id, b.amount_minor, l.amount)
FROM bookings AS b
LEFT JOIN (SELECT booking_id, sum(amount_minor) AS amount FROM lines GROUP BY 1) AS l
    ON l.booking_id = b.id
WHERE l.amount IS DISTINCT FROM b.amount_minor
UNION ALL
SELECT format('line %%s is %%s; its charges are %%s', l.id, l.amount_minor, c.amount)
FROM lines AS l
LEFT JOIN (SELECT line_id, sum(amount_minor) AS amount FROM charges GROUP BY 1) AS c
    ON c.line_id = l.id
WHERE c.amount IS DISTINCT FROM l.amount_minor
"""
COUNT_ORDERS = "SELECT count(*) FROM orders"

STATES_UNTOLD = """
SELECT format('line %%s of order %%s is %%s, and no event says so', l.id, l.order_id, l.state)
FROM lines AS l
LEFT JOIN (
    SELECT DISTINCT e.type, line::bigint AS line_id
    FROM events AS e CROSS JOIN LATERAL jsonb_array_elements_text(e.data->'lines') AS line
    WHERE e.order_id <> 0
) AS told ON told.line_id = l.id AND told.type = CASE l.state WHEN 'held' THEN 'booking.placed'
    WHEN 'paying' THEN 'payment.asked' ELSE 'booking.' || l.state END
WHERE told.line_id IS NULL
"""

STRANGE_TRANSFERS = """
SELECT format('transfer %%s names order %%s, booking %%s, line %%s of store %%s, which are not so',
    t.id, t.order_id, t.booking_id, t.line_id, t.store_id)
FROM transfers AS t
LEFT JOIN lines AS l ON l.id = t.line_id AND l.booking_id = t.booking_id
    AND l.order_id = t.order_id AND l.store_id = t.store_id
LEFT JOIN payments AS p ON p.id = t.line_id AND p.order_id = t.order_id AND t.booking_id = 0
WHERE t.order_id <> 0 AND l.id IS NULL AND p.id IS NULL
"""
COUNT_TRANSFERS_OF_ORDERS = "SELECT count(*) FROM transfers WHERE order_id <> 0"

_REFERENCES = (
    ("orders", "customer_id", "customers"),
    ("orders", "agent_id", "customers"),
    ("bookings", "order_id", "orders"),
    ("bookings", "store_id", "stores"),
    ("bookings", "customer_id", "customers"),
    ("bookings", "payer_id", "customers"),
    ("bookings", "agent_id", "customers"),
    ("bookings", "platform_id", "entities"),
    ("bookings", "collector_id", "entities"),
    ("lines", "booking_id", "bookings"),
    ("lines", "offer_id", "offers"),
    ("lines", "product_id", "products"),
    ("lines", "plan_id", "rate_plans"),
    ("charges", "line_id", "lines"),
    ("payments", "order_id", "orders"),
    ("payments", "collector_id", "entities"),
    ("offers", "product_id", "products"),
    ("offers", "plan_id", "rate_plans"),
    ("offers", "store_id", "stores"),
    ("terms", "store_id", "stores"),
    ("resources", "store_id", "stores"),
)
MISSING_RECORDS = "\nUNION ALL\n".join(
    f"""SELECT format('{table} %%s names %%s of {parents}, which is not there', c.id, c.{column})
FROM {table} AS c LEFT JOIN {parents} AS p ON p.id = c.{column}
WHERE p.id IS NULL AND c.{column} <> 0"""
    for table, column, parents in _REFERENCES
)
COUNT_RECORDS = " + ".join(
    f"(SELECT count(*) FROM {table})" for table in sorted({name for name, _, _ in _REFERENCES})
)
COUNT_RECORDS = f"SELECT {COUNT_RECORDS}"

# The day is the store's business date at the moment of booking.
STRANGE_PARENTS = """
SELECT format('booking %%s says %%s %%s for store %%s on %%s; the organisation says %%s', b.id,
    named.axis, said, b.store_id, day, coalesce(parent.parent_id::text, 'none'))
FROM bookings AS b
JOIN stores AS s ON s.id = b.store_id
CROSS JOIN LATERAL (
    SELECT (b.placed_at AT TIME ZONE s.timezone - s.closing_minute * interval '1 minute')::date
) AS placed (day)
CROSS JOIN LATERAL (VALUES ('brand', b.brand_id), ('entity', b.entity_id),
    ('operator', b.operator_id), ('city', b.city_id)) AS named (axis, said)
LEFT JOIN store_parents AS parent ON parent.store_id = b.store_id AND parent.axis = named.axis
    AND parent.since <= placed.day AND (parent.until IS NULL OR placed.day < parent.until)
WHERE parent.parent_id IS DISTINCT FROM named.said
"""
COUNT_BOOKINGS = "SELECT count(*) FROM bookings"
