"""SQL of the catalogue: how it is laid down, and how large it is."""

# The accounts 1 to n are the sources of n resources; the slots follow day by day, as they would
# have been touched, and the transfer that opened a slot has the same place in its own order.
FILL_SOURCES = """
INSERT INTO accounts (id, book, unit, holder, role, slot, account_limit,
    debits_pending, debits_posted, credits_pending, credits_posted)
SELECT r, %(book)s, 'room:' || r, r, 'source', 0, 'none', 0, %(days)s::bigint * %(capacity)s, 0, 0
FROM generate_series(1, %(resources)s::bigint) AS r
"""

# Ten million keys are sorted in a minute, and put into an index one by one in five.
KEY_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'accounts' AND indexname <> 'accounts_pkey'
"""
DROP_INDEX = "DROP INDEX {name}"
ROOM_TO_SORT = "SET maintenance_work_mem = '512MB'"

FILL_ACCOUNTS = """
INSERT INTO accounts (id, book, unit, holder, role, slot, account_limit,
    debits_pending, debits_posted, credits_pending, credits_posted)
SELECT (day + 1) * %(resources)s + r, %(book)s, 'room:' || r, r, 'available',
    %(first_slot)s + day * 1440, 'debits', 0, 0, 0, %(capacity)s
FROM generate_series(%(first_day)s::bigint, %(end_day)s::bigint - 1) AS day,
    generate_series(1, %(resources)s::bigint) AS r
ORDER BY 1
"""

FILL_TRANSFERS = """
INSERT INTO transfers (id, debit_account, credit_account, amount, pending_id, order_id,
    booking_id, line_id, store_id, effective, recorded, business_date, kind, reason, book_id)
SELECT day * %(resources)s + r, r, (day + 1) * %(resources)s + r, %(capacity)s, 0, 0, 0, 0, 0,
    %(today)s::timestamp, %(today)s::timestamp, %(today)s::date, 'posted', 'open', %(book)s
FROM generate_series(%(first_day)s::bigint, %(end_day)s::bigint - 1) AS day,
    generate_series(1, %(resources)s::bigint) AS r
ORDER BY 1
"""

FILL_FENCE = """
UPDATE fence SET next_account = (SELECT max(id) + 1 FROM accounts),
    next_transfer = (SELECT max(id) + 1 FROM transfers),
    oldest_pending = (SELECT max(id) + 1 FROM transfers)
"""

TIDY_UP = "VACUUM (ANALYZE) accounts, archived_accounts, transfers"
PACK = "VACUUM (FULL) accounts"

SIZES = """
SELECT (SELECT count(*) FROM accounts) AS accounts, pg_table_size('accounts') AS in_use,
    pg_indexes_size('accounts') AS indexes, pg_total_relation_size('archived_accounts') AS archive
"""
