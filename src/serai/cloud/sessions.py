"""Sessions: a random token in the browser, its hash here, and when it is over."""

import hashlib
import secrets
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from msgspec import Struct

LONGEST = timedelta(days=7)
IDLE = timedelta(hours=12)
HALF_WAY = timedelta(minutes=5)
"""How long a password waits for its one-time code."""
SEEN_EVERY = timedelta(minutes=5)
"""That a session is in use is written down so often at most."""


class Session(Struct, frozen=True, kw_only=True):
    """One sign-in of a person in a browser.

    `passed` is off until the one-time code is shown, where one is needed; `method` is how it
    began: `password` or `sso`. `ended_why` is empty while it goes on.
    """

    id: int
    person_id: int
    passed: bool
    method: str
    created_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None = None
    ended_why: str = ""
    address: str = ""
    version: int = 1

    def is_open(self, now: datetime) -> bool:
        """Whether it has not ended by itself or by somebody."""
        if self.ended_at is not None:
            return False
        if not self.passed:
            return now < self.created_at + HALF_WAY
        return now < min(self.created_at + LONGEST, self.last_seen_at + IDLE)


class KeptSession(Session, frozen=True, kw_only=True):
    """A session as it is kept: with the hashes of its token and of the browser it was opened in."""

    token_hash: bytes
    device_hash: bytes


class SignIn(Struct, frozen=True, kw_only=True):
    """One try to sign in; `place` is the browser, where it is known, or else the address.

    Of the name that was typed only 16 bits are kept: enough to tell who is tried, and no help to
    whoever finds a password that was typed into the wrong field.
    """

    id: int
    at: datetime
    place: str
    name_bits: int
    person_id: int = 0
    passed: bool = False


def new_token() -> str:
    """A secret of 256 bits for a browser to keep."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is kept of a token; it is as random as a key, so a plain hash does."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def name_bits(name: str) -> int:
    """16 bits that stand for a folded sign-in name."""
    return int.from_bytes(hashlib.sha256(name.encode(errors="replace")).digest()[:2], "big")


def network_of(address: str) -> str:
    """Where tries from an address are counted: a house has many IPv6 addresses in one /64."""
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return f"{IPv6Address(int(known) >> 64 << 64)}/64"
    return str(getattr(known, "ipv4_mapped", None) or known)
