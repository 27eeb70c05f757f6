"""Audit: proves that books and records tell the same story, in one moment, from tables alone."""

from serai.flows import tables_audit as sql
from serai.flows import tables_audit_records as records
from serai.ledger import Check, Finding, audit_books

CHECKS = (
    Check(
        "orders are the sums of their bookings, lines and charges",
        records.COUNT_ORDERS,
        records.SUMS_UNLIKE,
    ),
    Check(
        "each line's goods and value are as its state says",
        sql.OF_LINES,
        sql.LINES_UNLIKE_THEIR_GOODS,
    ),
    Check("each line's money is as its state says", sql.OF_LINES, sql.LINES_UNLIKE_THEIR_MONEY),
    Check("commission is what the terms say", sql.OF_LINES, sql.COMMISSION_UNLIKE_TERMS),
    Check(
        "deposits and agreed value are the bookings behind them",
        sql.COUNT_OPEN_ITEMS,
        sql.OPEN_ITEMS_UNLIKE,
    ),
    Check("all that is owed has a booking behind it", sql.COUNT_OWED, sql.OWED_WITHOUT_BOOKING),
    Check("sold units are the bookings behind them", sql.COUNT_SOLD, sql.SOLD_UNLIKE),
    Check("payments moved what they say", sql.COUNT_PAYMENTS, sql.PAYMENTS_UNLIKE),
    Check(
        "customers' money and what providers owe are the payments behind them",
        sql.COUNT_COLLECTED,
        sql.COLLECTED_UNLIKE,
    ),
    Check(
        "refunds wait, and go, as a second person has said",
        records.COUNT_REFUNDS,
        records.REFUNDS_UNLIKE,
    ),
    Check("every state was told", sql.OF_LINES, records.STATES_UNTOLD),
    Check(
        "transfers name orders, bookings and lines that are there",
        records.COUNT_TRANSFERS_OF_ORDERS,
        records.STRANGE_TRANSFERS,
    ),
    Check("records name records that are there", records.COUNT_RECORDS, records.MISSING_RECORDS),
    Check(
        "a booking's parents are its store's on that day",
        records.COUNT_BOOKINGS,
        records.STRANGE_PARENTS,
    ),
    Check(
        "rows of business say under whom they were done",
        records.COUNT_STAMPED,
        records.STAMPS_UNLIKE,
    ),
    Check("goods in stock have cost something", sql.COUNT_INVENTORIES, sql.GOODS_OF_NO_COST),
)
"""What must hold between the rooms; the ledger has its own."""


async def audit(url: str) -> list[Finding]:
    """Check every invariant of the books and of the records over a connection to `url`."""
    return await audit_books(url, CHECKS)
