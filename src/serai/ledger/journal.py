"""The writer's side of the database: what it reads before a batch and writes with it.

One connection, one transaction for each batch, the fence row first in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps

from serai.ledger import tables
from serai.ledger.accounts import Account, Balances
from serai.ledger.batches import Batch, Fence, StoredAnswer
from serai.ledger.decision import Pending
from serai.ledger.proposals import Change
from serai.ledger.records import Records
from serai.ledger.transfers import Belonging


class Fenced(Exception):
    """This writer does not write any more: another one has taken over, or it was closed."""


class Stale(Exception):
    """A changed row no longer has the version that the proposal expected."""


class Journal:
    """Reads and writes the books over the writer's own connection."""

    def __init__(self, connection: AsyncConnection[tuple[Any, ...]], records: Records) -> None:
        self._connection = connection
        self._records = records
        self._types: dict[str, dict[str, _Column]] = {}
        set_json_dumps(_json, connection)

    async def take_over(self) -> Fence:
        """Become the one writer: whoever wrote before is fenced out from now on."""
        return await self._one_fence(tables.TAKE_OVER)

    async def fence(self) -> Fence:
        """The fence row as it stands, once nobody is writing any more."""
        return await self._one_fence(tables.READ_FENCE)

    async def _one_fence(self, sql: str) -> Fence:
        row = await (await self._connection.execute(sql)).fetchone()
        if row is None:
            raise RuntimeError("the fence row is missing: were the migrations run?")
        return Fence(*row)

    async def answers(self, digests: Sequence[bytes]) -> dict[bytes, StoredAnswer]:
        """The stored answers of those keys that are known."""
        cursor = await self._connection.execute(
            tables.KNOWN_KEYS, {"digests": list(digests)}, binary=True
        )
        return {row[0]: StoredAnswer(row[1], row[2], row[3]) for row in await cursor.fetchall()}

    async def accounts(self, keys: Iterable[Account]) -> dict[Account, tuple[int, Balances]]:
        """Id and balances of those accounts that were ever touched."""
        wanted = list(keys)
        cursor = await self._connection.execute(
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
        return {Account(*row[:6]): (row[6], Balances(*row[7:])) for row in await cursor.fetchall()}

    async def transfers(self, ids: Sequence[int]) -> dict[int, Pending | Literal["not_pending"]]:
        """The named transfers: pending ones with how they ended, others as not pending."""
        cursor = await self._connection.execute(tables.TRANSFERS_BY_ID, {"ids": list(ids)})
        return {
            row[0]: _pending(row) if row[1] == "pending" else "not_pending"
            for row in await cursor.fetchall()
        }

    async def open_pendings(self, oldest: int) -> list[Pending]:
        """Every pending transfer from `oldest` on that has not ended, in the order of their ids."""
        cursor = await self._connection.execute(tables.OPEN_PENDINGS, {"oldest": oldest})
        return [_pending(row) for row in await cursor.fetchall()]

    async def write(self, before: Fence, batch: Batch, after: Fence) -> None:
        """Write a batch and move the fence on, in one transaction that is on disk at the end.

        Raises `Fenced` when the fence row is not `before`, `Stale` when a changed row is not.
        """
        async with self._connection.transaction():
            cursor = await self._connection.execute(
                tables.FENCE,
                {
                    "epoch": before.epoch,
                    "batch": before.batch,
                    "next_account": after.next_account,
                    "next_transfer": after.next_transfer,
                    "next_position": after.next_position,
                    "oldest_pending": after.oldest_pending,
                    "recorded": after.recorded,
                },
            )
            if cursor.rowcount != 1:
                raise Fenced("another writer has taken over the books")
            await self._write_accounts(batch)
            await self._write_transfers(batch)
            await self._write_told(batch, after.batch)
            for table, rows in self._records.by_table(batch.inserts):
                await self._copy(table, self._records.columns(table), rows)
            await self._change(batch.changes)

    async def _write_accounts(self, batch: Batch) -> None:
        await self._copy("accounts", tables.ACCOUNT_COLUMNS, [
            (s.id, s.account.book, s.account.unit, s.account.holder, s.account.role,
             s.account.slot, s.account.limit, s.balances.debits_pending,
             s.balances.debits_posted, s.balances.credits_pending, s.balances.credits_posted)
            for s in batch.opened
        ])  # fmt: skip
        if batch.moved:
            await self._connection.execute(
                tables.SAVE_BALANCES,
                {
                    "ids": [s.id for s in batch.moved],
                    "dp": [s.balances.debits_pending for s in batch.moved],
                    "d": [s.balances.debits_posted for s in batch.moved],
                    "cp": [s.balances.credits_pending for s in batch.moved],
                    "c": [s.balances.credits_posted for s in batch.moved],
                },
            )

    async def _write_transfers(self, batch: Batch) -> None:
        ids = batch.account_ids
        await self._copy("transfers", tables.TRANSFER_COLUMNS, [
            (e.id, e.kind, ids[e.debit], ids[e.credit], e.amount, e.reason,
             e.pending_id, e.deadline, e.of.order, e.of.booking, e.of.line, e.of.store,
             e.effective, batch.recorded, e.business_date)
            for e in batch.entries
        ])  # fmt: skip
        await self._copy("endings", tables.ENDING_COLUMNS, [
            (e.pending_id, e.kind, e.amount, e.transfer_id, batch.recorded) for e in batch.endings
        ])  # fmt: skip

    async def _write_told(self, batch: Batch, number: int) -> None:
        await self._copy("keys", tables.KEY_COLUMNS, [
            (k.digest, k.answer.request, k.answer.answer, k.answer.refused, number)
            for k in batch.kept
        ])  # fmt: skip
        await self._copy("events", tables.EVENT_COLUMNS, [
            (t.position, t.event.type, t.event.book, t.event.order, t.event.booking,
             t.event.store, t.effective, batch.recorded, msgspec.Raw(t.event.data))
            for t in batch.told
        ])  # fmt: skip

    async def _copy(
        self, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        if not rows:
            return
        types = await self._column_types(table)
        cursor = self._connection.cursor()
        async with cursor.copy(tables.copy_into(table, columns).encode()) as copy:
            copy.set_types([types[column].oid for column in columns])
            for row in rows:
                await copy.write_row(row)

    async def _change(self, changes: Sequence[Change]) -> None:
        grouped: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
        for change in changes:
            grouped[change.table, tuple(change.values)].append(change)
        for (table, columns), same in grouped.items():
            types = await self._column_types(table)
            names = tuple(types[column].name for column in columns)
            cursor = await self._connection.execute(
                tables.change_rows(table, columns, names).encode(),
                [
                    [change.id for change in same],
                    [change.version for change in same],
                    *self._records.changed(table, columns, same),
                ],
            )
            if cursor.rowcount != len(same):
                raise Stale(f"{len(same) - cursor.rowcount} rows of {table} have moved on")

    async def _column_types(self, table: str) -> dict[str, _Column]:
        if table not in self._types:
            cursor = await self._connection.execute(tables.COLUMN_TYPES, {"table": table})
            self._types[table] = {row[0]: _Column(*row[1:]) for row in await cursor.fetchall()}
        return self._types[table]


class _Column(msgspec.Struct, frozen=True):
    """The type of a column: by number for COPY, by name for casts."""

    oid: int
    name: str


def _json(value: Any) -> bytes:
    return bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)


def _pending(row: Sequence[Any]) -> Pending:
    debit, credit = Account(*row[2:8]), Account(*row[8:14])
    amount, deadline, order, booking, line, store, ended = row[14:]
    return Pending(
        row[0], debit, credit, amount, deadline, Belonging(order, booking, line, store), ended
    )
