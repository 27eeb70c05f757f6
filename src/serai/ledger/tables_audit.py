"""The ledger's SQL for the audit; each statement of failures yields one line of text a row."""
# ruff: noqa: S608 - statements are put together from constants of this file

ROOM_TO_SORT = "SET LOCAL work_mem = '64MB'"


def counted(failures: str) -> str:
    """The first failures, and beside each how many there are in all."""
    return f"SELECT failure, count(*) OVER () FROM ({failures}) AS found (failure) LIMIT %(most)s"


COUNT_BOOK_UNITS = """
SELECT count(*) FROM (SELECT DISTINCT book, unit FROM all_accounts) AS all_units
"""
UNBALANCED_UNITS = """
SELECT format('book %%s, unit %%s: debits %%s and %%s pending, credits %%s and %%s pending',
    book, unit, sum(debits_posted), sum(debits_pending), sum(credits_posted),
    sum(credits_pending))
FROM all_accounts GROUP BY book, unit
HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)
"""

COUNT_DUE = "SELECT count(*) FROM all_accounts WHERE role IN ('due_from', 'due_to')"
UNMIRRORED_DUE = """
SELECT format('%%s: book %%s claims %%s from %%s, which owes it %%s', unit, creditor, claimed,
    debtor, owed)
FROM (
    SELECT unit,
        CASE role WHEN 'due_from' THEN book ELSE holder END AS creditor,
        CASE role WHEN 'due_from' THEN holder ELSE book END AS debtor,
        sum(CASE role WHEN 'due_from' THEN debits_posted - credits_posted ELSE 0 END) AS claimed,
        sum(CASE role WHEN 'due_to' THEN credits_posted - debits_posted ELSE 0 END) AS owed
    FROM all_accounts WHERE role IN ('due_from', 'due_to')
    GROUP BY 1, 2, 3
) AS pairs
WHERE claimed <> owed
"""

COUNT_LIMITED = "SELECT count(*) FROM all_accounts WHERE account_limit <> 'none'"
OVERDRAWN = """
SELECT format('account %%s (book %%s, %%s, %%s of %%s, slot %%s) is overdrawn by %%s', id, book,
    unit, role, holder, slot,
    CASE account_limit WHEN 'debits' THEN debits_pending + debits_posted - credits_posted
        ELSE credits_pending + credits_posted - debits_posted END)
FROM all_accounts
WHERE (account_limit = 'debits' AND debits_pending + debits_posted > credits_posted)
    OR (account_limit = 'credits' AND credits_pending + credits_posted > debits_posted)
"""

COUNT_PENDING = "SELECT count(*) FROM transfers WHERE kind = 'pending'"
BAD_ENDINGS = """
SELECT format('pending transfer %%s ended as %%s with %%s of %%s, by transfer %%s', e.pending_id,
    e.kind, e.amount, p.amount, e.transfer_id)
FROM endings AS e
LEFT JOIN transfers AS p ON p.id = e.pending_id AND p.kind = 'pending'
LEFT JOIN transfers AS t ON t.id = e.transfer_id
WHERE p.id IS NULL
    OR (e.kind = 'posted' AND (t.kind IS DISTINCT FROM 'post' OR t.pending_id <> p.id
        OR t.amount <> e.amount OR e.amount > p.amount OR e.amount = 0
        OR t.debit_account <> p.debit_account OR t.credit_account <> p.credit_account))
    OR (e.kind = 'voided' AND (t.kind IS DISTINCT FROM 'void' OR t.pending_id <> p.id
        OR t.amount <> p.amount OR e.amount <> 0
        OR t.debit_account <> p.debit_account OR t.credit_account <> p.credit_account))
    OR (e.kind <> 'expired' AND p.deadline <= e.recorded)
    OR (e.kind = 'expired' AND (e.amount <> 0 OR e.transfer_id <> 0 OR p.deadline IS NULL
        OR p.deadline > e.recorded))
UNION ALL
SELECT format('transfer %%s ends pending transfer %%s, which has another ending or none', t.id,
    t.pending_id)
FROM transfers AS t
LEFT JOIN endings AS e ON e.pending_id = t.pending_id AND e.transfer_id = t.id
WHERE t.kind IN ('post', 'void') AND e.pending_id IS NULL
UNION ALL
SELECT format('pending transfer %%s ran out at %%s and has not ended', p.id, p.deadline)
FROM transfers AS p
LEFT JOIN endings AS e ON e.pending_id = p.id
WHERE p.kind = 'pending' AND e.pending_id IS NULL
    AND p.deadline <= (SELECT recorded FROM fence)
"""

