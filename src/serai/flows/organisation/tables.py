"""The SQL of what bookings and books say against moves."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import VALUE_PREFIX
from serai.cloud import Organisation
from serai.core import Database, slot_of
from serai.flows.times import today_at
from serai.ledger import MOST_STEPS, Limit
from serai.logistics import Resource

LAST_BOOKED = """
SELECT store_id, (
    SELECT max(placed_at) FROM bookings AS b WHERE b.store_id = asked.store_id
) AS placed_at
FROM unnest(%(stores)s::bigint[]) AS asked (store_id)
"""


SELLING = "SELECT DISTINCT store_id FROM offers WHERE store_id = ANY(%(stores)s)"

# What is promised or owed for a store in a book, and is still to end there.
OPEN = """
SELECT DISTINCT l.state AS what
FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id AND b.entity_id = %(book)s
WHERE l.store_id = %(store)s AND l.state IN ('held', 'paying', 'confirmed')
UNION
SELECT DISTINCT a.role
FROM unnest(%(units)s::text[], %(holders)s::bigint[]) AS k (unit, holder)
JOIN all_accounts AS a ON a.book = %(book)s AND a.unit = k.unit AND a.holder = k.holder
WHERE a.role IN ('deposits', 'guest_receivable', 'on_the_books', 'sold')
    AND (a.debits_posted <> a.credits_posted OR a.debits_pending + a.credits_pending > 0)
ORDER BY 1
"""

# Bookings that go over with their store: confirmed ones, and those that a guest still owes for;
# none of which is held or being paid.
BOOKINGS_OPEN = """
SELECT b.id AS booking_id, b.order_id, b.version FROM bookings AS b
WHERE b.store_id = %(store)s AND b.entity_id = %(book)s
    AND NOT EXISTS (SELECT FROM lines AS l
        WHERE l.booking_id = b.id AND l.order_id = b.order_id AND l.state IN ('held', 'paying'))
    AND b.id IN (
        SELECT l.booking_id FROM lines AS l
        WHERE l.store_id = %(store)s AND l.state = 'confirmed'
        UNION
        SELECT t.booking_id
        FROM all_accounts AS a
        JOIN bookings AS o ON o.store_id = %(store)s AND o.entity_id = %(book)s
        JOIN transfers AS t ON t.order_id = o.order_id AND t.booking_id = o.id
            AND a.id IN (t.debit_account, t.credit_account) AND t.kind IN ('posted', 'post')
        WHERE a.book = %(book)s AND a.unit = %(currency)s AND a.holder = %(store)s
            AND a.role = 'guest_receivable' AND a.debits_posted <> a.credits_posted
        GROUP BY t.booking_id
        HAVING sum(CASE WHEN t.debit_account = a.id THEN t.amount ELSE -t.amount END) <> 0
    )
ORDER BY b.id LIMIT 200
"""

# What is booked in a book and not charged yet, by what is taxed alike.
TAXED = """
SELECT c.tax_class, c.service_date, min(b.number) AS number
FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id AND b.entity_id = %(book)s
JOIN charges AS c ON c.order_id = l.order_id AND c.line_id = l.id
WHERE l.store_id = %(store)s AND l.state = 'confirmed'
GROUP BY 1, 2 ORDER BY 2, 1
"""

# A need is carried by four transfers at most, a line's money by eight.
BOOKINGS_LARGE = """
SELECT b.id AS booking_id, b.order_id, b.version
FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id AND b.entity_id = %(book)s
WHERE l.store_id = %(store)s AND l.state = 'confirmed'
GROUP BY b.id, b.order_id, b.version
HAVING sum(4 * jsonb_array_length(l.needs) + 8) > %(most)s
ORDER BY b.id
"""

UNITS_USED = """
SELECT (need->>'resource_id')::bigint AS resource_id, (need->>'slot')::bigint AS slot,
    sum((need->>'quantity')::bigint)::bigint AS quantity
FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id AND b.entity_id = %(book)s
CROSS JOIN LATERAL jsonb_array_elements(l.needs) AS need
WHERE l.store_id = %(store)s AND l.state IN ('fulfilled', 'not_shown')
    AND l.first_day + l.length >= %(today)s AND need->>'kind' <> 'stock'
    AND (need->>'slot')::bigint >= %(first_slot)s
