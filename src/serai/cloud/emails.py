"""E-mail addresses of people: sealed together for their person, each found by a keyed hash.

No address has a readable form: what is printed, logged or raised with one inside shows the mask.
"""

import unicodedata
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from serai.core import KeyRing, Place, mask_address

TABLE = "person_emails"
HASHED_AS = "person_email"


class EmailAddress(Struct, frozen=True, omit_defaults=True):
    """An address, and which of several it is."""

    value: str
    type: str = ""
    primary: bool | None = None

    @property
    def masked(self) -> str:
        """What everybody may see of it."""
        return mask_address(self.value)

    def __repr__(self) -> str:
        return f"EmailAddress({self.masked})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("masked", self.masked)]


Emails = tuple[EmailAddress, ...]


class KeptEmails(Struct, frozen=True, kw_only=True):
    """Somebody's addresses as stored; `id` is the person's."""

    id: int
    emails: bytes | None
    hashes: tuple[str, ...]
    key_id: str
    version: int = 1

    def values(self) -> dict[str, object]:
        """What a change writes of it."""
        return {"emails": self.emails, "hashes": self.hashes, "key_id": self.key_id}


def seal_emails(ring: KeyRing, person_id: int, emails: Emails) -> KeptEmails:
    """Addresses as they may be stored, by the key that seals at the moment."""
    key = ring.sealing
    written = msgspec.json.encode(emails).decode()
    return KeptEmails(
        id=person_id,
        emails=key.seal(_place(person_id), written) if emails else None,
        hashes=tuple(key.hash(HASHED_AS, fold_address(one.value)).hex() for one in emails),
        key_id=key.id,
    )


def open_emails(ring: KeyRing, person_id: int, sealed: bytes | None, key_id: str | None) -> Emails:
    """The addresses themselves; raises `Unopened` for what is damaged or whose key is missing."""
    if sealed is None or key_id is None:
        return ()
    written = ring.key(key_id).open(_place(person_id), sealed)
    return msgspec.json.decode(written, type=Emails)


def hashes_of_address(ring: KeyRing, address: str) -> list[str]:
    """By what an address is found: its hash by every key there is."""
    return [found.hex() for found in ring.hashes(HASHED_AS, fold_address(address))]


def fold_address(address: str) -> str:
    """An address however it is typed."""
    return unicodedata.normalize("NFC", address.strip()).casefold()


def only_email(address: str) -> Emails:
    """The one address of somebody of whom no directory has told."""
    return (EmailAddress(address, "work", True),) if address else ()


def first_email(emails: Iterable[EmailAddress]) -> EmailAddress | None:
    """The one to write to."""
    known = tuple(emails)
    return next((one for one in known if one.primary), known[0] if known else None)


def _place(person_id: int) -> Place:
    return Place(TABLE, "emails", person_id)
