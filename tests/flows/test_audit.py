"""The audit passes on a house that has seen everything, and names what was damaged by hand."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest_asyncio
from msgspec import Struct
from psycopg.rows import TupleRow

from serai.capital import OPEN_ITEM_ROLES
from serai.cloud import PLATFORM, Actor, Holding, Node
from serai.core.postgres import DatabaseUrls
from serai.flows import By, Party, audit, decide_refund
from serai.flows.audit import CHECKS
from serai.ledger import Finding, fold
from serai.migrations import migrate, step_back
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, want
from tests.worlds import (
    ACME,
    ADMISSION,
    BOAT_TOUR,
    DINNER,
    DUCK,
    GROUP,
    LOTUS_TRAVEL,
    ROOM_COMPANY,
    ROOM_FLEXIBLE,
    ROOM_HALF_SURE,
    ROOM_PREPAID,
    SUNSET_CRUISE,
    TEA_CEREMONY,
    TEA_TABLE,
    TEA_TIN,
    WANG,
)

BOTH = Holding(Node("group", GROUP), frozenset({"orders.write", "refunds.approve"}))
CLERK = Actor("person:1", id=1, holdings=(BOTH,))
COLLEAGUE = Actor("person:2", id=2, holdings=(BOTH,))
ALL = (
    want(ROOM_HALF_SURE, nights=2),
    want(DINNER, quantity=3, minute=1110),
    want(ADMISSION, quantity=2, minute=600),
    want(BOAT_TOUR, minute=570),
    want(DUCK, quantity=2),
    want(TEA_CEREMONY, minute=840),
    want(TEA_TABLE, minute=840),
    want(TEA_TIN, quantity=2),
    want(SUNSET_CRUISE, minute=1080),
)


async def everything_happens(desk: Desk, clock: SetClock) -> None:
    """Orders in every state, of every kind, with payments and refunds in every state."""
    acme = Party(customer_id=WANG, payer_id=ACME, channel="phone", agent_id=LOTUS_TRAVEL)
    served = await desk.confirmed(*ALL)
    missed = await desk.confirmed(*ALL[:1], *ALL[2:5], *ALL[7:])
    billed = await desk.confirmed(want(ROOM_COMPANY), party=acme)
    await desk.confirmed(want(ROOM_FLEXIBLE), party=acme)
    free = await desk.confirmed(want(ROOM_PREPAID), want(DUCK))
    await desk.cancel(free)
    (*_, refund) = await desk.payments(free)
    await desk.answer(refund.id, "declined")
    gone = await desk.book(*ALL[1:4])
    paying = await desk.book(want(ADMISSION, minute=660), want(TEA_TIN), want(DUCK))
    (duck, *_) = await desk.lines(paying.order_id)
    await desk.ask(paying.order_id)
    await desk.cancel(paying.order_id, [duck.id])
    returned = await desk.book(want(DUCK))
    asked = await desk.ask(returned.order_id)
    await desk.cancel(returned.order_id)
    await desk.answer(asked.payment_id)
    await refunds_wait(desk)
    declined = await desk.book(want(DUCK))
    asked = await desk.ask(declined.order_id)
    await desk.answer(asked.payment_id, "declined")
    clock.forward(minutes=16)
    await desk.confirmed(want(DUCK))  # the books give back what has run out; `gone` says held
    assert set(await desk.states(gone.order_id)) == {"held"}
    clock.set(at(20, 10))
    late = await desk.confirmed(ALL[0], ALL[5], ALL[7])
    await desk.cancel(late)
    clock.set(at(20, 20))
    await desk.fulfil(served)
    await desk.collect(served, "card")
    await desk.fulfil(billed)
    await desk.no_show(missed)
    await desk.book(want(ROOM_FLEXIBLE, at(25).date(), nights=2))


async def refunds_wait(desk: Desk) -> None:
    """Of refunds above what one person may pay back alone, one waits, one goes, one does not."""
    for decision in (None, True, False):
        order = await desk.confirmed(want(DUCK, quantity=8))
        desk.actor = CLERK
        await desk.cancel(order)
        desk.actor = PLATFORM
        (*_, refund) = await desk.payments(order)
        assert refund.status == "waiting"
        if decision is not None:
            by = By(COLLEAGUE, f"decide-{refund.id}")
            done(await decide_refund(desk.house, by, refund.id, approved=decision))


@pytest_asyncio.fixture
async def sound(desk: Desk, clock: SetClock, urls: DatabaseUrls) -> DatabaseUrls:
    await everything_happens(desk, clock)
    return urls


async def failing(urls: DatabaseUrls) -> dict[str, Finding]:
    return {finding.invariant: finding for finding in await audit(urls.platform) if finding.failed}


async def test_a_sound_house_passes_and_says_how_much_was_checked(sound: DatabaseUrls) -> None:
    found = await audit(sound.platform)
    assert not [finding for finding in found if finding.failed]
    own = {finding.invariant: finding.checked for finding in found}
    assert all(own[check.invariant] for check in CHECKS), own


class Damage(Struct, frozen=True):
    """A row of `table` that somebody changes by hand, and what the audit then says of it."""

    invariant: str
    table: str
    sql: str
    says: str


def _first(table: str, where: str, key: str = "id") -> str:
    return f"{key} = (SELECT min({key}) FROM {table} WHERE {where})"


def _of_role(role: str, side: str = "credit") -> str:
    return f"{side}_account IN (SELECT id FROM accounts WHERE role = '{role}')"


SUMS = "orders are the sums of their bookings, lines and charges"
GOODS = "each line's goods and value are as its state says"
MONEY = "each line's money is as its state says"
COMMISSION = "commission is what the terms say"
OPEN_ITEMS = "deposits and agreed value are the bookings behind them"
OWED = "all that is owed has a booking behind it"
SOLD = "sold units are the bookings behind them"
PAYMENTS = "payments moved what they say"
COLLECTED = "customers' money and what providers owe are the payments behind them"
REFUNDS = "refunds wait, and go, as a second person has said"
TOLD = "every state was told"
TRANSFERS = "transfers name orders, bookings and lines that are there"
RECORDS = "records name records that are there"
PARENTS = "a booking's parents are its store's on that day"
STAMPS = "rows of business say under whom they were done"
INVENTORY = "goods in stock have cost something"

DAMAGES = (
    Damage(SUMS, "charges", "UPDATE charges SET amount_minor = amount_minor + 1 WHERE "
           + _first("charges", "true"), "its charges"),
    Damage(SUMS, "lines", "UPDATE lines SET amount_minor = amount_minor - 1 WHERE "
           + _first("lines", "true"), "its lines"),
    Damage(SUMS, "bookings", "UPDATE bookings SET amount_minor = 0 WHERE "
           + _first("bookings", "true"), "its bookings"),
    Damage(SUMS, "orders", "UPDATE orders SET amount_minor = 1 WHERE "
           + _first("orders", "true"), "is 1; its bookings"),
    *(
        Damage(GOODS, "lines", f"UPDATE lines SET state = '{wrong}' WHERE "
               + _first("lines", f"state = '{right}' AND amount_minor > 0"), says)
        for right, wrong, says in (
            ("held", "confirmed", "goods sold is 0 and should be"),
            ("paying", "expired", "goods held is"),
            ("confirmed", "fulfilled", "goods consumed is 0 and should be"),
            ("confirmed", "cancelled", "value on the books is"),
            ("fulfilled", "confirmed", "value earned is"),
            ("fulfilled", "not_shown", "value not shown is 0"),
            ("cancelled", "held", "is held: goods held is 0"),
            ("not_shown", "cancelled", "value not shown is"),
        )
    ),
    Damage(GOODS, "endings", "DELETE FROM endings WHERE "
           + _first("endings", "kind = 'posted'", "pending_id"), "goods held is 1 and should be 0"),
    Damage(GOODS, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("consumed")), "goods consumed"),
    Damage(MONEY, "lines", "UPDATE lines SET fee_minor = fee_minor + 1 WHERE "
           + _first("lines", "state = 'cancelled' AND fee_minor > 0"), "what was kept is"),
    Damage(MONEY, "charges", "UPDATE charges SET tax_minor = tax_minor + 1 WHERE line_id = "
           "(SELECT min(id) FROM lines WHERE state = 'fulfilled')", "the tax of what was charged"),
    Damage(MONEY, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("deposits")), "the deposit is"),
    Damage(MONEY, "transfers", "UPDATE transfers SET amount = amount - 1 WHERE "
           + _first("transfers", _of_role("revenue")), "what was charged is"),
    Damage(MONEY, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("store_payable") + " AND reason = 'charge'"),
           "what the seller is owed for it"),
    Damage(MONEY, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("store_payable") + " AND reason <> 'charge'"),
           "what the seller is owed of what was kept"),
    Damage(MONEY, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("guest_receivable") + " AND reason = 'desk'"),
           "what the guest owes is -1"),
    Damage(MONEY, "lines", "UPDATE lines SET cost_minor = 1 WHERE "
           + _first("lines", "state = 'fulfilled' AND cost_minor > 0"), "the cost of the goods"),
    Damage(COMMISSION, "transfers", "UPDATE transfers SET amount = amount + 1 WHERE "
           + _first("transfers", _of_role("commission_revenue")), "the commission is"),
    Damage(COMMISSION, "bookings", "UPDATE bookings SET terms = jsonb_set(terms, "
           "'{commission_tax_bp}', '1300') WHERE "
           "id = (SELECT min(booking_id) FROM lines WHERE state = 'fulfilled')",
           "the tax on the commission is"),
    Damage(OPEN_ITEMS, "accounts", "UPDATE accounts SET credits_posted = credits_posted + 1 WHERE "
           + _first("accounts", "role = 'deposits'"), "deposits of store"),
    Damage(OPEN_ITEMS, "accounts", "UPDATE accounts SET credits_posted = 0 WHERE "
           + _first("accounts", "role = 'on_the_books'"), "on_the_books of store"),
    Damage(OPEN_ITEMS, "accounts", "DELETE FROM accounts WHERE "
           + _first("accounts", "role = 'earned'"), "earned of store"),
    Damage(OWED, "transfers", "UPDATE transfers SET booking_id = 0, line_id = 0, order_id = 0 "
           "WHERE " + _first("transfers", _of_role("guest_receivable")), "of guest_receivable"),
    Damage(OWED, "bookings", "UPDATE bookings SET payer_id = 202 WHERE payer_id = 201 AND "
           + _first("bookings", "payer_id = 201"), "of company_receivable"),
    Damage(SOLD, "lines", "UPDATE lines SET needs = jsonb_set(needs, '{0,quantity}', '7') WHERE "
           + _first("lines", "state = 'confirmed'"), "its bookings have"),
    Damage(SOLD, "accounts", "UPDATE accounts SET credits_pending = credits_pending + 99 WHERE "
           + _first("accounts", "role = 'sold'"), "on hold"),
    Damage(PAYMENTS, "payments", "UPDATE payments SET status = 'succeeded' WHERE "
           + _first("payments", "status = 'asked' AND kind = 'payment'"), "moved 0"),
    Damage(PAYMENTS, "payments", "UPDATE payments SET status = 'declined' WHERE "
           + _first("payments", "status = 'asked' AND kind = 'payment'"),
           "no payment is asked for it"),
    Damage(PAYMENTS, "payments", "UPDATE payments SET amount_minor = amount_minor + 1 WHERE "
           + _first("payments", "status = 'succeeded'"), "moved"),
    Damage(PAYMENTS, "payments", "UPDATE payments SET collector_id = 99 WHERE "
           + _first("payments", "status = 'succeeded'"), "moved 0"),
    Damage(COLLECTED, "payments", "UPDATE payments SET amount_minor = amount_minor + 1 WHERE "
           + _first("payments", "status = 'asked' AND kind = 'refund'"), "waits to go back"),
    Damage(COLLECTED, "accounts", "UPDATE accounts SET debits_posted = debits_posted + 1 WHERE "
           + _first("accounts", "role = 'payment_clearing'"), "providers owe"),
    Damage(REFUNDS, "payments", "UPDATE payments SET status = 'asked' WHERE "
           + _first("payments", "status = 'waiting'"), "what was asked about it is waiting"),
    Damage(REFUNDS, "payments", "UPDATE payments SET status = 'waiting' WHERE "
           + _first("payments", "status = 'asked' AND kind = 'refund'"), "asked about it is"),
    Damage(REFUNDS, "approvals", "DELETE FROM approvals WHERE state = 'waiting'",
           "asked about it is nothing"),
    Damage(REFUNDS, "approvals", "UPDATE approvals SET state = 'approved', decided_by = 3 "
           "WHERE state = 'refused'", "is refused, and what was asked about it is approved"),
    Damage(REFUNDS, "approvals", "UPDATE approvals SET asked = jsonb_set(asked, '{payment_id}', "
           "'99') WHERE state = 'waiting'", "is of refund 99, which is not there"),
    Damage(REFUNDS, "payments", "UPDATE payments SET placement_ids = '[99]' WHERE "
           + _first("payments", "status = 'waiting'"), "is stamped with placements [99]"),
    Damage(PAYMENTS, "payments", "UPDATE payments SET amount_minor = amount_minor - 1 WHERE "
           + _first("payments", "status = 'waiting'"), "(waiting, 102399) moved 0 and has 102400"),
    Damage(COLLECTED, "payments", "UPDATE payments SET amount_minor = amount_minor + 1 WHERE "
           + _first("payments", "status = 'refused'"), "waits to go back"),
    *(
        Damage(TOLD, "events", f"UPDATE events SET type = 'nothing' WHERE type = '{type}'",
               f"is {state}, and no event says so")
        for type, state in (
            ("booking.placed", "held"), ("payment.asked", "paying"),
            ("booking.confirmed", "confirmed"), ("booking.fulfilled", "fulfilled"),
            ("booking.cancelled", "cancelled"), ("booking.not_shown", "not_shown"),
        )
    ),
    Damage(TRANSFERS, "transfers", "UPDATE transfers SET line_id = 99 WHERE "
           + _first("transfers", "line_id <> 0"), "line 99"),
    Damage(TRANSFERS, "transfers", "UPDATE transfers SET store_id = 99 WHERE "
           + _first("transfers", "line_id <> 0"), "of store 99"),
    Damage(TRANSFERS, "payments", "DELETE FROM payments WHERE "
           + _first("payments", "status = 'succeeded'"), "which are not so"),
    Damage(RECORDS, "customers", "DELETE FROM customers WHERE id = 200", "names 200 of customers"),
    Damage(RECORDS, "offers", "DELETE FROM offers WHERE id = 103", "names 103 of offers"),
    Damage(PARENTS, "store_parents", "UPDATE store_parents SET since = '2026-12-01' "
           "WHERE store_id = 50 AND axis = 'brand'", "the organisation says none"),
    Damage(PARENTS, "bookings", "UPDATE bookings SET city_id = 41 WHERE "
           + _first("bookings", "true"), "says city 41"),
    *(
        Damage(STAMPS, table, f"UPDATE {table} SET {column} = 99 WHERE {key} = "
               f"(SELECT min({key}) FROM {table} WHERE {where})", says)
        for table, column, key, where, says in (
            ("bookings", "placement_id", "id", "true", "is stamped with placement 99"),
            ("lines", "placement_id", "id", "true", "is stamped with placement 99"),
            ("charges", "customer_id", "id", "true", "customer 99"),
            ("payments", "customer_id", "id", "true", "is stamped with customer 99"),
            ("transfers", "placement_id", "id", "booking_id <> 0", "is stamped with placement 99"),
            ("events", "placement_id", "position", "booking_id <> 0",
             "is stamped with placement 99"),
        )
    ),
    Damage(INVENTORY, "accounts", "UPDATE accounts SET debits_posted = 0 WHERE "
           + _first("accounts", "role = 'inventory' AND credits_posted > 0"), "inventory of goods"),
)  # fmt: skip


async def test_it_names_what_was_damaged_by_hand(sound: DatabaseUrls) -> None:
    assert {damage.invariant for damage in DAMAGES} == {check.invariant for check in CHECKS}
    for damage in DAMAGES:
        with damaged(sound, damage):
            found = await failing(sound)
        assert damage.invariant in found, damage
        named = found[damage.invariant].failures
        assert any(damage.says in failure for failure in named), (damage, named)
    assert not await failing(sound)


@contextmanager
def damaged(urls: DatabaseUrls, damage: Damage) -> Iterator[None]:
    """The house with a damaged row, which is put right again afterwards."""
    with psycopg.connect(urls.owner, autocommit=True) as owner:
        owner.execute(f"CREATE TEMPORARY TABLE sound AS TABLE {damage.table}")
        assert owner.execute(damage.sql).rowcount, damage
        yield
        owner.execute(f"ALTER TABLE {damage.table} DISABLE TRIGGER USER")
        owner.execute(f"DELETE FROM {damage.table}")
        owner.execute(f"INSERT INTO {damage.table} SELECT * FROM sound")
        owner.execute(f"ALTER TABLE {damage.table} ENABLE TRIGGER USER")


UNSTAMPED = {
    "bookings": "placement_id = 0",
    "lines": "placement_id = 0, customer_id = 0",
    "charges": "placement_id = 0, customer_id = 0",
    "payments": "customer_id = 0, placement_ids = '[]'",
    "events": "placement_id = 0",
    "transfers": "placement_id = 0, book_id = 0",
    "endings": "placement_id = 0, book_id = 0",
    **dict.fromkeys(("daily_sums", "booking_sums", "booking_spans", "account_stretches"),
                    "book_id = 0"),
}  # fmt: skip
"""What the release before row-level security leaves in the stamps of its rows."""


async def test_what_the_release_before_has_written_is_stamped_at_the_next_start(
    sound: DatabaseUrls,
) -> None:
    await fold(sound.writer, OPEN_ITEM_ROLES)
    with psycopg.connect(sound.owner, autocommit=True) as owner:
        before = {table: rows_of(owner, table) for table in UNSTAMPED}
        assert all(before.values())
        step_back(sound.owner)
        for table, empty in UNSTAMPED.items():
            owner.execute(f"UPDATE {table} SET {empty}".encode())
        assert await failing(sound)
        migrate(sound.owner)
        assert {table: rows_of(owner, table) for table in UNSTAMPED} == before
    assert not await failing(sound)


def rows_of(owner: psycopg.Connection[TupleRow], table: str) -> list[TupleRow]:
    rows = f"SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1"
    return owner.execute(rows.encode()).fetchall()
