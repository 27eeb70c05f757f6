"""What is decided while the batch before it is still on its way."""

import asyncio
from collections.abc import Sequence

import psycopg
import pytest

from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.ledger import (
    Committed,
    Event,
    Fenced,
    Outcome,
    Post,
    Proposal,
    Refused,
    Replayed,
    Table,
    Void,
    Writer,
    open_writer,
)
from serai.ledger.batches import MOST_EXPIRED
from serai.ledger.writer import ANSWERED_AT_ONCE
from tests.ledger.conftest import Thing
from tests.ledger.real import HandClock
from tests.ledger.steps import held, moved, opening, proposal
from tests.ledger.test_writer import refusal_of, things, together, until_locked

FORBIDDEN = things(Thing(id=1, name="forbidden"))
ENDED = "SELECT kind FROM endings"


async def on_its_way(books: Writer, first: Proposal) -> asyncio.Task[Outcome]:
    """Propose something, and wait until it is being committed."""
    asked = asyncio.create_task(books.propose(first))
    while books._flight is None:
        await asyncio.sleep(0)
    return asked


async def test_what_comes_after_sees_what_is_on_its_way(books: Writer) -> None:
    first = await on_its_way(books, proposal(opening(1), held(), key="first"))
    second = asyncio.create_task(books.propose(proposal(held())))
    again = asyncio.create_task(books.propose(proposal(opening(1), held(), key="first")))
    other = asyncio.create_task(books.propose(proposal(Void(pending=2), held())))
    late = asyncio.create_task(books.propose(proposal(Post(pending=2))))
    assert isinstance(await first, Committed)
    assert refusal_of(await second) == "exceeds_credits"
    assert isinstance(await again, Replayed)
    assert isinstance(await other, Committed)
    assert refusal_of(await late) == "pending_transfer_already_voided"


async def test_what_was_decided_over_a_batch_that_fails_is_decided_again(
    books: Writer, database: Database
) -> None:
    failing = await on_its_way(
        books, proposal(opening(1), held(), inserts=FORBIDDEN, events=[Event(type="told")])
    )
    over = [
        asyncio.create_task(books.propose(proposal(held()))),
        asyncio.create_task(books.propose(proposal(opening(2), events=[Event(type="told")]))),
        asyncio.create_task(books.propose(proposal(held()))),
    ]
    assert refusal_of(await failing) == "record_rejected"
    refused, opened, taken = await asyncio.gather(*over)
    assert refusal_of(refused) == "exceeds_credits"
    assert isinstance(opened, Committed)
    assert isinstance(taken, Committed)
    assert (opened.transfers, opened.position) == ((1,), 1)
    assert taken.transfers == (2,)


async def test_a_hold_that_runs_out_on_its_way_is_expired_by_the_next_batch(
    urls: DatabaseUrls, database: Database
) -> None:
    clock = HandClock()
    async with open_writer(urls.writer, [], clock) as books:
        first = await on_its_way(books, proposal(opening(1), held(timeout_seconds=60)))
        clock.move(61)
        second = await books.propose(proposal(held()))
        assert isinstance(await first, Committed)
        assert isinstance(second, Committed)
        assert await database.column(ENDED) == ["expired"]


async def test_many_expire_a_batch_at_a_time(urls: DatabaseUrls, database: Database) -> None:
    many = MOST_EXPIRED + 100
    clock = HandClock()
    async with open_writer(urls.writer, [], clock) as books:
        await books.propose(proposal(opening(many)))
        holds = [held(timeout_seconds=60)] * many
        chains = [proposal(*holds[begin : begin + 500]) for begin in range(0, many, 500)]
        for one in await asyncio.gather(*(books.propose(chain) for chain in chains)):
            assert isinstance(one, Committed)
        clock.move(61)
        some = await books.propose(proposal(held()))
        assert isinstance(some, Committed)
        await books.propose(proposal(moved()))
        assert len(await database.column(ENDED)) == many


async def test_refusals_wait_for_what_they_were_decided_on(books: Writer) -> None:
    first = await on_its_way(books, proposal(opening(1), held()))
    refused = await books.propose(proposal(held()))
    assert isinstance(refused, Refused)
    assert first.done()


async def test_a_writer_that_is_ended_while_it_answers_leaves_nobody_waiting(
    urls: DatabaseUrls,
) -> None:
    many = 2 * ANSWERED_AT_ONCE
    books = Writer(urls.writer, [])
    await books.start()
    running = asyncio.create_task(books.run())
    try:
        await books.propose(proposal(moved(), key="known"))
        committed = [asyncio.create_task(books.propose(proposal(moved()))) for _ in range(many)]
        while books._flight is None:
            await asyncio.sleep(0)
        replayed = asyncio.create_task(books.propose(proposal(moved(), key="known")))
        while not any(one.done() for one in committed):
            await asyncio.sleep(0)
        assert not all(one.done() for one in committed)
        running.cancel()
        async with asyncio.timeout(10):
            told = await asyncio.gather(*committed, replayed, return_exceptions=True)
        assert {type(one) for one in told} <= {Committed, Replayed, Fenced}
    finally:
        running.cancel()
        await asyncio.wait([running])
        await books.close()


@pytest.mark.parametrize("turns", range(8))
async def test_a_writer_that_is_ended_while_something_arrives_ends(
    urls: DatabaseUrls, turns: int
) -> None:
    books = Writer(urls.writer, [])
    await books.start()
    running = asyncio.create_task(books.run())
    try:
        await books.propose(proposal(opening(1), held(timeout_seconds=600)))
        for _ in range(20):  # until it waits again, for the deadline too
            await asyncio.sleep(0)
        late = asyncio.create_task(books.propose(proposal(moved())))
        for _ in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        assert await asyncio.wait([running], timeout=10) == ({running}, set())
        assert running.cancelled()
        with pytest.raises(Fenced):
            await late
    finally:
        running.cancel()
        await asyncio.wait([running])
        await books.close()


async def test_a_block_that_is_cancelled_twice_leaves_no_writer_behind(
    urls: DatabaseUrls, database: Database
) -> None:
    opened: asyncio.Future[Writer] = asyncio.get_running_loop().create_future()

    async def hold() -> None:
        async with open_writer(urls.writer, []) as books:
            opened.set_result(books)
            await asyncio.Event().wait()

    async with await psycopg.AsyncConnection.connect(urls.owner) as owner:
        holding = asyncio.create_task(hold())
        books = await opened
        await owner.execute("LOCK TABLE keys")
        asked = asyncio.create_task(books.propose(proposal(moved())))
        await until_locked(database, 1)
        while not holding.done():
            holding.cancel()
            await asyncio.sleep(0)
        assert books._ended is not None
        with pytest.raises(Fenced):
            await asked


async def test_what_is_settled_apart_finds_what_has_run_out_free(
    urls: DatabaseUrls, registered: Sequence[Table], database: Database
) -> None:
    clock = HandClock()
    async with open_writer(urls.writer, registered, clock) as books:
        await books.propose(proposal(opening(1), held(timeout_seconds=60)))
        clock.move(61)
        rejected, taken, refused = await together(
            books, proposal(inserts=FORBIDDEN), proposal(held()), proposal(held())
        )
        assert refusal_of(rejected) == "record_rejected"
        assert isinstance(taken, Committed)
        assert refusal_of(refused) == "exceeds_credits"
        assert await database.column(ENDED) == ["expired"]
