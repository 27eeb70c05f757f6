"""The merchants' SQL."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec import Struct, structs

from serai.core import Database
from serai.ledger import Table
from serai.merchants.carrying import CarriedBooking
from serai.merchants.offers import Offer, Product, RatePlan, Terms
from serai.merchants.orders import (
    STATES,
    Booking,
    Charge,
    Line,
    LineState,
    Order,
    OrderFile,
    OrderSummary,
    order_number,
    order_numbered,
)

TABLES = (
    Table("products", Product),
    Table("rate_plans", RatePlan),
    Table("offers", Offer),
    Table("terms", Terms),
    Table("orders", Order),
    Table("bookings", Booking),
    Table("lines", Line),
    Table("charges", Charge),
    Table("carried_bookings", CarriedBooking),
)


def _columns(kind: type[Struct]) -> str:
    return ", ".join(kind.__struct_fields__)


_OFFER = f"SELECT {_columns(Offer)} FROM offers "  # noqa: S608 - names of our own fields
_PRODUCT = f"SELECT {_columns(Product)} FROM products "  # noqa: S608 - as above
_PLAN = f"SELECT {_columns(RatePlan)} FROM rate_plans "  # noqa: S608 - as above
_TERMS = f"SELECT {_columns(Terms)} FROM terms "  # noqa: S608 - as above
_ORDER = f"SELECT {_columns(Order)} FROM orders "  # noqa: S608 - as above
_BOOKING = f"SELECT {_columns(Booking)} FROM bookings "  # noqa: S608 - as above
_LINE = f"SELECT {_columns(Line)} FROM lines "  # noqa: S608 - as above
_CHARGE = f"SELECT {_columns(Charge)} FROM charges "  # noqa: S608 - as above

OFFERS_BY_ID = _OFFER + "WHERE id = ANY(%(ids)s)"
OFFERS_OF_STORES = _OFFER + "WHERE store_id = ANY(%(stores)s) ORDER BY id"
PRODUCTS_BY_ID = _PRODUCT + "WHERE id = ANY(%(ids)s)"
PLANS_BY_ID = _PLAN + "WHERE id = ANY(%(ids)s)"
TERMS_OF_STORES = _TERMS + "WHERE store_id = ANY(%(stores)s) ORDER BY id"
ORDERS_BY_ID = _ORDER + "WHERE id = ANY(%(orders)s)"
BOOKINGS_OF_ORDERS = _BOOKING + "WHERE order_id = ANY(%(orders)s) ORDER BY id"
LINES_OF_ORDERS = _LINE + "WHERE order_id = ANY(%(orders)s) ORDER BY id"
CHARGES_OF_ORDERS = _CHARGE + "WHERE order_id = ANY(%(orders)s) ORDER BY service_date, id"
BOOKING_NUMBERS = """
SELECT id, order_id, number, store_id, first_day FROM bookings WHERE id = ANY(%(ids)s)
"""
ORDERS_SEEN = "SELECT DISTINCT order_id FROM bookings WHERE order_id = ANY(%(orders)s)"
# By the bookings: whoever sees a part of an order does not see the order itself.
ORDERS_NUMBERED = """
SELECT order_id FROM bookings WHERE order_id = %(order)s
UNION SELECT order_id FROM bookings WHERE number = %(number)s
"""
# One statement, and so one moment: every deed about an order reads it whole.
ORDER_FILE = """
SELECT json_build_object(
    'order', row_to_json(o),
    'bookings', (SELECT json_agg(b ORDER BY b.id) FROM bookings AS b WHERE b.order_id = o.id),
    'lines', (SELECT json_agg(l ORDER BY l.id) FROM lines AS l WHERE l.order_id = o.id),
    'charges', (SELECT coalesce(json_agg(c ORDER BY c.service_date, c.id), '[]')
        FROM charges AS c WHERE c.order_id = o.id)
)::text
FROM orders AS o WHERE o.id = %(order)s
"""
# When the first hold of those lines runs out that are seen and held.
_HELD_UNTIL = """
SELECT min(t.deadline) FROM lines AS l
JOIN transfers AS t ON t.order_id = l.order_id AND t.line_id = l.id
WHERE l.order_id = own.order_id AND l.state = 'held'
    AND t.order_id <> 0 AND t.kind = 'pending'  -- as the index on orders has it
    AND NOT EXISTS (SELECT FROM endings AS e WHERE e.pending_id = t.id)
