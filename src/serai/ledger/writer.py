"""The one writer: takes what has arrived, decides it in memory, commits it, answers.

Nobody else writes. While one batch is being committed the next one is decided over it, and grows
with all that arrives; so the busier the house, the larger the batches and the cheaper each order.
Nobody is answered before the batch of the answer is on disk. When a commit fails, what was decided
over it is thrown away, and decided again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import islice

import structlog

from serai.core import Clock, DatabaseAway, span, utc_now
from serai.ledger.batches import Batch, Fence, asked
from serai.ledger.callers import Callers, Waiting, verdict
from serai.ledger.figures import LOST, WRITERS, tell_commit
from serai.ledger.journal import Fenced, Journal
from serai.ledger.link import ANSWER_SECONDS, Link
from serai.ledger.loads import Flight, Load
from serai.ledger.memory import MOST_ACCOUNTS, Memory
from serai.ledger.patience import Patience
from serai.ledger.proposals import Outcome, Proposal
from serai.ledger.records import Records, Table

_log = structlog.get_logger()

MOST_IN_BATCH = 4096
"""Proposals in one transaction at most, so that none waits behind an endless one."""
ANSWERED_AT_ONCE = 64

PATIENCE_SECONDS = 20.0
"""How long a caller waits for a database that has gone away."""
CLOSING_SECONDS = 10.0


class Writer:
    """Commits proposals, one batch at a time; made by `open_writer`."""

    def __init__(
        self,
        url: str,
        registered: Sequence[Table],
        clock: Clock = utc_now,
        *,
        most_accounts: int = MOST_ACCOUNTS,
        most_in_batch: int = MOST_IN_BATCH,
        patience_seconds: float = PATIENCE_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._records = Records(registered)
        self._link = Link(url, self._records, answer_seconds)
        self._clock = clock
        self._most_accounts = most_accounts
        self._most_in_batch = most_in_batch
        self._patience = Patience(patience_seconds)
        self._callers = Callers()
        self._flight: Flight | None = None
        self._moved = asyncio.Event()
        self._memory = Memory(most_accounts)
        self._journal: Journal
        self._fence: Fence
        self._closing = False
        self._ended: BaseException | None = None

    async def propose(self, proposal: Proposal) -> Outcome:
        """Commit a proposal; answers when it is on disk, or with the stored or named refusal.

        Raises `Fenced` when this writer does not write any more, and `DatabaseAway` when the
        database does not come back: then the proposal may be in the books or not, and asking
        again with the same key tells. Raises `BadRecord` for records that no table takes.
        """
        if self._ended is not None or self._closing:
            raise _gone(self._ended)
        self._records.check(proposal)
        with span("books.propose"):
            return await self._callers.come(asked(proposal))

    @property
    def waiting(self) -> int:
        """How many proposals wait for their turn."""
        return len(self._callers.queue)

    @property
    def position(self) -> int:
        """The position of the last event that is committed; 0 when there is none."""
        return self._fence.next_position - 1

    @property
    def commits(self) -> int:
        """How many batches were ever committed to these books."""
        return self._fence.batch

    @property
    def transfers(self) -> int:
        """How many transfers are in the journal."""
        return self._fence.next_transfer - 1

    async def beyond(self, position: int) -> int:
        """Wait until an event after `position` is committed; the last position then."""
        while self.position <= position:
            if self._ended is not None:
                raise _gone(self._ended)
            await self._moved.wait()
        return self.position

    async def watch(self) -> None:
        """Wait as long as this is the writer; raises why it is not any more."""
        while self._ended is None:
            await self._moved.wait()
        raise _gone(self._ended)

    async def start(self) -> None:
        """Take over as the one writer, and remember what is pending."""
        self._journal = await self._link.connect()
        self._fence = await self._journal.take_over()
        await self._remember()

    async def run(self) -> None:
        """Commit batches until `finish` is called; a lost connection is made anew."""
        try:
            while self._callers.queue or self._flight or not self._closing:
                await self._wait()
                try:
                    await self._turn()
                except Exception as error:
                    if not self._link.is_away(error):
                        raise
                    _log.warning("books_connection_lost", error=type(error).__name__)
                    LOST.inc()
                    await self._take_back()
                    await self._recover()
            self._end(Fenced("the writer was closed"))
        except BaseException as error:
            self._end(error)
            raise

    def finish(self) -> None:
        """Take no more proposals; `run` ends when those that are here are settled."""
        self._closing = True
        self._callers.arrived.set()

    async def close(self) -> None:
        """Give the connections back; what is on its way is given up first."""
        try:
            if self._flight and not self._flight.commit.done():
                self._flight.commit.cancel()
                await asyncio.wait([self._flight.commit])
        finally:
            await self._link.close()

    async def _remember(self) -> None:
        self._memory = Memory(self._most_accounts)
        for pending in await self._journal.open_pendings(self._fence.oldest_pending):
            self._memory.remember_pending(pending)

    async def _take_back(self) -> None:
        """Put whoever was not answered back into the queue; nothing is on its way any more."""
        await self.close()
        self._flight = None
        self._callers.all_step_back()

    async def _recover(self) -> None:
        """After an unsure commit: forget everything, and read what is really there.

        What had been committed is answered from its key when the batch is settled again.
        """
        self._patience.lose()
        while True:
            await self._patience.pause()
            if self._closing or self._patience.is_over():
                self._callers.send_away(
                    lambda: DatabaseAway(
                        "the database cannot be reached; ask again with the same key"
                    )
                )
            if self._closing:
                raise Fenced("the writer was closed while the database was away")
            try:
                self._journal = await self._link.connect()
                fence = await self._journal.fence()
                if fence.epoch != self._fence.epoch:
                    raise Fenced("another writer has taken over the books")
                self._fence = fence
                self._stir()
                await self._remember()
                return self._patience.reach()
            except Exception as error:
                if not self._link.is_away(error):
                    raise

    async def _wait(self) -> None:
        """Until something has arrived, a batch is on disk, or a pending transfer has run out."""
        arrived = self._callers.arrived
        if self._callers.queue or self._closing:
            return
        arrived.clear()
        if self._flight is not None:
            if not self._flight.commit.done():
                await arrived.wait()
            return
        deadline = self._memory.next_deadline()
        timeout_seconds = None
        if deadline is not None:
            timeout_seconds = min(max(0.0, (deadline - self._now()).total_seconds()), 60.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await arrived.wait()

    async def _turn(self) -> None:
        """Decide a batch while the one before it is being committed, and send it after it."""
        flight = self._flight
        before = flight.load if flight else None
        fence = flight.after if flight else self._fence
        recorded = fence.after(self._clock())
        load = self._load(Batch(fence, self._memory, recorded, before.batch if before else None))
        spoiled: Exception | None = None
        try:
            await self._fill(load)
        except Exception as error:
            if self._link.is_away(error):
                raise
            spoiled = error
        failed = await self._land()
        if spoiled is None and failed is None:
            self._send(load)
            await self._answer(before)
            if self._flight is None:
                await self._answer(load)
            return
        load.batch.discard()
        if before is not None and failed is not None:  # `load` was decided over it
            self._callers.step_back(load.waiting)
            before.batch.discard()
            await self._settle_apart(before.waiting, failed)
        elif spoiled is not None:
            await self._answer(before)
            await self._settle_apart(load.waiting, spoiled)

    async def _fill(self, load: Load) -> None:
        """Decide what arrives, until the batch is full or its turn has come."""
        callers = self._callers
        await load.expire()
        while True:
            callers.arrived.clear()
            taken = load.take(callers.queue, self._most_in_batch)
            if taken:
                await load.admit(taken)
            commit = self._flight.commit if self._flight else None
            if commit is None or commit.done() or (callers.queue and not taken):
                return
            if not callers.queue:
                await callers.arrived.wait()

    def _load(self, batch: Batch) -> Load:
        return Load(batch, self._journal, self._records.encoders)

    def _send(self, load: Load) -> None:
        """Begin to commit a batch, unless there is nothing to write."""
        load.batch.follow()
        if load.batch.writes():
            after = load.batch.moved_on()
            commit = asyncio.create_task(self._commit(load, after), name="commit")
            commit.add_done_callback(self._hear)
            self._flight = Flight(load, after, commit)

    async def _commit(self, load: Load, after: Fence) -> None:
        began_ns = time.time_ns()
        await self._journal.write(load.batch, load.rows, after)
        tell_commit(load.waiting, began_ns, time.time_ns())

    def _hear(self, commit: asyncio.Task[None]) -> None:
        """A commit has ended; how, is asked by whoever lands it, if anybody does."""
        if not commit.cancelled():
            commit.exception()
        self._callers.arrived.set()

    async def _land(self) -> Exception | None:
        """Wait until the batch on its way is on disk, and remember it; or tell why it is not."""
        flight = self._flight
        if flight is None:
            return None
        try:
            await flight.commit
        except Exception as error:
            if self._link.is_away(error) or isinstance(error, Fenced):
                raise
            self._flight = None
            return error
        flight.load.batch.keep()
        self._flight = None
        self._fence = flight.after
        self._patience.restore()
        if flight.load.batch.told:
            self._stir()
        return None

    async def _answer(self, load: Load | None) -> None:
        """Tell everybody their outcome, a few at a time: each has something to do with it."""
        if load is None:
            return
        told = zip(load.waiting, load.batch.outcomes, strict=True)
        while some := list(islice(told, ANSWERED_AT_ONCE)):
            for one, outcome in some:
                self._callers.answer(one, outcome)
            if len(some) == ANSWERED_AT_ONCE:
                await asyncio.sleep(0)

    async def _settle_apart(self, waiting: list[Waiting], error: Exception) -> None:
        """Settle a batch that failed in pieces: what has run out first, then the proposals."""
        failed = await self._settle([]) if waiting else error
        if failed is not None:
            raise failed  # what has run out cannot be written: the books do not go on
        await self._halve(waiting, error)

    async def _halve(self, waiting: list[Waiting], error: Exception) -> None:
        """Halve a batch that failed until the one proposal is found that is the cause."""
        if len(waiting) == 1:
            return self._callers.answer(waiting[0], verdict(error))
        middle = len(waiting) // 2
        for half in (waiting[:middle], waiting[middle:]):
            failed = await self._settle(half)
            if failed is not None:
                await self._halve(half, failed)

    async def _settle(self, waiting: list[Waiting]) -> Exception | None:
        """Commit a batch with nothing before it and nothing after it; or tell why it is not.

        One without proposals ends what has run out.
        """
        load = self._load(Batch(self._fence, self._memory, self._now()))
        try:
            if waiting:
                await load.admit(waiting)
            else:
                await load.expire()
        except Exception as error:
            if self._link.is_away(error):
                raise
            return error
        self._send(load)
        failed = await self._land()
        if failed is None:
            await self._answer(load)
        return failed

    def _now(self) -> datetime:
        return self._fence.after(self._clock())

    def _stir(self) -> None:
        """Wake everybody who waits for something to happen."""
        self._moved.set()
        self._moved = asyncio.Event()

    def _end(self, error: BaseException) -> None:
        self._ended = error
        self._callers.send_away(lambda: _gone(error))
        self._stir()


def _gone(error: BaseException | None) -> Fenced:
    """What to tell those who still come, each in an exception of their own."""
    if isinstance(error, Fenced):
        return Fenced(*error.args)
    if error is None or isinstance(error, asyncio.CancelledError):
        return Fenced("the writer was closed")
    gone = Fenced(f"the writer has stopped: {type(error).__name__}")
    gone.__cause__ = error
    return gone


@asynccontextmanager
async def open_writer(
    url: str,
    registered: Sequence[Table],
    clock: Clock = utc_now,
    *,
    most_accounts: int = MOST_ACCOUNTS,
    most_in_batch: int = MOST_IN_BATCH,
    patience_seconds: float = PATIENCE_SECONDS,
    answer_seconds: float = ANSWER_SECONDS,
) -> AsyncIterator[Writer]:
    """The one writer on the database at `url`, running until the end of the block.

    `registered` are the tables that proposals may insert into, parents first. What was proposed
    before the end of the block is settled, unless the database is away.
    """
    writer = Writer(
        url, registered, clock, most_accounts=most_accounts, most_in_batch=most_in_batch,
        patience_seconds=patience_seconds, answer_seconds=answer_seconds,
    )  # fmt: skip
    try:
        await writer.start()
        WRITERS.watch(writer)
        running = asyncio.create_task(writer.run(), name="writer")
        try:
            yield writer
        finally:
            writer.finish()
            try:
                await asyncio.wait([running], timeout=CLOSING_SECONDS)
            finally:  # also for whoever cannot wait so long
                running.cancel()
                with suppress(asyncio.CancelledError, Fenced):
                    await running
    finally:
        WRITERS.forget(writer)
        await writer.close()
