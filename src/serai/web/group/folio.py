"""A folio: what a booking's payer has paid and still owes, read from the books."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from serai.ledger import JournalRow
from serai.merchants import Booking

OWED_BY_GUESTS = "guest_receivable"
PAID_AHEAD = "deposits"


class Settlement(Struct, frozen=True):
    """Money that came for a booking (or went back, when negative), and through which account."""

    through: str
    business_date: date
    amount_minor: int
    reason: str
    transfer_id: int


class Folio(Struct, frozen=True):
    """What was settled, what is still owed, and what still stands as a deposit."""

    currency: str
    payer_id: int
    settlements: tuple[Settlement, ...]
    owed_minor: int
    deposit_minor: int

    @property
    def settled_minor(self) -> int:
        """Everything that came, less what went back."""
        return sum(one.amount_minor for one in self.settlements)


def folio_of(booking: Booking, journal: Sequence[JournalRow]) -> Folio:
    """The folio of a booking from the transfers that belong to it.

    A deposit that becomes revenue is not money that comes: it came when it was paid ahead.
    """
    posted = [
        row for row in journal if row.unit == booking.currency and row.kind in ("posted", "post")
    ]
    owed = _balance(posted, OWED_BY_GUESTS)
    settlements = []
    for row in posted:
        if row.credit_role == OWED_BY_GUESTS and row.debit_role != PAID_AHEAD:
            settlements.append(_settlement(row, row.debit_role, row.amount))
        elif row.credit_role == PAID_AHEAD:
            settlements.append(_settlement(row, PAID_AHEAD, row.amount))
        elif row.debit_role == PAID_AHEAD and row.credit_role in ("due_from", "customer_money"):
            settlements.append(_settlement(row, PAID_AHEAD, -row.amount))
    return Folio(
        currency=booking.currency,
        payer_id=booking.payer_id,
        settlements=tuple(settlements),
        owed_minor=owed,
        deposit_minor=-_balance(posted, PAID_AHEAD),
    )


def _balance(rows: Sequence[JournalRow], role: str) -> int:
    """Debits less credits of a role."""
    debits = sum(row.amount for row in rows if row.debit_role == role)
    return debits - sum(row.amount for row in rows if row.credit_role == role)


def _settlement(row: JournalRow, through: str, amount_minor: int) -> Settlement:
    return Settlement(through, row.business_date, amount_minor, row.reason, row.id)
