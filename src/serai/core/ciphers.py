"""Ciphers: values sealed so that only whoever has the keys reads them, each bound to its place.

AES-256-GCM (NIST SP 800-38D) with random nonces of 96 bits, which are safe for 2**32 values under
one key. An equal value is found by a keyed hash (HMAC-SHA-256), without opening any.
"""

import hmac
import secrets
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Struct

SECRET_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_NAME_BYTES = 4


class Place(Struct, frozen=True):
    """Where a sealed value lies: brought to another row, column or table, it opens no more."""

    table: str
    column: str
    row: int

    def __str__(self) -> str:
        return f"{self.column} of {self.table} {self.row}"

    def bound(self) -> bytes:
        """What is sealed along with the value."""
        return "\x1f".join((self.table, self.column, str(self.row))).encode()


class Unopened(Exception):
    """A sealed value does not open: it is damaged, lies in another place, or its key is missing."""


class SealingKey:
    """A key: its secret seals by one derived key and hashes by another; `id` tells which it is.

    The id is derived of the secret too, so that two keys never pass for one another.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET_BYTES:
            raise ValueError(f"a key has {SECRET_BYTES} bytes")
        self.id = _derived(secret, b"serai key id", _NAME_BYTES).hex()
        self._cipher = AESGCM(_derived(secret, b"serai sealing", SECRET_BYTES))
        self._hashing = hmac.new(_derived(secret, b"serai hashing", SECRET_BYTES), None, sha256)

    def __repr__(self) -> str:
        return f"SealingKey({self.id})"

    def seal(self, place: Place, value: str) -> bytes:
        """A value as it may be stored at `place`; never twice the same."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, value.encode(), place.bound())

    def open(self, place: Place, sealed: bytes) -> str:
        """The value that was sealed for `place`; raises `Unopened`."""
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _FORMAT or len(rest) < _TAG_BYTES:
            raise Unopened(f"the {place} is damaged")
        try:
            return self._cipher.decrypt(nonce, rest, place.bound()).decode()
        except InvalidTag:
            raise Unopened(f"the {place} is damaged, or was sealed for another place") from None

    def hash(self, kind: str, value: str) -> bytes:
        """32 bytes that stand for a value of a kind: the same for the same one."""
        hashing = self._hashing.copy()
        hashing.update(f"{kind}\x1f{value}".encode())
        return hashing.digest()


class KeyRing:
    """Keys of which the first seals and all open, as their source has them at the moment.

    `read` gives them; `state` tells, cheaply, whether they have changed since. `pepper` keys what
    must stay the same for good.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[SealingKey]],
        state: Callable[[], object] = lambda: None,
        pepper: bytes = b"",
    ) -> None:
        self._read = read
        self._state = state
        self._pepper = pepper
        self._known: tuple[object, dict[str, SealingKey]] | None = None

    def __repr__(self) -> str:
        return "KeyRing(***)"

    @property
    def sealing(self) -> SealingKey:
        """The key to seal with; raises `Unopened` when there is none."""
        for key in self._keys().values():
            return key
        raise Unopened("there is no key to seal with")

    @property
    def ids(self) -> tuple[str, ...]:
        """Which keys there are, the one that seals first."""
        return tuple(self._keys())

    def key(self, id: str) -> SealingKey:
        """One of the keys; raises `Unopened` when it is not there."""
        found = self._keys().get(id)
        if found is None:
            self._known = None  # it may have come in the same instant as another one
            found = self._keys().get(id)
        if found is None:
            raise Unopened(f"the key {id} is missing")
        return found

    def hashes(self, kind: str, value: str) -> list[bytes]:
        """What may stand for a value: its hash by each of the keys."""
        return [key.hash(kind, value) for key in self._keys().values()]

    def digest(self, data: bytes) -> bytes:
        """32 bytes that stand for data, whichever key seals; nobody finds the data by trying."""
        return hmac.digest(self._pepper, data, sha256)

    def _keys(self) -> dict[str, SealingKey]:
        state = self._state()
        if self._known is None or self._known[0] != state:
            # What comes in while it is read is read again the next time.
            self._known = (state, {key.id: key for key in self._read()})
        return self._known[1]


NO_KEYS = KeyRing(tuple)
"""The ring of whoever seals nothing."""


def _derived(secret: bytes, purpose: bytes, length: int) -> bytes:
    """Bytes for one purpose, from which neither the secret nor another purpose's can be had."""
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret)
