"""The SQL of the audit of books against records; each statement of failures yields one line of
text a row.

What is found in the journal stands against what the records say it must be. Sums of an order's
transfers are taken by line; a payment's transfers have its id in the line's place.
"""
# ruff: noqa: S608 - statements are put together from constants of this file

OF_LINES = "SELECT count(*) FROM lines"

_DEPOSITED = """(l.guarantee = 'prepaid'
        AND (b.terms->>'kind' = 'principal' OR b.collector_id = b.platform_id))"""
_AGENT = "(b.terms->>'kind' = 'agent')"

# The book in which a line stands, or ended: that of its booking, or of the entity before.
_BOOK = """coalesce((SELECT c.from_id FROM carried_bookings AS c
        WHERE c.booking_id = b.id AND c.done @> to_jsonb(l.id) ORDER BY c.id LIMIT 1),
        b.entity_id)"""

_NEEDS = """
    SELECT l.id AS line_id, count(*) AS needs, sum((need->>'quantity')::bigint) AS quantity
    FROM lines AS l CROSS JOIN LATERAL jsonb_array_elements(l.needs) AS need
    GROUP BY l.id
"""


def _half_even(numerator: str) -> str:
    """A ten-thousandth of a whole number, rounded half-even."""
    return f"""(div({numerator}, 10000) + CASE
        WHEN mod({numerator}, 10000) * 2 > 10000 THEN 1
        WHEN mod({numerator}, 10000) * 2 = 10000 AND mod(div({numerator}, 10000), 2) = 1 THEN 1
        ELSE 0 END)"""


def _differences(facts: str, figures: str) -> str:
    """A failure for each figure of each line that is not what it should be."""
    return f"""
WITH facts AS MATERIALIZED ({facts})
SELECT format('line %%s of order %%s is %%s: %%s is %%s and should be %%s', id, order_id, state,
    figure, found, wanted)
FROM facts CROSS JOIN LATERAL (VALUES {figures}) AS figures (figure, found, wanted)
WHERE found IS DISTINCT FROM wanted
"""


# A hold that has run out is still `held` until somebody has looked; all of it runs out at once.
LINES_UNLIKE_THEIR_GOODS = _differences(
    f"""
    SELECT l.id, l.order_id, l.state, l.amount_minor::numeric AS amount,
        coalesce(n.needs, 0) AS needs, coalesce(n.quantity, 0) AS quantity,
        CASE WHEN l.state = 'held' AND coalesce(m.open, 0) = 0 THEN coalesce(m.run_out, 0)
            ELSE coalesce(m.open, 0) END AS held,
        coalesce(m.sold, 0) AS sold, coalesce(m.consumed, 0) AS consumed,
        coalesce(m.booked, 0) AS booked, coalesce(m.on_the_books, 0) AS on_the_books,
        coalesce(m.earned, 0) AS earned, coalesce(m.cancelled, 0) AS cancelled,
        coalesce(m.not_shown, 0) AS not_shown
    FROM lines AS l
    LEFT JOIN ({_NEEDS}) AS n ON n.line_id = l.id
    LEFT JOIN (
        SELECT t.line_id,
            count(*) FILTER (WHERE t.kind = 'pending' AND e.pending_id IS NULL) AS open,
            count(*) FILTER (WHERE e.kind = 'expired') AS run_out,
            sum(t.amount * ((c.role = 'sold')::int - (d.role = 'sold')::int))
                FILTER (WHERE t.kind IN ('posted', 'post')) AS sold,
            sum(t.amount) FILTER (WHERE c.role = 'consumed') AS consumed,
            sum(t.amount) FILTER (WHERE d.role = 'booked') AS booked,
            sum(t.amount * ((c.role = 'on_the_books')::int - (d.role = 'on_the_books')::int))
                AS on_the_books,
            sum(t.amount) FILTER (WHERE c.role = 'earned') AS earned,
            sum(t.amount) FILTER (WHERE c.role = 'cancelled') AS cancelled,
            sum(t.amount) FILTER (WHERE c.role = 'not_shown') AS not_shown
        FROM transfers AS t
        JOIN all_accounts AS d ON d.id = t.debit_account
        JOIN all_accounts AS c ON c.id = t.credit_account
        LEFT JOIN (SELECT pending_id, kind FROM endings) AS e
            ON e.pending_id = t.id AND t.kind = 'pending'
        WHERE t.line_id <> 0 AND d.unit LIKE '%%:%%'
        GROUP BY t.line_id
    ) AS m ON m.line_id = l.id
""",
    """
    ('goods held', held, CASE WHEN state IN ('held', 'paying') THEN needs ELSE 0 END),
    ('goods sold', sold, CASE WHEN state = 'confirmed' THEN quantity ELSE 0 END),
    ('goods consumed', consumed, CASE WHEN state = 'fulfilled' THEN quantity ELSE 0 END),
    ('value on the books', on_the_books, CASE WHEN state = 'confirmed' THEN amount ELSE 0 END),
    ('value earned', earned, CASE WHEN state = 'fulfilled' THEN amount ELSE 0 END),
    ('value not shown', not_shown, CASE WHEN state = 'not_shown' THEN amount ELSE 0 END),
    ('value cancelled', cancelled, CASE WHEN state = 'cancelled' AND booked > 0 THEN amount
        ELSE 0 END)
""",
)

