"""Customers: people, companies that pay, and agents who bring both."""

from typing import Literal

from msgspec import Struct


class Customer(Struct, frozen=True, kw_only=True):
    """Whoever may order, pay or bring an order; `code` is how they are known where they were
    registered: on a node, or (0) by the group."""

    id: int
    kind: Literal["person", "company", "agent"]
    code: str
    name: str
    country: str = ""
    registered_on: int = 0
