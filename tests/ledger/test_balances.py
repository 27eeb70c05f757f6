"""Balances as of a date are the same from the journal's tail as from the folded days."""

from datetime import date

from serai.core import Database, DatabaseUrls, utc_now
from serai.ledger import (
    Account,
    Belonging,
    Committed,
    DaySum,
    Key,
    Post,
    Proposal,
    Span,
    Transfer,
    Writer,
    account_by_day,
    account_of,
    accounts_of_role,
    balances_of_kinds,
    fold,
    journal_of_account,
    kind_by_day,
    moved_from,
    open_items,
    owed_between,
    role_by_day,
    span_of_books,
    trial_balance,
    trial_balances,
    units_of_role,
)

FRIDAY, SATURDAY, SUNDAY = date(2026, 5, 1), date(2026, 5, 2), date(2026, 5, 3)
DEPOSITS = Account(1, "CNY", 50, "deposits")
CLEARING = Account(1, "CNY", 1, "clearing")
REVENUE = Account(1, "CNY", 50, "revenue")


async def post(books: Writer, key: str, on: date, *chain: Transfer) -> Committed:
    outcome = await books.propose(
        Proposal(key=Key("t", "t", key), effective=utc_now(), business_date=on, chain=chain)
    )
    assert isinstance(outcome, Committed), outcome
    return outcome


def move(
    debit: Account, credit: Account, amount: int, booking: int, *, pending: bool = False
) -> Transfer:
    return Transfer(
        debit=debit, credit=credit, amount=amount, reason="x", pending=pending,
        of=Belonging(order=900, booking=booking),
    )  # fmt: skip


