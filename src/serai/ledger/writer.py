"""The one writer: takes what has arrived, decides it in memory, commits it, answers.

Nobody else writes. While one batch is being committed the next one gathers, so the busier the
house, the larger the batches and the cheaper each order.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from psycopg import AsyncConnection, IntegrityError, OperationalError
from psycopg.errors import DataError

from serai.core import Clock, Refusal, utc_now
from serai.ledger.accounts import Account
from serai.ledger.decision import Accepted, decide
from serai.ledger.journal import (
    REJECTED,
    STALE,
    Batch,
    Fence,
    Fenced,
    Journal,
    Stale,
    StoredAnswer,
)
from serai.ledger.memory import Memory, Overlay
from serai.ledger.proposals import Committed, Outcome, Proposal, Refused, Replayed
from serai.ledger.tables import Table
from serai.ledger.transfers import Opening, Post, Transfer, Void

_log = structlog.get_logger()

MOST_IN_BATCH = 4096
"""Proposals in one transaction at most, so that none waits behind an endless one."""

_KEY_REUSED = Refusal(
    name="key_reused",
    says="This idempotency key was used before, for another request.",
    advice="Use a new key for a new request.",
    field="Idempotency-Key",
)


class _Waiting:
    """A proposal and who waits for its outcome."""

    __slots__ = ("digest", "outcome", "proposal")

    def __init__(self, proposal: Proposal, outcome: asyncio.Future[Outcome]) -> None:
        self.proposal = proposal
        self.digest = proposal.key.digest()
        self.outcome = outcome

    def answer(self, outcome: Outcome) -> None:
        if not self.outcome.done():  # whoever asked may have gone away
            self.outcome.set_result(outcome)


class Writer:
    """Commits proposals, one batch at a time; made by `open_writer`."""

    def __init__(self, url: str, registered: Sequence[Table], clock: Clock) -> None:
        self._url = url
        self._registered = registered
        self._clock = clock
        self._queue: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self._moved = asyncio.Condition()
        self._memory = Memory()
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._journal: Journal
        self._fence: Fence
        self._failure: BaseException | None = None

    async def propose(self, proposal: Proposal) -> Outcome:
        """Commit a proposal; answers when it is on disk, or with the stored or named refusal.

        Raises `Fenced` when another writer has taken over.
        """
        if self._failure is not None:
            raise self._failure
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(proposal, outcome))
        self._arrived.set()
        return await outcome

    @property
    def position(self) -> int:
        """The position of the last event that is committed; 0 when there is none."""
        return self._fence.next_position - 1

    async def beyond(self, position: int) -> int:
        """Wait until an event after `position` is committed; the last position then."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.position > position)
        return self.position

    async def start(self) -> None:
        """Take over as the one writer, and remember what is pending."""
        await self._connect()
        self._fence = await self._journal.take_over()
        await self._remember()

    async def run(self) -> None:
        """Commit batches until cancelled; a lost connection is made anew."""
        try:
            while True:
                await self._wait()
                batch = self._take()
                try:
                    await self._settle(batch)
                except OperationalError as error:
                    _log.warning("books_connection_lost", error=type(error).__name__)
                    self._queue.extendleft(reversed(batch))
                    await self._recover()
        except BaseException as error:
            self._failure = error
            for waiting in self._queue:
                if not waiting.outcome.done():
                    waiting.outcome.set_exception(_stopped(error))
            raise

    async def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            await self._connection.close()

    async def _connect(self) -> None:
        self._connection = await AsyncConnection.connect(
            self._url, autocommit=True, prepare_threshold=None
        )
        self._journal = Journal(self._connection, self._registered)

    async def _remember(self) -> None:
        self._memory = Memory()
        for pending in await self._journal.open_pendings():
            self._memory.remember_pending(pending)

    async def _recover(self) -> None:
        """After an unsure commit: forget everything, and read what is really there.

        What had been committed is answered from its key when the batch is settled again.
        """
        patience_seconds = 0.1
        while True:
            try:
                await self.close()
                await self._connect()
                fence = await self._journal.fence()
                if fence.epoch != self._fence.epoch:
                    raise Fenced("another writer has taken over the books")
                self._fence = fence
                return await self._remember()
            except OperationalError:
                await asyncio.sleep(patience_seconds)  # the database is away; it may come back
                patience_seconds = min(2 * patience_seconds, 2.0)

    async def _wait(self) -> None:
        """Until something has arrived, or a pending transfer has run out."""
        if self._queue:
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
        while self._queue and len(batch) < MOST_IN_BATCH:
            rows = {(change.table, change.id) for change in self._queue[0].proposal.changes}
            if rows & changed:
                break
            changed |= rows
            batch.append(self._queue.popleft())
        return batch

    async def _settle(self, waiting: list[_Waiting]) -> None:
        """Commit a batch and answer; if the database refuses it, each proposal on its own."""
        try:
            await self._commit(waiting)
        except (IntegrityError, DataError, Stale) as error:
            if len(waiting) > 1:
                for one in waiting:
                    await self._settle([one])
            elif waiting:
                _log.info("proposal_rejected", error=str(error).splitlines()[0])
                stale = isinstance(error, Stale)
                waiting[0].answer(Refused(STALE if stale else REJECTED))
            else:
                raise

    async def _commit(self, waiting: list[_Waiting]) -> None:
        recorded = self._now()
        overlay = await self._prepare(waiting, recorded)
        stored = await self._journal.answers([one.digest for one in waiting]) if waiting else {}
        overlay.expire_due(recorded)
        batch = Batch(recorded)
        outcomes = [
            (one, self._decide(one, overlay, batch, stored)) for one in waiting
        ]  # in order: each sees what the ones before it have done
        batch.endings.extend(
            ending for ending in overlay.endings.values() if ending.kind == "expired"
        )
        if batch.keys or batch.endings:
            ids = self._number(overlay, batch)
            await self._journal.write(self._fence, batch, ids)
            self._keep(overlay, batch, ids)
            async with self._moved:
                self._moved.notify_all()
        for one, outcome in outcomes:
            one.answer(outcome)

    def _decide(
        self, one: _Waiting, overlay: Overlay, batch: Batch, stored: dict[bytes, StoredAnswer]
    ) -> Outcome:
        proposal = one.proposal
        request = proposal.key.request_digest()
        known = stored.get(one.digest)
        if known is not None:
            return _replay(known, request)
        if proposal.refusal is not None:
            decided: Accepted | Refusal = proposal.refusal
        else:
            decided = decide(
                overlay, proposal, batch.recorded, self._fence.next_transfer + len(batch.entries)
            )
        if isinstance(decided, Refusal):
            if proposal.keep_refusal:
                answer = StoredAnswer(request, msgspec.json.encode(decided), True)
                stored[one.digest] = answer
                batch.keys.append((one.digest, answer))
            return Refused(decided)
        overlay.merge(decided)
        batch.entries.extend(decided.entries)
        batch.endings.extend(decided.endings)
        for event in proposal.events:
            position = self._fence.next_position + len(batch.events)
            batch.events.append((position, proposal.effective, event))
        batch.inserts.extend(proposal.inserts)
        batch.changes.extend(proposal.changes)
        answer = StoredAnswer(request, proposal.answer, False)
        stored[one.digest] = answer
        batch.keys.append((one.digest, answer))
        position = self._fence.next_position + len(batch.events) - 1
        return Committed(proposal.answer, decided.transfers, batch.recorded, position)

    async def _prepare(self, waiting: list[_Waiting], recorded: datetime) -> Overlay:
        """Bring into memory every account and pending transfer that the batch may touch."""
        touched: set[Account] = set()
        ended: set[int] = set()
        for one in waiting:
            for step in one.proposal.chain:
                match step:
                    case Transfer():
                        touched.update((step.debit, step.credit))
                    case Opening():
                        touched.update((step.account, step.source))
                    case Post() | Void():
                        ended.add(step.pending)
        others = await self._journal.transfers([
            id for id in ended if id not in self._memory.pendings
        ]) if ended else {}  # fmt: skip
        pendings = [self._memory.pendings[id] for id in ended if id in self._memory.pendings]
        for pending in (*pendings, *self._memory.due(recorded)):
            touched.update((pending.debit, pending.credit))
        missing = [account for account in touched if account not in self._memory.accounts]
        if missing:
            self._memory.accounts.update(await self._journal.accounts(missing))
        return Overlay(self._memory, others)

    def _number(self, overlay: Overlay, batch: Batch) -> dict[Account, int]:
        """Ids for the accounts that open, and the balances to save of those that were there."""
        ids: dict[Account, int] = {}
        for account, balances in overlay.changed.items():
            known = self._memory.accounts.get(account)
            if known is None:
                ids[account] = self._fence.next_account + len(batch.accounts)
                batch.accounts.append((ids[account], account, balances))
            else:
                ids[account] = known[0]
                batch.balances.append((known[0], balances))
        return ids

    def _keep(self, overlay: Overlay, batch: Batch, ids: dict[Account, int]) -> None:
        """Remember the books as they are now committed."""
        fence = self._fence
        self._fence = Fence(
            fence.epoch,
            fence.batch + 1,
            fence.next_account + len(batch.accounts),
            fence.next_transfer + len(batch.entries),
            fence.next_position + len(batch.events),
            batch.recorded,
        )
        for account, balances in overlay.changed.items():
            self._memory.accounts[account] = (ids[account], balances)
        for entry in batch.entries:
            if entry.kind == "pending":
                self._memory.remember_pending(entry.as_pending())
        for ending in overlay.endings.values():
            self._memory.pendings.pop(ending.pending_id, None)
        self._memory.forget_beyond()

    def _now(self) -> datetime:
        """The recorded time: it never goes back, even when the machine's clock does."""
        now = self._clock()
        last = self._fence.recorded
        return now if now > last else last + timedelta(microseconds=1)


def _replay(known: StoredAnswer, request: bytes) -> Outcome:
    if known.request != request:
        return Refused(_KEY_REUSED)
    if known.refused:
        return Refused(msgspec.json.decode(known.answer, type=Refusal), replayed=True)
    return Replayed(known.answer)


def _stopped(error: BaseException) -> BaseException:
    return error if isinstance(error, Fenced) else Fenced("the writer has stopped")


@asynccontextmanager
async def open_writer(
    url: str, registered: Sequence[Table], clock: Clock = utc_now
) -> AsyncIterator[Writer]:
    """The one writer on the database at `url`, running until the end of the block.

    `registered` are the tables that proposals may insert into.
    """
    writer = Writer(url, registered, clock)
    await writer.start()
    running = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError, Fenced):
            await running
        await writer.close()