COUNT_ACCOUNTS = "SELECT count(*) FROM all_accounts"
BALANCES_UNLIKE_THE_JOURNAL = """
WITH moved AS (
    SELECT account_id, sum(dp) AS dp, sum(d) AS d, sum(cp) AS cp, sum(c) AS c
    FROM (
        SELECT debit_account AS account_id, 0 AS dp, amount AS d, 0 AS cp, 0 AS c
        FROM transfers WHERE kind IN ('posted', 'post')
        UNION ALL
        SELECT credit_account, 0, 0, 0, amount
        FROM transfers WHERE kind IN ('posted', 'post')
        UNION ALL
        SELECT t.debit_account, t.amount, 0, 0, 0
        FROM transfers AS t LEFT JOIN endings AS e ON e.pending_id = t.id
        WHERE t.kind = 'pending' AND e.pending_id IS NULL
        UNION ALL
        SELECT t.credit_account, 0, 0, t.amount, 0
        FROM transfers AS t LEFT JOIN endings AS e ON e.pending_id = t.id
        WHERE t.kind = 'pending' AND e.pending_id IS NULL
    ) AS legs
    GROUP BY account_id
)
SELECT format('account %%s (book %%s, %%s, %%s of %%s): the balance says %%s/%%s debits and '
    '%%s/%%s credits (pending/posted), the journal %%s/%%s and %%s/%%s', coalesce(a.id, account_id),
    a.book, a.unit, a.role, a.holder, a.debits_pending, a.debits_posted, a.credits_pending,
    a.credits_posted, coalesce(dp, 0), coalesce(d, 0), coalesce(cp, 0), coalesce(c, 0))
FROM all_accounts AS a FULL JOIN moved ON moved.account_id = a.id
WHERE a.id IS NULL OR a.debits_pending <> coalesce(dp, 0) OR a.debits_posted <> coalesce(d, 0)
    OR a.credits_pending <> coalesce(cp, 0) OR a.credits_posted <> coalesce(c, 0)
"""

ACCOUNTS_TWICE = """
SELECT format('account %%s stands among those in use and in the archive', id)
FROM accounts JOIN archived_accounts USING (id)
UNION ALL
SELECT format('account %%s and account %%s of the archive are both book %%s, %%s, %%s of %%s, slot '
    '%%s', a.id, archived.id, book, unit, role, holder, slot)
FROM accounts AS a JOIN archived_accounts AS archived USING (book, unit, holder, role, slot)
"""

COUNT_TRANSFERS = "SELECT count(*) FROM transfers"
STRAY_TRANSFERS = """
SELECT format('transfer %%s goes from book %%s, %%s to book %%s, %%s', t.id, d.book, d.unit,
    c.book, c.unit)
FROM transfers AS t
LEFT JOIN all_accounts AS d ON d.id = t.debit_account
LEFT JOIN all_accounts AS c ON c.id = t.credit_account
WHERE d.id IS NULL OR c.id IS NULL OR d.book <> c.book OR d.unit <> c.unit OR d.id = c.id
"""

COUNT_STAMPED = """
SELECT (SELECT count(*) FROM transfers) + (SELECT count(*) FROM endings)
    + (SELECT count(*) FROM daily_sums) + (SELECT count(*) FROM booking_sums)
    + (SELECT count(*) FROM booking_spans) + (SELECT count(*) FROM account_stretches)
"""
_OF_ACCOUNTS = "\nUNION ALL\n".join(
    f"""SELECT format('{table}: a row of account %%s says book %%s, the account %%s', s.account_id,
    s.book_id, a.book)
FROM {table} AS s JOIN all_accounts AS a ON a.id = s.account_id WHERE s.book_id <> a.book"""
    for table in ("daily_sums", "booking_sums", "booking_spans", "account_stretches")
)
STAMPED_WRONG = f"""
SELECT format('transfer %%s says book %%s, its accounts are in %%s', t.id, t.book_id, a.book)
FROM transfers AS t JOIN all_accounts AS a ON a.id = t.debit_account WHERE t.book_id <> a.book
UNION ALL
SELECT format('the ending of %%s says book %%s, placement %%s; the transfer %%s, %%s', t.id,
    e.book_id, e.placement_id, t.book_id, t.placement_id)
FROM endings AS e JOIN transfers AS t ON t.id = e.pending_id
WHERE e.book_id <> t.book_id OR e.placement_id <> t.placement_id
UNION ALL
{_OF_ACCOUNTS}
"""

