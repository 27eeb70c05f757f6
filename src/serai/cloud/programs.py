"""Programs that use the API, and the keys by which they are known.

A program has scopes (rights), a node below which they hold, and a share of the platform's time. It
may have several keys at once, so that one can be changed for the next without an outage. A key is
`serai_<id>_<secret>`: it is shown once, and kept as a hash of its secret. The secret is as long as
the hash and random, so a plain SHA-256 keeps it: there is nothing to guess that a slow hash would
slow down.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest

from msgspec import Struct

from serai.cloud.actors import Actor, Holding
from serai.cloud.grants import Node
from serai.cloud.rights import EVERY_RIGHT, RIGHTS, Right
from serai.cloud.roles import Level
from serai.core import Refusal

SECRET_BYTES = 32
MOST_KEYS = 5
"""Keys of one program that are good at a time."""
MOST_ACTORS = 10_000
LONGEST_LIFE = timedelta(days=3650)
USUAL_LIFE = timedelta(days=365)
USUAL_REQUESTS_A_MINUTE = 6_000
MOST_REQUESTS_A_MINUTE = 1_000_000
PROGRAM_LEVELS: tuple[Level, ...] = ("group", "brand", "entity", "operator", "city", "store")
"""Where a program may be at home."""

PROGRAM_NAME = re.compile(r"\w[\w .-]{0,62}")
WRITTEN = re.compile(r"serai_(?P<id>[1-9][0-9]{0,18})_(?P<secret>[A-Za-z0-9_-]{43})")


class Program(Struct, frozen=True, kw_only=True, cache_hash=True):
    """Something that uses the API; `name` is its client id for OAuth2."""

    id: int
    name: str
    scopes: tuple[Right, ...]
    level: Level
    node_id: int
    requests_a_minute: int
    made_at: datetime
    made_by: str
    ended_at: datetime | None = None
    version: int = 1

    @property
    def node(self) -> Node:
        """Where it is at home."""
        return Node(self.level, self.node_id)

    def actor(self, scopes: Iterable[Right] | None = None) -> Actor:
        """The program as it does something; a token may have been asked for fewer `scopes`."""
        return _actor_of(self, self.scopes if scopes is None else tuple(scopes))


@lru_cache(MOST_ACTORS)
def _actor_of(program: Program, scopes: tuple[Right, ...]) -> Actor:
    """Made once, for each request of a program is done by the same one."""
    rights = frozenset(scopes) & frozenset(program.scopes)
    holding = Holding(program.node, rights)
    return Actor(f"program:{program.id}", id=program.id, holdings=(holding,))


class ProgramKey(Struct, frozen=True, kw_only=True):
    """One of a program's keys. `last_used_at` may lag a minute behind."""

    id: int
    program_id: int
    secret_hash: bytes
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    last_used_at: datetime | None = None
    version: int = 1

    def is_good(self, moment: datetime) -> bool:
        """Whether it opens anything at that moment."""
        return moment < self.expires_at and (self.ended_at is None or moment < self.ended_at)


class Caller(Struct, frozen=True):
    """A key with the program that it belongs to."""

    key: ProgramKey
    program: Program

    def is_good(self, moment: datetime) -> bool:
        """Whether whoever shows the key may come in."""
        return self.key.is_good(moment) and self.program.ended_at is None


class WrittenKey(Struct, frozen=True):
    """A key as it is shown and sent. It has no readable form: none ends in a log by accident."""

    id: int
    secret: str

    def __repr__(self) -> str:
        return f"WrittenKey(id={self.id}, secret=***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("id", self.id), ("secret", "***")]

    def reveal(self) -> str:
        """The key in full, for the one who asked for it."""
        return f"serai_{self.id}_{self.secret}"

    @property
    def secret_hash(self) -> bytes:
        """What is kept of it."""
        return sha256(self.secret.encode()).digest()

    def opens(self, key: ProgramKey) -> bool:
        """Whether this is that key, in a time that does not tell how nearly."""
        return self.id == key.id and compare_digest(self.secret_hash, key.secret_hash)


def new_key(id: int) -> WrittenKey:
    """A key that nobody can guess."""
    return WrittenKey(id, secrets.token_urlsafe(SECRET_BYTES))


def read_key(text: str) -> WrittenKey | None:
    """A key as it was sent; None for what is none."""
    found = WRITTEN.fullmatch(text)
    return WrittenKey(int(found["id"]), found["secret"]) if found else None


def read_scopes(names: Iterable[str]) -> tuple[Right, ...] | Refusal:
    """The rights that names stand for, in the order of the table: `orders.read` or `orders:read`
    for one, `orders` for all that begin so, `all` for every one."""
    wanted: set[Right] = set()
    for name in names:
        plain = name.strip().replace(":", ".")
        found = {one for one in RIGHTS if one == plain or one.startswith(f"{plain}.")}
        if plain == "all":
            found = set(EVERY_RIGHT)
        if not found:
            return Refusal(
                name="scope_unknown",
                says=f"{name[:80]!r} is no scope.",
                advice=f"Scopes are {', '.join(RIGHTS)}; `orders` is all of orders, `all` is all.",
                field="scopes",
            )
        wanted |= found
    if not wanted:
        return Refusal(
            name="scope_unknown",
            says="A program without scopes may do nothing.",
            advice=f"Name one or several of {', '.join(RIGHTS)}, or `all`.",
            field="scopes",
        )
    return tuple(right for right in RIGHTS if right in wanted)