LINES_UNLIKE_THEIR_MONEY = _differences(
    f"""
    SELECT l.id, l.order_id, l.state, l.amount_minor AS amount, l.fee_minor, l.cost_minor,
        {_DEPOSITED} AS deposited, {_AGENT} AS agent,
        coalesce(ch.tax, 0) AS tax,
        coalesce(m.deposits, 0) AS deposits, coalesce(m.charged, 0) AS charged,
        coalesce(m.charged_tax, 0) AS charged_tax, coalesce(m.fees, 0) AS fees,
        coalesce(m.payable, 0) AS payable, coalesce(m.payable_fees, 0) AS payable_fees,
        coalesce(m.owed, 0) AS owed, coalesce(m.cost, 0) AS cost
    FROM lines AS l
    JOIN bookings AS b ON b.id = l.booking_id
    LEFT JOIN (SELECT line_id, sum(tax_minor) AS tax FROM charges GROUP BY 1) AS ch
        ON ch.line_id = l.id
    LEFT JOIN (
        SELECT t.line_id,
            sum(t.amount * ((c.role = 'deposits')::int - (d.role = 'deposits')::int)) AS deposits,
            sum(t.amount) FILTER (WHERE c.role IN ('revenue', 'output_tax')
                AND t.reason = 'charge') AS charged,
            sum(t.amount) FILTER (WHERE c.role = 'output_tax' AND t.reason = 'charge')
                AS charged_tax,
            sum(t.amount) FILTER (WHERE c.role IN ('fee_revenue', 'output_tax')
                AND t.reason IN ('cancel', 'no_show')) AS fees,
            sum(t.amount) FILTER (WHERE c.role = 'store_payable' AND t.reason = 'charge')
                AS payable,
            sum(t.amount) FILTER (WHERE c.role = 'store_payable'
                AND t.reason IN ('cancel', 'no_show')) AS payable_fees,
            sum(t.amount * ((d.role = 'guest_receivable')::int
                - (c.role = 'guest_receivable')::int)) AS owed,
            sum(t.amount) FILTER (WHERE d.role = 'cost_of_sales') AS cost
        FROM transfers AS t
        JOIN all_accounts AS d ON d.id = t.debit_account
        JOIN all_accounts AS c ON c.id = t.credit_account
        WHERE t.line_id <> 0 AND t.kind IN ('posted', 'post') AND d.unit NOT LIKE '%%:%%'
        GROUP BY t.line_id
    ) AS m ON m.line_id = l.id
""",
    """
    ('the deposit', deposits, CASE WHEN state = 'confirmed' AND deposited THEN amount ELSE 0 END),
    ('what was charged', charged,
        CASE WHEN state = 'fulfilled' AND NOT agent THEN amount ELSE 0 END),
    ('the tax of what was charged', charged_tax,
        CASE WHEN state = 'fulfilled' AND NOT agent THEN tax ELSE 0 END),
    ('what was kept', fees, CASE WHEN NOT agent THEN fee_minor ELSE 0 END),
    ('what the seller is owed for it', payable,
        CASE WHEN state = 'fulfilled' AND agent AND deposited THEN amount ELSE 0 END),
    ('what the seller is owed of what was kept', payable_fees,
        CASE WHEN agent AND deposited THEN fee_minor ELSE 0 END),
    ('what the guest owes', owed, least(greatest(owed, 0),
        CASE WHEN agent OR deposited THEN 0 WHEN state = 'fulfilled' THEN amount
            ELSE fee_minor END)),
    ('the cost of the goods', cost,
        CASE WHEN state = 'fulfilled' AND NOT agent THEN cost_minor ELSE 0 END)
""",
)

