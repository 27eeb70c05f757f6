"""The chain of deeds: each is numbered without a gap and holds the hash of the one before it, so
that none can be taken out, put in or changed without the audit finding it."""

import struct
from hashlib import sha256

from msgspec import Struct

from serai.ledger.encoding import bigints, raw, text
from serai.ledger.proposals import Deed

BEGINNING = bytes(32)
"""What stands before the first deed, in the place of a hash."""

_fixed = struct.Struct(">7q").pack


class Link(Struct, frozen=True, gc=False):
    """A deed at its place in the chain; `texts` are its texts, and `nodes` its nodes, as they are
    hashed and copied."""

    number: int
    deed: Deed
    texts: bytes
    nodes: bytes
    hash: bytes


def link(before: bytes, number: int, recorded: int, deed: Deed) -> Link:
    """The deed after the one that has the hash `before`; `recorded` in microseconds since 2000.

    The hash is SHA-256 over `before`, the numbers in eight bytes each, the texts in UTF-8 with
    their length in four bytes, and the nodes where there are any, as the database sends an array;
    `tables_audit.py` says the same in SQL.
    """
    texts = b"".join((
        text(deed.actor), text(deed.operation), text(deed.thing), text(deed.refusal),
        text(deed.address), text(deed.request_id), raw(deed.before), raw(deed.after),
    ))  # fmt: skip
    numbers = _fixed(
        number, recorded, deed.actor_id, deed.thing_id, deed.book, deed.store, deed.placement
    )
    nodes = bigints(deed.nodes)
    hashed = before + numbers + texts + (nodes if deed.nodes else b"")
    return Link(number, deed, texts, nodes, sha256(hashed).digest())