GROUP BY 1, 2 ORDER BY 2, 1
"""

UNSETTLED = """
SELECT DISTINCT state FROM lines WHERE store_id = %(store)s AND state IN ('held', 'paying')
ORDER BY state
"""

# A move that was left half-way has put bookings into the book of a third company.
ELSEWHERE = """
SELECT DISTINCT e.code FROM lines AS l JOIN bookings AS b ON b.id = l.booking_id
JOIN entities AS e ON e.id = b.entity_id
WHERE l.store_id = %(store)s AND l.state = 'confirmed' AND b.entity_id <> ALL(%(books)s::bigint[])
ORDER BY e.code
"""

# What a store has in a book, and takes along: its cash, its goods, what is owed for them.
STANDING = """
SELECT a.unit, a.holder, a.role, a.account_limit, a.debits_posted - a.credits_posted AS debit
FROM unnest(%(units)s::text[], %(holders)s::bigint[]) AS k (unit, holder)
JOIN all_accounts AS a ON a.book = %(book)s AND a.unit = k.unit AND a.holder = k.holder
WHERE a.role IN ('till', 'inventory', 'goods_received')
    OR (a.role = 'available' AND a.unit LIKE 'stock:%%')
ORDER BY a.id
"""


class Open(Struct, frozen=True):
    """A booking that is to go over, as it was when it was found."""

    booking_id: int
    order_id: int
    version: int


class Taxed(Struct, frozen=True):
    """A class of tax that something booked bears on a day; the number of one such booking."""

    tax_class: str
    service_date: date
    number: str


class Used(Struct, frozen=True):
    """How much of a resource was used up in a slot."""

    resource_id: int
    slot: int
    quantity: int


class Standing(Struct, frozen=True):
    """An account of a store with its balance, debits less credits."""

    unit: str
    holder: int
    role: str
    account_limit: Limit
    debit: int


class _Last(Struct, frozen=True):
    store_id: int
    placed_at: datetime | None


async def last_booked(
    database: Database, organisation: Organisation, store_ids: Sequence[int]
) -> dict[int, date]:
    """The business date of the last booking of each of these stores that has any."""
    if not store_ids:
        return {}
    rows = await database.all(_Last, LAST_BOOKED, stores=list(store_ids))
    return {
        row.store_id: today_at(organisation.stores[row.store_id], row.placed_at)
        for row in rows
        if row.placed_at is not None
    }


async def selling(database: Database, store_ids: Sequence[int]) -> frozenset[int]:
    """Those of the stores that have anything on sale."""
    return frozenset(await database.column(SELLING, stores=list(store_ids)))


class Keys(Struct, frozen=True):
    """Under which units and holders a store's accounts are kept in a book."""

    book: int
    units: tuple[str, ...]
    holders: tuple[int, ...]


def keys_of(book: int, currency: str, store_id: int, resources: Sequence[Resource]) -> Keys:
    """Where a store's accounts are found: by itself, and by what it has."""
    pairs = [(currency, store_id), (f"{VALUE_PREFIX}{currency}", store_id)]
    for resource in resources:
        pairs += [(resource.unit, resource.id), (currency, resource.id)]
    units, holders = zip(*pairs, strict=True)
    return Keys(book, units, holders)


async def bookings_open(database: Database, store_id: int, book: int, currency: str) -> list[Open]:
    """Some of the bookings of a store that would go over from a book, the oldest first."""
    return await database.all(Open, BOOKINGS_OPEN, store=store_id, book=book, currency=currency)


async def bookings_large(database: Database, store_id: int, book: int) -> list[Open]:
    """The bookings of a store in a book that may be too large to go over in one step."""
    return await database.all(Open, BOOKINGS_LARGE, store=store_id, book=book, most=MOST_STEPS)


async def taxed(database: Database, store_id: int, book: int) -> list[Taxed]:
    """What taxes are agreed in a store's bookings that a book still has to charge."""
    return await database.all(Taxed, TAXED, store=store_id, book=book)


async def units_used(database: Database, store_id: int, book: int, today: date) -> list[Used]:
    """What a store's guests have used up of slots of `today` and later, in a book."""
    return await database.all(
        Used, UNITS_USED, store=store_id, book=book, today=today, first_slot=slot_of(today)
    )


async def unsettled(database: Database, store_id: int) -> list[str]:
    """Whether lines of a store are held or being paid."""
    return await database.column(UNSETTLED, store=store_id)


async def booked_elsewhere(database: Database, store_id: int, books: Sequence[int]) -> list[str]:
    """The companies in whose books something of a store is booked, other than these."""
    return await database.column(ELSEWHERE, store=store_id, books=list(books))


async def open_in_book(database: Database, keys: Keys, store_id: int) -> list[str]:
    """What of a store is still open in a book: states of lines and roles of accounts."""
    return await database.column(
        OPEN, store=store_id, book=keys.book, units=list(keys.units), holders=list(keys.holders)
    )


async def standing_in_book(database: Database, keys: Keys) -> list[Standing]:
    """What a store has in a book, and would take along."""
    return await database.all(
        Standing, STANDING, book=keys.book, units=list(keys.units), holders=list(keys.holders)
    )
