"""People as a directory tells of them: a provider of identity that says who works where."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct, structs

from serai.cloud.emails import Emails, first_email
from serai.cloud.grants import Node
from serai.cloud.people import MOST_LETTERS, check_person, fold_name
from serai.cloud.roles import Level
from serai.core import Refusal, is_plain

MOST_EMAILS = 10
MOST_TEXT = 256
GONE = "#"
"""No sign-in name holds it: whoever is gone gives their name free, and nobody signs in as them."""


class Directory(Struct, frozen=True):
    """A provider of identity, as far as it reaches: the node of its key, and what lies below;
    everybody (None) where that is the group."""

    node: Node
    nodes: tuple[Node, ...] | None

    def has(self, level: str, node_id: int) -> bool:
        """Whether what was told at that node is this directory's to tell again."""
        if not level:
            return False
        return self.nodes is None or any((level, node_id) == (n.level, n.id) for n in self.nodes)


class PersonSaid(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a directory says of somebody. Texts are empty, and `active` None, where it says
    nothing."""

    user_name: str
    external_id: str = ""
    display_name: str = ""
    formatted: str = ""
    given_name: str = ""
    family_name: str = ""
    language: str = ""
    emails: Emails = ()
    active: bool | None = True

    @property
    def name(self) -> str:
        """The sign-in name."""
        return fold_name(self.user_name)

    @property
    def shown(self) -> str:
        """The name on pages, from what there is, as long as they have room for."""
        parts = " ".join(part for part in (self.given_name, self.family_name) if part)
        found = (self.display_name, self.formatted, parts, self.user_name)
        return next((text for text in found if text.strip()), "").strip()[:MOST_LETTERS]

    @property
    def email(self) -> str:
        """The address to write to."""
        found = first_email(self.emails)
        return found.value if found else ""

    @property
    def kept(self) -> "PersonSaid":
        """What is stored of it as it is; addresses are sealed elsewhere."""
        return structs.replace(self, emails=())


class DirectoryPerson(Struct, frozen=True, kw_only=True):
    """What is kept of a person's directory; `gone_at` when it has removed them."""

    id: int
    level: Level
    node_id: int
    said: PersonSaid
    changed_at: datetime
    gone_at: datetime | None = None
    version: int = 1


class DirectoryUser(Struct, frozen=True, kw_only=True):
    """A person as a directory is shown them; `version` is 0 while none has told of them, and
    `level` is empty then. `external_id` is whom single sign-on knows them as. `emails_version` is 0
    while no address is sealed, and `in_the_clear` says that one stands there unsealed."""

    id: int
    name: str
    shown: str
    active: bool
    external_id: str
    created_at: datetime
    changed_at: datetime
    person_version: int
    version: int
    level: str
    node_id: int
    said: PersonSaid
    emails_version: int
    in_the_clear: bool

    @property
    def told(self) -> PersonSaid:
        """What was said, where it still holds: others may have switched the person since."""
        active = True if self.active else None if self.said.active is None else False
        user_name = self.said.user_name if self.said.name == self.name else self.name
        return structs.replace(self.said, active=active, user_name=user_name)


class GroupNamed(Struct, frozen=True):
    """A group that somebody is a member of."""

    person_id: int
    id: int
    display_name: str


def version_of(user: DirectoryUser, groups: Iterable[GroupNamed]) -> str:
    """What tells one state of a person from another, as a directory is shown them."""
    seen = structs.replace(  # how they are kept is not shown
        user, person_version=0, emails_version=0, in_the_clear=False
    )
    shown = msgspec.msgpack.encode((seen, [one for one in groups if one.person_id == user.id]))
    return hashlib.blake2s(shown, digest_size=12).hexdigest()


def check_said(said: PersonSaid) -> Refusal | None:
    """Refuse what cannot be kept of somebody, or shown on a page."""
    refused = check_person(said.name, said.shown, said.email)
    if refused is not None:
        return refused
    for one in said.emails:
        refused = check_person(said.name, said.shown, one.value)
        if refused is not None:
            return refused
    if len(said.emails) > MOST_EMAILS:
        return _unfit(f"More than {MOST_EMAILS} addresses are not kept.", "emails")
    texts = {
        "userName": said.user_name,
        "externalId": said.external_id,
        "displayName": said.display_name,
        "name.formatted": said.formatted,
        "name.givenName": said.given_name,
        "name.familyName": said.family_name,
        "preferredLanguage": said.language,
        "emails.type": max((one.type for one in said.emails), key=len, default=""),
    }
    return check_texts(texts)


def check_texts(texts: dict[str, str]) -> Refusal | None:
    """Refuse texts, by field, that are too long or not one plain line."""
    for field, text in texts.items():
        if len(text) > MOST_TEXT or not is_plain(text):
            return _unfit(f"{field} is not one line of {MOST_TEXT} letters at most.", field)
    return None


def gone_name(name: str, id: int) -> str:
    """The name of somebody who is gone."""
    return f"{name}{GONE}{id}"


def nodes_of(directory: Directory) -> Sequence[Node]:
    """The nodes of a directory, none for everybody."""
    return directory.nodes or ()


def _unfit(says: str, field: str) -> Refusal:
    return Refusal(
        name="text_out_of_range", says=says, advice="Mend it at the directory.", field=field
    )
