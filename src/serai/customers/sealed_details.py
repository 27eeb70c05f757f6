"""Personal details as stored: each sealed for its row, with a keyed hash to be found by."""

from typing import Literal

import msgspec
from msgspec import Struct

from serai.core import KeyRing, Place
from serai.customers.details import Detail, Details, Document, Email, Phone

TABLE = "personal_details"

Kind = Literal["phone", "email", "document"]


class SealedDetails(Struct, frozen=True, kw_only=True):
    """A customer's details, sealed by one key; `id` is the customer's."""

    id: int
    phone: bytes | None
    phone_hash: bytes | None
    email: bytes | None
    email_hash: bytes | None
    document: bytes | None
    document_hash: bytes | None
    key_id: str
    version: int = 1

    def __repr__(self) -> str:
        return f"SealedDetails(id={self.id}, key_id={self.key_id!r}, version={self.version})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("id", self.id), ("key_id", self.key_id), ("version", self.version)]

    def values(self) -> dict[str, object]:
        """What a change writes of it."""
        known = msgspec.structs.asdict(self)
        return {name: value for name, value in known.items() if name not in ("id", "version")}


def seal_details(ring: KeyRing, customer_id: int, details: Details) -> SealedDetails:
    """Details as they may be stored; the key that seals at the moment is used for all of them."""
    key = ring.sealing

    def sealed(kind: Kind, detail: Detail | None) -> bytes | None:
        return key.seal(_place(kind, customer_id), detail.written) if detail else None

    def hashed(kind: Kind, detail: Detail | None) -> bytes | None:
        return key.hash(kind, detail.written) if detail else None

    return SealedDetails(
        id=customer_id,
        phone=sealed("phone", details.phone),
        phone_hash=hashed("phone", details.phone),
        email=sealed("email", details.email),
        email_hash=hashed("email", details.email),
        document=sealed("document", details.document),
        document_hash=hashed("document", details.document),
        key_id=key.id,
    )


def open_details(ring: KeyRing, sealed: SealedDetails) -> Details:
    """The details themselves; raises `Unopened` for what is damaged or whose key is missing."""
    key = ring.key(sealed.key_id)

    def opened(kind: Kind, value: bytes) -> str:
        return key.open(_place(kind, sealed.id), value)

    return Details(
        phone=Phone(opened("phone", sealed.phone)) if sealed.phone is not None else None,
        email=Email(opened("email", sealed.email)) if sealed.email is not None else None,
        document=Document.of(opened("document", sealed.document))
        if sealed.document is not None
        else None,
    )


def hashes_of(ring: KeyRing, detail: Phone | Email | Document) -> tuple[Kind, list[bytes]]:
    """By what a detail is found: its hash by every key there is."""
    match detail:
        case Phone():
            kind: Kind = "phone"
        case Email():
            kind = "email"
        case Document():
            kind = "document"
    return kind, ring.hashes(kind, detail.written)


def _place(kind: Kind, customer_id: int) -> Place:
    return Place(TABLE, kind, customer_id)
