"""The merchants' SQL."""

from collections.abc import Sequence

from msgspec import Struct

from serai.core import Database
from serai.ledger import Table
from serai.merchants.offers import Offer, Product, RatePlan, Terms
from serai.merchants.orders import Booking, Charge, Line, Order, OrderFile

TABLES = (
    Table("products", Product),
    Table("rate_plans", RatePlan),
    Table("offers", Offer),
    Table("terms", Terms),
    Table("orders", Order),
    Table("bookings", Booking),
    Table("lines", Line),
    Table("charges", Charge),
)


def _columns(kind: type[Struct]) -> str:
    return ", ".join(kind.__struct_fields__)


_OFFER = f"SELECT {_columns(Offer)} FROM offers "  # noqa: S608 - names of our own fields
_PRODUCT = f"SELECT {_columns(Product)} FROM products "  # noqa: S608
_PLAN = f"SELECT {_columns(RatePlan)} FROM rate_plans "  # noqa: S608
_TERMS = f"SELECT {_columns(Terms)} FROM terms "  # noqa: S608
_ORDER = f"SELECT {_columns(Order)} FROM orders "  # noqa: S608
_BOOKING = f"SELECT {_columns(Booking)} FROM bookings "  # noqa: S608
_LINE = f"SELECT {_columns(Line)} FROM lines "  # noqa: S608
_CHARGE = f"SELECT {_columns(Charge)} FROM charges "  # noqa: S608

OFFERS_BY_ID = _OFFER + "WHERE id = ANY(%(ids)s)"
OFFERS_OF_STORES = _OFFER + "WHERE store_id = ANY(%(stores)s) ORDER BY id"
PRODUCTS_BY_ID = _PRODUCT + "WHERE id = ANY(%(ids)s)"
PLANS_BY_ID = _PLAN + "WHERE id = ANY(%(ids)s)"
TERMS_OF_STORES = _TERMS + "WHERE store_id = ANY(%(stores)s) ORDER BY id"
ORDER_BY_ID = _ORDER + "WHERE id = %(order)s"
ORDER_BY_NUMBER = _ORDER + "WHERE number = %(number)s"
BOOKINGS_OF_ORDER = _BOOKING + "WHERE order_id = %(order)s ORDER BY id"
LINES_OF_ORDER = _LINE + "WHERE order_id = %(order)s ORDER BY id"
CHARGES_OF_ORDER = _CHARGE + "WHERE order_id = %(order)s ORDER BY service_date, id"
OVERDUE_ORDERS = """
SELECT DISTINCT l.order_id
FROM lines AS l JOIN orders AS o ON o.id = l.order_id
WHERE l.state = 'held' AND o.held_until <= %(moment)s
LIMIT %(most)s
"""


async def read_offers(database: Database, ids: Sequence[int]) -> dict[int, Offer]:
    """The offers of those ids that exist."""
    found = await database.all(Offer, OFFERS_BY_ID, ids=list(ids))
    return {offer.id: offer for offer in found}


async def offers_of(database: Database, store_ids: Sequence[int]) -> list[Offer]:
    """Every offer of the stores."""
    return await database.all(Offer, OFFERS_OF_STORES, stores=list(store_ids))


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
    """An order with everything that belongs to it, or None when there is no such order."""
    order = await database.one(Order, ORDER_BY_ID, order=order_id)
    if order is None:
        return None
    return OrderFile(
        order,
        tuple(await database.all(Booking, BOOKINGS_OF_ORDER, order=order_id)),
        tuple(await database.all(Line, LINES_OF_ORDER, order=order_id)),
        tuple(await database.all(Charge, CHARGES_OF_ORDER, order=order_id)),
    )


async def overdue_orders(database: Database, moment: object, most: int = 500) -> list[int]:
    """Orders whose hold has run out by `moment` and whose lines do not say so yet."""
    return await database.column(OVERDUE_ORDERS, moment=moment, most=most)
