"""The demo's SQL: what is on sale, and which services are over."""

ON_SALE = """
SELECT o.id AS offer_id, o.store_id, p.segment, p.code AS product, r.guarantee, p.most, p.starts,
    coalesce((c.calendar -> 0 ->> 'quantity')::integer, 0) AS capacity, c.id AS resource_id
FROM offers AS o
JOIN products AS p ON p.id = o.product_id
JOIN rate_plans AS r ON r.id = o.plan_id
JOIN resources AS c ON c.id = (p.uses -> 0 ->> 'resource_id')::bigint
WHERE o.currency = %(currency)s
ORDER BY o.id
"""

# A stay is over at the check-out of its last night, anything else a while after it began.
SERVICES_OVER = """
SELECT o.line_id, o.order_id, o.over_at
FROM (
    SELECT l.id AS line_id, l.order_id, l.begins_at + CASE b.segment
        WHEN 'hotel' THEN make_interval(days => l.length, hours => -4)
        WHEN 'retail' THEN make_interval(hours => 14)
        ELSE make_interval(mins => 90) END AS over_at
    FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
    WHERE l.state = 'confirmed' AND l.begins_at < %(moment)s AND b.currency = %(currency)s
) AS o
WHERE o.over_at < %(moment)s AND o.line_id <> ALL(%(skip)s::bigint[])
ORDER BY o.over_at
LIMIT %(most)s
"""
