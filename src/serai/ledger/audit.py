"""Proves the books from their tables alone: every invariant, what was checked, and what fails.

Everything is read in one snapshot, in SQL, so that it is one moment's truth however busy the
house is.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from psycopg import AsyncConnection, IsolationLevel, OperationalError

from serai.core import Database, DatabaseAway
from serai.ledger import tables_audit as sql

MOST_SHOWN = 20


class Finding(Struct, frozen=True):
    """One invariant: how much was checked, how many rows fail it, and the first of them."""

    invariant: str
    checked: int
    failed: int
    failures: tuple[str, ...]


class Check(Struct, frozen=True):
    """An invariant as SQL: `count` says how much there is to check, `failures` yields the rows
    that break it, each as its first column of text."""

    invariant: str
    count: str
    failures: str


BALANCES = (
    Check("every unit sums to zero in every book", sql.COUNT_BOOK_UNITS, sql.UNBALANCED_UNITS),
    Check("what entities owe each other agrees", sql.COUNT_DUE, sql.UNMIRRORED_DUE),
    Check("no limited account is overdrawn, pending counted", sql.COUNT_LIMITED, sql.OVERDRAWN),
)
"""The invariants that balances alone can tell."""

CHAIN = Check("the audit trail's chain is whole", sql.COUNT_DEEDS, sql.BROKEN_CHAIN)

BOOKS = (
    *BALANCES,
    Check("each pending transfer ends once", sql.COUNT_PENDING, sql.BAD_ENDINGS),
    Check("the journal folds to the balances", sql.COUNT_ACCOUNTS, sql.BALANCES_UNLIKE_THE_JOURNAL),
    Check("each account stands in one place", sql.COUNT_ACCOUNTS, sql.ACCOUNTS_TWICE),
    Check("transfers stay within one book and unit", sql.COUNT_TRANSFERS, sql.STRAY_TRANSFERS),
    Check("rows of the books say in whose books they are", sql.COUNT_STAMPED, sql.STAMPED_WRONG),
    Check("the journal folds to the daily sums", sql.COUNT_DAILY_SUMS, sql.WRONG_DAILY_SUMS),
    Check(
        "the daily sums by booking are those of the journal",
        sql.COUNT_BOOKING_SUMS,
        sql.WRONG_BOOKING_SUMS,
    ),
    Check("the sums by role are those of their accounts", sql.COUNT_ROLE_SUMS, sql.WRONG_ROLE_SUMS),
    Check(
        "the spans of bookings are those of their days",
        sql.COUNT_BOOKING_SPANS,
        sql.WRONG_BOOKING_SPANS,
    ),
    Check(
        "the stretches of accounts are those of the journal",
        sql.COUNT_STRETCHES,
        sql.WRONG_STRETCHES,
    ),
    Check("positions of events have no gap", sql.COUNT_EVENTS, sql.GAPS_IN_EVENTS),
    Check("the fence stands after all that is written", sql.COUNT_FENCE, sql.FENCE_BEHIND),
    CHAIN,
)
"""The ledger's own invariants."""


async def audit_books(url: str, further: Sequence[Check] = ()) -> list[Finding]:
    """Check the books' invariants and `further` ones over a connection to `url`."""
    try:
        async with await AsyncConnection.connect(url, prepare_threshold=None) as connection:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
            await connection.set_read_only(True)
            await connection.execute(sql.ROOM_TO_SORT)
            return [await _find(connection, check) for check in (*BOOKS, *further)]
    except OperationalError as error:
        raise DatabaseAway("the database cannot be reached at the moment") from error


class _Failure(Struct, frozen=True):
    """A row that breaks an invariant, and how many do."""

    failure: str
    count: int


async def audit_balances(database: Database) -> list[Finding]:
    """Check what the balances alone can tell; cheap, and no proof of the journal."""
    return [await _look(database, check) for check in BALANCES]


async def audit_chain(database: Database) -> Finding:
    """Check the audit trail's chain alone."""
    return await _look(database, CHAIN)


async def _look(database: Database, check: Check) -> Finding:
    patient = database.patient(None)  # nobody waits, and all of the books may be much to read
    failures = await patient.all(_Failure, sql.counted(check.failures), most=MOST_SHOWN)
    return Finding(
        check.invariant,
        int(await patient.value(check.count)),
        failures[0].count if failures else 0,
        tuple(one.failure for one in failures),
    )


async def _find(connection: AsyncConnection[tuple[Any, ...]], check: Check) -> Finding:
    row = await (await connection.execute(check.count.encode())).fetchone()
    cursor = await connection.execute(sql.counted(check.failures).encode(), {"most": MOST_SHOWN})
    failures = await cursor.fetchall()
    return Finding(
        check.invariant,
        row[0] if row else 0,
        failures[0][1] if failures else 0,
        tuple(str(failure[0]) for failure in failures),
    )
