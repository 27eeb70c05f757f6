"""The questions that insights asks of the records and the books, as SQL.

Each is bounded by days or by ids that an index finds, so that no page waits for all of history.
"""

SALES_BY_DAY = """
SELECT (placed_at AT TIME ZONE %(timezone)s)::date AS day, segment, count(*) AS bookings,
    count(DISTINCT order_id) AS orders, sum(amount_minor)::bigint AS amount_minor
FROM bookings
WHERE placed_at >= %(since)s AND placed_at < %(until)s AND currency = %(currency)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

TOTALS = """
SELECT count(*) AS bookings, count(DISTINCT order_id) AS orders,
    count(DISTINCT customer_id) AS customers,
    coalesce(sum(amount_minor), 0)::bigint AS amount_minor
FROM bookings
WHERE placed_at >= %(since)s AND placed_at < %(until)s AND currency = %(currency)s
"""

SALES_OF_STORES_BY_DAY = """
SELECT (placed_at AT TIME ZONE %(timezone)s)::date AS day, segment, count(*) AS bookings,
    count(DISTINCT order_id) AS orders, sum(amount_minor)::bigint AS amount_minor
FROM bookings
WHERE store_id = ANY(%(stores)s) AND placed_at >= %(since)s AND placed_at < %(until)s
    AND currency = %(currency)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

EXPECTED = """
SELECT store_id, count(*) AS lines, sum(quantity)::bigint AS quantity,
    sum(amount_minor)::bigint AS amount_minor
FROM lines
WHERE state = 'confirmed' AND begins_at >= %(since)s AND begins_at < %(until)s
GROUP BY store_id
"""

NEWS = """
SELECT position, type, order_id, booking_id, store_id, effective, recorded, data
FROM events WHERE position > %(after)s ORDER BY position DESC LIMIT %(most)s
"""

ENTERED_SINCE = """
SELECT EXISTS (
    SELECT FROM events
    WHERE position > %(after)s AND order_id = 0 AND type NOT LIKE 'customer.%%'
)
"""

SPAN = """
SELECT (SELECT min(first_day) FROM bookings WHERE store_id = %(store)s) AS first,
    (SELECT max(first_day) FROM bookings WHERE store_id = %(store)s) AS last,
    EXISTS (
        SELECT FROM bookings
        WHERE store_id = %(store)s AND first_day >= %(since)s AND first_day < %(until)s
    ) AS busy
"""

SALES_BY_NODE = """
SELECT {node} AS node_id, count(*) AS bookings, count(DISTINCT order_id) AS orders,
    sum(amount_minor)::bigint AS amount_minor, currency
FROM bookings
WHERE placed_at >= %(since)s AND placed_at < %(until)s
GROUP BY {node}, currency
"""
SALES_BY_BRAND = SALES_BY_NODE.format(node="brand_id")
SALES_BY_CITY = SALES_BY_NODE.format(node="city_id")
SALES_BY_STORE = SALES_BY_NODE.format(node="store_id")
SALES_BY_CHANNEL = """
SELECT channel, count(*) AS bookings, sum(amount_minor)::bigint AS amount_minor
FROM bookings
WHERE placed_at >= %(since)s AND placed_at < %(until)s AND currency = %(currency)s
GROUP BY channel ORDER BY 3 DESC
"""

MONEY_BY_ROLE = """
SELECT role, sum(debits_posted)::bigint AS debits, sum(credits_posted)::bigint AS credits
FROM accounts WHERE book = ANY(%(books)s) AND unit = %(currency)s
GROUP BY role
"""

TAKEN_BY_RESOURCE = """
SELECT a.holder AS resource_id, a.slot,
    (a.debits_posted + a.debits_pending)::bigint AS out,
    a.credits_posted::bigint AS capacity_and_back
FROM all_accounts AS a
JOIN unnest(%(books)s::bigint[], %(units)s::text[], %(resources)s::bigint[])
    AS k (book, unit, resource_id)
    ON a.book = k.book AND a.unit = k.unit AND a.holder = k.resource_id
WHERE a.role = 'available' AND a.slot >= %(first_slot)s AND a.slot < %(end_slot)s
"""

# Stays of more than two weeks are few and have an index of their own, so that nobody has to look
# back over months of arrivals for them.
STAYS = """
SELECT * FROM lines
WHERE store_id = %(store)s AND length <= 14
    AND first_day >= %(first)s::date - 14 AND first_day <= %(last)s
    AND first_day + length >= %(first)s::date
UNION ALL
SELECT * FROM lines
WHERE store_id = %(store)s AND length > 14
    AND first_day >= %(first)s::date - %(longest)s::integer AND first_day <= %(last)s
    AND first_day + length >= %(first)s::date
"""

IN_HOUSE = f"""
SELECT l.state, l.first_day, l.length, l.quantity, l.amount_minor, b.adults + b.children AS guests,
    b.number, b.id AS booking_id, b.order_id, b.guest_name, b.channel, b.country, l.name_en,
    l.name_zh, l.minute
FROM ({STAYS}) AS l JOIN bookings AS b ON b.id = l.booking_id
WHERE l.state IN ('confirmed', 'fulfilled', 'held', 'paying')
ORDER BY b.number
"""  # noqa: S608 - put together from constants of this file

STORE_NIGHTS = f"""
SELECT night::date AS day, count(*) AS lines, sum(l.quantity)::bigint AS quantity,
    sum(l.amount_minor / l.length)::bigint AS amount_minor
FROM ({STAYS}) AS l, generate_series(
    greatest(l.first_day, %(first)s::date),
    least(l.first_day + l.length - 1, %(last)s::date), interval '1 day') AS night
WHERE l.state IN ('confirmed', 'fulfilled')
GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - as above

PACE = """
SELECT greatest(0, b.first_day - (b.placed_at AT TIME ZONE %(timezone)s)::date) AS days_before,
    count(*) AS bookings, sum(b.last_day - b.first_day + 1)::bigint AS nights,
    sum(b.amount_minor)::bigint AS amount_minor
FROM bookings AS b
WHERE b.store_id = %(store)s AND b.first_day >= %(since)s AND b.first_day < %(until)s
    AND b.placed_at < %(as_of)s
GROUP BY 1 ORDER BY 1 DESC
"""
