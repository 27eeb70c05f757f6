"""One account: its statement, transfer by transfer, with the balance after each."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.core import Database
from serai.ledger import (
    MOST,
    AccountSum,
    DaySum,
    JournalRow,
    account_by_day,
    account_by_id,
    journal_of_account,
    moved_from,
)
from serai.merchants import order_numbers
from serai.web.group.account_names import (
    AccountNames,
    account_href,
    accounts_of,
    credit_of,
    debit_of,
    flow_of,
    read_names,
)
from serai.web.group.book_role import key_of, tab_of
from serai.web.group.books_day import BooksDay
from serai.web.group.console import SharedConsole
from serai.web.group.courses import course_chart, on_debit_side
from serai.web.group.query import EARLIEST, Id, asked
from serai.web.group.trial import role_href
from serai.web.languages import N_, gettext_of
from serai.web.look import (
    AccountName,
    Amount,
    Column,
    Table,
    language_of,
    look_of,
    with_query,
    word,
)
from serai.web.problems import NoSuch

PAGE_ROWS = 50


class StatementWanted(Struct, frozen=True):
    """Up to which business date; `cursor` is the last transfer of the page before."""

    until: date | None = None
    cursor: Id | None = None


class StatementRow(Struct, frozen=True):
    """A transfer as one of its accounts sees it: on which side, and the balance after it."""

    day: date
    other: AccountName
    reason: str
    order: str
    order_href: str
    debit: Amount | None
    credit: Amount | None
    balance: Amount


class Statement(Struct, frozen=True):
    """A page of an account's transfers, the latest date first."""

    rows: Sequence[StatementRow]
    closing: int
    next: str | None


@get("/books/accounts/{account_id:int}", include_in_schema=False, opt={"right": "books.read"})
async def account_page(
    request: Request[Any, Any, Any], console: SharedConsole, account_id: FromPath[int]
) -> Template:
    """One account."""
    wanted = asked(request, StatementWanted)
    language = language_of(request)
    say = gettext_of(language)
    organisation = (await console.directory()).organisation
    database = console.house.database
    account = await account_by_id(database, account_id) if 0 < account_id <= MOST else None
    if account is None:
        raise NoSuch(N_("No such account"), action=N_("To the books"), href="/group/books")
    moved = await account_by_day(database, account_id, date.max)
    days = days_of(moved, wanted.until, console.now().date())
    rows = await journal_of_account(
        database, account_id, EARLIEST, days.chosen, PAGE_ROWS + 1, wanted.cursor or MOST
    )
    names = await read_names(
        database, organisation, language, [key_of(account), *accounts_of(rows)]
    )
    statement = await read_statement(database, account, moved, days.chosen, rows, names, wanted)
    address = look_of(request, console.now()).address
    return Template(
        "group/books/account.html",
        context={
            "account": names.of(key_of(account)),
            "title": word(account.role, say).capitalize(),
            "role_href": role_href(
                account.book,
                account.role,
                account.unit.partition(":")[0] if tab_of(account.unit) == "goods" else account.unit,
                days.chosen,
            ),
            "book_href": f"/group/books/{account.book}",
            "flow": flow_of(account.unit),
            "days": days,
            "balance": Amount(statement.closing, account.unit),
            "side": say("debit balance") if on_debit_side(account.role) else say("credit balance"),
            "course": course_chart(moved, account.role, account.unit, days, say) if moved else None,
            "statement": statement_table(statement, say, address, turned=bool(wanted.cursor)),
            "until_href": with_query(address, cursor=None),
        },
    )


def days_of(moved: Sequence[DaySum], wanted: date | None, today: date) -> BooksDay:
    """From the account's first to its last day, and the one up to which is shown."""
    first = moved[0].day if moved else today
    last = max(moved[-1].day if moved else today, first)
    return BooksDay(first, last, min(max(wanted or last, first), last))


async def read_statement(
    database: Database, account: AccountSum, moved: Sequence[DaySum], until: date,
    found: Sequence[JournalRow], names: AccountNames, wanted: StatementWanted,
) -> Statement:  # fmt: skip
    """The rows of a page, each with the balance after it."""
    sign = 1 if on_debit_side(account.role) else -1
    closing = sum(day.debits - day.credits for day in moved if day.day <= until)
    balance = closing
    if wanted.cursor is not None:
        shown = await moved_from(database, account.id, wanted.cursor)
        if shown is not None:
            balance = sum(day.debits - day.credits for day in moved if day.day <= shown.day)
            balance -= shown.debits - shown.credits
    numbers = await order_numbers(database, sorted({row.order_id for row in found} - {0}))
    rows = []
    for row in found[:PAGE_ROWS]:
        rows.append(statement_row(row, account, sign * balance, names, numbers))
        balance -= row.amount if row.debit_account == account.id else -row.amount
    more = len(found) > PAGE_ROWS
    return Statement(rows, sign * closing, str(found[PAGE_ROWS - 1].id) if more else None)


def statement_row(
    row: JournalRow, account: AccountSum, balance: int, names: AccountNames,
    numbers: Mapping[int, str],
) -> StatementRow:  # fmt: skip
    """A transfer as `account` sees it."""
    debited = row.debit_account == account.id
    other = credit_of(row) if debited else debit_of(row)
    other_id = row.credit_account if debited else row.debit_account
    amount = Amount(row.amount, row.unit)
    return StatementRow(
        day=row.business_date,
        other=names.of(other, href=account_href(other_id), book=False),
        reason=row.reason,
        order=numbers.get(row.order_id, ""),
        order_href=f"/group/orders/{row.order_id}/trace" if row.order_id else "",
        debit=amount if debited else None,
        credit=None if debited else amount,
        balance=Amount(balance, row.unit),
    )


def statement_table(statement: Statement, say: Any, address: str, *, turned: bool) -> Table:
    """A statement as a table."""
    columns = (
        Column("day", say("Business date"), "day"),
        Column("other", say("Other account"), "drawn", place="title"),
        Column("reason", say("Reason"), "word"),
        Column("order", say("Order"), href="order_href"),
        Column("debit", say("Debit"), "amount", " "),
        Column("credit", say("Credit"), "amount", " "),
        Column("balance", say("Balance"), "amount", place="lead"),
    )
    return Table(
        columns, statement.rows, say("Statement"), address, next=statement.next, turned=turned
    )
