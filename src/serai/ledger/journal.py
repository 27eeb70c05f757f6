"""The writer's side of the database: what it reads before a batch and writes with it.

One connection, one transaction for each batch, the fence row first in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection
from psycopg.types.json import set_json_dumps

from serai.core import Refusal, holds_json
from serai.ledger import tables
from serai.ledger.accounts import Account, Balances
from serai.ledger.decision import Ending, Entry, Pending
from serai.ledger.proposals import Change, Event, Insert
from serai.ledger.transfers import Belonging

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Fenced(Exception):
    """Another writer has taken over; this one must stop."""


class Stale(Exception):
    """A changed row no longer has the version that the proposal expected."""


class Fence(msgspec.Struct, frozen=True):
    """The one row that every batch locks first: who may write, and the next numbers."""

    epoch: int
    batch: int
    next_account: int
    next_transfer: int
    next_position: int
    recorded: datetime


class StoredAnswer(msgspec.Struct, frozen=True):
    """The answer that a key was given; a refusal where `refused`."""

    request: bytes
    answer: bytes
    refused: bool


class Batch(msgspec.Struct):
    """Everything that one transaction writes."""

    recorded: datetime
    accounts: list[tuple[int, Account, Balances]] = msgspec.field(default_factory=list)
    balances: list[tuple[int, Balances]] = msgspec.field(default_factory=list)
    entries: list[Entry] = msgspec.field(default_factory=list)
    endings: list[Ending] = msgspec.field(default_factory=list)
    keys: list[tuple[bytes, StoredAnswer]] = msgspec.field(default_factory=list)
    events: list[tuple[int, datetime, Event]] = msgspec.field(default_factory=list)
    inserts: list[Insert] = msgspec.field(default_factory=list)
    changes: list[Change] = msgspec.field(default_factory=list)


class Journal:
    """Reads and writes the books over the writer's own connection."""

    def __init__(
        self, connection: AsyncConnection[tuple[Any, ...]], registered: Sequence[tables.Table]
    ) -> None:
        self._connection = connection
        self._rows = {table.name: _RowShape(table.row) for table in registered}
        self._types: dict[str, dict[str, int]] = {}
        set_json_dumps(_json, connection)

    async def take_over(self) -> Fence:
        """Become the one writer: whoever wrote before is fenced out from now on."""
        cursor = await self._connection.execute(tables.TAKE_OVER)
        row = await cursor.fetchone()
        if row is None:
            raise RuntimeError("the fence row is missing: were the migrations run?")
        return Fence(*row)

    async def fence(self) -> Fence:
        """The fence row as it stands."""
        row = await (await self._connection.execute(tables.READ_FENCE)).fetchone()
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

    async def open_pendings(self) -> list[Pending]:
        """Every pending transfer that has not ended."""
        cursor = await self._connection.execute(tables.OPEN_PENDINGS)
        return [_pending(row) for row in await cursor.fetchall()]

    async def write(self, fence: Fence, batch: Batch, account_ids: dict[Account, int]) -> None:
        """Write a batch and move the fence on, in one transaction that is on disk at the end."""
        async with self._connection.transaction():
            cursor = await self._connection.execute(
                tables.FENCE,
                {
                    "next_account": fence.next_account + len(batch.accounts),
                    "next_transfer": fence.next_transfer + len(batch.entries),
                    "next_position": fence.next_position + len(batch.events),
                    "recorded": batch.recorded,
                    "epoch": fence.epoch,
                    "batch": fence.batch,
                },
            )
            if cursor.rowcount != 1:
                raise Fenced("another writer has taken over the books")
            await self._write_books(fence, batch, account_ids)
            for table, rows in _by_table(batch.inserts).items():
                shape = self._rows[table]
                await self._copy(table, shape.columns, [shape.row(row) for row in rows])
            await self._change(batch.changes)

    async def _write_books(
        self, fence: Fence, batch: Batch, account_ids: dict[Account, int]
    ) -> None:
        await self._copy("accounts", tables.ACCOUNT_COLUMNS, [
            (id, a.book, a.unit, a.holder, a.role, a.slot, a.limit,
             b.debits_pending, b.debits_posted, b.credits_pending, b.credits_posted)
            for id, a, b in batch.accounts
        ])  # fmt: skip
        await self._copy("transfers", tables.TRANSFER_COLUMNS, [
            (e.id, e.kind, account_ids[e.debit], account_ids[e.credit], e.amount, e.reason,
             e.pending_id, e.deadline, e.of.order, e.of.booking, e.of.line, e.of.store,
             e.effective, batch.recorded, e.business_date)
            for e in batch.entries
        ])  # fmt: skip
        await self._copy("endings", tables.ENDING_COLUMNS, [
            (e.pending_id, e.kind, e.amount, e.transfer_id, batch.recorded) for e in batch.endings
        ])  # fmt: skip
        await self._copy("keys", tables.KEY_COLUMNS, [
            (digest, a.request, a.answer, a.refused, fence.batch + 1) for digest, a in batch.keys
        ])  # fmt: skip
        await self._copy("events", tables.EVENT_COLUMNS, [
            (position, e.type, e.book, e.order, e.booking, e.store, effective, batch.recorded,
             msgspec.Raw(e.data))
            for position, effective, e in batch.events
        ])  # fmt: skip
        if batch.balances:
            await self._connection.execute(
                tables.SAVE_BALANCES,
                {
                    "ids": [id for id, _ in batch.balances],
                    "dp": [b.debits_pending for _, b in batch.balances],
                    "d": [b.debits_posted for _, b in batch.balances],
                    "cp": [b.credits_pending for _, b in batch.balances],
                    "c": [b.credits_posted for _, b in batch.balances],
                },
            )

    async def _copy(
        self, table: str, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
    ) -> None:
        if not rows:
            return
        types = await self._column_types(table)
        cursor = self._connection.cursor()
        async with cursor.copy(tables.copy_into(table, columns).encode()) as copy:
            copy.set_types([types[column] for column in columns])
            for row in rows:
                await copy.write_row(row)

    async def _change(self, changes: Sequence[Change]) -> None:
        grouped: dict[tuple[str, tuple[str, ...]], list[Change]] = defaultdict(list)
        for change in changes:
            grouped[change.table, tuple(change.values)].append(change)
        for (table, columns), same in grouped.items():
            types = await self._column_types(table)
            names = tuple(await self._type_names([types[column] for column in columns]))
            shape = self._rows[table]
            cursor = await self._connection.execute(
                tables.change_rows(table, columns, names).encode(),
                [
                    [change.id for change in same],
                    [change.version for change in same],
                    *(
                        [shape.value(column, change.values[column]) for change in same]
                        for column in columns
                    ),
                ],
            )
            if cursor.rowcount != len(same):
                raise Stale(f"{len(same) - cursor.rowcount} rows of {table} have moved on")

    async def _column_types(self, table: str) -> dict[str, int]:
        if table not in self._types:
            cursor = await self._connection.execute(tables.COLUMN_TYPES, {"table": table})
            self._types[table] = dict(await cursor.fetchall())
        return self._types[table]

    async def _type_names(self, oids: Sequence[int]) -> list[str]:
        adapters = self._connection.adapters.types
        found = [adapters.get(oid) for oid in oids]
        return [info.name if info else "text" for info in found]


