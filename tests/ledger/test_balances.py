"""Balances as of a date are the same from the journal's tail as from the folded days."""

from datetime import date

from serai.core import Database, DatabaseUrls, utc_now
from serai.ledger import (
    Account,
    Belonging,
    Committed,
    Key,
    Post,
    Proposal,
    Transfer,
    Writer,
    accounts_of_role,
    fold,
    open_items,
    trial_balance,
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
        (only,) = await accounts_of_role(database, 1, "CNY", "deposits", SATURDAY)
        assert (only.holder, only.debits, only.credits) == (50, 500, 800)

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