_FOLDED_LEGS = """
    SELECT id, debit_account AS account_id, booking_id, business_date, amount AS debits,
        0::bigint AS credits
    FROM transfers
    WHERE id < (SELECT next_transfer FROM folds) AND kind IN ('posted', 'post')
    UNION ALL
    SELECT id, credit_account, booking_id, business_date, 0, amount
    FROM transfers
    WHERE id < (SELECT next_transfer FROM folds) AND kind IN ('posted', 'post')
"""

COUNT_DAILY_SUMS = "SELECT count(*) FROM daily_sums"
WRONG_DAILY_SUMS = f"""
SELECT format('account %%s on %%s: the daily sum says %%s debits and %%s credits, the journal '
    '%%s and %%s', account_id, business_date, s.debits, s.credits, j.debits, j.credits)
FROM daily_sums AS s
FULL JOIN (
    SELECT account_id, business_date, sum(debits) AS debits, sum(credits) AS credits
    FROM ({_FOLDED_LEGS}) AS legs GROUP BY account_id, business_date
) AS j USING (account_id, business_date)
WHERE s.debits IS DISTINCT FROM j.debits OR s.credits IS DISTINCT FROM j.credits
"""

COUNT_BOOKING_SUMS = "SELECT count(*) FROM booking_sums"
WRONG_BOOKING_SUMS = f"""
SELECT format('account %%s, booking %%s on %%s: the sum says %%s debits and %%s credits, the '
    'journal %%s and %%s', account_id, booking_id, business_date, s.debits, s.credits, j.debits,
    j.credits)
FROM booking_sums AS s
FULL JOIN (
    SELECT account_id, booking_id, business_date, sum(debits) AS debits, sum(credits) AS credits
    FROM ({_FOLDED_LEGS}) AS legs
    WHERE account_id IN (SELECT DISTINCT account_id FROM booking_sums)
    GROUP BY account_id, booking_id, business_date
) AS j USING (account_id, booking_id, business_date)
WHERE s.debits IS DISTINCT FROM j.debits OR s.credits IS DISTINCT FROM j.credits
"""

COUNT_ROLE_SUMS = "SELECT count(*) FROM role_sums"
WRONG_ROLE_SUMS = """
SELECT format('book %%s, %%s of %%s on %%s: the sum of the role says %%s debits and %%s credits, '
    'its accounts %%s and %%s', book, role, unit, business_date, r.debits, r.credits, s.debits,
    s.credits)
FROM role_sums AS r
FULL JOIN (
    SELECT book, unit, role, business_date, sum(debits) AS debits, sum(credits) AS credits
    FROM daily_sums JOIN all_accounts AS a ON a.id = account_id
    GROUP BY book, unit, role, business_date
) AS s USING (book, unit, role, business_date)
WHERE r.debits IS DISTINCT FROM s.debits OR r.credits IS DISTINCT FROM s.credits
"""

COUNT_BOOKING_SPANS = "SELECT count(*) FROM booking_spans"
WRONG_BOOKING_SPANS = """
SELECT format('account %%s, booking %%s: its span is said to be from %%s to %%s with %%s debits '
    'and %%s credits, its days are from %%s to %%s with %%s and %%s', account_id, booking_id,
    b.first_date, b.last_date, b.debits, b.credits, s.first_date, s.last_date, s.debits, s.credits)
FROM booking_spans AS b
FULL JOIN (
    SELECT account_id, booking_id, min(business_date) AS first_date,
        max(business_date) AS last_date, sum(debits) AS debits, sum(credits) AS credits
    FROM booking_sums GROUP BY account_id, booking_id
) AS s USING (account_id, booking_id)
WHERE (b.first_date, b.last_date, b.debits, b.credits)
    IS DISTINCT FROM (s.first_date, s.last_date, s.debits, s.credits)
"""

