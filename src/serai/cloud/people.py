"""People: who signs in, under which name, and as which actor they ask."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from serai.cloud.actors import Actor, Holding
from serai.cloud.grants import Grant
from serai.cloud.roles import ROLES
from serai.core import Refusal, is_plain

SIGN_IN_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")
MOST_LETTERS = 120
EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,190}")


class Person(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in while `active`.

    `name` is what they sign in with; `language` is empty for the browser's choice; `external_id`
    names them at the provider of single sign-on, and is empty for local accounts. `clear_email` is
    an address from before these were sealed; none is written any more.
    """

    id: int
    name: str
    display_name: str
    clear_email: str = msgspec.field(default="", name="email")
    language: str = ""
    active: bool = True
    external_id: str = ""
    created_at: datetime
    version: int = 1

    def __repr__(self) -> str:
        return f"Person(id={self.id}, name={self.name!r}, active={self.active})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("id", self.id), ("name", self.name), ("active", self.active)]


def fold_name(name: str) -> str:
    """A sign-in name as it is kept: however it was typed, it is the same name."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def check_person(name: str, display_name: str, email: str = "") -> Refusal | None:
    """Refuse what cannot be a folded sign-in name, a display name or an e-mail address."""
    if not SIGN_IN_NAME.fullmatch(name):
        return Refusal(
            name="name_invalid",
            says="A sign-in name is made of up to 64 letters a to z, digits and . _ @ + -",
            advice="Choose another name.",
            field="name",
        )
    fits = 0 < len(display_name.strip()) <= MOST_LETTERS and is_plain(display_name)
    if not fits:
        return Refusal(
            name="display_name_invalid",
            says=f"A person is shown under a name of 1 to {MOST_LETTERS} letters.",
            advice="Write the name as it is to be read.",
            field="display_name",
        )
    if email and not (EMAIL.fullmatch(email) and is_plain(email)):
        return Refusal(
            name="email_invalid",
            says="This is not an e-mail address.",
            advice="Mend it, or leave it out.",
            field="email",
        )
    return None


def actor_of_person(person: Person, grants: Iterable[Grant]) -> Actor:
    """The person with what the grants that have not ended give them."""
    return Actor(f"person:{person.id}", id=person.id, holdings=holdings_of(grants))


def holdings_of(grants: Iterable[Grant]) -> tuple[Holding, ...]:
    """What grants give; a role that is no more gives nothing."""
    return tuple(
        Holding(grant.node, ROLES[grant.role].rights)
        for grant in grants
        if grant.ended_at is None and grant.role in ROLES
    )