# An agent owes commission on all that is earned and on what is kept of deposits, a principal on
# what is earned; an entity owes itself nothing. Each step is worked out once (OFFSET 0).
_BASE = f"""
    SELECT l.id, l.order_id, l.state, {_AGENT} AS agent,
        (b.terms->>'commission_bp')::numeric AS fee_bp,
        (b.terms->>'commission_tax_bp')::numeric AS tax_bp,
        CASE WHEN NOT {_AGENT} AND b.platform_id = {_BOOK} THEN 0
            WHEN l.state = 'fulfilled' THEN l.amount_minor
            WHEN {_AGENT} AND {_DEPOSITED} THEN l.fee_minor
            ELSE 0 END AS base
    FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
    OFFSET 0
"""
_WANTED = f"""
    SELECT *, {_half_even("(base * fee_bp)")} AS wanted_fee FROM ({_BASE}) AS based OFFSET 0
"""
_COMMISSION = f"""
    SELECT w.*, {_half_even("(w.wanted_fee * w.tax_bp)")} AS wanted_tax,
        coalesce(m.earned, 0) AS earned, coalesce(m.tax, 0) AS tax, coalesce(m.cost, 0) AS cost,
        coalesce(m.input_tax, 0) AS input_tax
    FROM ({_WANTED}) AS w
    LEFT JOIN (
        SELECT t.line_id,
            sum(t.amount) FILTER (WHERE c.role = 'commission_revenue') AS earned,
            sum(t.amount) FILTER (WHERE c.role = 'output_tax') AS tax,
            sum(t.amount) FILTER (WHERE d.role = 'commission_cost') AS cost,
            sum(t.amount) FILTER (WHERE d.role = 'input_tax') AS input_tax
        FROM transfers AS t
        JOIN all_accounts AS d ON d.id = t.debit_account
        JOIN all_accounts AS c ON c.id = t.credit_account
        WHERE t.line_id <> 0 AND t.reason = 'commission'
        GROUP BY t.line_id
    ) AS m ON m.line_id = w.id
"""
COMMISSION_UNLIKE_TERMS = _differences(
    _COMMISSION,
    """
    ('the commission', earned, wanted_fee), ('the tax on the commission', tax, wanted_tax),
    ('what the commission cost', cost, CASE WHEN agent THEN 0 ELSE wanted_fee END),
    ('the tax on that cost', input_tax, CASE WHEN agent THEN 0 ELSE wanted_tax END)
""",
)

