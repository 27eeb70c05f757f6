"""Rights: what somebody may do. Roles are made of them, and so are the scopes of keys."""

from typing import Literal, get_args

Right = Literal[
    "catalogue.read",
    "organisation.read",
    "organisation.write",
    "figures.read",
    "orders.read",
    "orders.write",
    "customers.read",
    "customers.personal",
    "customers.write",
    "books.read",
    "refunds.approve",
    "feeds.read",
    "feeds.write",
    "access.read",
    "access.write",
    "trail.read",
    "platform.read",
]
"""`catalogue` is what is on sale; `figures` are sums in which nobody is named; `customers.personal`
shows telephone numbers and the like, which others see masked; `access` is people, roles and keys;
`trail` is who did what; `platform` is how the machines are."""

RIGHTS: tuple[Right, ...] = get_args(Right)
EVERY_RIGHT: frozenset[Right] = frozenset(RIGHTS)
