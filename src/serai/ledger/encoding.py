"""Values and records as binary COPY takes them.

The format is that of PostgreSQL's documentation, "COPY, Binary Format": for each row the number of
its columns, and for each column its length in bytes (-1 for null) and its value.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

Encode = Callable[[Any], bytes]

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(2000, 1, 1).toordinal()

COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"

NULL = struct.pack(">i", -1)
TRUE = b"\0\0\0\x01\x01"
FALSE = b"\0\0\0\x01\0"

_count = struct.Struct(">h").pack
_length = struct.Struct(">i").pack
_array = struct.Struct(">5i").pack
_bigint = struct.Struct(">iq").pack
BIGINT_OID = 20
NO_BIGINTS = struct.pack(">4i", 12, 0, 0, BIGINT_OID)


class Fixed(Struct, frozen=True):
    """A type whose values are all as long: how it is packed, and what makes a number of a value."""

    letter: str
    length: int
    number: Callable[[Any], int | float] | None = None


def microseconds(value: datetime) -> int:
    """Since the beginning of 2000."""
    since = value - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def days(value: date) -> int:
    """Since the beginning of 2000."""
    return value.toordinal() - _EPOCH_DAY


def text(value: str) -> bytes:
    """A text, or the name of a thing."""
    data = value.encode()
    return _length(len(data)) + data


def raw(value: bytes) -> bytes:
    """A bytea."""
    return _length(len(value)) + value


def bigints(values: Sequence[int]) -> bytes:
    """A bigint[]: dimensions, no nulls, the type of its elements, how many from the first on."""
    if not values:
        return NO_BIGINTS
    head = _array(1, 0, BIGINT_OID, len(values), 1)
    return raw(head + b"".join([_bigint(8, value) for value in values]))


def written_json(data: bytes) -> bytes:
    """A jsonb that is written already; the one byte is the version of its binary form."""
    return _length(len(data) + 1) + b"\x01" + data


FIXED: Mapping[str, Fixed] = {
    "bigint": Fixed("q", 8),
    "integer": Fixed("i", 4),
    "smallint": Fixed("h", 2),
    "double precision": Fixed("d", 8),
    "boolean": Fixed("b", 1),  # not "?": that takes a null for false
    "date": Fixed("i", 4, days),
    "timestamp with time zone": Fixed("q", 8, microseconds),
    "timestamp without time zone": Fixed("q", 8, lambda at: microseconds(at.replace(tzinfo=UTC))),
}
OTHERS: Mapping[str, Encode] = {
    "text": text,
    "bytea": raw,
    "jsonb": lambda value: written_json(msgspec.json.encode(value)),
}


class RecordEncoder:
    """Encodes records whose fields are columns of the given types (by field, by the type's name).

    `fields` is the order of the columns: those that are always as long come first, and are packed
    in one go where none of them is null.
    """

    def __init__(self, types: Mapping[str, str]) -> None:
        fixed = {field: FIXED[name] for field, name in types.items() if name in FIXED}
        others = {field: OTHERS[name] for field, name in types.items() if name not in FIXED}
        self.fields = (*fixed, *others)
        self._fixed = tuple((attrgetter(field), kind) for field, kind in fixed.items())
        self._others = tuple((attrgetter(field), encode) for field, encode in others.items())
        self._in_one_go = _compiled(fixed, others)

    def __call__(self, record: Struct) -> bytes:
        """The record's row; raises `OverflowError` and `UnicodeError` for what no column holds."""
        try:
            return self._in_one_go(record)
        except (struct.error, AttributeError, TypeError):  # a null, or what is no number at all
            packed = [_packed(kind, get(record)) for get, kind in self._fixed]
            encoded = [
                NULL if (value := get(record)) is None else encode(value)
                for get, encode in self._others
            ]
            return b"".join((_count(len(self.fields)), *packed, *encoded))


def _compiled(
    fixed: Mapping[str, Fixed], others: Mapping[str, Encode]
) -> Callable[[Struct], bytes]:
    """What makes a row of a record: one call packs the number of its columns and those that are
    always as long, with their lengths, and then come the others.

    It is compiled from its source, as the methods of dataclasses are; loops over the fields take
    several times as long, and this is done for every row.
    """
    letters = "".join("i" + kind.letter for kind in fixed.values())
    names: dict[str, Any] = {"pack": struct.Struct(">h" + letters).pack, "NULL": NULL}
    values = [str(len(fixed) + len(others))]
    for place, (field, kind) in enumerate(fixed.items()):
        value = f"record.{field}"
        if kind.number is not None:
            names[f"number{place}"] = kind.number
            value = f"number{place}({value})"
        values.append(f"{kind.length}, {value}")
    parts = [f"pack({', '.join(values)})"]
    for place, (field, encode) in enumerate(others.items()):
        names[f"encode{place}"] = encode
        parts.append(f"NULL if (value := record.{field}) is None else encode{place}(value)")
    source = f"lambda record: b''.join(({', '.join(parts)},))"
    compiled: Callable[[Struct], bytes] = eval(source, names)  # noqa: S307 - made of our own field names
    return compiled


def _packed(kind: Fixed, value: Any) -> bytes:
    if value is None:
        return NULL
    number: Any = kind.number(value) if kind.number else value
    if kind.letter in "hiq":
        data: bytes = number.to_bytes(kind.length, "big", signed=True)
    else:
        data = struct.pack(f">{kind.letter}", number)
    return _length(kind.length) + data
