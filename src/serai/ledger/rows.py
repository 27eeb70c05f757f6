"""Rows as binary COPY takes them.

The format is that of PostgreSQL's documentation, "COPY, Binary Format": for each row the number of
its columns, and for each column its length in bytes (-1 for null) and its value.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, get_args

import msgspec
from msgspec import Struct

from serai.ledger.batches import Batch, Told
from serai.ledger.decision import Ended

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

Encode = Callable[[Any], bytes]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(2000, 1, 1).toordinal()
_NULL = struct.pack(">i", -1)
_TWO, _FOUR, _EIGHT = (struct.pack(">i", size) for size in (2, 4, 8))
_TRUE = b"\0\0\0\x01\x01"
_FALSE = b"\0\0\0\x01\0"

_count = struct.Struct(">h").pack
_length = struct.Struct(">i").pack
_whole4 = struct.Struct(">ii").pack
_whole8 = struct.Struct(">iq").pack
_float8 = struct.Struct(">id").pack
# In the order of the columns in `tables.py`: first what is always as long, then the texts.
_transfer = struct.Struct(">h" + 10 * "iq" + "iqii").pack
_ending = struct.Struct(">h" + 4 * "iq").pack
_key = struct.Struct(">hiqi16si16s").pack
_event = struct.Struct(">h" + 7 * "iq").pack
_account = struct.Struct(">h" + 8 * "iq").pack


def text(value: str) -> bytes:
    """A text, or the name of a thing."""
    data = value.encode()
    return _length(len(data)) + data


def moment(value: datetime) -> bytes:
    """A timestamptz."""
    return _whole8(8, _microseconds(value))


def _microseconds(value: datetime) -> int:
    """Since the beginning of 2000."""
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _days(value: date) -> int:
    return value.toordinal() - _EPOCH_DAY


_ENDED = {kind: text(kind) for kind in get_args(Ended)}


def _raw(value: bytes) -> bytes:
    return _length(len(value)) + value


def _json(value: Any) -> bytes:
    data = msgspec.json.encode(value)
    return _length(len(data) + 1) + b"\x01" + data  # 1 is the version of jsonb's binary form


BY_TYPE: Mapping[str, Encode] = {
    "bigint": lambda value: _EIGHT + value.to_bytes(8, "big", signed=True),
    "integer": lambda value: _FOUR + value.to_bytes(4, "big", signed=True),
    "smallint": lambda value: _TWO + value.to_bytes(2, "big", signed=True),
    "double precision": lambda value: _float8(8, value),
    "boolean": lambda value: _TRUE if value else _FALSE,
    "text": text,
    "bytea": _raw,
    "jsonb": _json,
    "date": lambda value: _whole4(4, _days(value)),
    "timestamp with time zone": moment,
    "timestamp without time zone": lambda value: moment(value.replace(tzinfo=UTC)),
}
"""How a value of each type of column is encoded, by the type's name."""


def row_encoder(types: Sequence[str]) -> Callable[[Struct], bytes]:
    """What encodes a record whose fields are columns of these types, in this order."""
    encoders = [BY_TYPE[name] for name in types]
    count = _count(len(types))

    def encode(record: Struct) -> bytes:
        values = msgspec.structs.astuple(record)
        return count + b"".join(
            [
                _NULL if value is None else encoder(value)
                for encoder, value in zip(encoders, values, strict=True)
            ]
        )

    return encode


class Rows:
    """A batch's rows by table; `add` takes up what was decided since the last time."""

    def __init__(self) -> None:
        self._transfers: list[bytes] = []
        self._endings: list[bytes] = []
        self._keys: list[bytes] = []
        self._events: list[bytes] = []
        self._records: dict[str, list[bytes]] = {}
        self._inserts = 0
        self._moments: dict[datetime, int] = {}
        self._ends: dict[tuple[str, str], bytes] = {}

    def add(self, batch: Batch, encoders: Mapping[str, Callable[[Struct], bytes]]) -> None:
        """Encode what the batch holds by now; raises what cannot be kept in a column.

        `encoders` are those of the records' tables.
        """
        recorded = self._moment(batch.recorded)
        self._add_transfers(batch, recorded)
        self._endings += [
            _ending(5, 8, one.pending_id, 8, one.amount, 8, one.transfer_id, 8, recorded)
            + _ENDED[one.kind]
            for one in islice(batch.endings.values(), len(self._endings), None)
        ]
        number = batch.fence.batch + 1
        for kept in islice(batch.kept, len(self._keys), None):
            answer = kept.answer
            self._keys.append(
                _key(5, 8, number, 16, kept.digest, 16, answer.request)
                + _raw(answer.answer)
                + (_TRUE if answer.refused else _FALSE)
            )
        for told in islice(batch.told, len(self._events), None):
            self._events.append(self._event(told, recorded))
        for insert in islice(batch.inserts, self._inserts, None):
            encode = encoders[insert.table]
            self._records.setdefault(insert.table, []).extend(map(encode, insert.rows))
        self._inserts = len(batch.inserts)

    def by_table(self, batch: Batch, records: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """What COPY takes for each table that gets rows, `records` in this order after the rest."""
        made = {
            "accounts": [_opened(batch, account) for account in batch.opened],
            "transfers": self._transfers,
            "endings": self._endings,
            "keys": self._keys,
            "events": self._events,
            **{table: self._records[table] for table in records if table in self._records},
        }
        for table, rows in made.items():
            if rows:
                yield table, b"".join((HEADER, *rows, TRAILER))

    def _add_transfers(self, batch: Batch, recorded: int) -> None:
        """The bulk of all rows, so nothing is looked up twice that is the same for many."""
        ids, rows, pack = batch.ids, self._transfers, _transfer
        effective = day = deadline = None
        micros = days = 0
        until = _NULL
        for entry in islice(batch.entries, len(rows), None):
            of = entry.of
            if entry.effective is not effective:
                effective = entry.effective
                micros = _microseconds(effective)
            if entry.business_date is not day:
                day = entry.business_date
                days = _days(day)
            if entry.deadline is not deadline:
                deadline = entry.deadline
                until = _NULL if deadline is None else moment(deadline)
            ends = self._ends.get((entry.kind, entry.reason))
            if ends is None:
                ends = text(entry.kind) + text(entry.reason)
                self._ends[entry.kind, entry.reason] = ends
            rows.append(
                pack(
                    15, 8, entry.id, 8, ids[entry.debit], 8, ids[entry.credit], 8, entry.amount,
                    8, entry.pending_id, 8, of.order, 8, of.booking, 8, of.line, 8, of.store,
                    8, micros, 8, recorded, 4, days,
                )
                + until
                + ends
            )  # fmt: skip

    def _event(self, told: Told, recorded: int) -> bytes:
        event = told.event
        return (
            _event(
                9, 8, told.position, 8, event.book, 8, event.order, 8, event.booking,
                8, event.store, 8, self._moment(told.effective), 8, recorded,
            )
            + text(event.type)
            + _length(len(event.data) + 1) + b"\x01" + event.data
        )  # fmt: skip

    def _moment(self, value: datetime) -> int:
        found = self._moments.get(value)
        if found is None:
            found = self._moments[value] = _microseconds(value)
        return found


def _opened(batch: Batch, account: Any) -> bytes:
    sums = batch.sums[account]
    return (
        _account(
            11, 8, batch.ids[account], 8, account.book, 8, account.holder, 8, account.slot,
            8, sums.debits_pending, 8, sums.debits_posted, 8, sums.credits_pending,
            8, sums.credits_posted,
        )
        + text(account.unit) + text(account.role) + text(account.limit)
    )  # fmt: skip
