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

# What a second person was asked, and what became of the refund: one cannot be without the other.
REFUNDS_UNLIKE = """
SELECT format('refund %%s of order %%s is %%s, and what was asked about it is %%s', p.id,
    p.order_id, p.status, coalesce(a.state, 'nothing'))
FROM payments AS p
LEFT JOIN approvals AS a ON a.asked->>'type' = 'refund'
    AND (a.asked->>'payment_id')::bigint = p.id
WHERE p.kind = 'refund' AND CASE
    WHEN p.status = 'waiting' THEN a.state IS DISTINCT FROM 'waiting'
    WHEN p.status = 'refused' THEN a.state IS DISTINCT FROM 'refused'
    ELSE a.state <> 'approved' END
UNION ALL
SELECT format('approval %%s is of refund %%s, which is not there', a.id, a.asked->>'payment_id')
FROM approvals AS a
LEFT JOIN payments AS p ON p.id = (a.asked->>'payment_id')::bigint AND p.kind = 'refund'
WHERE a.asked->>'type' = 'refund' AND p.id IS NULL
UNION ALL
SELECT format('refund %%s of order %%s is stamped with placements %%s, which are not of the stores '
    'of its lines', p.id, p.order_id, p.placement_ids)
FROM payments AS p
WHERE p.kind = 'refund' AND (
    SELECT array_agg(DISTINCT placed.store_id ORDER BY placed.store_id)
    FROM jsonb_array_elements_text(p.placement_ids) AS own (id)
    JOIN placements AS placed ON placed.id = own.id::bigint
) IS DISTINCT FROM (
    SELECT array_agg(DISTINCT l.store_id ORDER BY l.store_id) FROM lines AS l
    WHERE l.order_id = p.order_id AND p.lines @> to_jsonb(l.id)
)
UNION ALL
SELECT format('refund %%s of order %%s was asked for again in place of %%s, which is not such',
    p.id, p.order_id, p.again_of)
FROM payments AS p
LEFT JOIN payments AS first ON first.id = p.again_of AND first.order_id = p.order_id
    AND first.status IN ('declined', 'refused')
WHERE p.again_of <> 0 AND (first.refund_of, first.amount_minor, first.lines)
    IS DISTINCT FROM (p.refund_of, p.amount_minor, p.lines)
"""
COUNT_REFUNDS = "SELECT count(*) FROM payments WHERE kind = 'refund'"

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

# The entity of the day a booking was made: it may have gone over to another with its store.
_MADE_UNDER = """coalesce((SELECT c.from_id FROM carried_bookings AS c WHERE c.booking_id = b.id
    ORDER BY c.id LIMIT 1), b.entity_id)"""

# The day is the store's business date at the moment of booking. On the day of a move a store has
# both parents: the one before for what was booked by then, and the one from then on.
STRANGE_PARENTS = f"""
SELECT format('booking %%s says %%s %%s for store %%s on %%s; the organisation says %%s', b.id,
    named.axis, said, b.store_id, day, coalesce((
        SELECT string_agg(parent.parent_id::text, ', ' ORDER BY parent.since)
        FROM store_parents AS parent
        WHERE parent.store_id = b.store_id AND parent.axis = named.axis
            AND parent.since <= placed.day AND (parent.until IS NULL OR placed.day <= parent.until)
    ), 'none'))
FROM bookings AS b
JOIN stores AS s ON s.id = b.store_id
CROSS JOIN LATERAL (
    SELECT (b.placed_at AT TIME ZONE s.timezone - s.closing_minute * interval '1 minute')::date
) AS placed (day)
CROSS JOIN LATERAL (VALUES ('brand', b.brand_id), ('entity', {_MADE_UNDER}),
    ('operator', b.operator_id), ('city', b.city_id)) AS named (axis, said)
LEFT JOIN store_parents AS parent ON parent.store_id = b.store_id AND parent.axis = named.axis
    AND parent.parent_id = named.said
    AND parent.since <= placed.day AND (parent.until IS NULL OR placed.day <= parent.until)
WHERE parent.id IS NULL
"""
COUNT_BOOKINGS = "SELECT count(*) FROM bookings"

STAMPS_UNLIKE = "\nUNION ALL\n".join((
    f"""SELECT format('booking %%s is stamped with placement %%s, which is not that of its parents',
    b.id, b.placement_id)
FROM bookings AS b
LEFT JOIN placements AS p ON p.id = b.placement_id AND p.entity_id = b.entity_id
    AND cardinality(p.carried_from) = (
        SELECT count(*) FROM carried_bookings AS c WHERE c.booking_id = b.id)
LEFT JOIN placements AS made ON made.id = coalesce(p.carried_from[1], p.id)
    AND made.store_id = b.store_id AND made.brand_id = b.brand_id
    AND made.entity_id = {_MADE_UNDER} AND made.operator_id = b.operator_id
    AND made.city_id = b.city_id
WHERE made.id IS NULL""",
    *(
        f"""SELECT format('{table}: %%s is stamped with placement %%s, customer %%s; its booking '
    'with %%s, %%s', r.id, r.placement_id, r.customer_id, b.placement_id, b.customer_id)
FROM {table} AS r JOIN bookings AS b ON b.id = r.booking_id
WHERE r.placement_id <> b.placement_id OR r.customer_id <> b.customer_id"""
        for table in ("lines", "charges")
    ),
    """SELECT format('payment %%s is stamped with customer %%s, its order with %%s', p.id,
    p.customer_id, o.customer_id)
FROM payments AS p JOIN orders AS o ON o.id = p.order_id WHERE p.customer_id <> o.customer_id""",
    *(
        f"""SELECT format('{table}: %%s is stamped with placement %%s, its booking with %%s',
    r.{key}, r.placement_id, b.placement_id)
FROM {table} AS r JOIN bookings AS b ON b.id = r.booking_id
WHERE r.placement_id <> b.placement_id AND NOT EXISTS (
    SELECT FROM placements AS p WHERE p.id = b.placement_id AND r.placement_id = ANY(p.carried_from)
)"""
        for table, key in (("transfers", "id"), ("events", "position"))
    ),
    """SELECT format('what store %%s holds by %%s is known by placement %%s; its first is %%s',
    held.store_id, held.id, h.placement_id, first.id)
FROM (SELECT id AS store_id, id FROM stores UNION ALL SELECT store_id, id FROM resources) AS held
LEFT JOIN (SELECT store_id, min(id) AS id FROM placements GROUP BY store_id) AS first
    USING (store_id)
LEFT JOIN holders AS h ON h.id = held.id
WHERE h.placement_id IS DISTINCT FROM first.id""",
))  # fmt: skip
COUNT_STAMPED = """
SELECT (SELECT count(*) FROM bookings) + (SELECT count(*) FROM lines)
    + (SELECT count(*) FROM charges) + (SELECT count(*) FROM payments)
    + (SELECT count(*) FROM transfers WHERE booking_id <> 0)
    + (SELECT count(*) FROM events WHERE booking_id <> 0)
"""
