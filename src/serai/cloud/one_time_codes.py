"""One-time codes of an authenticator (TOTP, RFC 6238), and the recovery codes beside them."""

import hashlib
import secrets
from datetime import datetime

import msgspec
import pyotp
from msgspec import Struct

from serai.core import KeyRing, Place

ISSUER = "Caravanserai"
STEP_SECONDS = 30
STEPS_APART = 1
"""A clock may be so many steps ahead or behind."""
RECOVERY_CODES = 10
TABLE = "one_time_codes"


class OneTimeCodes(Struct, frozen=True, kw_only=True):
    """What a person's authenticator shares with us; `id` is the person's.

    `last_step` is the step of the last code that was accepted: none of it or before is accepted
    again. It counts from the moment that the person has shown a first code (`enrolled_at`).
    `recovery` are the hashes of the codes that are left. The secret is `sealed`; it stands in the
    clear where it is from before that, and then no key is named.
    """

    id: int
    clear_secret: str = msgspec.field(default="", name="secret")
    sealed: bytes | None = None
    key_id: str | None = None
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    enrolled_at: datetime | None = None
    version: int = 1

    @property
    def has_secret(self) -> bool:
        """Whether there is an authenticator, confirmed or not."""
        return self.sealed is not None or bool(self.clear_secret)

    def values(self) -> dict[str, object]:
        """What a change of the secret writes."""
        return {"secret": self.clear_secret, "sealed": self.sealed, "key_id": self.key_id}

    def __repr__(self) -> str:
        return f"OneTimeCodes(id={self.id}, key_id={self.key_id!r}, version={self.version})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("id", self.id), ("key_id", self.key_id), ("version", self.version)]


def seal_secret(ring: KeyRing, person_id: int, secret: str) -> OneTimeCodes:
    """A secret as it may be stored, by the key that seals at the moment; an empty one is none."""
    key = ring.sealing
    sealed = key.seal(_place(person_id), secret) if secret else None
    return OneTimeCodes(id=person_id, sealed=sealed, key_id=key.id)


def open_secret(ring: KeyRing, codes: OneTimeCodes) -> str:
    """What the authenticator shares with us, empty where there is none; raises `Unopened`."""
    if codes.sealed is None or codes.key_id is None:
        return codes.clear_secret
    return ring.key(codes.key_id).open(_place(codes.id), codes.sealed)


def new_secret() -> str:
    """A secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def enrolment_address(secret: str, name: str) -> str:
    """What the QR code says to an authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The step of a right code that comes after `last_step`; None of any other."""
    told = "".join(code.split())
    if not (told.isascii() and told.isdigit()):
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // STEP_SECONDS
    found = None
    for step in range(present - STEPS_APART, present + STEPS_APART + 1):
        if secrets.compare_digest(totp.generate_otp(step), told) and step > last_step:
            found = step
    return found


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 50 bits, each to be used once when the authenticator is lost."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return tuple(
        "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    )


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code, however it is typed."""
    told = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(told.encode()).hexdigest()


def _place(person_id: int) -> Place:
    return Place(TABLE, "secret", person_id)
