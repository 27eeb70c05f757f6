"""Ties: what must be equal in an order, with both sides, read from its records and its journal."""

from collections import defaultdict
from collections.abc import Sequence

from msgspec import Struct

from serai.capital import VALUE_PREFIX, Payment
from serai.flows.agreement import deal_of
from serai.ledger import JournalRow
from serai.merchants import Line, OrderFile

MOVED = ("posted", "post")
"""Kinds of journal rows that move something for good."""


class RoleBalance(Struct, frozen=True):
    """What an order has moved in a role of a book, and by which transfers."""

    book: int
    unit: str
    role: str
    debits: int
    credits: int
    transfers: tuple[int, ...]

    @property
    def balance(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


class Tie(Struct, frozen=True, kw_only=True):
    """Two figures of an order that must be equal; `book` is 0 where it is about all of them."""

    name: str
    unit: str
    left: int
    right: int
    book: int = 0

    @property
    def holds(self) -> bool:
        """Whether they are."""
        return self.left == self.right


def role_balances(journal: Sequence[JournalRow]) -> tuple[RoleBalance, ...]:
    """What an order has moved for good, by book, unit and role."""
    debits: dict[tuple[int, str, str], int] = defaultdict(int)
    credits: dict[tuple[int, str, str], int] = defaultdict(int)
    moved: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    for row in journal:
        if row.kind not in MOVED:
            continue
        debit = (row.book, row.unit, row.debit_role)
        credit = (row.book, row.unit, row.credit_role)
        debits[debit] += row.amount
        credits[credit] += row.amount
        moved[debit].append(row.id)
        moved[credit].append(row.id)
    return tuple(
        RoleBalance(*key, debits[key], credits[key], tuple(ids))
        for key, ids in sorted(moved.items())
    )


def ties(
    file: OrderFile, payments: Sequence[Payment], journal: Sequence[JournalRow]
) -> tuple[Tie, ...]:
    """Everything that ties an order together."""
    order = file.order
    amounts = {
        "order_is_its_bookings": sum(booking.amount_minor for booking in file.bookings),
        "order_is_its_lines": sum(line.amount_minor for line in file.lines),
        "order_is_its_charges": sum(charge.amount_minor for charge in file.charges),
        "order_is_what_became_of_it": _became(file, journal),
    }
    return (
        *(
            Tie(name=name, unit=order.currency, left=order.amount_minor, right=amount)
            for name, amount in amounts.items()
        ),
        *_balanced(journal),
        _paid(order.currency, payments, journal),
        _taxed(file, journal),
    )


def _became(file: OrderFile, journal: Sequence[JournalRow]) -> int:
    """What was earned, cancelled, not shown or is on the books, by the journal, and what never
    was on them, by the records."""
    value = VALUE_PREFIX + file.order.currency
    agreed = sum(
        balance.credits - balance.debits
        for balance in role_balances(journal)
        if balance.unit == value and balance.role != "booked"
    )
    confirmed = {row.line_id for row in journal if row.unit == value}
    return agreed + sum(line.amount_minor for line in file.lines if line.id not in confirmed)


def _balanced(journal: Sequence[JournalRow]) -> list[Tie]:
    """Debits and credits of each currency in each book."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for balance in role_balances(journal):
        if ":" not in balance.unit:
            sums[balance.book, balance.unit][0] += balance.debits
            sums[balance.book, balance.unit][1] += balance.credits
    return [
        Tie(name="debits_are_credits", unit=unit, left=debits, right=credits, book=book)
        for (book, unit), (debits, credits) in sums.items()
    ]


def _paid(currency: str, payments: Sequence[Payment], journal: Sequence[JournalRow]) -> Tie:
    """What came in by payments and went out by refunds is what providers owe for the order."""
    came = sum(
        one.amount_minor
        for one in payments
        if one.kind == "payment" and one.status in ("succeeded", "returned")
    )
    went = sum(
        one.amount_minor for one in payments if one.kind == "refund" and one.status == "succeeded"
    )
    cleared = 0
    for row in journal:
        if row.kind in MOVED and row.reason in ("payment", "refund"):
            cleared += row.amount if row.debit_role == "payment_clearing" else -row.amount
    return Tie(name="payments_are_cleared", unit=currency, left=came - went, right=cleared)


def _taxed(file: OrderFile, journal: Sequence[JournalRow]) -> Tie:
    """The tax of what a principal has earned, by its charges, is the output tax of its journal."""
    wanted = sum(
        charge.tax_minor
        for line in file.lines
        if line.state == "fulfilled" and _is_principal(file, line)
        for charge in file.charges_of(line)
    )
    posted = sum(
        row.amount
        for row in journal
        if row.kind in MOVED and row.credit_role == "output_tax" and row.reason == "charge"
    )
    return Tie(name="charges_are_taxed", unit=file.order.currency, left=wanted, right=posted)


def _is_principal(file: OrderFile, line: Line) -> bool:
    return deal_of(file.booking(line.booking_id)).kind == "principal"
