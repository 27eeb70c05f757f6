"""The ledger's SQL. The writer alone runs the statements that write."""

# Whoever locks the books for longer is told of as a database that is away.
LIMIT_WAITING = "SET lock_timeout = '15s'"

TAKE_OVER = """
UPDATE fence SET epoch = epoch + 1
RETURNING epoch, batch, next_account, next_transfer, next_position, oldest_pending, recorded,
    last_deed, last_hash
"""

FENCE = """
UPDATE fence SET batch = batch + 1, next_account = %(next_account)s,
    next_transfer = %(next_transfer)s, next_position = %(next_position)s,
    oldest_pending = %(oldest_pending)s, recorded = %(recorded)s,
    last_deed = %(last_deed)s, last_hash = %(last_hash)s
WHERE epoch = %(epoch)s AND batch = %(batch)s
"""

# The lock waits for what a lost connection may still be committing.
READ_FENCE = """
SELECT epoch, batch, next_account, next_transfer, next_position, oldest_pending, recorded,
    last_deed, last_hash
FROM fence FOR UPDATE
"""

COLUMN_TYPES = """
SELECT wanted.name, attribute.attname, format_type(attribute.atttypid, NULL)
FROM unnest(%(tables)s::text[]) AS wanted (name)
JOIN pg_attribute AS attribute ON attribute.attrelid = wanted.name::regclass
WHERE attribute.attnum > 0 AND NOT attribute.attisdropped
"""

KNOWN_KEYS = """
SELECT digest, request, answer, refused FROM keys WHERE digest = ANY(%(digests)s::bytea[])
"""

# The archive is asked only for what the accounts in use lack; one statement, so that an account
# on its way from one to the other is seen once.
ACCOUNTS_BY_KEY = """
SELECT a.book, a.unit, a.holder, a.role, a.slot, a.account_limit, a.id,
    a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted
FROM unnest(%(books)s::bigint[], %(units)s::text[], %(holders)s::bigint[], %(roles)s::text[],
        %(slots)s::bigint[]) AS k (book, unit, holder, role, slot)
CROSS JOIN LATERAL (
    SELECT id, book, unit, holder, role, slot, account_limit, debits_pending, debits_posted,
        credits_pending, credits_posted
    FROM accounts
    WHERE book = k.book AND unit = k.unit AND holder = k.holder AND role = k.role
        AND slot = k.slot
    UNION ALL
    SELECT id, book, unit, holder, role, slot, account_limit, 0, debits_posted, 0,
        credits_posted
    FROM archived_accounts
    WHERE k.slot <> 0 AND book = k.book AND unit = k.unit AND holder = k.holder
        AND role = k.role AND slot = k.slot
    LIMIT 1
) AS a
"""

_PENDING = """
SELECT t.id, t.kind,
    d.book AS d_book, d.unit AS d_unit, d.holder AS d_holder, d.role AS d_role, d.slot AS d_slot,
    d.account_limit AS d_limit,
    c.book AS c_book, c.unit AS c_unit, c.holder AS c_holder, c.role AS c_role, c.slot AS c_slot,
    c.account_limit AS c_limit,
    t.amount, t.deadline, t.order_id, t.booking_id, t.line_id, t.store_id, t.placement_id,
    e.kind AS ended
FROM transfers AS t
JOIN all_accounts AS d ON d.id = t.debit_account
JOIN all_accounts AS c ON c.id = t.credit_account
LEFT JOIN endings AS e ON e.pending_id = t.id
"""

TRANSFERS_BY_ID = _PENDING + "WHERE t.id = ANY(%(ids)s::bigint[])"

OPEN_PENDINGS = (
    _PENDING
    + """
WHERE t.id >= %(oldest)s AND t.kind = 'pending' AND e.pending_id IS NULL ORDER BY t.id
"""
)

OPEN_PENDINGS_OF_ORDER = """
SELECT t.id, d.book, d.unit, d.holder AS d_holder, d.role AS d_role, d.slot AS d_slot,
    d.account_limit AS d_limit, c.holder AS c_holder, c.role AS c_role, c.slot AS c_slot,
    c.account_limit AS c_limit, t.amount, t.deadline, t.booking_id, t.line_id, t.store_id,
    t.placement_id
FROM transfers AS t
JOIN all_accounts AS d ON d.id = t.debit_account
JOIN all_accounts AS c ON c.id = t.credit_account
LEFT JOIN endings AS e ON e.pending_id = t.id
WHERE t.order_id = %(order)s AND t.order_id <> 0 AND t.kind = 'pending' AND e.pending_id IS NULL
ORDER BY t.id
"""

# Whoever archives passes over them from now on.
HOLD_ACCOUNTS = """
SELECT count(*) FROM (
    SELECT FROM accounts WHERE id = ANY(%(ids)s::bigint[]) FOR UPDATE
) AS held
"""

SAVE_BALANCES = """
UPDATE accounts AS a SET debits_pending = n.dp, debits_posted = n.d, credits_pending = n.cp,
    credits_posted = n.c
FROM unnest(%(ids)s::bigint[], %(dp)s::bigint[], %(d)s::bigint[], %(cp)s::bigint[],
        %(c)s::bigint[]) AS n (id, dp, d, cp, c)
WHERE a.id = n.id
"""

# The order of the columns is that of `rows.py`.
_COLUMNS = {
    "accounts": (
        "id", "book", "holder", "slot", "debits_pending", "debits_posted", "credits_pending",
        "credits_posted", "unit", "role", "account_limit",
    ),
    "transfers": (
        "id", "debit_account", "credit_account", "amount", "pending_id", "order_id", "booking_id",
        "line_id", "store_id", "placement_id", "book_id", "effective", "recorded", "business_date",
        "deadline", "kind", "reason",
    ),
    "endings": (
        "pending_id", "amount", "transfer_id", "book_id", "placement_id", "recorded", "kind",
    ),
    "keys": ("batch", "digest", "request", "answer", "refused"),
    "events": (
        "position", "book", "order_id", "booking_id", "store_id", "placement_id", "effective",
        "recorded", "type", "data",
    ),
    "trail": (
        "number", "recorded", "actor_id", "thing_id", "book", "store_id", "placement_id", "actor",
        "operation", "thing", "refusal", "address", "request_id", "before", "after", "hash",
        "nodes",
    ),
}  # fmt: skip


def copy_into(table: str, columns: tuple[str, ...]) -> str:
    """The COPY that takes binary rows of `columns` into `table` (both from our own code)."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"


COPIES = {table: copy_into(table, columns) for table, columns in _COLUMNS.items()}


def change_rows(table: str, columns: tuple[str, ...], types: tuple[str, ...]) -> str:
    """The set-based update of `columns` of many rows of `table`, each at its expected version."""
    assignments = "".join(f"{column} = n.{column}, " for column in columns)
    arrays = "".join(f", %s::{kind}[]" for kind in types)
    names = "".join(f", {column}" for column in columns)
    return (
        f"UPDATE {table} AS t SET {assignments}version = t.version + 1 "  # noqa: S608 - own names
        f"FROM unnest(%s::bigint[], %s::integer[]{arrays}) AS n (id, expected{names}) "
        "WHERE t.id = n.id AND t.version = n.expected"
    )
