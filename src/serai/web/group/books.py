"""The books: every company with how it stands as of a day, and what they owe each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from litestar import Request, get
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.cloud import LegalEntity, Organisation
from serai.ledger import Owed, RoleSum, owed_between, span_of_books, trial_balances
from serai.web.group.books_day import books_day
from serai.web.group.console import SharedConsole
from serai.web.group.directory import Directory, name_of, today_in
from serai.web.group.query import Id, asked
from serai.web.languages import Language, gettext_of
from serai.web.look import Amount, Column, Matrix, Table, language_of, with_query
from serai.web.look import Owed as OwedCell
from serai.web.problems import is_fragment

MOST_IN_A_MATRIX = 24
CASH = ("bank", "till", "payment_clearing")
RECEIVABLES = ("guest_receivable", "company_receivable", "due_from_store")
HELD = ("customer_money", "deposits", "store_payable")
EARNED = ("revenue", "fee_revenue", "commission_revenue")


class BooksWanted(Struct, frozen=True):
    """As of which day; `company` leads to that company's own page."""

    day: date | None = None
    company: Id | None = None


class CompanyRow(Struct, frozen=True):
    """A company as of a day, in its own currency; what it owes stands as a positive figure."""

    id: int
    name: str
    other_name: str
    currency: str
    cash: Amount | None
    receivables: Amount | None
    held: Amount | None
    earned: Amount | None
    balanced: str
    href: str


@get("/books", include_in_schema=False, opt={"right": "books.read"})
async def books_page(
    request: Request[Any, Any, Any], console: SharedConsole
) -> Template | Redirect:
    """All companies, and the matrix of what they owe each other."""
    wanted = asked(request, BooksWanted)
    if wanted.company is not None:
        return Redirect(f"/group/books/{wanted.company}")
    language = language_of(request)
    directory = await console.directory()
    database, organisation = console.house.database, directory.organisation
    entities = [one for one in organisation.entities.values() if console.has_book(one.id)]
    books = [entity.id for entity in entities]
    currencies = sorted({entity.currency for entity in entities})
    days = books_day(
        await span_of_books(database, books_of(entities, directory.currency), [directory.currency]),
        today_in(directory.timezone, console.now()),
        wanted.day,
    )
    sums = await trial_balances(database, books, currencies, days.chosen)
    owed = await owed_between(database, books, currencies, days.chosen)
    address = with_query("/group/books", day=days.chosen.isoformat())
    return Template(
        "group/books/companies.html",
        context={
            "bare": is_fragment(request),
            "days": days,
            "companies": companies_table(entities, sums, days.chosen, language),
            "matrices": matrices(directory, owed, days.chosen, language),
        },
        headers={"hx-replace-url": address} if is_fragment(request) else None,
    )


def books_of(entities: Iterable[LegalEntity], currency: str) -> list[int]:
    """The books that are kept in a currency."""
    return [entity.id for entity in entities if entity.currency == currency]


def companies_table(
    entities: Sequence[LegalEntity], sums: Sequence[RoleSum], day: date, language: Language
) -> Table:
    """The companies that have moved anything first, then the others, by name."""
    say = gettext_of(language)
    roles: dict[int, dict[str, int]] = defaultdict(dict)
    for row in sums:
        roles[row.book][row.role] = row.balance
    rows = [company_row(entity, roles.get(entity.id, {}), day, language) for entity in entities]
    rows.sort(key=lambda row: (row.earned is None, row.name))
    columns = (
        Column("name", say("Company"), place="title", href="href", note="other_name"),
        Column("currency", say("Currency"), place="wide"),
        Column("cash", say("Cash and clearing"), "amount", " "),
        Column("receivables", say("Owed by guests, companies, stores"), "amount", " "),
        Column("held", say("Held for guests and stores"), "amount", " "),
        Column("earned", say("Earned, without tax"), "amount", place="lead"),
        Column("balanced", say("Debits and credits"), "drawn", place="wide"),
    )
    return Table(columns, rows, say("Companies"))


def company_row(
    entity: LegalEntity, roles: Mapping[str, int], day: date, language: Language
) -> CompanyRow:
    """One company's row; `roles` are balances, debits less credits."""

    def total(names: Iterable[str], sign: int = 1) -> Amount | None:
        if not roles:
            return None
        return Amount(sign * sum(roles.get(name, 0) for name in names), entity.currency)

    return CompanyRow(
        id=entity.id,
        name=name_of(entity, language),
        other_name=entity.name_en if language == "zh-CN" else entity.name_zh,
        currency=entity.currency,
        cash=total(CASH),
        receivables=total(RECEIVABLES),
        held=total(HELD, -1),
        earned=total(EARNED, -1),
        balanced="" if not roles else "holds" if sum(roles.values()) == 0 else "broken",
        href=with_query(f"/group/books/{entity.id}", day=day.isoformat()),
    )


def matrices(
    directory: Directory, owed: Sequence[Owed], day: date, language: Language
) -> list[Matrix]:
    """What entities owe each other, one matrix for each currency; the group's own first."""
    by_unit: dict[str, list[Owed]] = defaultdict(list)
    for row in owed:
        if row.debts:
            by_unit[row.unit].append(row)
    if not by_unit:
        return [Matrix((), (), directory.currency)]
    ordered = sorted(by_unit, key=lambda unit: (unit != directory.currency, unit))
    return [matrix_of(directory.organisation, by_unit[unit], unit, day, language)
            for unit in ordered]  # fmt: skip


def matrix_of(
    organisation: Organisation, owed: Sequence[Owed], unit: str, day: date, language: Language
) -> Matrix:
    """One currency's matrix: the entities that owe or are owed, the group's platform first."""
    platform = organisation.group.platform_entity_id
    ids = sorted({id for row in owed for id in (row.book, row.other)}, key=lambda id: (
        id != platform, id
    ))[:MOST_IN_A_MATRIX]  # fmt: skip
    places = {id: place for place, id in enumerate(ids)}
    cells = [
        OwedCell(
            places[row.book],
            places[row.other],
            row.debts,
            with_query(f"/group/books/{row.book}/owed/{row.other}", day=day.isoformat()),
        )
        for row in owed
        if row.book in places and row.other in places
    ]
    names = tuple(
        name_of(organisation.entities[id], language) if id in organisation.entities else str(id)
        for id in ids
    )
    return Matrix(names, tuple(cells), unit)
