"""The ledger's SQL for folding: what the journal has moved since the last fold, by day."""
# ruff: noqa: S608 - statements are put together from constants of this file, values are bound

FOLD_LOCK = "SELECT next_transfer FROM folds FOR UPDATE"
FOLD_UNTIL = "SELECT next_transfer FROM fence"

_LEGS = """
    SELECT id, debit_account AS account_id, book_id, booking_id, business_date, amount AS debits,
        0::bigint AS credits
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
    UNION ALL
    SELECT id, credit_account, book_id, booking_id, business_date, 0, amount
    FROM transfers
    WHERE id >= %(since)s AND id < %(until)s AND kind IN ('posted', 'post')
"""

FOLD_DAYS = f"""
WITH days AS MATERIALIZED (
    SELECT account_id, book_id, business_date, sum(debits)::bigint AS debits,
        sum(credits)::bigint AS credits
    FROM ({_LEGS}) AS moved
    GROUP BY account_id, book_id, business_date
), roles AS (
    INSERT INTO role_sums (book, unit, role, business_date, debits, credits)
    SELECT a.book, a.unit, a.role, business_date, sum(debits), sum(credits)
    FROM days JOIN all_accounts AS a ON a.id = days.account_id
    GROUP BY a.book, a.unit, a.role, business_date
    ON CONFLICT (book, unit, role, business_date) DO UPDATE SET
        debits = role_sums.debits + excluded.debits,
        credits = role_sums.credits + excluded.credits
)
INSERT INTO daily_sums (account_id, book_id, business_date, debits, credits)
SELECT account_id, book_id, business_date, debits, credits FROM days
ON CONFLICT (account_id, business_date) DO UPDATE SET
    debits = daily_sums.debits + excluded.debits, credits = daily_sums.credits + excluded.credits
"""

FOLD_STRETCHES = f"""
INSERT INTO account_stretches (account_id, book_id, business_date, stretch)
SELECT account_id, book_id, business_date, id >> 10
FROM ({_LEGS}) AS moved
GROUP BY 1, 2, 3, 4
ON CONFLICT DO NOTHING
"""

FOLD_BOOKINGS = f"""
WITH bookings AS MATERIALIZED (
    SELECT account_id, book_id, booking_id, business_date, sum(debits)::bigint AS debits,
        sum(credits)::bigint AS credits
    FROM ({_LEGS}) AS moved
    JOIN all_accounts AS a ON a.id = moved.account_id AND a.role = ANY(%(roles)s)
    GROUP BY account_id, book_id, booking_id, business_date
), spans AS (
    INSERT INTO booking_spans
        (account_id, book_id, booking_id, first_date, last_date, debits, credits)
    SELECT account_id, book_id, booking_id, min(business_date), max(business_date), sum(debits),
        sum(credits)
    FROM bookings GROUP BY account_id, book_id, booking_id
    ON CONFLICT (account_id, booking_id) DO UPDATE SET
        first_date = least(booking_spans.first_date, excluded.first_date),
        last_date = greatest(booking_spans.last_date, excluded.last_date),
        debits = booking_spans.debits + excluded.debits,
        credits = booking_spans.credits + excluded.credits
)
INSERT INTO booking_sums (account_id, book_id, booking_id, business_date, debits, credits)
SELECT account_id, book_id, booking_id, business_date, debits, credits FROM bookings
ON CONFLICT (account_id, booking_id, business_date) DO UPDATE SET
    debits = booking_sums.debits + excluded.debits,
    credits = booking_sums.credits + excluded.credits
"""

FOLD_MOVE = "UPDATE folds SET next_transfer = %(until)s"
