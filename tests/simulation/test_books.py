"""Long workloads on the real books, from seeds, with what goes wrong in a year.

A failure names its seed: `pytest tests/simulation/test_books.py -k "seed-7"`.
"""

import asyncio

import psycopg
import pytest

from serai.core import open_database
from serai.ledger import Fenced, open_writer
from tests.databases import Pristine
from tests.ledger.real import Play, play
from tests.ledger.steps import proposal
from tests.ledger.test_faults import cut
from tests.ledger.workload import Seeded

END_BACKENDS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE usename = current_user AND pid <> pg_backend_pid()
"""

seeds = pytest.mark.parametrize("seed", range(1, 4), ids=lambda seed: f"seed-{seed}")


@seeds
async def test_many_proposals_at_once(pristine: Pristine, seed: int) -> None:
    auditor = await play(Seeded(seed), pristine, rounds=40, size=50)
    assert auditor.replies["committed"] > 300


@seeds
async def test_balances_are_those_of_their_date(pristine: Pristine, seed: int) -> None:
    """The journal is folded while it grows; what is read is the same before, during and after.

    Amounts stay small, since the sum of a whole role is a 64-bit number too.
    """
    playing = Play(Seeded(seed), pristine, overflows=False)
    async with (
        open_writer(playing.urls.writer, [], playing.clock) as writer,
        open_database(playing.urls.platform) as database,
    ):
        await playing.rounds(writer, 5, 20)
        await playing.compare_balances(database)
        for _ in range(4):
            await asyncio.gather(playing.rounds(writer, 5, 20), playing.fold())
            await playing.compare_balances(database)
        await playing.fold()
        await playing.compare_balances(database)
        await playing.end(writer)


@seeds
async def test_writers_come_and_go(pristine: Pristine, seed: int) -> None:
    """Each writer takes over from one that still runs, and remembers only a few accounts."""
    playing = Play(Seeded(seed), pristine, holders=60)
    writer_url, clock = playing.urls.writer, playing.clock
    async with open_writer(writer_url, [], clock, most_accounts=20) as writer:
        await playing.rounds(writer, 8, 20)
        for _ in range(4):
            async with open_writer(writer_url, [], clock, most_accounts=20) as next_writer:
                with pytest.raises(Fenced):
                    await writer.propose(proposal())
                await playing.rounds(next_writer, 8, 20)
                writer = next_writer
        async with open_writer(writer_url, [], clock) as last:
            await playing.end(last)


@seeds
async def test_connections_break(pristine: Pristine, seed: int) -> None:
    """The database ends the writer's connection whenever it likes; nothing is lost or doubled."""
    playing = Play(Seeded(seed), pristine, holders=20, faulted=True)
    chance = Seeded(seed)
    async with await psycopg.AsyncConnection.connect(
        playing.urls.writer, autocommit=True
    ) as breaker:

        async def disturb() -> None:
            match chance.whole(0, 5):
                case 0:
                    await breaker.execute(END_BACKENDS)
                case 1:
                    cut(writer)

        async with open_writer(playing.urls.writer, [], playing.clock) as writer:
            await playing.rounds(writer, 40, 15, disturb)
            await playing.end(writer)
