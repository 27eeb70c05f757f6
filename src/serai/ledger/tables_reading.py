"""The ledger's SQL for reading: balances as of a date, journals, events, and the fold."""
# ruff: noqa: S608 - statements are put together from constants of this file, values are bound

FOLD_LOCK = "SELECT next_transfer FROM folds FOR UPDATE"
FOLD_UNTIL = "SELECT next_transfer FROM fence"

FOLD_DAYS = """
INSERT INTO daily_sums (account_id, business_date, debits, credits)
SELECT account_id, business_date, sum(debits), sum(credits)
FROM (
    SELECT debit_account AS account_id, business_date, amount AS debits, 0 AS credits
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
    UNION ALL
    SELECT credit_account, business_date, 0, amount
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
) AS moved
GROUP BY account_id, business_date
ON CONFLICT (account_id, business_date) DO UPDATE SET
    debits = daily_sums.debits + excluded.debits, credits = daily_sums.credits + excluded.credits
"""

FOLD_BOOKINGS = """
INSERT INTO booking_sums (account_id, booking_id, business_date, debits, credits)
SELECT account_id, booking_id, business_date, sum(debits), sum(credits)
FROM (
    SELECT debit_account AS account_id, booking_id, business_date, amount AS debits, 0 AS credits
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
    UNION ALL
    SELECT credit_account, booking_id, business_date, 0, amount
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
) AS moved
JOIN accounts AS a ON a.id = moved.account_id AND a.role = ANY(%(roles)s)
GROUP BY account_id, booking_id, business_date
ON CONFLICT (account_id, booking_id, business_date) DO UPDATE SET
    debits = booking_sums.debits + excluded.debits,
    credits = booking_sums.credits + excluded.credits
"""

FOLD_MOVE = "UPDATE folds SET next_transfer = %(until)s"

_TAIL = """
    SELECT t.debit_account AS account_id, t.booking_id, t.amount AS debits, 0::bigint AS credits
    FROM transfers AS t
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.kind IN ('posted', 'post')
        AND t.business_date <= %(day)s
    UNION ALL
    SELECT t.credit_account, t.booking_id, 0, t.amount
    FROM transfers AS t
    WHERE t.id >= (SELECT next_transfer FROM folds) AND t.kind IN ('posted', 'post')
        AND t.business_date <= %(day)s
"""

TRIAL_BALANCE = (
    """
WITH own AS (
    SELECT id, unit, role FROM accounts WHERE book = %(book)s AND unit = ANY(%(units)s)
), moved AS (
    SELECT s.account_id, s.debits, s.credits FROM own
    JOIN daily_sums AS s ON s.account_id = own.id AND s.business_date <= %(day)s
    UNION ALL
    SELECT tail.account_id, tail.debits, tail.credits FROM ("""
    + _TAIL
    + """) AS tail JOIN own ON own.id = tail.account_id
)
SELECT own.unit, own.role, count(DISTINCT own.id) AS accounts,
    sum(moved.debits)::bigint AS debits, sum(moved.credits)::bigint AS credits
FROM moved JOIN own ON own.id = moved.account_id
GROUP BY own.unit, own.role ORDER BY own.unit, own.role
"""
)

ACCOUNTS_OF_ROLE = (
    """
WITH own AS (
    SELECT id, book, unit, holder, role, slot, account_limit FROM accounts
    WHERE book = %(book)s AND unit = %(unit)s AND role = %(role)s
), moved AS (
    SELECT s.account_id, s.debits, s.credits FROM own
    JOIN daily_sums AS s ON s.account_id = own.id AND s.business_date <= %(day)s
    UNION ALL
    SELECT tail.account_id, tail.debits, tail.credits FROM ("""
    + _TAIL
    + """) AS tail JOIN own ON own.id = tail.account_id
)
SELECT own.id, own.book, own.unit, own.holder, own.role, own.slot,
    sum(moved.debits)::bigint AS debits, sum(moved.credits)::bigint AS credits
FROM moved JOIN own ON own.id = moved.account_id
GROUP BY own.id, own.book, own.unit, own.holder, own.role, own.slot
ORDER BY abs(sum(moved.debits) - sum(moved.credits)) DESC, own.id LIMIT %(most)s
"""
)

