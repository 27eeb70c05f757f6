"""Payments and refunds in words."""

from serai.capital import Payment


def payment_state(payment: Payment) -> str:
    """The word for where a payment or a refund stands."""
    return "second_person" if payment.status == "waiting" else payment.status
