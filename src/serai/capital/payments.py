"""Payments and refunds, as asked of a provider and answered by it."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

PaymentStatus = Literal["asked", "succeeded", "declined", "returned", "waiting", "refused"]
"""`returned`: the money came for an order that could no longer be confirmed, and goes back.

A refund may be `waiting` for a second person before it is asked for; refused by them it is no more,
and its money stays the customer's, as that of one that the provider has declined.
"""
REFUND_STATUSES: tuple[PaymentStatus, ...] = (
    "waiting", "asked", "succeeded", "declined", "refused"
)  # fmt: skip


class Payment(Struct, frozen=True, kw_only=True):
    """One request to a payment provider, and how it was answered.

    A `refund` pays back money that came by the payment `refund_of`, and has the placements of its
    lines for those who look after it; where nobody else had to agree, `let_out_by` are those who
    may have been behind it. One that was declined or refused may be asked for again by another,
    `again_of` it. `lines` are what is being paid for. `token` stands for the customer's means of
    payment at the provider.
    """

    id: int
    order_id: int
    kind: Literal["payment", "refund"]
    provider: str
    token: str
    currency: str
    amount_minor: int
    collector_id: int
    lines: tuple[int, ...]
    status: PaymentStatus
    asked_at: datetime
    answered_at: datetime | None = None
    provider_reference: str = ""
    refund_of: int = 0
    version: int = 1
    customer_id: int = 0
    placement_ids: tuple[int, ...] = ()
    let_out_by: tuple[int, ...] = ()
    again_of: int = 0
