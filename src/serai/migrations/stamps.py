"""Stamps on the rows that the release before has written since a step back: it knows of none.

Rows say under whom and in whose books they were done, and policies look at nothing else: without
it they would be nobody's to see. A stamp that is there is left as it is.
"""

STAMP = """
UPDATE bookings AS b SET placement_id = p.id FROM placements AS p
WHERE b.placement_id = 0 AND p.store_id = b.store_id AND p.brand_id = b.brand_id
    AND p.entity_id = b.entity_id AND p.operator_id = b.operator_id AND p.city_id = b.city_id
    AND p.carried_from = '{}';
UPDATE lines AS l SET placement_id = b.placement_id, customer_id = b.customer_id
FROM bookings AS b WHERE l.placement_id = 0 AND b.id = l.booking_id;
UPDATE charges AS c SET placement_id = b.placement_id, customer_id = b.customer_id
FROM bookings AS b WHERE c.placement_id = 0 AND b.id = c.booking_id;
UPDATE payments AS p SET customer_id = o.customer_id FROM orders AS o
WHERE p.customer_id = 0 AND o.id = p.order_id;
UPDATE payments AS p SET placement_ids = (
    SELECT coalesce(jsonb_agg(DISTINCT l.placement_id), '[]') FROM lines AS l
    WHERE l.order_id = p.order_id AND p.lines @> to_jsonb(l.id))
WHERE p.kind = 'refund' AND p.placement_ids = '[]';
UPDATE events AS e SET placement_id = b.placement_id FROM bookings AS b
WHERE e.placement_id = 0 AND b.id = e.booking_id;
UPDATE transfers AS t SET book_id = a.book, placement_id = coalesce(
    (SELECT b.placement_id FROM bookings AS b WHERE b.id = t.booking_id),
    (SELECT max(p.id) FROM placements AS p WHERE p.store_id = t.store_id
        AND t.booking_id = 0 AND p.carried_from = '{}'), 0)
FROM all_accounts AS a WHERE t.book_id = 0 AND a.id = t.debit_account;
UPDATE endings AS e SET book_id = t.book_id, placement_id = t.placement_id
FROM transfers AS t WHERE e.book_id = 0 AND t.id = e.pending_id;
"""

OF_BOOKS = ("daily_sums", "booking_sums", "booking_spans", "account_stretches")
STAMPS = STAMP + "".join(
    f"UPDATE {table} AS s SET book_id = a.book FROM all_accounts AS a "  # noqa: S608 - our own names
    "WHERE s.book_id = 0 AND a.id = s.account_id;\n"
    for table in OF_BOOKS
)