COUNT_STRETCHES = "SELECT count(*) FROM account_stretches"
WRONG_STRETCHES = f"""
SELECT format('account %%s on %%s: %%s of the journal', account_id, business_date,
    CASE WHEN s.noted IS NULL THEN format('nobody has noted stretch %%s', stretch)
        ELSE format('nothing lies in stretch %%s', stretch) END)
FROM (SELECT *, true AS noted FROM account_stretches) AS s
FULL JOIN (
    SELECT DISTINCT account_id, business_date, id >> 10 AS stretch, true AS found
    FROM ({_FOLDED_LEGS}) AS legs
) AS j USING (account_id, business_date, stretch)
WHERE s.noted IS NULL OR j.found IS NULL
"""

COUNT_EVENTS = "SELECT count(*) FROM events"
GAPS_IN_EVENTS = """
SELECT format('no event stands at position %%s', position)
FROM generate_series(1, (SELECT next_position - 1 FROM fence)) AS position
WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.position = position.position)
UNION ALL
SELECT format('an event stands at position %%s, which nobody has given', position)
FROM events WHERE position < 1 OR position >= (SELECT next_position FROM fence)
"""

COUNT_FENCE = "SELECT count(*) FROM fence"
FENCE_BEHIND = """
SELECT format('the fence gives transfer %%s and account %%s next; the last ones are %%s and %%s',
    next_transfer, next_account, last_transfer, last_account)
FROM fence, (
    SELECT coalesce((SELECT max(id) FROM transfers), 0) AS last_transfer,
        coalesce((SELECT max(id) FROM all_accounts), 0) AS last_account
) AS last
WHERE last_transfer <> next_transfer - 1 OR last_account <> next_account - 1
UNION ALL
SELECT format('transfer %%s is still pending, and the fence says that none before %%s is', t.id,
    fence.oldest_pending)
FROM fence JOIN transfers AS t ON t.id < fence.oldest_pending AND t.kind = 'pending'
LEFT JOIN endings AS e ON e.pending_id = t.id
WHERE e.pending_id IS NULL
UNION ALL
SELECT format('there are %%s transfers and the fence has given %%s', count(*), next_transfer - 1)
FROM fence LEFT JOIN transfers ON true
GROUP BY next_transfer HAVING count(transfers.id) <> next_transfer - 1
"""

COUNT_DEEDS = "SELECT count(*) FROM trail"
_BEGINNING = "decode(repeat('00', 32), 'hex')"
_TEXTS = ("actor", "operation", "thing", "refusal", "address", "request_id", "before", "after")
_LINKED = " || ".join((
    "int8send(number)",
    "timestamptz_send(recorded)",
    *(
        f"int8send({column})"
        for column in ("actor_id", "thing_id", "book", "store_id", "placement_id")
    ),
    *(f"int4send(octet_length({column}::text)) || textsend({column}::text)" for column in _TEXTS),
    "CASE nodes WHEN '{}' THEN ''::bytea "
    "ELSE int4send(octet_length(array_send(nodes))) || array_send(nodes) END",
))  # fmt: skip
# What `deeds.py` has hashed is hashed again. Whoever changes a deed and its hash with it changes
# what the next one stands on; and the last one is known to the fence.
BROKEN_CHAIN = f"""
WITH chain AS (
    SELECT number, hash, lag(number, 1, 0::bigint) OVER in_order AS number_before,
        sha256(lag(hash, 1, {_BEGINNING}) OVER in_order || {_LINKED}) AS found
    FROM trail WINDOW in_order AS (ORDER BY number)
), ends AS (
    SELECT last_deed, last_hash, coalesce(number, 0) AS last_number,
        coalesce(hash, {_BEGINNING}) AS hash
    FROM fence LEFT JOIN (
        SELECT number, hash FROM trail ORDER BY number DESC LIMIT 1
    ) AS last ON true
)
SELECT CASE
    WHEN number <= 0 THEN format('deed %%s has a number that nobody gives', number)
    WHEN number <> number_before + 1
        THEN format('deeds %%s to %%s are not there', number_before + 1, number - 1)
    ELSE format('deed %%s is not as it was written, or the one before it is not', number) END
FROM chain WHERE number <> number_before + 1 OR found <> hash
UNION ALL
SELECT CASE
    WHEN last_number < last_deed
        THEN format('deeds %%s to %%s are not there', last_number + 1, last_deed)
    WHEN last_number > last_deed
        THEN format('deeds %%s to %%s were put in after the last one', last_deed + 1, last_number)
    ELSE format('the last deed, %%s, is not the one that was written', last_number) END
FROM ends WHERE last_number <> last_deed OR hash <> last_hash
"""