OPEN_ITEMS = (
    """
WITH own AS (
    SELECT id, holder FROM accounts
    WHERE book = %(book)s AND unit = %(unit)s AND role = %(role)s
), moved AS (
    SELECT own.holder, s.booking_id, s.debits, s.credits FROM own
    JOIN booking_sums AS s ON s.account_id = own.id AND s.business_date <= %(day)s
    UNION ALL
    SELECT own.holder, tail.booking_id, tail.debits, tail.credits FROM ("""
    + _TAIL
    + """) AS tail JOIN own ON own.id = tail.account_id
)
SELECT booking_id, holder, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits,
    sum(sum(debits) - sum(credits)) OVER ()::bigint AS total,
    count(*) OVER () AS items
FROM moved
GROUP BY booking_id, holder HAVING sum(debits) <> sum(credits)
ORDER BY abs(sum(debits) - sum(credits)) DESC, booking_id LIMIT %(most)s
"""
)

_JOURNAL = """
SELECT t.id, t.kind, t.reason, t.amount, d.book, d.unit,
    d.id AS debit_account, d.holder AS debit_holder, d.role AS debit_role, d.slot AS debit_slot,
    c.id AS credit_account, c.holder AS credit_holder, c.role AS credit_role,
    c.slot AS credit_slot, t.pending_id, e.kind AS ended, t.deadline, t.order_id, t.booking_id,
    t.line_id, t.store_id, t.effective, t.recorded, t.business_date
FROM transfers AS t
JOIN accounts AS d ON d.id = t.debit_account
JOIN accounts AS c ON c.id = t.credit_account
LEFT JOIN endings AS e ON e.pending_id = t.id AND t.kind = 'pending'
"""

JOURNAL_OF_ORDER = _JOURNAL + "WHERE t.order_id = %(order)s AND t.order_id <> 0 ORDER BY t.id"
JOURNAL_BY_ID = _JOURNAL + "WHERE t.id = ANY(%(ids)s) ORDER BY t.id"
JOURNAL_OF_ACCOUNT = (
    _JOURNAL
    + """WHERE (t.debit_account = %(account)s OR t.credit_account = %(account)s)
    AND t.business_date >= %(since)s AND t.business_date <= %(until)s AND t.id > %(after)s
ORDER BY t.id LIMIT %(most)s
"""
)

ACCOUNT_BY_ID = """
SELECT id, book, unit, holder, role, slot, debits_posted AS debits, credits_posted AS credits
FROM accounts WHERE id = %(account)s
"""

BALANCES_BETWEEN = """
SELECT book, holder AS other, unit,
    sum(CASE role WHEN 'due_from' THEN debits_posted - credits_posted ELSE 0 END)::bigint
        AS claims,
    sum(CASE role WHEN 'due_to' THEN credits_posted - debits_posted ELSE 0 END)::bigint
        AS debts
FROM accounts
WHERE book = ANY(%(books)s) AND unit = ANY(%(units)s) AND role IN ('due_from', 'due_to')
GROUP BY book, holder, unit
"""

_EVENT = """
SELECT position, type, book, order_id, booking_id, store_id, effective, recorded,
    data::text AS data
FROM events
"""
EVENTS_AFTER = _EVENT + "WHERE position > %(position)s ORDER BY position LIMIT %(most)s"
EVENTS_OF_ORDER = _EVENT + "WHERE order_id = %(order)s AND order_id <> 0 ORDER BY position"

FIRST_DAY = """
SELECT min(s.business_date) FROM daily_sums AS s JOIN accounts AS a ON a.id = s.account_id
WHERE a.book = %(book)s AND a.unit = ANY(%(units)s)
"""

KNOWN_DIGESTS = "SELECT digest FROM keys WHERE digest = ANY(%(digests)s) AND NOT refused"
