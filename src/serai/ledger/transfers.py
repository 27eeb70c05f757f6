"""The steps of a chain: transfers, their endings, and openings."""

from datetime import date, datetime

from msgspec import Struct

from serai.ledger.accounts import Account


class Belonging(Struct, frozen=True, gc=False):
    """What a transfer belongs to; 0 where it belongs to none.

    `placement` says under which parents the store was, and so who sees the transfer.
    """

    order: int = 0
    booking: int = 0
    line: int = 0
    store: int = 0
    placement: int = 0


NOTHING = Belonging()


class Transfer(Struct, frozen=True, tag="transfer", kw_only=True, gc=False):
    """`amount` from `debit` to `credit`: posted at once, or pending until it is ended.

    A pending transfer with `timeout_seconds` above 0 expires so long after it is recorded.
    `reason` is the step of the flows that it is for (`hold`, `charge`, `commission`).
    `effective` and `business_date` are the proposal's where they are None.
    """

    debit: Account
    credit: Account
    amount: int
    reason: str
    pending: bool = False
    timeout_seconds: int = 0
    of: Belonging = NOTHING
    effective: datetime | None = None
    business_date: date | None = None


class Post(Struct, frozen=True, tag="post", kw_only=True, gc=False):
    """Ends the pending transfer `pending` by posting it: all of it, or `amount` of it."""

    pending: int
    amount: int | None = None
    reason: str = "post"
    effective: datetime | None = None
    business_date: date | None = None


class Void(Struct, frozen=True, tag="void", kw_only=True, gc=False):
    """Ends the pending transfer `pending` by giving everything back."""

    pending: int
    reason: str = "void"
    effective: datetime | None = None
    business_date: date | None = None


class Opening(Struct, frozen=True, tag="opening", kw_only=True, gc=False):
    """Puts a slot's capacity on its books on first touch, and does nothing from then on.

    `amount` moves from `source` to `account` when `account` has never been touched; so the one
    who proposes need not know whether somebody else was first.
    """

    account: Account
    source: Account
    amount: int
    of: Belonging = NOTHING


Step = Transfer | Post | Void | Opening