"""
# What the bookings that somebody sees of an order say of it, and the order itself if they see it.
_HEADER = f"""
SELECT own.order_id AS id, own.number, own.customer_id, own.channel, own.agent_id, own.currency,
    coalesce(o.amount_minor, own.amount_minor) AS amount_minor, own.placed_at,
    coalesce(o.held_until, ({_HELD_UNTIL})) AS held_until, own.stores
FROM (
    SELECT min(b.order_id) AS order_id, regexp_replace(min(b.number), '-[^-]*$', '') AS number,
        min(b.customer_id) AS customer_id, min(b.channel) AS channel, min(b.agent_id) AS agent_id,
        min(b.currency) AS currency, sum(b.amount_minor)::bigint AS amount_minor,
        min(b.placed_at) AS placed_at, array_agg(b.store_id ORDER BY b.id) AS stores
    FROM bookings AS b WHERE b.order_id = {{order}} HAVING count(*) > 0
) AS own LEFT JOIN orders AS o ON o.id = own.order_id
"""  # noqa: S608 - statements of this file
ORDER_PART = ORDER_FILE.replace(
    "FROM orders AS o WHERE o.id = %(order)s", f"FROM ({_HEADER.format(order='%(order)s')}) AS o"
)
_FILE = msgspec.json.Decoder(OrderFile)
OVERDUE_ORDERS = """
SELECT l.order_id
FROM lines AS l JOIN orders AS o ON o.id = l.order_id
WHERE l.state = 'held' AND o.held_until <= %(moment)s
GROUP BY l.order_id, o.held_until ORDER BY o.held_until LIMIT %(most)s
"""

OFFERS_FOUND = f"""
SELECT {", ".join(f"o.{field}" for field in Offer.__struct_fields__)}
FROM offers AS o JOIN products AS p ON p.id = o.product_id
WHERE o.id > %(after)s
    AND (%(stores)s::bigint[] IS NULL OR o.store_id = ANY(%(stores)s))
    AND (%(segment)s::text IS NULL OR p.segment = %(segment)s)
    AND (%(day)s::date IS NULL OR (o.since <= %(day)s AND %(day)s < o.until))
    AND (%(text)s::text IS NULL OR o.store_id = ANY(%(named)s)
        OR strpos(lower(p.name_en), lower(%(text)s)) > 0 OR strpos(p.name_zh, %(text)s) > 0)
ORDER BY o.id LIMIT %(most)s
"""  # noqa: S608 - names of our own fields

_SUMMARIES = f"""
SELECT {", ".join(f"o.{field}" for field in Order.__struct_fields__ if field != "version")},
    ARRAY(SELECT b.store_id FROM bookings AS b WHERE b.order_id = o.id ORDER BY b.id) AS stores,
    ARRAY(SELECT DISTINCT l.state FROM lines AS l WHERE l.order_id = o.id) AS states
