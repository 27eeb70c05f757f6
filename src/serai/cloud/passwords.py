"""Passwords: hashed by argon2id, and compared in the same time whether there is one or not."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from serai.core import Refusal

LEAST_LETTERS, MOST_LETTERS = 12, 256
LEAST_KINDS = 5
"""Of so many different letters at least: `aaaaaaaaaaaa` is as long as it is short."""

# RFC 9106's second choice: 64 MiB and three passes, about a tenth of a second.
_HASHER = PasswordHasher()

NOBODYS_HASH = _HASHER.hash(secrets.token_hex())
"""What is compared where nobody has the name, so that the answer takes as long."""


def hash_password(password: str) -> str:
    """The hash to keep; it takes a tenth of a second, so call it in a thread."""
    return _HASHER.hash(_bytes(password))


def matches(hashed: str, password: str) -> bool:
    """Whether the password is the hashed one; it takes as long as hashing does."""
    try:
        return _HASHER.verify(hashed, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(hashed: str) -> bool:
    """Whether the hash was made with less effort than is usual now."""
    return _HASHER.check_needs_rehash(hashed)


def new_password() -> str:
    """A password that nobody chose, to be told once: 80 bits in four groups."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def check_password(password: str, name: str) -> Refusal | None:
    """Refuse a password that is too easy to guess for somebody of this sign-in name."""
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        says = f"A password has {LEAST_LETTERS} to {MOST_LETTERS} characters."
    elif len(set(password)) < LEAST_KINDS:
        says = f"A password has at least {LEAST_KINDS} different characters."
    elif len(name) > 3 and name in password.casefold():
        says = "A password does not hold the sign-in name."
    else:
        return None
    return Refusal(
        name="password_weak", says=says, advice="Take four words that nobody would guess.",
        field="password",
    )  # fmt: skip


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")
