"""Who buys: people, companies and agents."""

from serai.customers.people import Customer
from serai.customers.tables import TABLES, find_customers, read_customers

__all__ = ["TABLES", "Customer", "find_customers", "read_customers"]
