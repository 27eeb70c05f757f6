"""The ledger's SQL for reading: balances as of a date, journals, events."""
# ruff: noqa: S608 - statements are put together from constants of this file, values are bound

_TAIL = """
    SELECT t.debit_account AS account_id, t.booking_id, t.business_date, t.amount AS debits,
        0::bigint AS credits
    FROM transfers AS t
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.kind IN ('posted', 'post')
        AND t.business_date <= %(day)s
    UNION ALL
    SELECT t.credit_account, t.booking_id, t.business_date, 0, t.amount
    FROM transfers AS t
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.kind IN ('posted', 'post')
        AND t.business_date <= %(day)s
"""

TRIAL_BALANCES = f"""
SELECT book, unit, role, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
FROM (
    SELECT book, unit, role, debits, credits FROM role_sums
    WHERE book = ANY(%(books)s) AND unit = ANY(%(units)s) AND business_date <= %(day)s
    UNION ALL
    SELECT a.book, a.unit, a.role, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN all_accounts AS a ON a.id = tail.account_id
    WHERE a.book = ANY(%(books)s) AND a.unit = ANY(%(units)s)
) AS moved
GROUP BY book, unit, role ORDER BY book, unit, role
"""

BALANCES_OF_KINDS = f"""
SELECT book, split_part(unit, ':', 1) AS unit, role, sum(debits)::bigint AS debits,
    sum(credits)::bigint AS credits
FROM (
    SELECT book, unit, role, debits, credits FROM role_sums
    WHERE book = %(book)s AND split_part(unit, ':', 1) = ANY(%(kinds)s)
        AND business_date <= %(day)s
    UNION ALL
    SELECT a.book, a.unit, a.role, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN all_accounts AS a ON a.id = tail.account_id
    WHERE a.book = %(book)s AND split_part(a.unit, ':', 1) = ANY(%(kinds)s)
) AS moved
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

_ONE_UNIT = "unit = %(unit)s"
_ALL_UNITS_OF_A_KIND = "split_part(unit, ':', 1) = %(kind)s"


def _role_by_day(units: str) -> str:
    return f"""
SELECT business_date AS day, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
FROM (
    SELECT business_date, debits, credits FROM role_sums
    WHERE book = %(book)s AND {units} AND role = %(role)s AND business_date <= %(day)s
    UNION ALL
    SELECT tail.business_date, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN all_accounts AS a ON a.id = tail.account_id
    WHERE a.book = %(book)s AND {units} AND a.role = %(role)s
) AS moved
GROUP BY business_date ORDER BY business_date
"""


ROLE_BY_DAY = _role_by_day(_ONE_UNIT)
KIND_BY_DAY = _role_by_day(_ALL_UNITS_OF_A_KIND)

ACCOUNT_BY_DAY = f"""
SELECT business_date AS day, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
FROM (
    SELECT business_date, debits, credits FROM daily_sums
    WHERE account_id = %(account)s AND business_date <= %(day)s
    UNION ALL
    SELECT tail.business_date, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail WHERE tail.account_id = %(account)s
) AS moved
GROUP BY business_date ORDER BY business_date
"""
ACCOUNTS_OF_ROLE = f"""
WITH own AS (
    SELECT id, book, unit, holder, role, slot FROM all_accounts
    WHERE book = %(book)s AND unit = %(unit)s AND role = %(role)s
), moved AS (
    SELECT s.account_id, s.debits, s.credits FROM own
    JOIN daily_sums AS s ON s.account_id = own.id AND s.business_date <= %(day)s
    UNION ALL
    SELECT tail.account_id, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN own ON own.id = tail.account_id
), summed AS (
    SELECT account_id, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits,
        count(*) OVER () AS accounts
    FROM moved GROUP BY account_id
)
SELECT own.id, own.book, own.unit, own.holder, own.role, own.slot, summed.debits,
    summed.credits, summed.accounts
