"""The audit passes on sound books, and names what was damaged by hand: once for each invariant."""

from datetime import date

import psycopg
import pytest

from serai.core import DatabaseUrls, utc_now
from serai.ledger import (
    Account,
    Belonging,
    Committed,
    Deed,
    Event,
    Finding,
    Key,
    Post,
    Proposal,
    Transfer,
    Void,
    Writer,
    audit_books,
    fold,
)

DAY = date(2026, 5, 1)
A = Account(1, "CNY", 10, "customer_money", 0, "debits")
B = Account(1, "CNY", 11, "bank")
C = Account(2, "CNY", 12, "bank")
OWES, CLAIMS = Account(1, "CNY", 2, "due_to"), Account(2, "CNY", 1, "due_from")


async def propose(books: Writer, key: str, *chain: Transfer | Post | Void) -> Committed:
    outcome = await books.propose(
        Proposal(
            key=Key("t", "t", key), effective=utc_now(), business_date=DAY, chain=chain,
            events=(Event(type="moved"),), deeds=(Deed(actor="t", operation="t"),),
        )
    )  # fmt: skip
    assert isinstance(outcome, Committed), outcome
    return outcome


def move(debit: Account, credit: Account, amount: int, *, pending: bool = False) -> Transfer:
    return Transfer(
        debit=debit, credit=credit, amount=amount, reason="x", pending=pending,
        of=Belonging(booking=900),
    )  # fmt: skip


@pytest.fixture
async def sound(books: Writer, urls: DatabaseUrls) -> DatabaseUrls:
    """Two books with a bit of everything in them, folded."""
    await propose(books, "1", move(B, A, 1_000))
    await propose(books, "2", move(A, OWES, 300), move(CLAIMS, C, 300))
    posted = await propose(books, "3", move(A, B, 100, pending=True))
    voided = await propose(books, "4", move(A, B, 50, pending=True))
    await propose(books, "5", Post(pending=posted.transfers[0], amount=60))
    await propose(books, "6", Void(pending=voided.transfers[0]))
    await propose(books, "7", move(A, B, 20, pending=True))
    await fold(urls.writer, ["bank"])
    return urls


async def failing(urls: DatabaseUrls) -> dict[str, Finding]:
    found = await audit_books(urls.platform)
    return {finding.invariant: finding for finding in found if finding.failed}


async def test_sound_books_pass_and_say_how_much_was_checked(sound: DatabaseUrls) -> None:
    found = {finding.invariant: finding for finding in await audit_books(sound.platform)}
    assert not [finding for finding in found.values() if finding.failed]
    assert found["each pending transfer ends once"].checked == 3
    assert found["positions of events have no gap"].checked == 7
    assert all(finding.checked for finding in found.values())


DAMAGE = {
    "every unit sums to zero in every book": (
        "UPDATE accounts SET debits_posted = debits_posted + 1 WHERE holder = 11"
    ),
    "what entities owe each other agrees": (
        "UPDATE accounts SET credits_posted = credits_posted - 1 WHERE role = 'due_to'"
    ),
    "no limited account is overdrawn, pending counted": (
        "UPDATE accounts SET debits_pending = 5000 WHERE role = 'customer_money'"
    ),
    "each pending transfer ends once": "DELETE FROM endings WHERE kind = 'posted'",
    "the journal folds to the balances": ("UPDATE transfers SET amount = amount + 1 WHERE id = 1"),
    "transfers stay within one book and unit": (
        "UPDATE transfers SET credit_account = (SELECT id FROM accounts WHERE holder = 12) "
        "WHERE id = 1"
    ),
    "the journal folds to the daily sums": "DELETE FROM daily_sums WHERE debits = 300",
    "the daily sums by booking are those of the journal": (
        "UPDATE booking_sums SET credits = credits + 7"
    ),
    "the sums by role are those of their accounts": "DELETE FROM role_sums WHERE role = 'bank'",
    "the spans of bookings are those of their days": (
        "UPDATE booking_spans SET last_date = last_date + 1"
    ),
    "the stretches of accounts are those of the journal": (
        "DELETE FROM account_stretches WHERE account_id = 1"
    ),
    "positions of events have no gap": "DELETE FROM events WHERE position = 3",
    "the fence stands after all that is written": "UPDATE fence SET next_transfer = 2",
}


@pytest.mark.parametrize("invariant", DAMAGE)
async def test_damage_is_named(sound: DatabaseUrls, invariant: str) -> None:
    async with await psycopg.AsyncConnection.connect(sound.owner, autocommit=True) as owner:
        await owner.execute(DAMAGE[invariant].encode())
    found = await failing(sound)
    assert invariant in found
    assert found[invariant].failures


FURTHER_DAMAGE = {
    "an expiry before its deadline": (
        "each pending transfer ends once",
        "INSERT INTO endings SELECT id, 'expired', 0, 0, recorded FROM transfers "
        "WHERE kind = 'pending' ORDER BY id DESC LIMIT 1",
    ),
    "a deadline that has passed": (
        "each pending transfer ends once",
        "UPDATE transfers SET deadline = recorded WHERE kind = 'pending' AND amount = 20",
    ),
    "an ending after the deadline": (
        "each pending transfer ends once",
        "UPDATE transfers SET deadline = recorded WHERE kind = 'pending' AND amount = 100",
    ),
    "a void of another amount": (
        "each pending transfer ends once",
        "UPDATE transfers SET amount = 49 WHERE kind = 'void'",
    ),
    "more posted than was held": (
        "each pending transfer ends once",
        "UPDATE endings SET amount = 61 WHERE kind = 'posted'",
    ),
    "a transfer that is gone": (
        "the fence stands after all that is written",
        "DELETE FROM transfers WHERE id = 2",
    ),
    "a fence that is ahead": (
        "the fence stands after all that is written",
        "UPDATE fence SET next_account = next_account + 1",
    ),
    "a pending transfer that a new writer would not know of": (
        "the fence stands after all that is written",
        "UPDATE fence SET oldest_pending = next_transfer",
    ),
}


@pytest.mark.parametrize("damage", FURTHER_DAMAGE)
async def test_further_damage_is_named(sound: DatabaseUrls, damage: str) -> None:
    invariant, statement = FURTHER_DAMAGE[damage]
    async with await psycopg.AsyncConnection.connect(sound.owner, autocommit=True) as owner:
        await owner.execute(statement.encode())
    assert invariant in await failing(sound)


async def test_a_long_list_of_failures_is_cut_and_counted(
    sound: DatabaseUrls, books: Writer
) -> None:
    for number in range(30):
        await propose(books, f"many-{number}", move(B, A, 1))
    async with await psycopg.AsyncConnection.connect(sound.owner, autocommit=True) as owner:
        await owner.execute(b"DELETE FROM events WHERE position > 5")
    found = (await failing(sound))["positions of events have no gap"]
    assert (found.failed, len(found.failures)) == (32, 20)
