"""The chart of accounts: every role that money and agreed value can have in a book.

The book and the unit come first, then for whom the account is kept.
"""

from serai.ledger import Account

VALUE_PREFIX = "value:"

OPEN_ITEM_ROLES = (
    "deposits",
    "guest_receivable",
    "company_receivable",
    "store_payable",
    "due_from_store",
    "on_the_books",
)
"""Roles whose balance is the sum of a list of bookings."""

DEBIT_ROLES = frozenset({
    "payment_clearing", "till", "bank", "guest_receivable", "company_receivable", "due_from",
    "due_from_store", "commission_cost", "input_tax", "cost_of_sales", "inventory",
})  # fmt: skip
"""Roles whose balance stands on the debit side; all other money stands on the credit side."""


def payment_clearing(book: int, currency: str) -> Account:
    """What payment providers owe the collector."""
    return Account(book, currency, book, "payment_clearing")


def customer_money(book: int, currency: str) -> Account:
    """Received from customers, and not yet anybody else's."""
    return Account(book, currency, book, "customer_money", 0, "debits")


def deposits(book: int, currency: str, store: int) -> Account:
    """Paid for services of a store that are still to come."""
    return Account(book, currency, store, "deposits", 0, "debits")


def guest_receivable(book: int, currency: str, store: int) -> Account:
    """What guests owe a store."""
    return Account(book, currency, store, "guest_receivable")


def company_receivable(book: int, currency: str, payer: int) -> Account:
    """What a company with an account owes."""
    return Account(book, currency, payer, "company_receivable")


def revenue(book: int, currency: str, store: int) -> Account:
    """What a store has earned, without tax."""
    return Account(book, currency, store, "revenue")


def fee_revenue(book: int, currency: str, store: int) -> Account:
    """What a store has kept of cancelled bookings and of guests who did not come."""
    return Account(book, currency, store, "fee_revenue")


def output_tax(book: int, currency: str) -> Account:
    """Tax on what was sold, owed to the state."""
    return Account(book, currency, book, "output_tax")


def input_tax(book: int, currency: str) -> Account:
    """Tax on what was bought, to be had back from the state."""
    return Account(book, currency, book, "input_tax")


def commission_cost(book: int, currency: str, store: int) -> Account:
    """What a store's sales through the platform have cost it."""
    return Account(book, currency, store, "commission_cost")


def commission_revenue(book: int, currency: str, store: int) -> Account:
    """What the platform has earned on a store's sales."""
    return Account(book, currency, store, "commission_revenue")


def store_payable(book: int, currency: str, store: int) -> Account:
    """What the platform owes an independent seller."""
    return Account(book, currency, store, "store_payable", 0, "debits")


def due_from_store(book: int, currency: str, store: int) -> Account:
    """What an independent seller owes the platform."""
    return Account(book, currency, store, "due_from_store")


def due_from(book: int, currency: str, other: int) -> Account:
    """What another entity of the group owes this one."""
    return Account(book, currency, other, "due_from")


def due_to(book: int, currency: str, other: int) -> Account:
    """What this entity owes another one of the group."""
    return Account(book, currency, other, "due_to")


def till(book: int, currency: str, store: int) -> Account:
    """Cash at a store's desk."""
    return Account(book, currency, store, "till")


def cost_of_sales(book: int, currency: str, store: int) -> Account:
    """What sold goods had cost."""
    return Account(book, currency, store, "cost_of_sales")


def inventory(book: int, currency: str, store: int) -> Account:
    """What goods in stock have cost."""
    return Account(book, currency, store, "inventory")


def goods_received(book: int, currency: str, resource: int) -> Account:
    """Goods taken in and not yet invoiced by their supplier."""
    return Account(book, currency, resource, "goods_received")


def value(book: int, currency: str, store: int, role: str) -> Account:
    """Agreed value, a memo unit: `booked`, `on_the_books`, `earned`, `cancelled`, `not_shown`."""
    return Account(book, f"{VALUE_PREFIX}{currency}", store, role)