async def test_a_trial_balance_is_that_of_its_date_folded_or_not(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    async def check() -> None:
        friday = await trial_balance(database, 1, ["CNY"], FRIDAY)
        assert [(row.role, row.balance) for row in friday] == [
            ("clearing", 800),
            ("deposits", -800),
        ]
        sunday = await trial_balance(database, 1, ["CNY"], SUNDAY)
        assert [(row.role, row.balance) for row in sunday] == [
            ("clearing", 850),
            ("deposits", -350),
            ("revenue", -500),
        ]
        items = await open_items(database, 1, "CNY", "deposits", SUNDAY)
        assert [(item.booking_id, item.balance) for item in items] == [(902, -300), (903, -50)]
        assert {(item.total, item.items) for item in items} == {(-350, 2)}
        items = await open_items(database, 1, "CNY", "deposits", FRIDAY)
        assert [(item.booking_id, item.balance) for item in items] == [(901, -500), (902, -300)]
        items = await open_items(database, 1, "CNY", "deposits", FRIDAY, after=901)
        assert [item.booking_id for item in items] == [902]
        (only,) = await accounts_of_role(database, 1, "CNY", "deposits", SATURDAY)
        assert (only.holder, only.debits, only.credits, only.accounts) == (50, 500, 800, 1)
        moved = await account_by_day(database, only.id, SATURDAY)
        assert moved == await role_by_day(database, 1, "CNY", "deposits", SATURDAY)
        assert moved == [DaySum(FRIDAY, 0, 800), DaySum(SATURDAY, 500, 0)]
        assert await span_of_books(database, [1], ["CNY"]) == Span(FRIDAY, SUNDAY)

    await post(books, "1", FRIDAY, move(CLEARING, DEPOSITS, 500, 901))
    await post(books, "2", FRIDAY, move(CLEARING, DEPOSITS, 300, 902))
    await post(books, "3", SATURDAY, move(DEPOSITS, REVENUE, 500, 901))
    held = await post(books, "4", SATURDAY, move(CLEARING, DEPOSITS, 80, 903, pending=True))
    await books.propose(
        Proposal(
            key=Key("t", "t", "5"),
            effective=utc_now(),
            business_date=SUNDAY,
            chain=(Post(pending=held.transfers[0], amount=50),),
        )
    )
    await check()
    assert await fold(urls.writer, ["deposits"]) == 5
    await check()
    await post(books, "6", SUNDAY, move(CLEARING, DEPOSITS, 1, 904))
    await post(books, "7", SUNDAY, move(DEPOSITS, CLEARING, 1, 904))
    await check()
    assert await fold(urls.writer, ["deposits"]) == 2
    assert await fold(urls.writer, ["deposits"]) == 0
    await check()


async def test_an_accounts_journal_comes_latest_date_first_a_page_at_a_time(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    async def pages(most: int) -> list[tuple[date, int]]:
        account = await account_of(database, DEPOSITS)
        assert account is not None
        found: list[tuple[date, int]] = []
        before = 2**62
        while page := await journal_of_account(
            database, account.id, FRIDAY, SUNDAY, most=most, before=before
        ):
            assert len(page) <= most
            found += [(row.business_date, row.amount) for row in page]
            before = page[-1].id
        return found

    expected: list[tuple[date, int]] = []
    for number, day in enumerate((FRIDAY, SUNDAY, SATURDAY, FRIDAY, SUNDAY, FRIDAY), start=1):
        await post(books, str(number), day, move(CLEARING, DEPOSITS, number, 900 + number))
        await post(books, f"other {number}", day, move(CLEARING, REVENUE, 7, 0))
        expected = sorted([*expected, (day, number)], reverse=True)
        assert await pages(2) == expected
        if number % 2:
            await fold(urls.writer, ["deposits"])
            assert await pages(2) == expected
    assert await pages(100) == expected
    account = await account_of(database, DEPOSITS)
    assert account is not None
    rows = await journal_of_account(database, account.id, FRIDAY, FRIDAY)
    assert [row.amount for row in rows] == [6, 4, 1]
    assert await moved_from(database, account.id, rows[1].id) == DaySum(FRIDAY, 0, 10)
    assert await moved_from(database, account.id, 2**40) is None
    assert await journal_of_account(database, 1, FRIDAY, SATURDAY, most=9) != []


async def test_what_entities_owe_is_that_of_its_date(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    async def owed(day: date) -> list[tuple[int, int, int, int]]:
        found = await owed_between(database, [1, 2], ["CNY"], day)
        return sorted((row.book, row.other, row.claims, row.debts) for row in found)

    due_to, due_from = Account(1, "CNY", 2, "due_to"), Account(2, "CNY", 1, "due_from")
    other = Account(2, "CNY", 50, "deposits")
    for key, day, amount in (("1", FRIDAY, 500), ("2", SUNDAY, 40)):
        await post(
            books, key, day, move(DEPOSITS, due_to, amount, 0), move(due_from, other, amount, 0)
        )
    for _ in range(2):
        assert await owed(SATURDAY) == [(1, 2, 0, 500), (2, 1, 500, 0)]
        assert await owed(SUNDAY) == [(1, 2, 0, 540), (2, 1, 540, 0)]
        rows = await trial_balances(database, [1, 2], ["CNY"], SATURDAY)
        assert {row.book: row.balance for row in rows if row.role.startswith("due")} == {
            1: -500,
            2: 500,
        }
        await fold(urls.writer, [])


async def test_units_of_a_kind_are_counted_together(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    for key, unit, slot in (("1", "room:7", 1), ("2", "room:8", 2), ("3", "table:9", 3)):
        await post(
            books, key, FRIDAY,
            move(Account(1, unit, 7, "source"), Account(1, unit, 7, "available", slot), 3, 0),
        )  # fmt: skip
    for _ in range(2):
        rows = await balances_of_kinds(database, 1, ["room", "seat"], FRIDAY)
        assert [(row.unit, row.role, row.balance) for row in rows] == [
            ("room", "available", -6),
            ("room", "source", 6),
        ]
        units = await units_of_role(database, 1, "room", "available", FRIDAY)
        assert [(row.unit, row.balance) for row in units] == [("room:7", -3), ("room:8", -3)]
        moved = await kind_by_day(database, 1, "room", "available", FRIDAY)
        assert moved == [DaySum(FRIDAY, 0, 6)]
        await fold(urls.writer, [])


async def test_a_booking_that_two_pay_for_is_two_items(books: Writer, database: Database) -> None:
    owing = [Account(1, "CNY", payer, "company_receivable") for payer in (70, 71)]
    await post(
        books, "1", FRIDAY, move(owing[0], REVENUE, 30, 901), move(owing[1], REVENUE, 20, 901),
        move(owing[0], REVENUE, 10, 902),
    )  # fmt: skip
    found = await open_items(database, 1, "CNY", "company_receivable", FRIDAY, most=2)
    assert [(item.booking_id, item.holder, item.balance) for item in found] == [
        (901, 70, 30), (901, 71, 20),
    ]  # fmt: skip
    rest = await open_items(database, 1, "CNY", "company_receivable", FRIDAY, after=901)
    assert [(item.booking_id, item.balance) for item in rest] == [(902, 10)]