class _RowShape:
    """How the values of one table become rows: columns in order, values in values as JSON."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        fields = msgspec.structs.fields(kind)
        self.columns = tuple(field.encode_name for field in fields)
        self._json = {field.encode_name for field in fields if holds_json(field.type)}
        self._json_places = tuple(
            place for place, column in enumerate(self.columns) if column in self._json
        )

    def row(self, value: msgspec.Struct) -> tuple[Any, ...]:
        """The value's fields; what is kept as jsonb is encoded by the connection's dumper."""
        return msgspec.structs.astuple(value)

    def value(self, column: str, value: object) -> object:
        """A changed value as the database takes it."""
        return msgspec.json.encode(value).decode() if column in self._json else value


def _json(value: Any) -> bytes:
    return bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)


def _by_table(inserts: Sequence[Insert]) -> dict[str, list[msgspec.Struct]]:
    grouped: dict[str, list[msgspec.Struct]] = defaultdict(list)
    for insert in inserts:
        grouped[insert.table].extend(insert.rows)
    return grouped


def _pending(row: Sequence[Any]) -> Pending:
    debit, credit = Account(*row[2:8]), Account(*row[8:14])
    amount, deadline, order, booking, line, store, ended = row[14:]
    return Pending(
        row[0], debit, credit, amount, deadline, Belonging(order, booking, line, store), ended
    )


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