FROM orders AS o WHERE true
"""  # noqa: S608 - as above
# The newest first, and no more of them than are wanted, before anything else is asked of them.
_PARTS = """
SELECT o.*, ARRAY(SELECT DISTINCT l.state FROM lines AS l WHERE l.order_id = o.id) AS states
FROM (
    SELECT DISTINCT b.placed_at, b.order_id FROM bookings AS b WHERE true {narrowed}
    ORDER BY b.placed_at DESC, b.order_id DESC LIMIT %(most)s
) AS p CROSS JOIN LATERAL ({header}) AS o
ORDER BY o.placed_at DESC, o.id DESC
"""
_PARTS_NARROWED = {
    "before": "AND (b.placed_at, b.order_id) < (%(before)s, %(before_id)s)\n",
    "since": "AND b.placed_at >= %(since)s\n",
    "until": "AND b.placed_at < %(until)s\n",
    "customer": "AND b.customer_id = %(customer)s\n",
    "channel": "AND b.channel = %(channel)s\n",
    "store": "AND b.store_id = %(store)s\n",
    "stores": "AND b.store_id = ANY(%(stores)s)\n",
    "brand": "AND b.brand_id = %(brand)s\n",
    "city": "AND b.city_id = %(city)s\n",
}
_NARROWED = {
    "before": "AND (o.placed_at, o.id) < (%(before)s, %(before_id)s)\n",
    "since": "AND o.placed_at >= %(since)s\n",
    "until": "AND o.placed_at < %(until)s\n",
    "customer": "AND o.customer_id = %(customer)s\n",
    "channel": "AND o.channel = %(channel)s\n",
    "store": "AND EXISTS (SELECT FROM bookings AS b"
    " WHERE b.order_id = o.id AND b.store_id = %(store)s)\n",
    "brand": "AND EXISTS (SELECT FROM bookings AS b"
    " WHERE b.order_id = o.id AND b.brand_id = %(brand)s)\n",
    "city": "AND EXISTS (SELECT FROM bookings AS b"
    " WHERE b.order_id = o.id AND b.city_id = %(city)s)\n",
}
"""Each narrows the orders when it is asked for; written apart, so that each can use its index."""
_LATEST_FIRST = "ORDER BY o.placed_at DESC, o.id DESC LIMIT %(most)s"
_HAS_LINE = "EXISTS (SELECT FROM lines AS l WHERE l.order_id = {order} AND l.state IN ({states}))"


class BookingNumber(Struct, frozen=True):
    """By what a booking is known: its number, its order, its store and its first day."""

    id: int
    order_id: int
    number: str
    store_id: int
    first_day: date


class OrdersWanted(Struct, frozen=True, kw_only=True):
    """Which orders are looked for: what is None narrows nothing.

    Placed from `since` up to but not including `until`; `before` and `before_id` are those of the
    last order of the page before. `stores` are all those of which anything is to be seen: they
    change nothing, but an index finds them.
    """

    state: LineState | None = None
    store: int | None = None
    stores: list[int] | None = None
    brand: int | None = None
    city: int | None = None
    customer: int | None = None
    channel: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: datetime | None = None
    before_id: int | None = None


async def read_offers(database: Database, ids: Sequence[int]) -> dict[int, Offer]:
    """The offers of those ids that exist."""
    found = await database.all(Offer, OFFERS_BY_ID, ids=list(ids))
    return {offer.id: offer for offer in found}


async def offers_of(database: Database, store_ids: Sequence[int]) -> list[Offer]:
    """Every offer of the stores."""
    return await database.all(Offer, OFFERS_OF_STORES, stores=list(store_ids))


async def find_offers(
    database: Database,
    *,
    stores: Sequence[int] | None = None,
    named: Sequence[int] = (),
    segment: str | None = None,
    text: str | None = None,
    day: date | None = None,
    after: int = 0,
    most: int = 100,
) -> list[Offer]:
    """Offers by id, from the one after `after` on: of `stores`, of products of a segment, on sale
    on a day, of products whose name holds `text` (or of stores that are `named` so)."""
    return await database.planned_anew().all(
        Offer, OFFERS_FOUND, stores=None if stores is None else list(stores), named=list(named),
        segment=segment, text=text, day=day, after=after, most=most,
    )  # fmt: skip


async def read_products(database: Database, ids: Sequence[int]) -> dict[int, Product]:
    """The products of those ids that exist."""
    found = await database.all(Product, PRODUCTS_BY_ID, ids=list(ids))
    return {product.id: product for product in found}


async def read_plans(database: Database, ids: Sequence[int]) -> dict[int, RatePlan]:
    """The rate plans of those ids that exist."""
    found = await database.all(RatePlan, PLANS_BY_ID, ids=list(ids))
    return {plan.id: plan for plan in found}


async def read_terms(database: Database, store_ids: Sequence[int]) -> list[Terms]:
    """The commercial agreements of the stores, past and present."""
    return await database.all(Terms, TERMS_OF_STORES, stores=list(store_ids))


async def read_order(database: Database, order_id: int) -> OrderFile | None:
    """An order with everything that belongs to it, or None when there is no such order; to whoever
    sees a part of its bookings only, it is that part."""
    wanted = ORDER_PART if database.is_narrowed else ORDER_FILE
    file = await database.value(wanted, order=order_id)
    return None if file is None else _FILE.decode(file)


async def read_orders(database: Database, order_ids: Sequence[int]) -> dict[int, OrderFile]:
    """Many orders at once, each with everything that belongs to it; those that exist."""
    orders = list(order_ids)
    bookings: dict[int, list[Booking]] = {}
    lines: dict[int, list[Line]] = {}
    charges: dict[int, list[Charge]] = {}
    for booking in await database.all(Booking, BOOKINGS_OF_ORDERS, orders=orders):
        bookings.setdefault(booking.order_id, []).append(booking)
    for line in await database.all(Line, LINES_OF_ORDERS, orders=orders):
        lines.setdefault(line.order_id, []).append(line)
    for charge in await database.all(Charge, CHARGES_OF_ORDERS, orders=orders):
        charges.setdefault(charge.order_id, []).append(charge)
    return {
        order.id: OrderFile(
            order,
            tuple(bookings.get(order.id, ())),
            tuple(lines.get(order.id, ())),
            tuple(charges.get(order.id, ())),
        )
        for order in await database.all(Order, ORDERS_BY_ID, orders=orders)
    }


async def booking_numbers(database: Database, ids: Sequence[int]) -> dict[int, BookingNumber]:
    """By what the bookings of those ids are known."""
    found = await database.all(BookingNumber, BOOKING_NUMBERS, ids=list(ids))
    return {booking.id: booking for booking in found}


async def orders_seen(database: Database, ids: Sequence[int]) -> list[int]:
    """Those of these orders of which any booking is seen."""
    return await database.column(ORDERS_SEEN, orders=list(ids))


async def order_numbers(database: Database, ids: Sequence[int]) -> dict[int, str]:
    """The numbers of those of these orders of which any booking is seen."""
    return {id: order_number(id) for id in await orders_seen(database, ids)}


async def find_orders(
    database: Database, wanted: OrdersWanted, most: int = 50
) -> list[OrderSummary]:
    """The orders that are wanted, latest first; of each, the part that is seen."""
    values = structs.asdict(wanted)
    asked = {name for name, value in values.items() if value is not None}
    if database.is_narrowed:
        narrowed = "".join(sql for name, sql in _PARTS_NARROWED.items() if name in asked)
        narrowed += _in_state("b.order_id", wanted.state)
        statement = _PARTS.format(narrowed=narrowed, header=_HEADER.format(order="p.order_id"))
    else:
        narrowed = "".join(sql for name, sql in _NARROWED.items() if name in asked)
        narrowed += _in_state("o.id", wanted.state)
        statement = _SUMMARIES + narrowed + _LATEST_FIRST
    return await database.all(OrderSummary, statement, most=most, **values)


def _in_state(order: str, state: LineState | None) -> str:
    """The condition that an order is in a state, if one is wanted. States are written out, not
    passed: most orders are in one and next to none in another, and no plan is good for both."""
    if state is None:
        return ""
    place = STATES.index(state)
    condition = "AND " + _HAS_LINE.format(order=order, states=f"'{STATES[place]}'")
    if earlier := STATES[:place]:
        states = ", ".join(f"'{other}'" for other in earlier)
        condition += " AND NOT " + _HAS_LINE.format(order=order, states=states)
    return condition + "\n"


async def orders_numbered(database: Database, text: str) -> list[int]:
    """The order that has this number, or a booking that has, if any of it is seen; digits alone are
    the last part of an order's number."""
    order = order_numbered(text)
    return await database.column(ORDERS_NUMBERED, order=order, number=text.upper())


async def overdue_orders(database: Database, moment: datetime, most: int = 500) -> list[int]:
    """Orders of which some hold has run out by `moment` and whose lines do not say so yet, the
    longest overdue first."""
    return await database.column(OVERDUE_ORDERS, moment=moment, most=most)
