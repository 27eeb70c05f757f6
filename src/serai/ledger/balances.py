"""Reads the books: balances as of a date, what stands behind them, journals and events.

Amounts are in the unit's smallest part. As-of answers are daily sums plus the tail of the
journal that is not folded yet, by business date.
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.core import Database
from serai.ledger import tables_reading as sql
from serai.ledger.accounts import Account
from serai.ledger.results import MOST


class RoleSum(Struct, frozen=True):
    """What a role of a book has moved up to a date, over all its accounts."""

    book: int
    unit: str
    role: str
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


class DaySum(Struct, frozen=True):
    """What a role or an account has moved on one business date."""

    day: date
    debits: int
    credits: int


class Span(Struct, frozen=True):
    """The first and the last business date on which something moved; None when nothing has."""

    first: date | None
    last: date | None


class AccountSum(Struct, frozen=True):
    """What one account has moved up to a date; `accounts` are all those of its list, which may be
    longer than what was asked for."""

    id: int
    book: int
    unit: str
    holder: int
    role: str
    slot: int
    debits: int
    credits: int
    accounts: int

    @property
    def balance(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


class OpenItem(Struct, frozen=True):
    """What a booking has open in a role as of a date.

    `total` and `items` are those of the whole list, which may be longer than what was asked for.
    """

    booking_id: int
    holder: int
    debits: int
    credits: int
    total: int
    items: int

    @property
    def balance(self) -> int:
        """Debits less credits."""
        return self.debits - self.credits


class JournalRow(Struct, frozen=True):
    """A transfer as the journal has it, with its two accounts; `ended` is how it ended."""

    id: int
    kind: str
    reason: str
    amount: int
    book: int
    unit: str
    debit_account: int
    debit_holder: int
    debit_role: str
    debit_slot: int
    credit_account: int
    credit_holder: int
    credit_role: str
    credit_slot: int
    pending_id: int
    ended: str | None
    deadline: datetime | None
    order_id: int
    booking_id: int
    line_id: int
    store_id: int
    effective: datetime
    recorded: datetime
    business_date: date


class EventRow(Struct, frozen=True):
    """An event that was told; `data` is JSON."""

    position: int
    type: str
    book: int
    order_id: int
    booking_id: int
    store_id: int
    effective: datetime
    recorded: datetime
    data: str


class Owed(Struct, frozen=True):
    """What a book says that another entity owes it (`claims`), and what it owes (`debts`)."""

    book: int
    other: int
    unit: str
    claims: int
    debts: int


async def trial_balance(
    database: Database, book: int, units: Sequence[str], day: date
) -> list[RoleSum]:
    """Every role of a book in these units as of the end of a business date."""
    return await trial_balances(database, [book], units, day)


async def trial_balances(
    database: Database, books: Sequence[int], units: Sequence[str], day: date
) -> list[RoleSum]:
    """Every role of several books in these units as of the end of a business date."""
    return await database.all(
        RoleSum, sql.TRIAL_BALANCES, books=list(books), units=list(units), day=day
    )


async def balances_of_kinds(
    database: Database, book: int, kinds: Sequence[str], day: date
) -> list[RoleSum]:
    """Every role of a book in all units of these kinds as of a date: all `room:...` as `room`."""
    return await database.all(RoleSum, sql.BALANCES_OF_KINDS, book=book, kinds=list(kinds), day=day)


async def role_by_day(
    database: Database, book: int, unit: str, role: str, day: date
) -> list[DaySum]:
    """What a role of a book has moved on each business date up to `day`."""
    return await database.all(DaySum, sql.ROLE_BY_DAY, book=book, unit=unit, role=role, day=day)


async def kind_by_day(
    database: Database, book: int, kind: str, role: str, day: date
) -> list[DaySum]:
    """What a role has moved each day in all units of a kind: all `room:...` as `room`."""
    return await database.all(DaySum, sql.KIND_BY_DAY, book=book, kind=kind, role=role, day=day)


async def account_by_day(database: Database, account_id: int, day: date) -> list[DaySum]:
    """What an account has moved on each business date up to `day`."""
    return await database.all(DaySum, sql.ACCOUNT_BY_DAY, account=account_id, day=day)


async def accounts_of_role(
    database: Database, book: int, unit: str, role: str, day: date, most: int = 200
) -> list[AccountSum]:
    """The accounts behind a role as of a date, the largest balance first."""
    return await database.all(
        AccountSum, sql.ACCOUNTS_OF_ROLE, book=book, unit=unit, role=role, day=day, most=most
    )


async def units_of_role(
    database: Database, book: int, kind: str, role: str, day: date
) -> list[RoleSum]:
    """A role of a book in each unit of a kind (`room:7` of `room`), the largest balance first."""
    return await database.all(RoleSum, sql.UNITS_OF_ROLE, book=book, kind=kind, role=role, day=day)


async def open_items(
    database: Database, book: int, unit: str, role: str, day: date, most: int = 200, after: int = 0
) -> list[OpenItem]:
    """The bookings behind a role as of a date, the largest first; those after booking `after`."""
    return await database.all(
        OpenItem, sql.OPEN_ITEMS, book=book, unit=unit, role=role, day=day, most=most, after=after
    )


async def journal_of_order(database: Database, order_id: int) -> list[JournalRow]:
    """Every transfer of an order, in the order in which they were recorded."""
    return await database.all(JournalRow, sql.JOURNAL_OF_ORDER, order=order_id)


async def journal_rows(database: Database, ids: Sequence[int]) -> list[JournalRow]:
    """The transfers of those ids."""
    return await database.all(JournalRow, sql.JOURNAL_BY_ID, ids=list(ids))


async def journal_of_account(
    database: Database,
    account_id: int,
    since: date,
    until: date,
    most: int = 100,
    before: int = MOST,
) -> list[JournalRow]:
    """What has moved an account on the business dates from `since` to `until`, both included.

    The latest date comes first, and of a date what was recorded last; those that follow upon
    transfer `before`.
    """
    return await database.all(
        JournalRow, sql.JOURNAL_OF_ACCOUNT, account=account_id, since=since, day=until, most=most,
        before=before,
    )  # fmt: skip


async def moved_from(database: Database, account_id: int, transfer_id: int) -> DaySum | None:
    """What an account has moved on the business date of one of its transfers, from that one on;
    None when it is none of its."""
    return await database.one(DaySum, sql.MOVED_FROM, account=account_id, transfer=transfer_id)


async def account_by_id(database: Database, account_id: int) -> AccountSum | None:
    """An account with what it has moved until now, or None."""
    return await database.one(AccountSum, sql.ACCOUNT_BY_ID, account=account_id)


async def account_of(database: Database, key: Account) -> AccountSum | None:
    """The account of a natural key with what it has moved until now, or None."""
    return await database.one(
        AccountSum, sql.ACCOUNT_BY_KEY, book=key.book, unit=key.unit, holder=key.holder,
        role=key.role, slot=key.slot,
    )  # fmt: skip


async def owed_between(
    database: Database, books: Sequence[int], units: Sequence[str], day: date
) -> list[Owed]:
    """What the entities owe each other as of a date."""
    return await database.all(
        Owed, sql.BALANCES_BETWEEN, books=list(books), units=list(units), day=day
    )


async def span_of_books(database: Database, books: Sequence[int], units: Sequence[str]) -> Span:
    """From which to which business date the books have moved anything in these units."""
    found = await database.one(Span, sql.SPAN_OF_BOOKS, books=list(books), units=list(units))
    return found or Span(None, None)


async def events_of_order(database: Database, order_id: int) -> list[EventRow]:
    """The events of an order, in their order."""
    return await database.all(EventRow, sql.EVENTS_OF_ORDER, order=order_id)


async def known_keys(database: Database, digests: Sequence[bytes]) -> set[bytes]:
    """Those of the keys whose proposals are in the books already."""
    return set(await database.column(sql.KNOWN_DIGESTS, digests=list(digests)))
