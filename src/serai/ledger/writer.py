"""The one writer: takes what has arrived, decides it in memory, commits it, answers.

Nobody else writes. While one batch is being committed the next one gathers, so the busier the
house, the larger the batches and the cheaper each order.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import psycopg
import structlog
from psycopg import AsyncConnection

from serai.core import Clock, DatabaseAway, Refusal, utc_now
from serai.ledger.batches import Asked, Fence, asked, form, keep, moved_on, touched
from serai.ledger.journal import Fenced, Journal, Stale
from serai.ledger.memory import MOST_ACCOUNTS, Memory
from serai.ledger.proposals import Outcome, Proposal, Refused
from serai.ledger.records import Records, Table
from serai.ledger.tables import LIMIT_WAITING

_log = structlog.get_logger()

MOST_IN_BATCH = 4096
"""Proposals in one transaction at most, so that none waits behind an endless one."""
MOST_STEPS_IN_BATCH = 32_768

PATIENCE_SECONDS = 20.0
"""How long a caller waits for a database that has gone away."""
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
CLOSING_SECONDS = 10.0
CONNECT_SECONDS = 10
SILENCE_MILLISECONDS = 15_000
"""After so long without a word from a server in the network, its connection counts as lost."""

REJECTED = Refusal(
    name="record_rejected",
    says="The database refused a record of this step.",
    advice="Check that everything the request names still exists, and try again.",
)
STALE = Refusal(
    name="stale",
    says="Somebody else changed this in the meantime.",
    advice="Read it again and repeat the request.",
)

# Classes of SQLSTATE that say nothing about what was to be written: the connection, the
# transaction's state, a deadlock, resources, locks, an operator's doing, the system, the server.
AWAY = frozenset({"08", "25", "40", "53", "55", "57", "58", "XX"})


class _Waiting:
    """A proposal and who waits for its outcome."""

    __slots__ = ("asked", "outcome")

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def answer(self, outcome: Outcome) -> None:
        if not self.outcome.done():  # whoever asked may have gone away
            self.outcome.set_result(outcome)

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class Writer:
    """Commits proposals, one batch at a time; made by `open_writer`."""

    def __init__(
        self,
        url: str,
        registered: Sequence[Table],
        clock: Clock = utc_now,
        *,
        most_accounts: int = MOST_ACCOUNTS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._url = url
        self._records = Records(registered)
        self._clock = clock
        self._most_accounts = most_accounts
        self._patience_seconds = patience_seconds
        self._queue: deque[_Waiting] = deque()
        self._in_hand: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._moved = asyncio.Event()
        self._memory = Memory(most_accounts)
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._journal: Journal
        self._fence: Fence
        self._away_since: float | None = None
        self._pause_seconds = 0.0
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
        waiting = _Waiting(asked(proposal))
        self._queue.append(waiting)
        self._arrived.set()
        return await waiting.outcome

    @property
    def position(self) -> int:
        """The position of the last event that is committed; 0 when there is none."""
        return self._fence.next_position - 1

    @property
    def commits(self) -> int:
        """How many batches were ever committed to these books."""
        return self._fence.batch

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
        journal = await self._connect()
        self._fence = await journal.take_over()
        await self._remember()

    async def run(self) -> None:
        """Commit batches until `finish` is called; a lost connection is made anew."""
        try:
            while self._queue or not self._closing:
                await self._wait()
                self._in_hand = self._take()
                try:
                    await self._settle(self._in_hand)
                    self._away_since, self._pause_seconds = None, 0.0
                except Exception as error:
                    if not self._is_away(error):
                        raise
                    _log.warning("books_connection_lost", error=type(error).__name__)
                    self._queue.extendleft(
                        one for one in reversed(self._in_hand) if not one.outcome.done()
                    )
                    await self._recover()
            self._end(Fenced("the writer was closed"))
        except BaseException as error:
            self._end(error)
            raise

    def finish(self) -> None:
        """Take no more proposals; `run` ends when those that are here are settled."""
        self._closing = True
        self._arrived.set()

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> Journal:
        self._connection = await AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=None,
            application_name="serai writer",
            connect_timeout=CONNECT_SECONDS,
            keepalives_idle=5,
            tcp_user_timeout=SILENCE_MILLISECONDS,
        )
        await self._connection.execute(LIMIT_WAITING)
        self._journal = Journal(self._connection, self._records)
        return self._journal

    async def _remember(self) -> None:
        self._memory = Memory(self._most_accounts)
        for pending in await self._journal.open_pendings(self._fence.oldest_pending):
            self._memory.remember_pending(pending)

    async def _recover(self) -> None:
        """After an unsure commit: forget everything, and read what is really there.

        What had been committed is answered from its key when the batch is settled again.
        """
        if self._away_since is None:
            self._away_since = time.monotonic()
        while True:
            await asyncio.sleep(self._pause_seconds)  # not at all the first time
            self._pause_seconds = min(
                max(2 * self._pause_seconds, FIRST_PAUSE_SECONDS), LONGEST_PAUSE_SECONDS
            )
            if self._closing or time.monotonic() - self._away_since > self._patience_seconds:
                self._send_away()
            try:
                await self.close()
                fence = await (await self._connect()).fence()
                if fence.epoch != self._fence.epoch:
                    raise Fenced("another writer has taken over the books")
                self._fence = fence
                self._stir()
                return await self._remember()
            except Exception as error:
                if not self._is_away(error):
                    raise

    def _send_away(self) -> None:
        """Let nobody wait any longer for a database that does not come back."""
        while self._queue:
            self._queue.popleft().fail(
                DatabaseAway("the database cannot be reached; ask again with the same key")
            )
        if self._closing:
            raise Fenced("the writer was closed while the database was away")

    def _is_away(self, error: Exception) -> bool:
        """Whether an error says that the database was lost, and nothing about the batch."""
        if isinstance(error, psycopg.Error):
            if self._connection is None or self._connection.closed or error.sqlstate is None:
                return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
            return error.sqlstate[:2] in AWAY
        return isinstance(error, OSError)

    async def _wait(self) -> None:
        """Until something has arrived, or a pending transfer has run out."""
        if self._queue or self._closing:
            return
        self._arrived.clear()
        deadline = self._memory.next_deadline()
        timeout_seconds = None
        if deadline is not None:
            timeout_seconds = min(max(0.0, (deadline - self._now()).total_seconds()), 60.0)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._arrived.wait(), timeout_seconds)

    def _take(self) -> list[_Waiting]:
        """What has arrived; two proposals that change one row go into batches of their own."""
        batch: list[_Waiting] = []
        changed: set[tuple[str, int]] = set()
        steps = 0
        while self._queue and len(batch) < MOST_IN_BATCH and steps < MOST_STEPS_IN_BATCH:
            proposal = self._queue[0].asked.proposal
            rows = {(change.table, change.id) for change in proposal.changes}
            if rows & changed:
                break
            changed |= rows
            steps += len(proposal.chain)
            batch.append(self._queue.popleft())
        return batch

    async def _settle(self, waiting: Sequence[_Waiting]) -> None:
        """Commit a batch and answer; one that the database refuses is halved to find the cause."""
        try:
            await self._commit(waiting)
        except Fenced:
            raise
        except Exception as error:
            if self._is_away(error) or not waiting:
                raise
            if len(waiting) > 1:
                middle = len(waiting) // 2
                await self._settle(waiting[:middle])
                await self._settle(waiting[middle:])
                return
            _log.info("proposal_rejected", error=type(error).__name__)
            match error:
                case Stale():
                    waiting[0].answer(Refused(STALE))
                case psycopg.IntegrityError() | psycopg.DataError() | psycopg.OperationalError():
                    waiting[0].answer(Refused(REJECTED))
                case OverflowError() | UnicodeError():
                    waiting[0].answer(Refused(REJECTED))
                case _:
                    waiting[0].fail(error)

    async def _commit(self, waiting: Sequence[_Waiting]) -> None:
        recorded = self._now()
        proposals = [one.asked for one in waiting]
        touch = touched(proposals)
        pendings = self._memory.pendings
        unknown = [id for id in touch.ended if id not in pendings]
        ended = await self._journal.transfers(unknown) if unknown else {}
        for pending in (
            *(pendings[id] for id in touch.ended if id in pendings),
            *self._memory.due(recorded),
        ):
            touch.accounts.update((pending.debit, pending.credit))
        missing = [account for account in touch.accounts if account not in self._memory.accounts]
        if missing:
            self._memory.accounts.update(await self._journal.accounts(missing))
        digests = [one.digest for one in proposals]
        stored = await self._journal.answers(digests) if digests else {}

        batch = form(self._fence, self._memory, ended, proposals, stored, recorded)
        if batch.writes():
            after = moved_on(self._fence, self._memory, batch)
            await self._journal.write(self._fence, batch, after)
            self._fence = after
            keep(self._memory, batch)
        for one, outcome in zip(waiting, batch.outcomes, strict=True):
            one.answer(outcome)
        if batch.told:
            self._stir()

    def _now(self) -> datetime:
        return self._fence.after(self._clock())

    def _stir(self) -> None:
        """Wake everybody who waits for something to happen."""
        self._moved.set()
        self._moved = asyncio.Event()

    def _end(self, error: BaseException) -> None:
        self._ended = error
        for waiting in (*self._in_hand, *self._queue):
            waiting.fail(_gone(error))
        self._queue.clear()
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
    patience_seconds: float = PATIENCE_SECONDS,
) -> AsyncIterator[Writer]:
    """The one writer on the database at `url`, running until the end of the block.

    `registered` are the tables that proposals may insert into, parents first. What was proposed
    before the end of the block is settled, unless the database is away.
    """
    writer = Writer(
        url, registered, clock, most_accounts=most_accounts, patience_seconds=patience_seconds
    )
    try:
        await writer.start()
        running = asyncio.create_task(writer.run(), name="writer")
        try:
            yield writer
        finally:
            writer.finish()
            await asyncio.wait([running], timeout=CLOSING_SECONDS)
            running.cancel()
            with suppress(asyncio.CancelledError, Fenced):
                await running
    finally:
        await writer.close()
