"""What one company owes another: both accounts side by side, and the transfers behind them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.capital import chart
from serai.core import Database
from serai.ledger import Account, account_by_day, account_of, journal_of_account
from serai.web.group.account_names import account_href, accounts_of, read_names
from serai.web.group.book import days_of_book, entity_of, own_entity
from serai.web.group.books_day import BooksDay
from serai.web.group.console import SharedConsole
from serai.web.group.courses import course_of
from serai.web.group.directory import name_of
from serai.web.group.query import EARLIEST, asked
from serai.web.languages import gettext_of
from serai.web.look import Amount, language_of, with_query
from serai.web.problems import is_fragment

MOST_TRANSFERS = 50


class OwingWanted(Struct, frozen=True):
    """As of which day."""

    day: date | None = None


class Side(Struct, frozen=True):
    """One of the two accounts: in whose book it stands, and its balance."""

    account_id: int
    book: str
    role: str
    balance: Amount
    href: str


@get(
    "/books/{debtor_id:int}/owed/{creditor_id:int}",
    include_in_schema=False,
    opt={"right": "books.read"},
)
async def owing_page(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    debtor_id: FromPath[int],
    creditor_id: FromPath[int],
) -> Template:
    """What the debtor owes the creditor, in a dialog over the matrix or on a page of its own."""
    wanted = asked(request, OwingWanted)
    language = language_of(request)
    organisation = (await console.directory()).organisation
    debtor, creditor = entity_of(organisation, debtor_id), entity_of(organisation, creditor_id)
    if not console.has_book(debtor_id):
        own_entity(console, organisation, creditor_id)
    database = console.house.database
    days = await days_of_book(console, debtor, wanted.day)
    unit = debtor.currency
    names = (name_of(debtor, language), name_of(creditor, language))
    owes = await read_side(
        database, chart.due_to(debtor_id, unit, creditor_id), names[0], days, debit=False
    )
    claims = await read_side(
        database, chart.due_from(creditor_id, unit, debtor_id), names[1], days, debit=True
    )
    rows = (
        await journal_of_account(database, owes.account_id, EARLIEST, days.chosen, MOST_TRANSFERS)
        if owes.account_id
        else []
    )
    named = await read_names(database, organisation, language, accounts_of(rows))
    return Template(
        "group/books/owing.html",
        context={
            "bare": is_fragment(request),
            "title": owing_title(gettext_of(language), *names),
            "day": days.chosen,
            "books_href": with_query("/group/books", day=days.chosen.isoformat()),
            "owes": owes,
            "claims": claims,
            "transfers": [named.line(row, book=False) for row in rows],
            "most": MOST_TRANSFERS,
        },
    )


def owing_title(say: Callable[[str], str], debtor: str, creditor: str) -> str:
    """What the page is about."""
    return say("{debtor} owes {creditor}").format(debtor=debtor, creditor=creditor)


async def read_side(
    database: Database, key: Account, book: str, days: BooksDay, *, debit: bool
) -> Side:
    """One of the two accounts as of the day; without an id when nothing was ever owed."""
    account = await account_of(database, key)
    if account is None:
        return Side(0, book, key.role, Amount(0, key.unit), "")
    moved = await account_by_day(database, account.id, days.chosen)
    (balance,) = course_of(moved, [days.chosen], debit=debit)
    href = with_query(account_href(account.id), until=days.chosen.isoformat())
    return Side(account.id, book, key.role, Amount(balance, key.unit), href)
