"""What goes over the socket between the writer and other processes: frames of MessagePack.

A frame is its length in four bytes, and a body. Records travel as maps; which type they are is
known by the table that they go to, on both sides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from serai.core import Refusal
from serai.ledger.proposals import (
    EVERYTHING,
    Change,
    Deed,
    Event,
    Insert,
    Key,
    Outcome,
    Proposal,
    Scope,
)
from serai.ledger.records import BadRecord, Table
from serai.ledger.transfers import Step

MOST_BYTES = 64 * 1024 * 1024
"""The largest frame: a slice of records to enter is the largest thing anybody sends."""
_HEAD = 4


class BadFrame(Exception):
    """What came over the socket is no question and no answer."""


class Ask(Struct, frozen=True, tag="ask"):
    """Commit a proposal."""

    id: int
    proposal: msgspec.Raw


class Wait(Struct, frozen=True, tag="wait"):
    """Say when an event after `position` is committed."""

    id: int
    position: int


class Told(Struct, frozen=True, tag="told"):
    """The outcome of a proposal, and the last position by then."""

    id: int
    outcome: Outcome
    position: int


class At(Struct, frozen=True, tag="at"):
    """The last position, which is beyond the one that was asked for."""

    id: int
    position: int


class Failed(Struct, frozen=True, tag="failed"):
    """Why a question has no answer; id 0 when it could not even be read."""

    id: int
    kind: Literal["away", "bad_record", "bad_frame", "broken"]
    error: str


Question = Ask | Wait
Reply = Told | At | Failed


class _WireInsert(Struct, frozen=True):
    table: str
    rows: msgspec.Raw


class _WireProposal(Struct, frozen=True, kw_only=True):
    """A proposal whose records are still bytes."""

    key: Key
    effective: datetime
    business_date: date
    chain: tuple[Step, ...] = ()
    inserts: tuple[_WireInsert, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    deeds: tuple[Deed, ...] = ()
    scope: Scope = EVERYTHING
    answer: bytes = b"{}"
    refusal: Refusal | None = None
    keep_refusal: bool = True


class ProposalReader:
    """Turns a proposal's bytes into values again."""

    def __init__(self, registered: Sequence[Table]) -> None:
        self._rows: dict[str, msgspec.msgpack.Decoder[Any]] = {
            table.name: msgspec.msgpack.Decoder(
                tuple[table.row, ...]  # type: ignore[name-defined] # a type that is a value
            )
            for table in registered
        }
        self._fields = {
            table.name: {
                field.encode_name: field.type for field in msgspec.structs.fields(table.row)
            }
            for table in registered
        }
        self._proposal = msgspec.msgpack.Decoder(_WireProposal)

    def read(self, body: msgspec.Raw) -> Proposal:
        """The proposal in `body`; raises `BadFrame` or `BadRecord` for another thing."""
        try:
            wire = self._proposal.decode(body)
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise BadFrame(str(error)) from error
        try:
            inserts = tuple(
                Insert(one.table, self._rows[one.table].decode(one.rows)) for one in wire.inserts
            )
            changes = tuple(self._change(change) for change in wire.changes)
        except KeyError as error:
            raise BadRecord(f"no table or column {error} is registered") from error
        except (msgspec.MsgspecError, UnicodeError) as error:
            raise BadRecord(str(error)) from error
        fields = {name: getattr(wire, name) for name in wire.__struct_fields__}
        return Proposal(**{**fields, "inserts": inserts, "changes": changes})

    def _change(self, change: Change) -> Change:
        types = self._fields[change.table]
        values: dict[str, object] = {
            column: msgspec.convert(value, types[column]) for column, value in change.values.items()
        }
        return Change(change.table, change.id, change.version, values)


async def receive(stream: asyncio.StreamReader) -> bytes:
    """The body of the next frame."""
    length = int.from_bytes(await stream.readexactly(_HEAD), "big")
    if length > MOST_BYTES:
        raise BadFrame(f"a frame of {length} bytes is larger than any proposal")
    return await stream.readexactly(length)


def framed(message: Struct) -> bytes:
    """A message as it goes over the socket."""
    body = msgspec.msgpack.encode(message)
    if len(body) > MOST_BYTES:
        raise BadRecord(f"a proposal of {len(body)} bytes is too large for one step")
    return len(body).to_bytes(_HEAD, "big") + body
