"""Customers: people, companies that pay, and agents who bring both."""

from typing import Literal

from msgspec import Struct


class Customer(Struct, frozen=True, kw_only=True):
    """Whoever may order, pay or bring an order; `code` is how the house knows them."""

    id: int
    kind: Literal["person", "company", "agent"]
    code: str
    name: str
    country: str = ""
