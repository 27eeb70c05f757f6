"""One role of a company's books: its course, the accounts behind it, and its list of bookings."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.capital import OPEN_ITEM_ROLES
from serai.cloud import Organisation
from serai.core import Database
from serai.ledger import (
    Account,
    AccountSum,
    DaySum,
    RoleSum,
    accounts_of_role,
    kind_by_day,
    role_by_day,
    units_of_role,
)
from serai.web.group.account_names import (
    GOODS_KINDS,
    AccountNames,
    account_href,
    flow_of,
    is_goods,
    read_names,
    slot_text,
)
from serai.web.group.book import days_of_book, own_entity
from serai.web.group.books_day import BooksDay
from serai.web.group.console import SharedConsole
from serai.web.group.courses import course_chart, course_of, on_debit_side
from serai.web.group.directory import name_of
from serai.web.group.open_lists import items_table, read_open_list
from serai.web.group.query import Id, Word, asked
from serai.web.group.trial import role_href
from serai.web.languages import Language, gettext_of
from serai.web.look import Amount, Column, Table, language_of, look_of, with_query, word
from serai.web.problems import is_fragment

MOST_ACCOUNTS = 50
MOST_ITEMS = 50


class RoleWanted(Struct, frozen=True):
    """In which unit (or kind of goods), as of which day; `cursor` is the last booking before."""

    unit: Word = ""
    day: date | None = None
    cursor: Id | None = None


class AccountRow(Struct, frozen=True):
    """An account behind a role."""

    name: str
    slot: str
    debits: Amount
    credits: Amount
    balance: Amount
    href: str


@get(
    "/books/{entity_id:int}/roles/{role:str}", include_in_schema=False, opt={"right": "books.read"}
)
async def book_role_page(
    request: Request[Any, Any, Any],
    console: SharedConsole,
    entity_id: FromPath[int],
    role: FromPath[str],
) -> Template:
    """One role of a company's books."""
    wanted = asked(request, RoleWanted)
    language = language_of(request)
    say = gettext_of(language)
    organisation = (await console.directory()).organisation
    entity = own_entity(console, organisation, entity_id)
    unit = wanted.unit or entity.currency
    database = console.house.database
    days = await days_of_book(console, entity, wanted.day)
    moved = await read_course(database, entity_id, unit, role, days.last)
    behind = await read_behind(database, organisation, entity_id, unit, role, days.chosen, language)
    (balance,) = course_of(moved, [days.chosen], debit=on_debit_side(role))
    address = with_query(look_of(request, console.now()).address, day=days.chosen.isoformat())
    items = None
    if role in OPEN_ITEM_ROLES and moved:
        up_to = role_sum(moved, entity_id, unit, role, days)
        items = await read_open_list(
            database, organisation, up_to, days.chosen, language, MOST_ITEMS, wanted.cursor or 0
        )
    return Template(
        "group/books/role.html",
        context={
            "bare": is_fragment(request),
            "name": name_of(entity, language),
            "entity": entity,
            "role": role,
            "days": days,
            "address": with_query(address, day=None, cursor=None),
            "book_href": with_query(
                f"/group/books/{entity_id}", day=days.chosen.isoformat(), tab=tab_of(unit)
            ),
            "balance": Amount(balance, unit),
            "flow": flow_of(unit),
            "course": course_chart(moved, role, unit, days, say) if moved else None,
            "behind": behind,
            "thing": behind.rows[0].name if ":" in unit and is_goods(unit) and behind.rows else "",
            "items": items,
            "items_table": items_table(items, language, address, turned=bool(wanted.cursor))
            if items
            else None,
            "side": say("debit balance") if on_debit_side(role) else say("credit balance"),
            "title": word(role, say).capitalize(),
        },
        headers={"hx-replace-url": address} if is_fragment(request) else None,
    )


async def read_course(
    database: Database, book: int, unit: str, role: str, day: date
) -> list[DaySum]:
    """What the role has moved, day by day."""
    if unit in GOODS_KINDS:
        return await kind_by_day(database, book, unit, role, day)
    return await role_by_day(database, book, unit, role, day)


class Behind(Struct, frozen=True):
    """What stands behind a role: its largest accounts, or of goods what there is of each."""

    rows: Sequence[AccountRow]
    table: Table
    count: int
    kind: bool


async def read_behind(
    database: Database, organisation: Organisation, book: int, unit: str, role: str, day: date,
    language: Language,
) -> Behind:  # fmt: skip
    """What stands behind the role as of a day; a kind of goods leads on to each of its units."""
    if unit in GOODS_KINDS:
        units = await units_of_role(database, book, unit, role, day)
        keys = [Account(book, one.unit, int(one.unit.partition(":")[2]), role) for one in units]
        names = await read_names(database, organisation, language, keys[:MOST_ACCOUNTS])
        rows = [unit_row(one, key, names, day) for one, key in zip(units, keys, strict=True)]
        shown = rows[:MOST_ACCOUNTS]
        return Behind(shown, behind_table(shown, gettext_of(language)), len(units), True)
    accounts = await accounts_of_role(database, book, unit, role, day, MOST_ACCOUNTS)
    names = await read_names(database, organisation, language, [key_of(one) for one in accounts])
    rows = [account_row(one, names, day) for one in accounts]
    count = accounts[0].accounts if accounts else 0
    return Behind(rows, behind_table(rows, gettext_of(language)), count, False)


def role_sum(moved: Sequence[DaySum], book: int, unit: str, role: str, days: BooksDay) -> RoleSum:
    """The role as of the chosen day."""
    until = [day for day in moved if day.day <= days.chosen]
    return RoleSum(
        book, unit, role, sum(day.debits for day in until), sum(day.credits for day in until)
    )


def key_of(account: AccountSum) -> Account:
    """The natural key of an account."""
    return Account(account.book, account.unit, account.holder, account.role, account.slot)


def tab_of(unit: str) -> str | None:
    """The part of a company's books that a unit belongs to; None for its money."""
    return {"goods": "goods", "merchants": "value"}.get(flow_of(unit))


def unit_row(one: RoleSum, key: Account, names: AccountNames, day: date) -> AccountRow:
    """What there is of one thing in a role, over all times it is for."""
    sign = 1 if on_debit_side(one.role) else -1
    return AccountRow(
        name=names.holder(key) or one.unit,
        slot="",
        debits=Amount(one.debits, one.unit),
        credits=Amount(one.credits, one.unit),
        balance=Amount(sign * one.balance, one.unit),
        href=role_href(one.book, one.role, one.unit, day),
    )


def account_row(one: AccountSum, names: AccountNames, day: date) -> AccountRow:
    """An account behind a role."""
    say = gettext_of(names.language)
    sign = 1 if on_debit_side(one.role) else -1
    return AccountRow(
        name=names.holder(key_of(one)) or say("The whole company"),
        slot=slot_text(one.slot),
        debits=Amount(one.debits, one.unit),
        credits=Amount(one.credits, one.unit),
        balance=Amount(sign * one.balance, one.unit),
        href=with_query(account_href(one.id), until=day.isoformat()),
    )


def behind_table(rows: Sequence[AccountRow], say: Callable[[str], str]) -> Table:
    """What stands behind a role, the largest balance first."""
    columns = (
        Column("name", say("Kept for"), place="title", href="href", note="slot"),
        Column("debits", say("Debits"), "amount", " ", place="wide"),
        Column("credits", say("Credits"), "amount", " ", place="wide"),
        Column("balance", say("Balance"), "amount", place="lead"),
    )
    return Table(columns, rows, say("Accounts"))
