"""What the judge reads, and the fault tests damage: SQL by name."""

ORDERS_OF_MARK = """
SELECT b.market AS mark, b.order_id, o.amount_minor,
    array_agg(DISTINCT l.state ORDER BY l.state) AS states,
    o.amount_minor = sum(l.amount_minor) AS whole
FROM bookings AS b
JOIN lines AS l ON l.booking_id = b.id
LEFT JOIN orders AS o ON o.id = b.order_id
WHERE b.market LIKE %(pattern)s
GROUP BY b.market, b.order_id, o.amount_minor
"""

# Nothing is told, asked or paid twice: each deed is asked once of all lines of its order.
TOLD_TWICE = """
SELECT e.order_id, e.type AS what, count(*)::bigint AS times
FROM events AS e
JOIN bookings AS b ON b.id = e.booking_id
WHERE b.market LIKE %(pattern)s
GROUP BY e.order_id, e.booking_id, e.type HAVING count(*) > 1
UNION ALL
SELECT p.order_id, p.kind || ' of ' || p.collector_id, count(*)::bigint
FROM payments AS p
WHERE p.order_id IN (SELECT order_id FROM bookings WHERE market LIKE %(pattern)s)
GROUP BY p.order_id, p.kind, p.collector_id, p.refund_of, p.lines HAVING count(*) > 1
"""

# Recorded time goes on with the numbers, and every hold ends on its side of its deadline.
TIME_WENT_BACK = """
SELECT 'transfer ' || id AS what
FROM (SELECT id, recorded, lag(recorded) OVER (ORDER BY id) AS before FROM transfers) AS t
WHERE recorded < before
UNION ALL
SELECT 'event ' || position
FROM (SELECT position, recorded, lag(recorded) OVER (ORDER BY position) AS before
      FROM events) AS e
WHERE recorded < before
UNION ALL
SELECT 'hold ' || t.id || ' ' || e.kind
FROM transfers AS t JOIN endings AS e ON e.pending_id = t.id
WHERE t.deadline IS NOT NULL AND (e.kind = 'expired') <> (e.recorded >= t.deadline)
UNION ALL
SELECT 'hold ' || t.id || ' did not end'
FROM transfers AS t CROSS JOIN fence AS f
WHERE t.kind = 'pending' AND t.deadline <= f.recorded
    AND NOT EXISTS (SELECT FROM endings AS e WHERE e.pending_id = t.id)
LIMIT 20
"""

# A megabyte of log that changes nothing: on a full disk, sooner or later, there is no room for it.
PRESS_LOG = "SELECT pg_logical_emit_message(false, 'bench', repeat('x', 1000000))::text"
