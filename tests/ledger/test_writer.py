"""What the writer promises to whoever proposes."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta, timezone

import psycopg
import pytest

from serai.core import Database, Refusal
from serai.core.postgres import DatabaseUrls
from serai.ledger import (
    BadRecord,
    Change,
    Committed,
    Event,
    Fenced,
    Insert,
    Outcome,
    Post,
    Proposal,
    Refused,
    Replayed,
    Scope,
    Table,
    Void,
    Writer,
    open_writer,
)
from tests.ledger.conftest import Shelf, Thing
from tests.ledger.pure import remembered
from tests.ledger.real import HandClock
from tests.ledger.steps import MOMENT, account, held, moved, opening, proposal, rooms, sold

COUNTS = """
SELECT ARRAY[
    (SELECT count(*) FROM transfers), (SELECT count(*) FROM events), (SELECT count(*) FROM keys),
    (SELECT count(*) FROM scratch.things)
]
"""
THINGS = "SELECT id FROM scratch.things ORDER BY id"
VERSION = "SELECT version FROM scratch.things WHERE id = %(id)s"
NAME = "SELECT name FROM scratch.things WHERE id = %(id)s"
POSITIONS = "SELECT position FROM events ORDER BY position"
RECORDED = "SELECT recorded FROM transfers ORDER BY id"
LOCKED = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
ENDED = "SELECT kind FROM endings"


def things(*rows: Thing) -> Sequence[Insert]:
    return [Insert("scratch.things", rows)]


def named(id: int, name: str, version: int) -> Sequence[Change]:
    return [Change("scratch.things", id, version, {"name": name})]


async def together(books: Writer, *proposals: Proposal) -> list[Outcome]:
    """The outcomes of proposals that arrive at the same time, and so in one batch."""
    return await asyncio.gather(*(books.propose(one) for one in proposals))


async def until_locked(database: Database, waiting: int) -> None:
    """Wait until so many connections wait for a lock."""
    async with asyncio.timeout(10):
        while await database.value(LOCKED) < waiting:
            await asyncio.sleep(0.01)


def refusal_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.refusal.name


class TestAtomicity:
    async def test_chain_records_and_events_are_committed_together(
        self, books: Writer, database: Database
    ) -> None:
        outcome = await books.propose(
            proposal(
                moved(), moved(),
                inserts=things(Thing(id=1, labels=("a", "b"), made_at=MOMENT), Thing(id=2)),
                events=[Event(type="made", data=b'{"things": 2}')],
                answer=b'{"done": true}',
            )
        )  # fmt: skip
        assert isinstance(outcome, Committed)
        assert (outcome.answer, outcome.transfers, outcome.position) == (
            b'{"done": true}', (1, 2), 1,
        )  # fmt: skip
        assert await database.value(COUNTS) == [2, 1, 1, 2]
        made = await database.one(Thing, "SELECT * FROM scratch.things WHERE id = 1")
        assert made == Thing(id=1, labels=("a", "b"), made_at=MOMENT)

    async def test_a_refused_chain_leaves_nothing_but_its_key(
        self, books: Writer, database: Database
    ) -> None:
        outcome = await books.propose(
            proposal(
                opening(2), moved(), held(amount=3),
                inserts=things(Thing(id=1)), events=[Event(type="sold")],
            )
        )  # fmt: skip
        assert outcome == Refused(Refusal(name="exceeds_credits", missing=1, step=2))
        assert await database.value(COUNTS) == [0, 0, 1, 0]

    async def test_parents_are_written_before_their_children(
        self, books: Writer, database: Database
    ) -> None:
        child = things(Thing(id=1, shelf=7))
        parent = [Insert("scratch.shelves", (Shelf(7, "top"),))]
        outcomes = await together(
            books, proposal(inserts=things(Thing(id=2))), proposal(inserts=[*child, *parent])
        )
        assert all(isinstance(one, Committed) for one in outcomes)
        assert await database.column(THINGS) == [1, 2]

    async def test_positions_of_events_have_no_gap_under_refusals(
        self, books: Writer, database: Database
    ) -> None:
        told = [Event(type="told"), Event(type="told")]
        await together(
            books,
            *(
                proposal(held() if number % 3 == 0 else moved(), events=told)
                for number in range(60)
            ),
        )
        assert await database.column(POSITIONS) == list(range(1, 81))
        assert books.position == 80


class TestKeys:
    async def test_one_key_twice_at_the_same_time(self, books: Writer, database: Database) -> None:
        first = proposal(moved(), key="once", answer=b'{"n": 1}')
        outcomes = await together(books, first, first, first)
        assert isinstance(outcomes[0], Committed)
        assert outcomes[1:] == [Replayed(b'{"n": 1}')] * 2
        assert await books.propose(first) == Replayed(b'{"n": 1}')
        assert await database.value(COUNTS) == [1, 0, 1, 0]

    async def test_a_key_with_another_request_is_refused(self, books: Writer) -> None:
        await books.propose(proposal(moved(), key="once", request=b"one"))
        for _ in range(2):
            another = await books.propose(proposal(moved(), key="once", request=b"two"))
            assert refusal_of(another) == "key_reused"
        at_once = await together(
            books,
            proposal(moved(), key="new", request=b"one"),
            proposal(moved(), key="new", request=b"two"),
        )
        assert refusal_of(at_once[1]) == "key_reused"

    async def test_a_refusal_is_the_answer_for_good(self, books: Writer) -> None:
        late = proposal(held(), key="late")
        assert refusal_of(await books.propose(late)) == "exceeds_credits"
        await books.propose(proposal(opening(5)))
        again = await books.propose(late)
        assert refusal_of(again) == "exceeds_credits"
        assert isinstance(again, Refused)
        assert again.replayed

    async def test_keys_outlive_the_writer(self, books: Writer, urls: DatabaseUrls) -> None:
        await books.propose(proposal(moved(), key="once", answer=b'{"n": 1}'))
        async with open_writer(urls.writer, []) as next_writer:
            again = await next_writer.propose(proposal(moved(), key="once"))
        assert again == Replayed(b'{"n": 1}')


class TestChanges:
    async def test_a_change_needs_the_version_that_was_read(
        self, books: Writer, database: Database
    ) -> None:
        await books.propose(proposal(inserts=things(Thing(id=1))))
        first = await books.propose(proposal(changes=named(1, "first", version=1)))
        second = await books.propose(proposal(moved(), key="2", changes=named(1, "x", version=1)))
        assert isinstance(first, Committed)
        assert refusal_of(second) == "stale"
        assert await database.value(NAME, id=1) == "first"
        # Being late is not an answer for good: read again, the same request may succeed.
        again = await books.propose(proposal(moved(), key="2", changes=named(1, "x", version=2)))
        assert isinstance(again, Committed)
        assert await database.value(VERSION, id=1) == 3

    async def test_of_two_who_change_a_row_at_once_one_is_stale(self, books: Writer) -> None:
        await books.propose(proposal(inserts=things(Thing(id=1), Thing(id=2))))
        outcomes = await together(
            books,
            proposal(changes=named(1, "a", version=1)),
            proposal(changes=named(1, "b", version=1)),
            proposal(changes=named(2, "c", version=1)),
            proposal(changes=named(1, "d", version=2)),
        )
        assert [type(one).__name__ for one in outcomes] == [
            "Committed", "Refused", "Committed", "Committed",
        ]  # fmt: skip
        assert refusal_of(outcomes[1]) == "stale"

    async def test_json_and_nothing_are_changed_as_they_are_inserted(
        self, books: Writer, database: Database
    ) -> None:
        await books.propose(proposal(inserts=things(Thing(id=1), Thing(id=2, labels=("a",)))))
        values = {"labels": ("x", "y"), "made_at": MOMENT}
        await books.propose(
            proposal(
                changes=[
                    Change("scratch.things", 1, 1, values),
                    Change("scratch.things", 2, 1, {"labels": None, "made_at": None}),
                ]
            )
        )
        assert await database.all(Thing, "SELECT * FROM scratch.things ORDER BY id") == [
            Thing(id=1, labels=("x", "y"), made_at=MOMENT, version=2),
            Thing(id=2, labels=None, version=2),
        ]


LAST = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
LONG_NAME = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(4000))

BAD = {
    "an id that is taken": proposal(moved(), inserts=things(Thing(id=1))),
    "a forbidden name": proposal(moved(), inserts=things(Thing(id=1001, name="forbidden"))),
    "no such parent": proposal(moved(), inserts=things(Thing(id=1002, shelf=99))),
    "NUL in a text": proposal(moved(), inserts=things(Thing(id=1003, name="a\0b"))),
    "half a character": proposal(moved(), inserts=things(Thing(id=1004, name="\ud800"))),
    "an id beyond 2^63": proposal(moved(), inserts=things(Thing(id=2**63))),
    "NUL in a reason": proposal(moved(reason="a\0b")),
    "a holder beyond 2^63": proposal(moved(account("x", 2**63))),
    "NUL in a role": proposal(moved(account("a\0b"))),
    "a role too long for the index": proposal(moved(account(LONG_NAME))),
    "broken JSON in an event": proposal(moved(), events=[Event(type="x", data=b"{")]),
    "NUL in an event": proposal(moved(), events=[Event(type="x", data=b'{"a": "\\u0000"}')]),
    "a date beyond the years": proposal(
        moved(), effective=MOMENT.replace(year=9999, month=12, day=31, hour=23).replace(
            tzinfo=MOMENT.tzinfo
        ), changes=named(1, "x", version=2**40),
    ),
}  # fmt: skip

WRONG = {
    "text where a number goes": proposal(moved(), inserts=things(Thing(id="one"))),  # type: ignore[arg-type] # on purpose
    "a number where text goes": proposal(moved(), inserts=things(Thing(id=1005, name=5))),  # type: ignore[arg-type] # on purpose
    "an amount that is none": proposal(moved(amount=None)),  # type: ignore[arg-type] # on purpose
}


class TestBadRecords:
    @pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
    async def test_a_bad_record_is_rejected_alone(
        self, books: Writer, database: Database, bad: Proposal
    ) -> None:
        await books.propose(proposal(inserts=things(Thing(id=1))))
        good = [proposal(moved(), inserts=things(Thing(id=id))) for id in range(2, 13)]
        outcomes = await together(books, *good[:4], bad, *good[4:])
        assert refusal_of(outcomes.pop(4)) in ("record_rejected", "stale")
        assert all(isinstance(one, Committed) for one in outcomes)
        assert await database.column(THINGS) == list(range(1, 13))
        # It was nobody's answer: once the reason is gone, the same request may succeed.
        assert refusal_of(await books.propose(bad)) in ("record_rejected", "stale")
        assert isinstance(await books.propose(proposal(moved())), Committed)

    @pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
    async def test_a_slip_of_the_program_is_raised_to_it_alone(
        self, books: Writer, database: Database, wrong: Proposal
    ) -> None:
        good = [proposal(moved(), inserts=things(Thing(id=id))) for id in range(2, 8)]
        asking = asyncio.create_task(books.propose(wrong))
        outcomes = await together(books, *good)
        with pytest.raises(Exception, match=r".") as raised:
            await asking
        assert not isinstance(raised.value, Fenced)
        assert all(isinstance(one, Committed) for one in outcomes)
        assert await database.column(THINGS) == list(range(2, 8))

    @pytest.mark.parametrize(
        "wrong",
        [
            proposal(inserts=[Insert("accounts", (Thing(id=1),))]),
            proposal(inserts=[Insert("scratch.things", (Shelf(1, "top"),))]),
            proposal(changes=[Change("transfers", 1, 1, {"amount": 5})]),
            proposal(changes=[Change("scratch.things", 1, 1, {"no_column": 5})]),
            proposal(changes=[*named(1, "a", version=1), *named(1, "b", version=2)]),
        ],
        ids=["no table", "other row", "books", "no column", "twice"],
    )
    async def test_what_no_table_takes_is_raised_at_once(
        self, books: Writer, wrong: Proposal
    ) -> None:
        with pytest.raises(BadRecord):
            await books.propose(wrong)


class TestTime:
    async def test_recorded_time_never_goes_back(
        self, urls: DatabaseUrls, database: Database
    ) -> None:
        clock = HandClock()
        async with open_writer(urls.writer, [], clock) as books:
            for seconds in (5, -60, 0, 0, -3600, 1):
                clock.move(seconds)
                await books.propose(proposal(moved()))
        clock.move(-86400)
        async with open_writer(urls.writer, [], clock) as books:
            await books.propose(proposal(moved()))
        recorded = await database.column(RECORDED)
        assert len(recorded) == 7
        assert recorded == sorted(set(recorded))

    async def test_a_hold_runs_out_while_nobody_proposes_anything(
        self, books: Writer, database: Database
    ) -> None:
        await books.propose(proposal(opening(1), held(timeout_seconds=1)))
        async with asyncio.timeout(10):
            while await database.column(ENDED) != ["expired"]:
                await asyncio.sleep(0.05)

    async def test_what_has_run_out_is_free_for_the_very_batch_that_finds_it(
        self, urls: DatabaseUrls
    ) -> None:
        clock = HandClock()
        async with open_writer(urls.writer, [], clock) as books:
            first = await books.propose(proposal(opening(1), held(timeout_seconds=60)))
            assert isinstance(first, Committed)
            assert refusal_of(await books.propose(proposal(held()))) == "exceeds_credits"
            clock.move(60)
            outcomes = await together(
                books, proposal(held()), proposal(Post(pending=first.transfers[1]))
            )
        assert isinstance(outcomes[0], Committed)
        assert refusal_of(outcomes[1]) == "pending_transfer_expired"

    async def test_a_deadline_holds_over_a_change_of_writers(self, urls: DatabaseUrls) -> None:
        clock = HandClock()
        async with open_writer(urls.writer, [], clock) as books:
            await books.propose(proposal(opening(1), held(timeout_seconds=60)))
        clock.move(61)
        async with open_writer(urls.writer, [], clock) as books:
            assert isinstance(await books.propose(proposal(held())), Committed)


class TestMemory:
    async def test_forgotten_accounts_are_read_again(self, urls: DatabaseUrls) -> None:
        async with open_writer(urls.writer, [], most_accounts=10) as books:
            for turn in range(3):
                outcomes = await together(
                    books,
                    *(
                        proposal(opening(3, slot), held(slot, timeout_seconds=600))
                        for slot in range(50)
                    ),
                )
                assert all(isinstance(one, Committed) for one in outcomes), turn
            assert len(remembered(books._memory)) <= 10
            refused = await together(books, *(proposal(held(slot)) for slot in range(50)))
            assert {refusal_of(one) for one in refused} == {"exceeds_credits"}
            ended = await books.propose(proposal(Void(pending=2), held(0)))
            assert isinstance(ended, Committed)

    async def test_an_account_keeps_its_limit(self, books: Writer) -> None:
        await books.propose(proposal(opening(1)))
        unlimited = account("available", unit="room:1", limit="none")
        outcome = await books.propose(proposal(moved(unlimited, sold(), 5)))
        assert refusal_of(outcome) == "account_has_different_limit"
        itself = await books.propose(proposal(moved(unlimited, rooms())))
        assert refusal_of(itself) == "accounts_must_be_different"


class TestScope:
    async def test_nothing_is_written_outside_the_scope(
        self, books: Writer, database: Database
    ) -> None:
        held_elsewhere = await books.propose(proposal(opening(1), held()))
        assert isinstance(held_elsewhere, Committed)
        before = await database.value(COUNTS)
        mine = Scope(frozenset({2}))
        for outside in (
            proposal(moved(), scope=mine),
            proposal(opening(1), scope=mine),
            proposal(Void(pending=held_elsewhere.transfers[1]), scope=mine),
            proposal(events=[Event(type="told", book=1)], scope=mine),
            proposal(inserts=things(Thing(id=1, book=1)), scope=mine),
        ):
            assert refusal_of(await books.propose(outside)) == "outside_scope"
        after = await database.value(COUNTS)
        assert (before[0], before[1], before[3]) == (after[0], after[1], after[3])
        inside = proposal(
            moved(account("a", book=2), account("b", book=2)),
            inserts=things(Thing(id=1, book=2), Thing(id=2)),
            events=[Event(type="told", book=2)],
            scope=mine,
        )
        assert isinstance(await books.propose(inside), Committed)


class TestCallers:
    async def test_a_caller_who_goes_away_harms_nobody(
        self, books: Writer, database: Database
    ) -> None:
        asking = [
            asyncio.create_task(books.propose(proposal(moved(), key=f"caller-{number}")))
            for number in range(20)
        ]
        await asyncio.sleep(0)
        for task in asking[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert all(isinstance(one, Committed) for one in outcomes[1::2])
        # Whoever went away learns from the key what became of it.
        again = await together(
            books, *(proposal(moved(), key=f"caller-{number}") for number in range(20))
        )
        assert all(isinstance(one, Committed | Replayed) for one in again)
        assert (await database.value(COUNTS))[0] == 20

    async def test_what_was_proposed_before_the_end_is_settled(
        self, urls: DatabaseUrls, database: Database
    ) -> None:
        async with open_writer(urls.writer, []) as books:
            asking = [asyncio.create_task(books.propose(proposal(moved()))) for _ in range(300)]
            await asyncio.sleep(0)
        assert all(isinstance(one, Committed) for one in await asyncio.gather(*asking))
        with pytest.raises(Fenced):
            await books.propose(proposal(moved()))

    async def test_a_writer_that_cannot_go_on_tells_everybody(self, urls: DatabaseUrls) -> None:
        async def expire_into_nothing() -> None:
            async with open_writer(urls.writer, []) as books:
                waiting = asyncio.create_task(books.beyond(0))
                await books.propose(proposal(opening(1), held(timeout_seconds=1)))
                owner.execute("ALTER TABLE endings RENAME TO elsewhere")
                with pytest.raises(Fenced, match="UndefinedTable"):
                    await books.watch()
                with pytest.raises(Fenced):
                    await waiting
                with pytest.raises(Fenced):
                    await books.propose(proposal(moved()))

        with psycopg.connect(urls.owner, autocommit=True) as owner:
            try:
                with pytest.raises(psycopg.errors.UndefinedTable):
                    await expire_into_nothing()
            finally:
                owner.execute("ALTER TABLE elsewhere RENAME TO endings")

    async def test_beyond_waits_for_an_event(self, books: Writer) -> None:
        waiting = asyncio.create_task(books.beyond(0))
        await books.propose(proposal(moved()))
        assert not waiting.done()
        await books.propose(proposal(events=[Event(type="told")] * 3))
        assert await waiting == 3
        assert await books.beyond(1) == 3


class TestTakeover:
    async def test_a_second_writer_takes_over_and_the_first_stops(
        self, books: Writer, urls: DatabaseUrls, database: Database, registered: Sequence[Table]
    ) -> None:
        before = await books.propose(proposal(moved()))
        assert isinstance(before, Committed)
        watching = asyncio.create_task(books.watch())
        hoping = asyncio.create_task(books.beyond(0))
        async with open_writer(urls.writer, registered) as second:
            late = [asyncio.create_task(books.propose(proposal(moved()))) for _ in range(10)]
            for task in (*late, watching, hoping):
                with pytest.raises(Fenced):
                    await task
            with pytest.raises(Fenced):
                await books.propose(proposal(moved()))
            after = await second.propose(proposal(moved()))
            assert isinstance(after, Committed)
            assert after.transfers == (2,)
            assert after.recorded > before.recorded
        assert await database.value(COUNTS) == [2, 0, 2, 0]

    async def test_a_takeover_waits_for_the_batch_that_is_being_committed(
        self, urls: DatabaseUrls, database: Database
    ) -> None:
        async with (
            await psycopg.AsyncConnection.connect(urls.owner) as owner,
            open_writer(urls.writer, []) as first,
            AsyncExitStack() as stack,
        ):
            await owner.execute("LOCK TABLE transfers IN SHARE MODE")
            asking = asyncio.create_task(first.propose(proposal(moved(), key="in the air")))
            await until_locked(database, 1)
            opening_second = asyncio.create_task(
                stack.enter_async_context(open_writer(urls.writer, []))
            )
            await until_locked(database, 2)
            await owner.rollback()
            assert isinstance(await asking, Committed)
            second = await opening_second
            assert isinstance(await second.propose(proposal(key="in the air")), Replayed)
            with pytest.raises(Fenced):
                await first.propose(proposal(moved()))

    async def test_before_the_migrations_it_says_so(self, urls: DatabaseUrls) -> None:
        with psycopg.connect(urls.owner, autocommit=True) as owner:
            owner.execute("DELETE FROM fence")
        with pytest.raises(RuntimeError, match="migrations"):
            async with open_writer(urls.writer, []):
                pass
