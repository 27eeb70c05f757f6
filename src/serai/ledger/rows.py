"""A batch's rows as binary COPY takes them."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import get_args

from msgspec import Struct

from serai.ledger.accounts import Account
from serai.ledger.batches import Batch, Told
from serai.ledger.decision import Ended, Ending
from serai.ledger.deeds import Link
from serai.ledger.encoding import (
    COPY_HEADER,
    COPY_TRAILER,
    FALSE,
    NULL,
    TRUE,
    days,
    microseconds,
    raw,
    text,
    written_json,
)

_moment = struct.Struct(">iq").pack
# In the order of the columns in `tables.py`: first what is always as long, then the texts.
_transfer = struct.Struct(">h" + 12 * "iq" + "iqii").pack
_ending = struct.Struct(">h" + 6 * "iq").pack
_key = struct.Struct(">hiqi16si16s").pack
_event = struct.Struct(">h" + 8 * "iq").pack
_account = struct.Struct(">h" + 8 * "iq").pack
_deed = struct.Struct(">h" + 7 * "iq").pack


_ENDED = {kind: text(kind) for kind in get_args(Ended)}


class Rows:
    """A batch's rows by table; `add` takes up what was decided since the last time, which is the
    end of each list: it is asked so often that it must not walk through what it has."""

    def __init__(self) -> None:
        self._transfers = bytearray()
        self._entries = 0
        self._endings: list[bytes] = []
        self._keys: list[bytes] = []
        self._events: list[bytes] = []
        self._deeds: list[bytes] = []
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
        for ending in _latest(batch.endings, len(batch.endings) - len(self._endings)):
            packed = _ending(
                7, 8, ending.pending_id, 8, ending.amount, 8, ending.transfer_id, 8, ending.book,
                8, ending.placement, 8, recorded,
            )  # fmt: skip
            self._endings.append(packed + _ENDED[ending.kind])
        number = batch.fence.batch + 1
        for kept in batch.kept[len(self._keys) :]:
            answer = kept.answer
            self._keys.append(
                _key(5, 8, number, 16, kept.digest, 16, answer.request)
                + raw(answer.answer)
                + (TRUE if answer.refused else FALSE)
            )
        for told in batch.told[len(self._events) :]:
            self._events.append(self._event(told, recorded))
        for one in batch.deeds[len(self._deeds) :]:
            self._deeds.append(_linked(one, recorded))
        for insert in batch.inserts[self._inserts :]:
            encode = encoders[insert.table]
            self._records.setdefault(insert.table, []).extend(map(encode, insert.rows))
        self._inserts = len(batch.inserts)

    def by_table(self, batch: Batch, records: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        """What COPY takes for each table that gets rows, `records` in this order after the rest."""
        made = {
            "accounts": [_opened(batch, account) for account in batch.opened],
            "transfers": (self._transfers,) if self._entries else (),
            "endings": self._endings,
            "keys": self._keys,
            "events": self._events,
            "trail": self._deeds,
            **{table: self._records[table] for table in records if table in self._records},
        }
        for table, rows in made.items():
            if rows:
                yield table, b"".join((COPY_HEADER, *rows, COPY_TRAILER))

    def _add_transfers(self, batch: Batch, recorded: int) -> None:
        """The bulk of all rows, so nothing is looked up twice that is the same for many."""
        ids, rows, pack = batch.ids, self._transfers, _transfer
        effective = day = deadline = None
        micros = day_number = 0
        until = NULL
        for entry in batch.entries[self._entries :]:
            of, debit = entry.of, entry.debit
            if entry.effective is not effective:
                effective = entry.effective
                micros = microseconds(effective)
            if entry.business_date is not day:
                day = entry.business_date
                day_number = days(day)
            if entry.deadline is not deadline:
                deadline = entry.deadline
                until = NULL if deadline is None else _moment(8, microseconds(deadline))
            ends = self._ends.get((entry.kind, entry.reason))
            if ends is None:
                ends = text(entry.kind) + text(entry.reason)
                self._ends[entry.kind, entry.reason] = ends
            rows += (
                pack(
                    17, 8, entry.id, 8, ids[debit], 8, ids[entry.credit], 8, entry.amount,
                    8, entry.pending_id, 8, of.order, 8, of.booking, 8, of.line, 8, of.store,
                    8, of.placement, 8, debit.book, 8, micros, 8, recorded, 4, day_number,
                )
                + until
                + ends
            )  # fmt: skip
        self._entries = len(batch.entries)

    def _event(self, told: Told, recorded: int) -> bytes:
        event = told.event
        return (
            _event(
                10, 8, told.position, 8, event.book, 8, event.order, 8, event.booking,
                8, event.store, 8, event.placement, 8, self._moment(told.effective), 8, recorded,
            )
            + text(event.type)
            + written_json(event.data)
        )  # fmt: skip

    def _moment(self, value: datetime) -> int:
        found = self._moments.get(value)
        if found is None:
            found = self._moments[value] = microseconds(value)
        return found


def _latest(endings: dict[int, Ending], count: int) -> list[Ending]:
    """The last ones, in their order."""
    return list(islice(reversed(endings.values()), count))[::-1]


def _linked(one: Link, recorded: int) -> bytes:
    deed = one.deed
    return (
        _deed(
            17, 8, one.number, 8, recorded, 8, deed.actor_id, 8, deed.thing_id, 8, deed.book,
            8, deed.store, 8, deed.placement,
        )
        + one.texts
        + raw(one.hash)
        + one.nodes
    )  # fmt: skip


def _opened(batch: Batch, account: Account) -> bytes:
    sums = batch.sums[account]
    return (
        _account(
            11, 8, batch.ids[account], 8, account.book, 8, account.holder, 8, account.slot,
            8, sums.debits_pending, 8, sums.debits_posted, 8, sums.credits_pending,
            8, sums.credits_posted,
        )
        + text(account.unit) + text(account.role) + text(account.limit)
    )  # fmt: skip