OPEN_ITEMS_UNLIKE = f"""
WITH wanted AS (
    SELECT CASE WHEN {_AGENT} THEN b.platform_id ELSE b.entity_id END AS book,
        b.currency AS unit, b.store_id AS holder, 'deposits' AS role, sum(l.amount_minor) AS amount
    FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
    WHERE l.state = 'confirmed' AND {_DEPOSITED}
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT {_BOOK}, 'value:' || b.currency, b.store_id,
        CASE l.state WHEN 'confirmed' THEN 'on_the_books' WHEN 'fulfilled' THEN 'earned'
            ELSE 'not_shown' END, sum(l.amount_minor)
    FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
    WHERE l.state IN ('confirmed', 'fulfilled', 'not_shown')
    GROUP BY 1, 2, 3, 4
), found AS (
    SELECT book, unit, holder, role, credits_posted - debits_posted AS amount FROM all_accounts
    WHERE role IN ('deposits', 'on_the_books', 'earned', 'not_shown')
)
SELECT format('book %%s, %%s, %%s of store %%s: %%s, and its bookings come to %%s', book, unit,
    role, holder, coalesce(found.amount, 0), coalesce(wanted.amount, 0))
FROM wanted FULL JOIN found USING (book, unit, holder, role)
WHERE coalesce(found.amount, 0) <> coalesce(wanted.amount, 0)
"""
COUNT_OPEN_ITEMS = """
SELECT count(*) FROM all_accounts WHERE role IN ('deposits', 'on_the_books', 'earned', 'not_shown')
"""

_OWED = "'guest_receivable', 'company_receivable', 'store_payable', 'due_from_store'"
_OWED_BY = f"""
SELECT format('transfer %%s moves %%s of %%s of %%s for no booking of its store', t.id, t.amount,
    a.role, a.holder)
FROM transfers AS t
JOIN all_accounts AS a ON a.id = t.{{side}}_account AND a.role IN ({_OWED})
LEFT JOIN bookings AS b ON b.id = t.booking_id
WHERE b.id IS NULL OR b.order_id <> t.order_id OR b.store_id <> t.store_id
    OR a.holder <> CASE a.role WHEN 'company_receivable' THEN b.payer_id ELSE b.store_id END
"""
OWED_WITHOUT_BOOKING = _OWED_BY.format(side="debit") + "UNION ALL" + _OWED_BY.format(side="credit")
COUNT_OWED = f"SELECT count(*) FROM all_accounts WHERE role IN ({_OWED})"

SOLD_UNLIKE = """
WITH wanted AS (
    SELECT b.entity_id AS book, (need->>'resource_id')::bigint AS holder,
        sum((need->>'quantity')::bigint) FILTER (WHERE l.state = 'confirmed') AS sold,
        sum((need->>'quantity')::bigint) FILTER (WHERE l.state = 'paying') AS paying,
        sum((need->>'quantity')::bigint) FILTER (WHERE l.state IN ('held', 'paying')) AS held
    FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
    CROSS JOIN LATERAL jsonb_array_elements(l.needs) AS need
    WHERE l.state IN ('held', 'paying', 'confirmed')
    GROUP BY 1, 2
), found AS (
    SELECT book, holder, credits_posted - debits_posted AS sold, credits_pending AS held
    FROM all_accounts WHERE role = 'sold'
)
SELECT format('book %%s, resource %%s: %%s sold and %%s on hold; its bookings have %%s and from '
    '%%s to %%s', book, holder, coalesce(found.sold, 0), coalesce(found.held, 0),
    coalesce(wanted.sold, 0), coalesce(wanted.paying, 0), coalesce(wanted.held, 0))
FROM wanted FULL JOIN found USING (book, holder)
WHERE coalesce(found.sold, 0) <> coalesce(wanted.sold, 0)
    OR coalesce(found.held, 0) NOT BETWEEN coalesce(wanted.paying, 0) AND coalesce(wanted.held, 0)
"""
COUNT_SOLD = "SELECT count(*) FROM all_accounts WHERE role = 'sold'"

