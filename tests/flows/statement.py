"""What the books say, as small tables that a test can write down beside them."""

from datetime import date

from msgspec import Struct

from serai.core import Database, slot_of
from serai.core.postgres import DatabaseUrls
from serai.flows import audit

Money = dict[tuple[int, str], int]
"""Debits less credits by (book, role), in minor units; what is zero is left out."""

BALANCES = """
SELECT book, role, sum(debits_posted - credits_posted)::bigint AS posted,
    sum(debits_pending - credits_pending)::bigint AS pending
FROM accounts WHERE unit = %(unit)s GROUP BY book, role
"""
GOODS = """
SELECT role, sum(credits_posted - debits_posted)::bigint AS posted,
    sum(credits_pending - debits_pending)::bigint AS pending
FROM accounts WHERE holder = %(resource)s AND role <> 'goods_received' GROUP BY role
"""
LEFT = """
SELECT credits_posted - debits_posted - debits_pending FROM accounts
WHERE holder = %(resource)s AND role = 'available' AND slot = %(slot)s
"""
BY_DATE = """
SELECT t.business_date AS day, sum(t.amount)::bigint AS amount
FROM transfers AS t JOIN accounts AS c ON c.id = t.credit_account
WHERE c.role = %(role)s AND t.kind IN ('posted', 'post')
GROUP BY t.business_date
"""
EVENTS = "SELECT type FROM events WHERE order_id = %(order)s ORDER BY position"


class _Balance(Struct, frozen=True):
    posted: int
    pending: int
    role: str
    book: int = 0


class _Day(Struct, frozen=True):
    day: date
    amount: int


async def check(urls: DatabaseUrls) -> None:
    """Whatever must always hold does."""
    assert [finding for finding in await audit(urls.platform) if finding.failed] == []


async def money(database: Database, unit: str = "CNY") -> Money:
    rows = await database.all(_Balance, BALANCES, unit=unit)
    return {(row.book, row.role): row.posted for row in rows if row.posted}


async def pending_money(database: Database, unit: str = "CNY") -> Money:
    rows = await database.all(_Balance, BALANCES, unit=unit)
    return {(row.book, row.role): row.pending for row in rows if row.pending}


async def value(database: Database, currency: str = "CNY") -> dict[str, int]:
    """Agreed value by role, over all books; where it came from (`booked`) is left out."""
    found: dict[str, int] = {}
    for (_, role), balance in (await money(database, f"value:{currency}")).items():
        if role != "booked":
            found[role] = found.get(role, 0) - balance
    return {role: amount for role, amount in found.items() if amount}


async def goods(database: Database, resource: int) -> dict[str, int]:
    """What became of a resource, by role; what nobody has bought is left out."""
    rows = await database.all(_Balance, GOODS, resource=resource)
    unsold = ("source", "available")
    return {row.role: row.posted for row in rows if row.posted and row.role not in unsold}


async def held(database: Database, resource: int) -> int:
    """How many of a resource are pending to be sold."""
    rows = await database.all(_Balance, GOODS, resource=resource)
    return sum(row.pending for row in rows if row.role == "sold")


async def left(database: Database, resource: int, day: date, minute: int = 0) -> int | None:
    """What can be sold of a resource in a slot; None where nobody has touched it."""
    found: int | None = await database.value(LEFT, resource=resource, slot=slot_of(day, minute))
    return found


async def credited(database: Database, role: str) -> dict[date, int]:
    """What was credited to a role on each business date."""
    rows = await database.all(_Day, BY_DATE, role=role)
    return {row.day: row.amount for row in rows}


async def told(database: Database, order: int) -> list[str]:
    """The types of an order's events, in their order."""
    return await database.column(EVENTS, order=order)
