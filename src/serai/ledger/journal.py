"""The writer's side of the database: what it reads before a batch and writes with it.

Two connections: one that writes, one transaction for each batch with the fence row first in it,
and one that reads what the next batch needs while the last one is being committed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps

from serai.ledger import tables
from serai.ledger.accounts import Account, Balances
from serai.ledger.batches import Batch, Fence, NotPending, StoredAnswer
from serai.ledger.decision import Pending
from serai.ledger.memory import Standing
from serai.ledger.proposals import Change
from serai.ledger.records import Records
from serai.ledger.rows import Rows
from serai.ledger.tables_archive import UNARCHIVE
from serai.ledger.transfers import Belonging

Connection = AsyncConnection[tuple[Any, ...]]


class Fenced(Exception):
    """This writer does not write any more: another one has taken over, or it was closed."""


class Stale(Exception):
    """A changed row no longer has the version that the proposal expected."""


class Journal:
    """Reads and writes the books over the writer's own two connections."""

    def __init__(self, writing: Connection, reading: Connection, records: Records) -> None:
        self._writing = writing
        self._reading = reading
        self._records = records
        self._types: dict[str, dict[str, str]] = {}
        set_json_dumps(_json, writing)

    async def learn_types(self) -> None:
        """Read the types of the columns that records go into."""
        cursor = await self._reading.execute(
            tables.COLUMN_TYPES, {"tables": list(self._records.names)}
        )
        types: dict[str, dict[str, str]] = {name: {} for name in self._records.names}
        for table, column, name in await cursor.fetchall():
            types[table][column] = name
        self._types = types
        self._records.learn(types)

    async def take_over(self) -> Fence:
        """Become the one writer: whoever wrote before is fenced out from now on."""
        return await self._one_fence(tables.TAKE_OVER)

    async def fence(self) -> Fence:
        """The fence row as it stands, once nobody is writing any more."""
        return await self._one_fence(tables.READ_FENCE)

    async def _one_fence(self, sql: str) -> Fence:
        row = await (await self._writing.execute(sql)).fetchone()
        if row is None:
            raise RuntimeError("the fence row is missing: were the migrations run?")
        return Fence(*row)

    async def answers(self, digests: Sequence[bytes]) -> dict[bytes, StoredAnswer]:
        """The stored answers of those keys that are known."""
        cursor = await self._reading.execute(
            tables.KNOWN_KEYS, {"digests": list(digests)}, binary=True
        )
        return {row[0]: StoredAnswer(row[1], row[2], row[3]) for row in await cursor.fetchall()}

    async def accounts(self, keys: Iterable[Account]) -> dict[Account, Standing]:
        """Id and balances of those accounts that were ever touched."""
        wanted = list(keys)
        cursor = await self._reading.execute(
            tables.ACCOUNTS_BY_KEY,
            {
                "books": [key.book for key in wanted],
                "units": [key.unit for key in wanted],
                "holders": [key.holder for key in wanted],
                "roles": [key.role for key in wanted],
                "slots": [key.slot for key in wanted],
            },
            binary=True,
        )
        return {
            Account(*row[:6]): Standing(row[6], Balances(*row[7:]))
            for row in await cursor.fetchall()
        }

    async def transfers(self, ids: Sequence[int]) -> dict[int, Pending | NotPending]:
        """The named transfers: pending ones with how they ended, others as not pending."""
        cursor = await self._reading.execute(tables.TRANSFERS_BY_ID, {"ids": list(ids)})
        return {
            row[0]: _pending(row) if row[1] == "pending" else "not_pending"
            for row in await cursor.fetchall()
        }

    async def open_pendings(self, oldest: int) -> list[Pending]:
        """Every pending transfer from `oldest` on that has not ended, in the order of their ids."""
        cursor = await self._reading.execute(tables.OPEN_PENDINGS, {"oldest": oldest})
        return [_pending(row) for row in await cursor.fetchall()]

    async def write(self, batch: Batch, rows: Rows, after: Fence) -> None:
        """Write a batch and move the fence on, in one transaction that is on disk at the end.

        `rows` are the batch's. Raises `Fenced` when the fence row is not the one that the batch
        was decided on, `Stale` when a changed row is not.
        """
        async with self._writing.transaction():
            cursor = await self._writing.execute(
                tables.FENCE,
                {
                    "epoch": batch.fence.epoch,
                    "batch": batch.fence.batch,
                    "next_account": after.next_account,
                    "next_transfer": after.next_transfer,
                    "next_position": after.next_position,
                    "oldest_pending": after.oldest_pending,
                    "recorded": after.recorded,
                },
            )
            if cursor.rowcount != 1:
                raise Fenced("another writer has taken over the books")
            for table, data in rows.by_table(batch, self._records.names):
                columns = tables.COLUMNS.get(table) or self._records.columns(table)
                async with self._writing.cursor().copy(tables.copy_into(table, columns)) as copy:
                    await copy.write(data)
            await self._save_balances(batch)
            await self._change(batch.changes)

    async def _save_balances(self, batch: Batch) -> None:
        first_opened = batch.fence.next_account
        ids = [id for id in batch.ids.values() if id < first_opened]
        if not ids:
            return
        changed = batch.changed
        moved = [changed[account] for account, id in batch.ids.items() if id < first_opened]
        saved = {
            "ids": ids,
            "dp": [sums.debits_pending for sums in moved],
            "d": [sums.debits_posted for sums in moved],
            "cp": [sums.credits_pending for sums in moved],
            "c": [sums.credits_posted for sums in moved],
        }
        cursor = await self._writing.execute(tables.SAVE_BALANCES, saved)
        if cursor.rowcount != len(ids):  # some were archived meanwhile: they come back
            await self._writing.execute(UNARCHIVE, {"ids": ids})
            cursor = await self._writing.execute(tables.SAVE_BALANCES, saved)
            if cursor.rowcount != len(ids):
                raise RuntimeError("accounts are missing from the books")

    async def _change(self, changes: Sequence[Change]) -> None:
        grouped: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
        for change in changes:
            grouped[change.table, tuple(change.values)].append(change)
        for (table, columns), same in grouped.items():
            names = tuple(self._types[table][column] for column in columns)
            cursor = await self._writing.execute(
                tables.change_rows(table, columns, names).encode(),
                [
                    [change.id for change in same],
                    [change.version for change in same],
                    *self._records.changed(table, columns, same),
                ],
            )
            if cursor.rowcount != len(same):
                raise Stale(f"{len(same) - cursor.rowcount} rows of {table} have moved on")


def _json(value: Any) -> bytes:
    return bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)


def _pending(row: Sequence[Any]) -> Pending:
    debit, credit = Account(*row[2:8]), Account(*row[8:14])
    amount, deadline, order, booking, line, store, ended = row[14:]
    return Pending(
        row[0], debit, credit, amount, deadline, Belonging(order, booking, line, store), ended
    )
