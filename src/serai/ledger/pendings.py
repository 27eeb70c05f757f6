"""The pending transfers of an order, for the flow that will end them."""

from datetime import datetime

from msgspec import Struct

from serai.core import Database
from serai.ledger.accounts import Account, Limit
from serai.ledger.decision import Pending
from serai.ledger.tables import OPEN_PENDINGS_OF_ORDER
from serai.ledger.transfers import Belonging


class _Row(Struct, frozen=True):
    id: int
    book: int
    unit: str
    d_holder: int
    d_role: str
    d_slot: int
    d_limit: Limit
    c_holder: int
    c_role: str
    c_slot: int
    c_limit: Limit
    amount: int
    deadline: datetime | None
    booking_id: int
    line_id: int
    store_id: int
    placement_id: int


async def open_pendings(database: Database, order_id: int) -> list[Pending]:
    """What an order has pending, whether or not its deadline has passed, in the chain's order."""
    rows = await database.all(_Row, OPEN_PENDINGS_OF_ORDER, order=order_id)
    return [
        Pending(
            row.id,
            Account(row.book, row.unit, row.d_holder, row.d_role, row.d_slot, row.d_limit),
            Account(row.book, row.unit, row.c_holder, row.c_role, row.c_slot, row.c_limit),
            row.amount,
            row.deadline,
            Belonging(order_id, row.booking_id, row.line_id, row.store_id, row.placement_id),
        )
        for row in rows
    ]
