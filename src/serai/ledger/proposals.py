"""A proposal: everything that one step of a flow wants to write, as data."""

from datetime import date, datetime
from hashlib import blake2b

from msgspec import Struct

from serai.core import Refusal
from serai.ledger.transfers import Step

MOST_STEPS = 512


class Key(Struct, frozen=True):
    """The idempotency key of a request, in the scope of who asks for what.

    `request` is a digest of the request itself: the same key with another request is refused.
    """

    actor: str
    operation: str
    value: str
    request: bytes = b""

    def digest(self) -> bytes:
        """16 bytes that stand for actor, operation and key."""
        parts = (self.actor, self.operation, self.value)
        return blake2b("\x1f".join(parts).encode(), digest_size=16).digest()

    def request_digest(self) -> bytes:
        """16 bytes that stand for the request."""
        return blake2b(self.request, digest_size=16).digest()


class Scope(Struct, frozen=True):
    """The books that an actor may write to; None means every book (the platform's own jobs)."""

    books: frozenset[int] | None = None


EVERYTHING = Scope()


class Insert(Struct, frozen=True):
    """New rows of `table`; each row is a value of the type that the table is registered with."""

    table: str
    rows: tuple[Struct, ...]


class Change(Struct, frozen=True):
    """New `values` (column to value) for row `id` of `table`, if it still has `version`.

    A change adds 1 to the version. A row that has another version refuses the proposal as
    `stale`, and whoever proposed reads again.
    """

    table: str
    id: int
    version: int
    values: dict[str, object]


class Event(Struct, frozen=True, kw_only=True):
    """What is told of a step. `data` is JSON, without personal data."""

    type: str
    book: int = 0
    order: int = 0
    booking: int = 0
    store: int = 0
    placement: int = 0
    data: bytes = b"{}"


class Deed(Struct, frozen=True, kw_only=True):
    """What somebody did to a thing, for the audit trail; `refusal` names why it was refused.

    `before` and `after` are JSON, without personal data; `book`, `store` and `placement` say
    whose it is, where it is one's alone. `nodes` are those of the organisation that a deed about
    people, roles and programs is about: who holds the right on all of them sees it.
    """

    actor: str
    actor_id: int = 0
    operation: str
    thing: str = ""
    thing_id: int = 0
    refusal: str = ""
    before: bytes = b"{}"
    after: bytes = b"{}"
    address: str = ""
    request_id: str = ""
    book: int = 0
    store: int = 0
    placement: int = 0
    nodes: tuple[int, ...] = ()


class Proposal(Struct, frozen=True, kw_only=True):
    """A chain, the records, events and deeds that go with it, and the answer once it is in.

    All of it is committed together, or none is. `answer` is stored under the key and given again
    to whoever asks again. A proposal with a `refusal` only stores that answer: the modules have
    said no already, and a retry must hear the same.
    """

    key: Key
    effective: datetime
    business_date: date
    chain: tuple[Step, ...] = ()
    inserts: tuple[Insert, ...] = ()
    changes: tuple[Change, ...] = ()
    events: tuple[Event, ...] = ()
    deeds: tuple[Deed, ...] = ()
    scope: Scope = EVERYTHING
    answer: bytes = b"{}"
    refusal: Refusal | None = None
    keep_refusal: bool = True


class Committed(Struct, frozen=True, tag="committed"):
    """The proposal is in the books, and safe on disk.

    `transfers` are the ids its chain was given, in the chain's order (0 for an opening that was
    not needed); `position` is that of its last event.
    """

    answer: bytes
    transfers: tuple[int, ...]
    recorded: datetime
    position: int


class Replayed(Struct, frozen=True, tag="replayed"):
    """The key is known: the answer that was given the first time."""

    answer: bytes


class Refused(Struct, frozen=True, tag="refused"):
    """Nothing was written; `replayed` when this is the stored answer of an earlier request."""

    refusal: Refusal
    replayed: bool = False


Outcome = Committed | Replayed | Refused
