"""Groups of a directory, who is in them, and the roles that they are bound to."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from serai.cloud.directories.people import check_texts
from serai.cloud.grants import Node
from serai.cloud.people import MOST_LETTERS
from serai.cloud.roles import Level
from serai.core import Refusal

MOST_MEMBERS = 50_000


class GroupSaid(Struct, frozen=True, kw_only=True):
    """What a directory says of a group, beside its members."""

    display_name: str
    external_id: str = ""


class DirectoryGroup(Struct, frozen=True, kw_only=True):
    """A group at the directory of a node; `version` changes with its members too."""

    id: int
    level: Level
    node_id: int
    display_name: str
    external_id: str = ""
    created_at: datetime
    changed_at: datetime
    gone_at: datetime | None = None
    version: int = 1

    @property
    def node(self) -> Node:
        """Where its directory is at home."""
        return Node(self.level, self.node_id)

    @property
    def said(self) -> GroupSaid:
        """What its directory says of it."""
        return GroupSaid(display_name=self.display_name, external_id=self.external_id)


class DirectoryMember(Struct, frozen=True, kw_only=True):
    """Somebody is in a group until `ended_at`."""

    id: int
    group_id: int
    person_id: int
    since: datetime
    ended_at: datetime | None = None
    version: int = 1


class MemberShown(Struct, frozen=True):
    """Who is in which group."""

    group_id: int
    person_id: int


class MemberStep(Struct, frozen=True):
    """What is to become of the members of a group: these more, these fewer, or these alone."""

    kind: Literal["add", "remove", "replace"]
    ids: frozenset[int] = frozenset()


class DirectoryBinding(Struct, frozen=True, kw_only=True):
    """Whoever is in a group holds a role on a node; `bound_by` is the person who said so, and 0
    for the platform."""

    id: int
    group_id: int
    role: str
    level: Level
    node_id: int
    bound_by: int
    bound_at: datetime
    ended_at: datetime | None = None
    version: int = 1

    @property
    def node(self) -> Node:
        """Where the role is held."""
        return Node(self.level, self.node_id)


class DirectoryGrant(Struct, frozen=True, kw_only=True):
    """What came of a binding for a member: a grant, an approval that is asked for, or neither
    where the person held the role already."""

    id: int
    binding_id: int
    person_id: int
    grant_id: int = 0
    approval_id: int = 0
    ended_at: datetime | None = None
    version: int = 1


def check_group(said: GroupSaid) -> Refusal | None:
    """Refuse a name that cannot be shown, or an id that cannot be kept."""
    if not 0 < len(said.display_name.strip()) <= MOST_LETTERS:
        return Refusal(
            name="display_name_invalid",
            says=f"A group is shown under a name of 1 to {MOST_LETTERS} letters.",
            advice="Write the name as it is to be read.",
            field="displayName",
        )
    return check_texts({"displayName": said.display_name, "externalId": said.external_id})