PAYMENTS_UNLIKE = """
SELECT format('%%s %%s of order %%s (%%s, %%s) moved %%s and has %%s on its way', p.kind, p.id,
    p.order_id, p.status, p.amount_minor, coalesce(m.moved, 0), coalesce(m.open, 0))
FROM payments AS p
LEFT JOIN (
    SELECT t.line_id AS payment_id, t.order_id, d.book, d.unit,
        sum(t.amount) FILTER (WHERE t.kind IN ('posted', 'post')) AS moved,
        sum(t.amount) FILTER (WHERE t.kind = 'pending' AND e.pending_id IS NULL) AS open,
        bool_and(CASE t.reason WHEN 'payment' THEN d.role = 'payment_clearing'
            ELSE c.role = 'payment_clearing' END) AS clears
    FROM transfers AS t
    JOIN all_accounts AS d ON d.id = t.debit_account
    JOIN all_accounts AS c ON c.id = t.credit_account
    LEFT JOIN endings AS e ON e.pending_id = t.id
    WHERE t.line_id <> 0 AND t.reason IN ('payment', 'refund')
    GROUP BY t.line_id, t.order_id, d.book, d.unit
) AS m ON m.payment_id = p.id AND m.order_id = p.order_id AND m.book = p.collector_id
    AND m.unit = p.currency AND m.clears
WHERE coalesce(m.moved, 0)
        <> CASE WHEN p.status IN ('succeeded', 'returned') THEN p.amount_minor ELSE 0 END
    OR coalesce(m.open, 0)
        <> CASE WHEN p.kind = 'refund' AND p.status IN ('asked', 'waiting') THEN p.amount_minor
            ELSE 0 END
UNION ALL
SELECT format('line %%s of order %%s is paying, and no payment is asked for it', l.id, l.order_id)
FROM lines AS l
WHERE l.state = 'paying' AND NOT EXISTS (
    SELECT FROM payments AS p
    WHERE p.order_id = l.order_id AND p.kind = 'payment' AND p.status = 'asked'
        AND p.lines @> to_jsonb(l.id)
)
"""
COUNT_PAYMENTS = "SELECT count(*) FROM payments"

# Money that came becomes deposits at once, or waits to go back; what the desks took by card is
# on the same account of the providers.
COLLECTED_UNLIKE = """
WITH wanted AS (
    SELECT collector_id AS book, currency AS unit,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'
            AND (status IN ('waiting', 'asked') OR status IN ('declined', 'refused')
                AND NOT EXISTS (SELECT FROM payments AS again WHERE again.again_of = payments.id))
            ), 0) AS waiting,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'payment'
            AND status IN ('succeeded', 'returned')), 0)
        - coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund' AND status = 'succeeded'), 0)
            AS cleared
    FROM payments GROUP BY 1, 2
), desks AS (
    SELECT d.book, d.unit, sum(t.amount) AS taken
    FROM transfers AS t JOIN all_accounts AS d ON d.id = t.debit_account
    WHERE d.role = 'payment_clearing' AND t.reason = 'desk'
    GROUP BY 1, 2
), found AS (
    SELECT book, unit,
        sum(credits_posted - debits_posted) FILTER (WHERE role = 'customer_money') AS waiting,
        sum(debits_posted - credits_posted) FILTER (WHERE role = 'payment_clearing') AS cleared
    FROM all_accounts WHERE role IN ('customer_money', 'payment_clearing')
    GROUP BY 1, 2
)
SELECT format('book %%s, %%s: customers'' money is %%s, and %%s waits to go back; providers owe '
    '%%s, and the payments come to %%s', book, unit, coalesce(found.waiting, 0),
    coalesce(wanted.waiting, 0), coalesce(found.cleared, 0),
    coalesce(wanted.cleared, 0) + coalesce(desks.taken, 0))
FROM wanted FULL JOIN found USING (book, unit) FULL JOIN desks USING (book, unit)
WHERE coalesce(found.waiting, 0) <> coalesce(wanted.waiting, 0)
    OR coalesce(found.cleared, 0) <> coalesce(wanted.cleared, 0) + coalesce(desks.taken, 0)
"""
COUNT_COLLECTED = """
SELECT count(*) FROM all_accounts WHERE role IN ('customer_money', 'payment_clearing')
"""

GOODS_OF_NO_COST = """
SELECT format('book %%s, store %%s: the inventory of goods is %%s', book, holder,
    debits_posted - credits_posted)
FROM all_accounts WHERE role = 'inventory' AND debits_posted < credits_posted
"""
COUNT_INVENTORIES = "SELECT count(*) FROM all_accounts WHERE role = 'inventory'"