FROM summed JOIN own ON own.id = summed.account_id
ORDER BY abs(summed.debits - summed.credits) DESC, own.id LIMIT %(most)s
"""

UNITS_OF_ROLE = f"""
SELECT book, unit, role, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
FROM (
    SELECT book, unit, role, debits, credits FROM role_sums
    WHERE book = %(book)s AND {_ALL_UNITS_OF_A_KIND} AND role = %(role)s
        AND business_date <= %(day)s
    UNION ALL
    SELECT a.book, a.unit, a.role, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN all_accounts AS a ON a.id = tail.account_id
    WHERE a.book = %(book)s AND {_ALL_UNITS_OF_A_KIND} AND a.role = %(role)s
) AS moved
GROUP BY book, unit, role
ORDER BY abs(sum(debits) - sum(credits)) DESC, unit
"""

# A booking that is settled, and has not moved since, has nothing open: most of history is passed
# over by its span alone. What the tail has moved is looked at whatever its span says.
OPEN_ITEMS = f"""
WITH own AS (
    SELECT id, holder FROM all_accounts
    WHERE book = %(book)s AND unit = %(unit)s AND role = %(role)s
), tail AS (
    SELECT moved.account_id, moved.booking_id, sum(moved.debits)::bigint AS debits,
        sum(moved.credits)::bigint AS credits
    FROM ({_TAIL}) AS moved JOIN own ON own.id = moved.account_id
    GROUP BY moved.account_id, moved.booking_id
), spans AS (
    SELECT s.account_id, s.booking_id, s.last_date, s.debits, s.credits
    FROM own JOIN booking_spans AS s ON s.account_id = own.id
    WHERE s.first_date <= %(day)s AND (s.debits <> s.credits OR s.last_date > %(day)s)
    UNION
    SELECT s.account_id, s.booking_id, s.last_date, s.debits, s.credits
    FROM tail JOIN booking_spans AS s USING (account_id, booking_id)
    WHERE s.first_date <= %(day)s
), moved AS (
    SELECT account_id, booking_id, debits, credits FROM spans WHERE last_date <= %(day)s
    UNION ALL
    SELECT s.account_id, s.booking_id, s.debits, s.credits
    FROM spans JOIN booking_sums AS s USING (account_id, booking_id)
    WHERE spans.last_date > %(day)s AND s.business_date <= %(day)s
    UNION ALL
    SELECT account_id, booking_id, debits, credits FROM tail
), items AS (
    SELECT moved.booking_id, own.holder, sum(moved.debits)::bigint AS debits,
        sum(moved.credits)::bigint AS credits,
        abs(sum(moved.debits) - sum(moved.credits))::bigint AS size,
        sum(sum(moved.debits) - sum(moved.credits)) OVER ()::bigint AS total,
        count(*) OVER () AS items
    FROM moved JOIN own ON own.id = moved.account_id
    GROUP BY moved.booking_id, own.holder HAVING sum(moved.debits) <> sum(moved.credits)
)
SELECT booking_id, holder, debits, credits, total, items FROM items
WHERE %(after)s::bigint = 0
    OR (-size, booking_id) > (
        SELECT -size, booking_id FROM items WHERE booking_id = %(after)s ORDER BY size LIMIT 1
    )
ORDER BY size DESC, booking_id LIMIT %(most)s
"""

_JOURNAL = """
SELECT t.id, t.kind, t.reason, t.amount, d.book, d.unit,
    d.id AS debit_account, d.holder AS debit_holder, d.role AS debit_role, d.slot AS debit_slot,
    c.id AS credit_account, c.holder AS credit_holder, c.role AS credit_role,
    c.slot AS credit_slot, t.pending_id, e.kind AS ended, t.deadline, t.order_id, t.booking_id,
    t.line_id, t.store_id, t.effective, t.recorded, t.business_date
FROM transfers AS t
JOIN all_accounts AS d ON d.id = t.debit_account
JOIN all_accounts AS c ON c.id = t.credit_account
LEFT JOIN endings AS e ON e.pending_id = t.id AND t.kind = 'pending'
"""

JOURNAL_OF_ORDER = _JOURNAL + "WHERE t.order_id = %(order)s AND t.order_id <> 0 ORDER BY t.id"
JOURNAL_BY_ID = _JOURNAL + "WHERE t.id = ANY(%(ids)s) ORDER BY t.id"

# The journal has no index by account. The fold notes in which stretches of it a day of an account
# lies, so only those are read, the latest day first, until the page is full.
JOURNAL_OF_ACCOUNT = f"""
WITH place AS (
    SELECT coalesce((SELECT business_date FROM transfers WHERE id = %(before)s), %(day)s) AS day
), stretches AS (
    SELECT business_date, stretch FROM account_stretches
    WHERE account_id = %(account)s AND business_date >= %(since)s
        AND (business_date, stretch) <= ((SELECT day FROM place), %(before)s >> 10)
    UNION
    SELECT business_date, id >> 10 FROM transfers
    WHERE id >= (SELECT next_transfer FROM folds)
        AND (debit_account = %(account)s OR credit_account = %(account)s)
        AND kind IN ('posted', 'post') AND business_date >= %(since)s
        AND business_date <= (SELECT day FROM place)
), found AS (
    SELECT moved.id
    FROM (SELECT * FROM stretches ORDER BY business_date DESC, stretch DESC) AS s
    CROSS JOIN LATERAL (
        SELECT t.id FROM transfers AS t
        WHERE t.id >= s.stretch << 10 AND t.id < (s.stretch + 1) << 10
            AND t.business_date = s.business_date AND t.kind IN ('posted', 'post')
            AND (t.debit_account = %(account)s OR t.credit_account = %(account)s)
            AND (t.business_date < (SELECT day FROM place) OR t.id < %(before)s)
        ORDER BY t.id DESC
    ) AS moved
    LIMIT %(most)s
)
{_JOURNAL}WHERE t.id IN (SELECT id FROM found) ORDER BY t.business_date DESC, t.id DESC
"""

MOVED_FROM = """
WITH place AS (
    SELECT id, business_date AS day FROM transfers WHERE id = %(transfer)s
), stretches AS (
    SELECT stretch FROM account_stretches, place
    WHERE account_id = %(account)s AND business_date = place.day AND stretch >= place.id >> 10
    UNION
    SELECT t.id >> 10 FROM transfers AS t, place
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.business_date = place.day
        AND (t.debit_account = %(account)s OR t.credit_account = %(account)s)
)
SELECT place.day,
    coalesce(sum(t.amount) FILTER (WHERE t.debit_account = %(account)s), 0)::bigint AS debits,
    coalesce(sum(t.amount) FILTER (WHERE t.credit_account = %(account)s), 0)::bigint AS credits
