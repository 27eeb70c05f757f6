"""A workload on the real writer and PostgreSQL, every reply and every row compared."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import psycopg

from serai.core import Database
from serai.ledger import (
    Committed,
    Outcome,
    Proposal,
    Replayed,
    Writer,
    audit_books,
    fold,
    open_items,
    open_writer,
    trial_balance,
)
from tests.databases import Pristine
from tests.ledger.auditor import Auditor, Expected, Moved, Sums, differences
from tests.ledger.pure import remembered
from tests.ledger.steps import proposal
from tests.ledger.workload import BEGINNING, Chance, Workload

ACCOUNTS = """
SELECT book, unit, holder, role, slot, account_limit, debits_pending, debits_posted,
    credits_pending, credits_posted
FROM accounts
"""
TRANSFERS = """
SELECT t.id, t.kind, ARRAY[d.book, d.holder, d.slot], ARRAY[d.unit, d.role],
    ARRAY[c.book, c.holder, c.slot], ARRAY[c.unit, c.role], t.amount, t.pending_id, t.deadline,
    t.order_id, t.booking_id, t.line_id, t.store_id, t.effective, t.business_date, t.reason
FROM transfers AS t
JOIN accounts AS d ON d.id = t.debit_account
JOIN accounts AS c ON c.id = t.credit_account
ORDER BY t.id
"""
ENDINGS = "SELECT pending_id, kind, amount FROM endings ORDER BY pending_id"
EVENTS = "SELECT position, type FROM events ORDER BY position"
OPEN_ITEM_ROLES = ("receivable", "sold")
TRAIL = "SELECT number, actor, thing_id, after::text FROM trail ORDER BY number"
KEYS = "SELECT count(*) FROM keys"
STANDING = "SELECT id, book, unit, holder, role, slot, account_limit FROM accounts"


class HandClock:
    """A clock that is moved by hand, by a little more than whole seconds.

    The little makes sure that no deadline is met to the microsecond, which the writer adds to
    tell batches apart and this side cannot know.
    """

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds, milliseconds=1)


class Play:
    """A workload that is being played on a clean database."""

    def __init__(
        self,
        chance: Chance,
        pristine: Pristine,
        *,
        holders: int = 5,
        faulted: bool = False,
        overflows: bool = True,
    ) -> None:
        pristine.restore()
        self.urls = pristine.urls
        self.clock = HandClock()
        self.auditor = Auditor()
        self._chance = chance
        self._workload = Workload(
            chance, self.auditor, holders=holders, keeps_refusals=faulted, overflows=overflows
        )
        self._faulted = faulted

    async def rounds(
        self, writer: Writer, count: int, size: int,
        disturb: Callable[[], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        """Propose up to `size` proposals at once, `count` times, and compare the replies."""
        for _ in range(count):
            self.clock.move(self._chance.whole(0, 3))
            proposals = [self._workload.proposal() for _ in range(self._chance.whole(1, size))]
            asking = asyncio.gather(*(writer.propose(one) for one in proposals))
            if disturb is not None:
                await disturb()
            for one, outcome in zip(proposals, await asking, strict=True):
                self._compare(one, outcome)

    async def end(self, writer: Writer) -> None:
        """Compare all that was written with what should have been, and audit the books."""
        self._compare(last := proposal(), await writer.propose(last))
        check(writer, self.auditor, self.urls.platform)
        assert not [found for found in await audit_books(self.urls.platform) if found.failed]

    async def fold(self) -> None:
        """Fold the journal, two at once, as if a job had been started twice."""
        await asyncio.gather(*(fold(self.urls.writer, OPEN_ITEM_ROLES) for _ in range(2)))

    async def compare_balances(self, database: Database) -> None:
        """Read balances as of every date, and compare them with sums over the whole journal."""
        journal = [row for row in self.auditor.state.journal if row.kind in ("posted", "post")]
        books_and_units = {row.debit[:2] for row in journal}
        for day in sorted({row.business_date for row in journal}):
            so_far = [row for row in journal if row.business_date <= day]
            for book, unit in books_and_units:
                found = await trial_balance(database, book, [unit], day)
                assert {row.role: (row.debits, row.credits) for row in found} == sums_of_roles(
                    so_far, book, unit
                )
                for role in OPEN_ITEM_ROLES:
                    items = await open_items(database, book, unit, role, day, most=10_000)
                    assert {
                        (item.booking_id, item.holder): item.balance for item in items
                    } == sums_of_bookings(so_far, book, unit, role)

    def _compare(self, one: Proposal, outcome: Outcome) -> None:
        now = outcome.recorded if isinstance(outcome, Committed) else self.clock.now
        expected = self.auditor.expect(one, now)
        if self._faulted and expected.kind == "committed" and isinstance(outcome, Replayed):
            # The answer to the commit was lost with the connection, and read from the key again.
            expected = Expected("replayed", answer=expected.answer)
        if self._faulted and expected.kind == "refused":
            expected.replayed = getattr(outcome, "replayed", False)
        wrong = list(differences(expected, outcome))
        assert not wrong, f"{wrong} for {one}"


def sums_of_roles(journal: Sequence[Moved], book: int, unit: str) -> dict[str, tuple[int, int]]:
    """Debits and credits of every role that has moved."""
    found: dict[str, tuple[int, int]] = {}
    for row in journal:
        for (in_book, of_unit, _, role, _), debits, credits in (
            (row.debit, row.amount, 0),
            (row.credit, 0, row.amount),
        ):
            if (in_book, of_unit) == (book, unit):
                before = found.get(role, (0, 0))
                found[role] = (before[0] + debits, before[1] + credits)
    return found


def sums_of_bookings(
    journal: Sequence[Moved], book: int, unit: str, role: str
) -> dict[tuple[int, int], int]:
    """What each booking has open in a role, by the holder of the account."""
    found: Counter[tuple[int, int]] = Counter()
    for row in journal:
        for account, amount in ((row.debit, row.amount), (row.credit, -row.amount)):
            if (account[0], account[1], account[3]) == (book, unit, role):
                found[row.booking, account[2]] += amount
    return {key: balance for key, balance in found.items() if balance}


async def play(chance: Chance, pristine: Pristine, *, rounds: int, size: int) -> Auditor:
    """Play a workload from the beginning to the end, with one writer."""
    playing = Play(chance, pristine)
    async with open_writer(playing.urls.writer, [], playing.clock) as writer:
        await playing.rounds(writer, rounds, size)
        await playing.end(writer)
    return playing.auditor


def check(writer: Writer, auditor: Auditor, url: str) -> None:
    """Memory, every table and the model agree."""
    with psycopg.connect(url) as connection:
        saved = {
            (row[0], row[1], row[2], row[3], row[4]): Sums(*row[5:])
            for row in connection.execute(ACCOUNTS).fetchall()
        }
        assert saved == auditor.state.accounts == auditor.fold()
        rows = connection.execute(TRANSFERS).fetchall()
        assert [
            (id, kind, (d[0], e[0], d[1], e[1], d[2]), (c[0], f[0], c[1], f[1], c[2]), *rest)
            for id, kind, d, e, c, f, *rest in rows
        ] == [tuple(vars(row).values()) for row in auditor.state.journal]
        assert connection.execute(ENDINGS).fetchall() == [
            (id, held.ended, held.posted)
            for id, held in sorted(auditor.state.held.items())
            if held.ended is not None
        ]
        assert connection.execute(EVENTS).fetchall() == list(enumerate(auditor.state.told, 1))
        assert connection.execute(TRAIL).fetchall() == [
            (number, deed.actor, deed.thing_id, deed.after.decode())
            for number, deed in enumerate(auditor.state.done, 1)
        ]
        assert connection.execute(KEYS).fetchall() == [(len(auditor.keys),)]
        in_memory = {
            (found.id, *a.key(), a.limit): Sums(
                a.limit,
                found.balances.debits_pending,
                found.balances.debits_posted,
                found.balances.credits_pending,
                found.balances.credits_posted,
            )
            for a, found in remembered(writer._memory).items()
        }
        known = set(connection.execute(STANDING).fetchall())
    assert in_memory.keys() <= known
    assert all(saved[key[1:6]] == sums for key, sums in in_memory.items())
    assert list(writer._memory.pendings) == [held.row.id for held in auditor.open_pendings()]
    assert writer.position == len(auditor.state.told)
