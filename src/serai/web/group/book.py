"""One company's books as of a day: its trial balance, the lists behind it, and its course."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Template
from msgspec import Struct

from serai.capital import OPEN_ITEM_ROLES, VALUE_PREFIX
from serai.cloud import LegalEntity, Organisation
from serai.core import Database
from serai.ledger import (
    RoleSum,
    balances_of_kinds,
    kind_by_day,
    role_by_day,
    span_of_books,
    trial_balance,
)
from serai.web.group.account_names import GOODS_KINDS
from serai.web.group.books_day import BooksDay, books_day
from serai.web.group.console import Console, SharedConsole
from serai.web.group.courses import course_chart
from serai.web.group.directory import name_of, today_in
from serai.web.group.open_lists import OpenList, read_open_list
from serai.web.group.query import Word, asked
from serai.web.group.trial import TrialBalance, role_href, trial_of
from serai.web.languages import N_, Language, gettext_of
from serai.web.look import Chart, language_of, look_of, with_query, word
from serai.web.problems import NoSuch, is_fragment

Tab = Literal["money", "value", "goods"]
TABS: tuple[tuple[Tab, str], ...] = (
    ("money", N_("Money")),
    ("value", N_("Agreed value")),
    ("goods", N_("Rooms and other goods")),
)
OPENING_ROLES = ("source", "overbooking", "shortfall")
PLACED_ROLES = ("available", "sold", "consumed", "forfeited")
FIRST_CHOICES = ("revenue", "commission_revenue", "deposits", "customer_money", "payment_clearing")
"""Roles whose course is drawn unless another is wanted: the first that the book has."""


class BookWanted(Struct, frozen=True):
    """As of which day, which units, and the role whose course is drawn."""

    day: date | None = None
    tab: Tab = "money"
    role: Word | None = None


class UnitFigure(Struct, frozen=True):
    """How many of a kind stand in a role; what was opened is told as opened."""

    role: str
    count: int
    href: str


class Units(Struct, frozen=True):
    """One kind of goods: what was opened, and where it is."""

    kind: str
    opened: UnitFigure
    placed: Sequence[UnitFigure]

    @property
    def holds(self) -> bool:
        """Whether all that was opened is somewhere."""
        return self.opened.count == sum(figure.count for figure in self.placed)


class AsOf(Struct, frozen=True):
    """What the slider changes."""

    trial: TrialBalance
    lists: Sequence[OpenList]
    course: Chart | None
    course_roles: Sequence[tuple[str, str]]
    course_role: str
    goods: Sequence[Units]
    goods_courses: Sequence[Chart] = ()


@get("/books/{entity_id:int}", include_in_schema=False, opt={"right": "books.read"})
async def book_page(
    request: Request[Any, Any, Any], console: SharedConsole, entity_id: FromPath[int]
) -> Template:
    """One company's books."""
    wanted = asked(request, BookWanted)
    language = language_of(request)
    say = gettext_of(language)
    organisation = (await console.directory()).organisation
    entity = own_entity(console, organisation, entity_id)
    days = await days_of_book(console, entity, wanted.day)
    address = with_query(look_of(request, console.now()).address, day=days.chosen.isoformat())
    return Template(
        "group/books/company.html",
        context={
            "bare": is_fragment(request),
            "entity": entity,
            "name": name_of(entity, language),
            "companies": company_choices(console, organisation, language),
            "tab": wanted.tab,
            "tabs": [
                (say(text), with_query(address, tab=tab, role=None), tab == wanted.tab)
                for tab, text in TABS
            ],
            "days": days,
            "address": with_query(address, day=None),
            "as_of": await read_as_of(
                console.house.database, organisation, entity, wanted, days, language
            ),
        },
        headers={"hx-replace-url": address} if is_fragment(request) else None,
    )


def entity_of(organisation: Organisation, entity_id: int) -> LegalEntity:
    """The company of that id; raises `NoSuch` when there is none."""
    entity = organisation.entities.get(entity_id)
    if entity is None:
        raise NoSuch(N_("No such company"), action=N_("To the books"), href="/group/books")
    return entity


def own_entity(console: Console, organisation: Organisation, entity_id: int) -> LegalEntity:
    """The company of that id, if its books are open to whoever asks; raises `NoSuch` otherwise."""
    if not console.has_book(entity_id):
        return entity_of(organisation, 0)
    return entity_of(organisation, entity_id)


async def days_of_book(console: Console, entity: LegalEntity, wanted: date | None) -> BooksDay:
    """The days that the books of a company are gone through, by their money."""
    directory = await console.directory()
    span = await span_of_books(console.house.database, [entity.id], [entity.currency])
    return books_day(span, today_in(directory.timezone, console.now()), wanted)


def company_choices(
    console: Console, organisation: Organisation, language: Language
) -> list[tuple[str, str]]:
    """The companies whose books are open, for a select, by name."""
    pairs = [
        (str(entity.id), name_of(entity, language))
        for entity in organisation.entities.values()
        if console.has_book(entity.id)
    ]
    return sorted(pairs, key=lambda pair: pair[1])


async def read_as_of(
    database: Database, organisation: Organisation, entity: LegalEntity, wanted: BookWanted,
    days: BooksDay, language: Language,
) -> AsOf:  # fmt: skip
    """Everything that stands under the slider."""
    day = days.chosen
    if wanted.tab == "goods":
        rows = await balances_of_kinds(database, entity.id, GOODS_KINDS, day)
        goods = units_of(rows, entity.id, day)
        charts = [
            course_chart(
                await kind_by_day(database, entity.id, units.kind, "sold", days.last),
                "sold", units.kind, days, gettext_of(language),
            )
            for units in goods
        ]  # fmt: skip
        empty = TrialBalance(entity.currency, (), 0, 0)
        return AsOf(empty, (), None, (), "", goods, charts)
    unit = entity.currency if wanted.tab == "money" else VALUE_PREFIX + entity.currency
    rows = await trial_balance(database, entity.id, [unit], day)
    role = role_to_draw(rows, wanted.role)
    say = gettext_of(language)
    moved = await role_by_day(database, entity.id, unit, role, days.last) if role else []
    return AsOf(
        trial=trial_of(rows, entity.id, unit, day, language),
        lists=[
            await read_open_list(database, organisation, row, day, language)
            for row in rows
            if row.role in OPEN_ITEM_ROLES
        ],
        course=course_chart(moved, role, unit, days, say) if role else None,
        course_roles=[(row.role, word(row.role, say)) for row in rows],
        course_role=role,
        goods=(),
    )


def role_to_draw(rows: Sequence[RoleSum], wanted: str | None) -> str:
    """The role whose course is drawn; empty when nothing has moved."""
    roles = [row.role for row in rows]
    choices = (wanted, "on_the_books", *FIRST_CHOICES, *roles)
    return next((role for role in choices if role in roles), "")


def units_of(rows: Sequence[RoleSum], book: int, day: date) -> list[Units]:
    """The goods of a book by kind."""

    def figure(role: str, kind: str, count: int) -> UnitFigure:
        return UnitFigure(role, count, role_href(book, role, kind, day))

    found = []
    for kind in GOODS_KINDS:
        balances = {row.role: row.balance for row in rows if row.unit == kind}
        if balances:
            opened = sum(balances.get(role, 0) for role in OPENING_ROLES)
            placed = [figure(role, kind, -balances.get(role, 0)) for role in PLACED_ROLES]
            found.append(Units(kind, figure("source", kind, opened), placed))
    return found