FROM place, stretches AS s JOIN transfers AS t
    ON t.id >= s.stretch << 10 AND t.id < (s.stretch + 1) << 10
WHERE t.id >= place.id AND t.business_date = place.day AND t.kind IN ('posted', 'post')
    AND (t.debit_account = %(account)s OR t.credit_account = %(account)s)
GROUP BY place.day
"""

ACCOUNT_BY_ID = """
SELECT id, book, unit, holder, role, slot, debits_posted AS debits, credits_posted AS credits,
    1 AS accounts
FROM all_accounts WHERE id = %(account)s
"""
ACCOUNT_BY_KEY = """
SELECT id, book, unit, holder, role, slot, debits_posted AS debits, credits_posted AS credits,
    1 AS accounts
FROM all_accounts
WHERE book = %(book)s AND unit = %(unit)s AND holder = %(holder)s AND role = %(role)s
    AND slot = %(slot)s
"""

BALANCES_BETWEEN = f"""
WITH own AS (
    SELECT id, book, unit, holder, role FROM accounts
    WHERE book = ANY(%(books)s) AND unit = ANY(%(units)s) AND role IN ('due_from', 'due_to')
), moved AS (
    SELECT s.account_id, s.debits, s.credits FROM own
    JOIN daily_sums AS s ON s.account_id = own.id AND s.business_date <= %(day)s
    UNION ALL
    SELECT tail.account_id, tail.debits, tail.credits
    FROM ({_TAIL}) AS tail JOIN own ON own.id = tail.account_id
)
SELECT own.book, own.holder AS other, own.unit,
    sum(CASE role WHEN 'due_from' THEN debits - credits ELSE 0 END)::bigint AS claims,
    sum(CASE role WHEN 'due_to' THEN credits - debits ELSE 0 END)::bigint AS debts
FROM own JOIN moved ON moved.account_id = own.id
GROUP BY own.book, own.holder, own.unit
"""

EVENTS_OF_ORDER = """
SELECT position, type, book, order_id, booking_id, store_id, effective, recorded,
    data::text AS data
FROM events WHERE order_id = %(order)s AND order_id <> 0 ORDER BY position
"""

SPAN_OF_BOOKS = """
SELECT min(business_date) AS first, max(business_date) AS last
FROM (
    SELECT business_date FROM role_sums WHERE book = ANY(%(books)s) AND unit = ANY(%(units)s)
    UNION ALL
    SELECT t.business_date FROM transfers AS t JOIN all_accounts AS a ON a.id = t.debit_account
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.kind IN ('posted', 'post')
        AND a.book = ANY(%(books)s) AND a.unit = ANY(%(units)s)
) AS moved
"""

KNOWN_DIGESTS = "SELECT digest FROM keys WHERE digest = ANY(%(digests)s) AND NOT refused"

STORED_ANSWERS = """
SELECT digest, answer FROM keys WHERE digest = ANY(%(digests)s) AND NOT refused
"""

MOVED_OUT = """
SELECT t.store_id, a.unit, a.role, t.reason, count(DISTINCT t.booking_id) AS bookings,
    sum(t.amount)::bigint AS amount
FROM transfers AS t JOIN all_accounts AS a ON a.id = t.debit_account
WHERE t.store_id = ANY(%(stores)s) AND a.role = ANY(%(roles)s) AND t.kind IN ('posted', 'post')
GROUP BY t.store_id, a.unit, a.role, t.reason
"""
MOVED_IN = MOVED_OUT.replace("t.debit_account", "t.credit_account")
