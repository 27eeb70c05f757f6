"""Who buys: people, companies and agents."""

from serai.customers.details import (
    Details,
    DetailsChange,
    Document,
    DocumentKind,
    Email,
    Phone,
    ShownDetails,
    read_document,
    read_email,
    read_phone,
    shown,
)
from serai.customers.introductions import (
    IntroducedAs,
    Recognition,
    are_theirs,
    introduced_on,
    introductions,
    tries_in_vain,
)
from serai.customers.numbers import customer_called, customer_number, customer_numbered
from serai.customers.people import Customer
from serai.customers.sealed_details import SealedDetails, open_details, seal_details
from serai.customers.tables import TABLES, find_customers, read_customers
from serai.customers.tables_details import (
    find_by_detail,
    keys_in_use,
    read_details,
    rows_by_key,
    sealed_by,
    sealed_details,
)

__all__ = [
    "TABLES",
    "Customer",
    "Details",
    "DetailsChange",
    "Document",
    "DocumentKind",
    "Email",
    "IntroducedAs",
    "Phone",
    "Recognition",
    "SealedDetails",
    "ShownDetails",
    "are_theirs",
    "customer_called",
    "customer_number",
    "customer_numbered",
    "find_by_detail",
    "find_customers",
    "introduced_on",
    "introductions",
    "keys_in_use",
    "open_details",
    "read_customers",
    "read_details",
    "read_document",
    "read_email",
    "read_phone",
    "rows_by_key",
    "seal_details",
    "sealed_by",
    "sealed_details",
    "shown",
    "tries_in_vain",
]
