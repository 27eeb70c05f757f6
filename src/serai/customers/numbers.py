"""Customer numbers: how the whole house tells customers apart, whatever codes they have."""

import re

from serai.core import Database
from serai.customers.people import Customer
from serai.customers.tables import find_customers, read_customers

NUMBER = re.compile(r"[Cc]([0-9]{9,18})")


def customer_number(customer_id: int) -> str:
    """The number that stands on what a customer gets from us: C000001002."""
    return f"C{customer_id:09d}"


def customer_numbered(text: str) -> int | None:
    """The id that a customer number is made of, if it is one."""
    found = NUMBER.fullmatch(text)
    return int(found[1]) if found else None


async def customer_called(database: Database, text: str) -> Customer | None:
    """The customer of this number, or of this code of the group's own. Codes of others are theirs
    to know: two of them may be the same."""
    id = customer_numbered(text)
    if id is not None:
        return (await read_customers(database, [id])).get(id)
    codes = [text, text.upper()] if text.isprintable() else []
    found = await find_customers(database, codes)
    return next((found[code] for code in codes if code in found), None)
