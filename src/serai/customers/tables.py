"""The customers' SQL."""

from collections.abc import Sequence

from serai.core import Database
from serai.customers.introductions import INTRODUCTION_TABLES
from serai.customers.people import Customer
from serai.customers.tables_details import DETAILS_TABLES
from serai.ledger import Table

TABLES = (Table("customers", Customer), *DETAILS_TABLES, *INTRODUCTION_TABLES)

BY_ID = "SELECT id, kind, code, name, country FROM customers WHERE id = ANY(%(ids)s)"
BY_CODE = "SELECT id, kind, code, name, country FROM customers WHERE code = ANY(%(codes)s)"


async def read_customers(database: Database, ids: Sequence[int]) -> dict[int, Customer]:
    """The customers of those ids that exist."""
    found = await database.all(Customer, BY_ID, ids=list(ids))
    return {customer.id: customer for customer in found}


async def find_customers(database: Database, codes: Sequence[str]) -> dict[str, Customer]:
    """The customers of those codes that exist."""
    found = await database.all(Customer, BY_CODE, codes=list(codes))
    return {customer.code: customer for customer in found}
