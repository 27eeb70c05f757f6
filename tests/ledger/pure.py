"""The ledger's decisions without a database: batches formed and kept in memory alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from serai.ledger import Account, Balances, Deed, Outcome, Pending, Proposal
from serai.ledger.batches import Batch, Fence, NotPending, StoredAnswer, asked
from serai.ledger.memory import Memory, Standing
from tests.ledger.auditor import Auditor, Sums, name_of
from tests.ledger.workload import BEGINNING


class PureBooks:
    """What the writer does, with dictionaries in the place of PostgreSQL.

    As there, a batch is decided while the one before it is still on its way: what is read of the
    dictionaries does not know of that one.
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self.fence = Fence(1, 0, 1, 1, 1, 1, BEGINNING)
        self.batches: list[Batch] = []
        self._on_its_way: Batch | None = None
        self._transfers: dict[int, Pending | NotPending] = {}
        self._answers: dict[bytes, StoredAnswer] = {}

    def propose(self, proposals: Sequence[Proposal], now: datetime) -> list[Outcome]:
        """Take the proposals as one batch."""
        batch = Batch(self.fence, self.memory, now, self._on_its_way)
        assert batch.take_due() == []
        batch.expire_due()
        questions = [asked(proposal) for proposal in proposals]
        unknown = batch.look_up(questions)
        batch.learn(
            {},
            {id: self._transfers[id] for id in unknown.ended if id in self._transfers},
            {key: self._answers[key] for key in unknown.digests if key in self._answers},
        )
        for question in questions:
            batch.admit(question)
        self.land()
        batch.follow()
        if batch.writes():
            self.fence = batch.moved_on()
            self._on_its_way = batch
        return batch.outcomes

    def land(self) -> None:
        """What was on its way has arrived."""
        if self._on_its_way is not None:
            self._on_its_way.keep()
            self._file(self._on_its_way)
            self._on_its_way = None

    def _file(self, batch: Batch) -> None:
        self.batches.append(batch)
        for entry in batch.entries:
            pending = entry.kind == "pending"
            self._transfers[entry.id] = entry.as_pending() if pending else "not_pending"
        for ending in batch.endings.values():
            begun = self._transfers[ending.pending_id]
            assert isinstance(begun, Pending)
            assert begun.ended is None
            self._transfers[ending.pending_id] = Pending(
                begun.id, begun.debit, begun.credit, begun.amount, begun.deadline, begun.of,
                ending.kind,
            )  # fmt: skip
        for kept in batch.kept:
            assert kept.digest not in self._answers
            self._answers[kept.digest] = kept.answer


def check(books: PureBooks, auditor: Auditor) -> None:
    """Memory, journal and model agree, and nothing is numbered with a gap."""
    books.land()
    balances = {
        name_of(account): _sums(account.limit, found.balances)
        for account, found in remembered(books.memory).items()
    }
    assert balances == auditor.state.accounts == auditor.fold()
    assert list(books.memory.pendings) == [held.row.id for held in auditor.open_pendings()]
    entries = [entry for batch in books.batches for entry in batch.entries]
    assert [
        (e.id, e.kind, name_of(e.debit), name_of(e.credit), e.amount, e.pending_id, e.deadline,
         e.of.order, e.of.booking, e.of.line, e.of.store, e.effective, e.business_date, e.reason)
        for e in entries
    ] == [tuple(vars(row).values()) for row in auditor.state.journal]  # fmt: skip
    told = [told for batch in books.batches for told in batch.told]
    assert [t.position for t in told] == list(range(1, len(told) + 1))
    assert [t.event.type for t in told] == auditor.state.told
    assert [link.deed for batch in books.batches for link in batch.deeds] == auditor.state.done
    check_chain(books.batches, books.fence)
    assert books.fence.next_transfer == len(entries) + 1
    assert sorted(found.id for found in remembered(books.memory).values()) == list(
        range(1, books.fence.next_account)
    )


def check_chain(batches: Sequence[Batch], fence: Fence) -> None:
    """Every deed has the hash of the one before it in it, and the fence knows the last one."""
    number, before = 0, bytes(32)
    for batch in batches:
        for link in batch.deeds:
            number, before = number + 1, hashed(before, number + 1, batch.recorded, link.deed)
            assert (link.number, link.hash) == (number, before)
    assert (fence.last_deed, fence.last_hash) == (number, before)


def hashed(before: bytes, number: int, recorded: datetime, deed: Deed) -> bytes:
    """The hash of a deed, as the documentation has it."""
    since = recorded - datetime(2000, 1, 1, tzinfo=UTC)
    numbers = (number, since // timedelta(microseconds=1), deed.actor_id, deed.thing_id, deed.book,
               deed.store, deed.placement)  # fmt: skip
    texts = (deed.actor, deed.operation, deed.thing, deed.refusal, deed.address, deed.request_id)
    parts = [before, *(one.to_bytes(8, "big", signed=True) for one in numbers)]
    for one in (*(value.encode() for value in texts), deed.before, deed.after):
        parts += [len(one).to_bytes(4, "big"), one]
    if deed.nodes:
        head = (1, 0, 20, len(deed.nodes), 1)  # one dimension, no nulls, of bigint, from 1 on
        array = b"".join([
            *(number.to_bytes(4, "big") for number in head),
            *(b"\0\0\0\x08" + node.to_bytes(8, "big") for node in deed.nodes),
        ])  # fmt: skip
        parts += [len(array).to_bytes(4, "big"), array]
    return sha256(b"".join(parts)).digest()


def remembered(memory: Memory) -> dict[Account, Standing]:
    """Every account that a memory holds."""
    found = {account: memory.standing(account) for account in (*memory._older_ids, *memory._ids)}
    return {account: standing for account, standing in found.items() if standing is not None}


def _sums(limit: str, b: Balances) -> Sums:
    return Sums(limit, b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted)
