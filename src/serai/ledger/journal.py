"""The writer's side of the database: what it reads before a batch and writes with it.

Two connections: one that writes, one transaction for each batch with the fence row first in it,
and one that reads what the next batch needs while the last one is being committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec
from psycopg import AsyncClientCursor, AsyncConnection

from serai.core import Silence
from serai.ledger import tables
from serai.ledger.accounts import Account, Balances
from serai.ledger.batches import Batch, Fence, NotPending, StoredAnswer
from serai.ledger.decision import Pending
from serai.ledger.exchange import exchange
from serai.ledger.memory import Standing
from serai.ledger.proposals import Change
from serai.ledger.records import Records
from serai.ledger.rows import Rows
from serai.ledger.tables_archive import UNARCHIVE
from serai.ledger.transfers import Belonging

Connection = AsyncConnection[tuple[Any, ...]]

RECALL_SECONDS = 300.0
"""How long the reading of all that is pending may take; there may be millions."""


class Fenced(Exception):
    """This writer does not write any more: another one has taken over, or it was closed."""


class Stale(Exception):
    """A changed row no longer has the version that the proposal expected."""


class Journal:
    """Reads and writes the books over the writer's own two connections."""

    def __init__(
        self,
        writing: Connection,
        reading: Connection,
        records: Records,
        silence: Silence,
        answer_seconds: float | None,
    ) -> None:
        self._writing = writing
        self._reading = reading
        self._records = records
        self._silence = silence
        self._answer_seconds = answer_seconds
        self._bind = AsyncClientCursor(writing)

    async def learn_types(self) -> None:
        """Read the types of the columns that records go into."""
        found = await self._read(tables.COLUMN_TYPES, {"tables": list(self._records.names)})
        types: dict[str, dict[str, str]] = {name: {} for name in self._records.names}
        for table, column, name in found:
            types[table][column] = name
        self._records.learn(types)

    async def take_over(self) -> Fence:
        """Become the one writer: whoever wrote before is fenced out from now on."""
        return await self._one_fence(tables.TAKE_OVER)

    async def fence(self) -> Fence:
        """The fence row as it stands, once nobody is writing any more."""
        return await self._one_fence(tables.READ_FENCE)

    async def _one_fence(self, sql: str) -> Fence:
        with self._silence.broken(self._writing, self._answer_seconds):
            row = await (await self._writing.execute(sql)).fetchone()
        if row is None:
            raise RuntimeError("the fence row is missing: were the migrations run?")
        return Fence(*row)

    async def answers(self, digests: Sequence[bytes]) -> dict[bytes, StoredAnswer]:
        """The stored answers of those keys that are known."""
        found = await self._read(tables.KNOWN_KEYS, {"digests": _bytea_array(digests)}, binary=True)
        return {row[0]: StoredAnswer(row[1], row[2], row[3]) for row in found}

    async def accounts(self, keys: Iterable[Account]) -> dict[Account, Standing]:
        """Id and balances of those accounts that were ever touched."""
        wanted = list(keys)
        found = await self._read(
            tables.ACCOUNTS_BY_KEY,
            {
                "books": _array(key.book for key in wanted),
                "units": [key.unit for key in wanted],
                "holders": _array(key.holder for key in wanted),
                "roles": [key.role for key in wanted],
                "slots": _array(key.slot for key in wanted),
            },
            binary=True,
        )
        return {Account(*row[:6]): Standing(row[6], Balances(*row[7:])) for row in found}

    async def transfers(self, ids: Sequence[int]) -> dict[int, Pending | NotPending]:
        """The named transfers: pending ones with how they ended, others as not pending."""
        found = await self._read(tables.TRANSFERS_BY_ID, {"ids": _array(ids)})
        return {row[0]: _pending(row) if row[1] == "pending" else "not_pending" for row in found}

    async def open_pendings(self, oldest: int) -> list[Pending]:
        """Every pending transfer from `oldest` on that has not ended, in the order of their ids."""
        with self._silence.broken(self._reading, RECALL_SECONDS):
            cursor = await self._reading.execute(tables.OPEN_PENDINGS, {"oldest": oldest})
        return [_pending(row) for row in await cursor.fetchall()]

    async def _read(
        self, sql: str, values: Mapping[str, object], *, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        with self._silence.broken(self._reading, self._answer_seconds):
            cursor = await self._reading.execute(sql, values, binary=binary)
        return await cursor.fetchall()

    async def write(self, batch: Batch, rows: Rows, after: Fence) -> None:
        """Write a batch and move the fence on, in one transaction that is on disk at the end.

        `rows` are the batch's. Raises `Fenced` when the fence row is not the one that the batch
        was decided on, `Stale` when a changed row is not.
        """
        try:
            await self._write(batch, rows, after, unarchive=False)
        except _Archived:
            await self._write(batch, rows, after, unarchive=True)

    async def _write(self, batch: Batch, rows: Rows, after: Fence, *, unarchive: bool) -> None:
        updates = [_fence_moves(batch.fence, after), *self._changes(batch.changes)]
        updates += _balances_move(batch, unarchive=unarchive)
        copies = list(rows.by_table(batch, self._records.names))
        statements = [
            "BEGIN",
            *(self._bind.mogrify(update.sql, update.values) for update in updates),
            *(tables.COPIES.get(table) or self._records.copies[table] for table, _ in copies),
            "COMMIT",
        ]

        def check(counts: Sequence[int]) -> None:
            for update, count in zip(updates, counts[1:], strict=True):
                if count != update.rows:
                    raise update.otherwise

        script, data = ";".join(statements).encode(), [data for _, data in copies]
        with self._silence.broken(self._writing, self._answer_seconds):
            await exchange(self._writing.pgconn, script, data, check)

    def _changes(self, changes: Sequence[Change]) -> list[_Update]:
        grouped: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
        for change in changes:
            grouped[change.table, tuple(change.values)].append(change)
        return [
            _Update(
                tables.change_rows(table, columns, self._records.types(table, columns)),
                [
                    [change.id for change in same],
                    [change.version for change in same],
                    *self._records.changed(table, columns, same),
                ],
                len(same),
                Stale(f"rows of {table} have moved on"),
            )
            for (table, columns), same in grouped.items()
        ]


class _Archived(Exception):
    """Some of the accounts whose balances are saved were archived meanwhile."""


class _Update(msgspec.Struct, frozen=True):
    """A statement before the rows: what it is bound to, how many rows it must touch, and what it
    means when it does not."""

    sql: str
    values: Any
    rows: int
    otherwise: Exception


def _fence_moves(before: Fence, after: Fence) -> _Update:
    values = {**msgspec.structs.asdict(after), "batch": before.batch}
    return _Update(tables.FENCE, values, 1, Fenced("another writer has taken over the books"))


def _balances_move(batch: Batch, *, unarchive: bool) -> list[_Update]:
    opened = set(batch.opened)
    moved = [account for account in batch.changed if account not in opened]
    if not moved:
        return []
    sums = [batch.sums[account] for account in moved]
    ids = _array(batch.ids[account] for account in moved)
    values = {
        "ids": ids,
        "dp": _array(map(_debits_pending, sums)),
        "d": _array(map(_debits_posted, sums)),
        "cp": _array(map(_credits_pending, sums)),
        "c": _array(map(_credits_posted, sums)),
    }
    if not unarchive:
        return [_Update(tables.SAVE_BALANCES, values, len(moved), _Archived())]
    missing = RuntimeError("accounts are missing from the books")
    return [
        _Update(tables.HOLD_ACCOUNTS, {"ids": ids}, 1, missing),  # both of these answer in one row
        _Update(UNARCHIVE, {"ids": ids}, 1, missing),
        _Update(tables.SAVE_BALANCES, values, len(moved), missing),
    ]


_debits_pending = attrgetter("debits_pending")
_debits_posted = attrgetter("debits_posted")
_credits_pending = attrgetter("credits_pending")
_credits_posted = attrgetter("credits_posted")

# The driver adapts a list one element after the other; these are long, and of one kind.


def _array(numbers: Iterable[int]) -> str:
    """A bigint[] as text; Python writes a list of numbers as an array has them."""
    return "{" + str(list(numbers))[1:-1] + "}"


def _bytea_array(values: Iterable[bytes]) -> str:
    """A bytea[] as text."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _pending(row: Sequence[Any]) -> Pending:
    debit, credit = Account(*row[2:8]), Account(*row[8:14])
    amount, deadline, *of, ended = row[14:]
    return Pending(row[0], debit, credit, amount, deadline, Belonging(*of), ended)
