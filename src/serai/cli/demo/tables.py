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
SELECT l.id AS line_id, l.order_id, l.guarantee, l.first_day, l.length, p.segment
FROM lines AS l JOIN products AS p ON p.id = l.product_id JOIN offers AS o ON o.id = l.offer_id
WHERE l.state = 'confirmed' AND o.currency = %(currency)s
    AND l.begins_at + CASE p.segment
        WHEN 'hotel' THEN make_interval(days => l.length, hours => -4)
        WHEN 'retail' THEN make_interval(hours => 12)
        ELSE make_interval(mins => 90) END < %(moment)s
ORDER BY l.begins_at
LIMIT %(most)s
"""

SOON = """
SELECT l.order_id
FROM lines AS l JOIN offers AS o ON o.id = l.offer_id
WHERE l.state = 'confirmed' AND o.currency = %(currency)s AND l.begins_at > %(moment)s
ORDER BY l.begins_at
LIMIT %(most)s
"""
