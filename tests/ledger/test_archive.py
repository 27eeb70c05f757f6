"""Accounts that are past and settled are archived, and nothing in the books changes by it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest

from serai.core import Database, DatabaseUrls
from serai.ledger import (
    Account,
    Belonging,
    Committed,
    Post,
    Refused,
    Table,
    Void,
    Writer,
    account_by_id,
    account_of,
    archive_accounts,
    audit_books,
    fold,
    journal_of_order,
    open_writer,
)
from tests.ledger.steps import account, held, moved, opening, proposal, rooms, sold
from tests.ledger.test_writer import until_locked

PAST, FUTURE = 1_000, 9_000
TODAY = 5_000


async def commit(books: Writer, *steps: Any, **more: Any) -> Committed:
    outcome = await books.propose(proposal(*steps, **more))
    assert isinstance(outcome, Committed), outcome
    return outcome


async def archived(database: Database) -> list[int]:
    return await database.column("SELECT slot FROM archived_accounts ORDER BY slot")


async def assert_whole(urls: DatabaseUrls) -> None:
    assert [one.failures for one in await audit_books(urls.platform) if one.failed] == []


@pytest.fixture(params=[400_000, 2], ids=["remembered", "forgotten"])
async def books(
    urls: DatabaseUrls, registered: Sequence[Table], request: pytest.FixtureRequest
) -> AsyncIterator[Writer]:
    """A writer that remembers what it has archived, and one that has forgotten nearly all."""
    async with open_writer(urls.writer, registered, most_accounts=request.param) as writer:
        yield writer


async def test_past_and_settled_slots_leave(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    for slot in (PAST, PAST + 1, FUTURE):
        await commit(books, opening(10, slot), moved(rooms(slot), sold(), 4))
    assert await archive_accounts(urls.writer, "available", TODAY) == 2
    assert await archive_accounts(urls.writer, "available", TODAY) == 0
    assert await archived(database) == [PAST, PAST + 1]
    await assert_whole(urls)


async def test_what_is_pending_or_has_no_slot_stays(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST), held(PAST))
    await commit(books, moved(account("available"), account("taker"), 3))
    assert await archive_accounts(urls.writer, "available", TODAY) == 0
    assert await archived(database) == []


async def test_an_account_of_another_role_stays(books: Writer, urls: DatabaseUrls) -> None:
    await commit(books, moved(account("wallet", slot=PAST), account("taker")))
    assert await archive_accounts(urls.writer, "available", TODAY) == 0


async def test_a_late_touch_brings_the_account_back(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST), moved(rooms(PAST), sold(), 4))
    before = await account_of(database, rooms(PAST))
    await archive_accounts(urls.writer, "available", TODAY)
    await commit(books, moved(sold(), rooms(PAST), 1))
    after = await account_of(database, rooms(PAST))
    assert before is not None
    assert after is not None
    assert (after.id, after.debits, after.credits) == (before.id, 4, 11)
    assert await archived(database) == []
    await assert_whole(urls)
    assert await archive_accounts(urls.writer, "available", TODAY) == 1
    await assert_whole(urls)


async def test_a_late_touch_is_written_while_its_accounts_are_being_archived(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST), opening(10, PAST + 1))
    assert await archive_accounts(urls.writer, "available", PAST + 1) == 1
    async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
        await owner.execute("SELECT FROM archived_accounts FOR UPDATE")
        touching = asyncio.create_task(commit(books, moved(rooms(PAST + 1), rooms(PAST), 1)))
        await until_locked(database, 1)
        await archive_accounts(urls.writer, "available", TODAY)
    await touching
    await assert_whole(urls)


async def test_an_archived_slot_cannot_be_overdrawn(books: Writer, urls: DatabaseUrls) -> None:
    await commit(books, opening(10, PAST), moved(rooms(PAST), sold(), 4))
    await archive_accounts(urls.writer, "available", TODAY)
    outcome = await books.propose(proposal(opening(10, PAST), held(PAST, 7)))
    assert isinstance(outcome, Refused)
    assert (outcome.refusal.name, outcome.refusal.missing) == ("exceeds_credits", 1)
    await assert_whole(urls)


async def test_another_limit_is_still_refused(books: Writer, urls: DatabaseUrls) -> None:
    await commit(books, opening(10, PAST))
    await archive_accounts(urls.writer, "available", TODAY)
    twin = Account(1, "room:1", 1, "available", PAST, "none")
    outcome = await books.propose(proposal(moved(twin, sold())))
    assert isinstance(outcome, Refused)
    assert outcome.refusal.name == "account_has_different_limit"


async def test_an_ended_hold_of_an_archived_slot_stays_ended(
    books: Writer, urls: DatabaseUrls
) -> None:
    hold = (await commit(books, opening(10, PAST), held(PAST, 2))).transfers[1]
    await commit(books, Post(pending=hold))
    await archive_accounts(urls.writer, "available", TODAY)
    outcome = await books.propose(proposal(Void(pending=hold)))
    assert isinstance(outcome, Refused)
    assert outcome.refusal.name == "pending_transfer_already_posted"


async def test_readers_find_what_is_archived(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST), moved(rooms(PAST), sold(), 4, of=Belonging(order=7)))
    await archive_accounts(urls.writer, "available", TODAY)
    (row,) = await journal_of_order(database, 7)
    assert (row.debit_role, row.debit_slot) == ("available", PAST)
    found = await account_by_id(database, row.debit_account)
    assert found is not None
    assert (found.debits, found.credits) == (4, 10)
    await fold(urls.writer, ["sold"])
    await assert_whole(urls)


async def test_slots_are_archived_while_orders_come_in(
    books: Writer, database: Database, urls: DatabaseUrls
) -> None:
    slots = range(1, 60)
    for slot in slots:
        await commit(books, opening(1_000, slot))

    async def order(slot: int, number: int) -> None:
        hold = await commit(books, held(slot), key=f"hold {slot} {number}")
        await commit(books, Post(pending=hold.transfers[0]))

    async def orders() -> None:
        for number in range(8):
            await asyncio.gather(*(order(slot, number) for slot in slots))

    ordering = asyncio.create_task(orders())
    moved_away = 0
    while not ordering.done():
        moved_away += await archive_accounts(urls.writer, "available", TODAY)
    await ordering
    moved_away += await archive_accounts(urls.writer, "available", TODAY)
    assert moved_away >= len(slots)
    assert await archived(database) == list(slots)
    await assert_whole(urls)


async def test_the_writer_may_move_accounts_but_not_remove_them(
    books: Writer, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST))
    async with await psycopg.AsyncConnection.connect(urls.writer, autocommit=True) as connection:
        for table in ("accounts", "archived_accounts"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(f"DELETE FROM {table}")
    async with await psycopg.AsyncConnection.connect(urls.app, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("SELECT archive_accounts(0, 10, 'available', 5000)")


async def test_the_audit_names_an_account_that_stands_twice(
    books: Writer, urls: DatabaseUrls
) -> None:
    await commit(books, opening(10, PAST), opening(10, FUTURE))
    await archive_accounts(urls.writer, "available", TODAY)
    async with await psycopg.AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        await owner.execute("UPDATE archived_accounts SET slot = 9000")
    failed = [one.invariant for one in await audit_books(urls.platform) if one.failed]
    assert failed == ["each account stands in one place"]
