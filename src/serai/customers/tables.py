"""The customers' SQL."""

from collections.abc import Sequence

from serai.core import Database
from serai.customers.introductions import INTRODUCTION_TABLES
from serai.customers.people import Customer
from serai.customers.tables_details import DETAILS_TABLES
from serai.ledger import Table

TABLES = (Table("customers", Customer), *DETAILS_TABLES, *INTRODUCTION_TABLES)

BY_ID = """
SELECT id, kind, code, name, country, registered_on FROM customers WHERE id = ANY(%(ids)s)
"""
BY_CODE = """
SELECT id, kind, code, name, country, registered_on FROM customers
WHERE code = ANY(%(codes)s) AND registered_on = %(node)s
"""


async def read_customers(database: Database, ids: Sequence[int]) -> dict[int, Customer]:
    """The customers of those ids that exist."""
    found = await database.all(Customer, BY_ID, ids=list(ids))
    return {customer.id: customer for customer in found}


async def find_customers(
    database: Database, codes: Sequence[str], registered_on: int = 0
) -> dict[str, Customer]:
    """The customers who were registered under those codes on a node, or by the group."""
    found = await database.all(Customer, BY_CODE, codes=list(codes), node=registered_on)
    return {customer.code: customer for customer in found}
