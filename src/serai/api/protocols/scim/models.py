"""Users and groups as SCIM writes them: the part of RFC 7643 that is kept.

What a provider sends beside it is passed over, and never shown as if it were kept.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    Mutability,
    Reference,
    Required,
    Resource,
    ScimPolicy,
    Uniqueness,
)

POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""What providers send beside the letter of the standard, and mean something by."""


class Name(ComplexAttribute):
    """The parts of somebody's name."""

    formatted: str | None = None
    """The full name as it is shown."""

    family_name: str | None = None
    """The family name."""

    given_name: str | None = None
    """The given name."""


class Email(ComplexAttribute):
    """An e-mail address."""

    value: str | None = None
    """The address."""

    type: str | None = None
    """What it is for: work, home, other."""

    primary: bool | None = None
    """Whether it is the one to write to."""


class GroupMembership(ComplexAttribute):
    """A group that somebody is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The group's id."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The group's address."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name that the group is shown under."""


class User(Resource[Any]):
    """Somebody who may sign in."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The sign-in name: letters a to z, digits and . _ @ + -, 64 at most."""

    name: Name | None = None
    """The parts of the name."""

    display_name: str | None = None
    """The name on pages."""

    preferred_language: str | None = None
    """The language of the pages; Chinese and English are spoken."""

    active: bool | None = None
    """Whether they may sign in; who may not is signed out at once."""

    emails: list[Email] | None = None
    """E-mail addresses."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups that they are in; change the groups to change it."""


class GroupMember(ComplexAttribute):
    """Somebody who is in a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The user's id."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The user's address."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """User: groups within groups are not kept."""


class Group(Resource[Any]):
    """Some users; it gives them a role where an administrator has bound it to one."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    """The name that the group is shown under."""

    members: list[GroupMember] | None = None
    """Who is in it."""
