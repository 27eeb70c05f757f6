"""Accounts: who holds how much of which unit in which book."""

from typing import Final, Literal, get_args

from msgspec import Struct

Limit = Literal["none", "debits", "credits"]
"""`debits`: debits must not exceed credits (rooms, wallets). `credits`: the other way round."""

LIMITS: Final[tuple[Limit, ...]] = get_args(Limit)


class Account(Struct, frozen=True, cache_hash=True, gc=False):
    """The natural key of an account; it opens in the chain that first touches it.

    `book` is the legal entity whose accounts these are, `holder` the id of whatever the account
    is kept for (a store, a resource, a customer, another entity), `role` what it is for
    (`available`, `sold`, `deposits`), `slot` a piece of time or a lot where the unit has one.
    `limit` belongs to the role and is written down when the account opens.
    """

    book: int
    unit: str
    holder: int
    role: str
    slot: int = 0
    limit: Limit = "none"

    def key(self) -> tuple[int, str, int, str, int]:
        """What names an account; its limit does not."""
        return self.book, self.unit, self.holder, self.role, self.slot


class Balances(Struct, frozen=True, gc=False):
    """The four sums of an account, each 0 to 2^63 - 1 in the unit's smallest part."""

    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0


EMPTY = Balances()
