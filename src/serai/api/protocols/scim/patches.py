"""Patches of groups (RFC 7644, section 3.5.2): what becomes of their members, one after the other.

A group may have thousands of members, so what changes them is read as steps, and never applied to
a list of them all. Everything else of a group is patched as the library does it.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from msgspec import Struct, convert
from scim2_models import (
    Context,
    InvalidPathException,
    InvalidSyntaxException,
    InvalidValueException,
    MutabilityException,
    NoTargetException,
    PatchOp,
    Path,
)
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    ValuePath,
)

from serai.api.protocols.scim.asking import taken_out
from serai.api.protocols.scim.models import POLICY, Group
from serai.api.v1.problems import RefusedRequest
from serai.cloud import directories
from serai.core import Refusal
from serai.ledger import MOST

MOST_OPERATIONS = 1_000
"""In one patch: some providers write one for each member."""
MOST_CHANGES = 100
"""Operations on anything but members: each is tried on a copy of the whole."""
MEMBERS = "members"
OPERATIONS = "operations"

NO_MEMBER = Refusal(
    name="member_not_found",
    says="A member is no user that this directory sees.",
    advice="Make the user first; groups within groups are not kept.",
    field="members",
)


class GroupPatch(Struct, frozen=True):
    """What a patch does to the members, and the rest of it."""

    steps: tuple[directories.MemberStep, ...]
    rest: PatchOp[Group] | None

    def say(self, before: directories.GroupSaid) -> directories.GroupSaid:
        """What is said of the group after it."""
        if self.rest is None:
            return before
        model = Group(display_name=before.display_name, external_id=before.external_id or None)
        self.rest.patch(model, scim_policy=POLICY)
        return directories.GroupSaid(
            display_name=model.display_name or "", external_id=model.external_id or ""
        )


def read_patch(body: dict[str, Any]) -> GroupPatch:
    """A patch of a group, checked against its model."""
    envelope, _ = taken_out(body, OPERATIONS)
    operations = operations_of(body, MOST_OPERATIONS)
    steps: list[directories.MemberStep] = []
    others: list[Any] = []
    for operation in operations:
        if not isinstance(operation, dict):
            raise InvalidSyntaxException(detail="an operation is a JSON object")
        found = list(_steps_of(operation))
        steps.extend(found)
        rest = _without_members(operation)
        if rest is not None:
            others.append(rest)
    if len(others) > MOST_CHANGES:
        raise _too_many(MOST_CHANGES)
    checked = PatchOp[Group].model_validate(
        {**envelope, "Operations": others or [_NOTHING]},
        scim_ctx=Context.RESOURCE_PATCH_REQUEST,
        scim_policy=POLICY,
    )
    return GroupPatch(tuple(steps), checked if others else None)


_NOTHING = {"op": "replace", "path": "externalId", "value": None}
"""For the check of an envelope whose operations are about members alone."""


def operations_of(body: dict[str, Any], most: int = MOST_CHANGES) -> list[Any]:
    """The operations of a patch, as many as may be."""
    _, operations = taken_out(body, OPERATIONS)
    if not isinstance(operations, list) or not operations:
        raise InvalidValueException(detail="Operations holds one or more operations")
    if len(operations) > most:
        raise _too_many(most)
    return operations


def read_members(value: Any) -> frozenset[int]:
    """The users that a list of members names."""
    if value is None:
        return frozenset()
    entries = value if isinstance(value, list) else [value]
    return frozenset(_member(entry) for entry in entries)


def _too_many(most: int) -> InvalidValueException:
    return InvalidValueException(detail=f"a patch has {most} operations at most")


def _steps_of(operation: dict[str, Any]) -> Iterator[directories.MemberStep]:
    kind, path, value = _parts(operation)
    if path:
        if _is_members(path):
            yield _step(kind, path, value)
        return
    if kind != "remove" and isinstance(value, dict):
        _, members = taken_out(value, MEMBERS)
        if any(key.lower() == MEMBERS for key in value):
            yield directories.MemberStep(kind, read_members(members))


def _without_members(operation: dict[str, Any]) -> dict[str, Any] | None:
    """The operation without what is about members; None when nothing is left of it."""
    _, path, value = _parts(operation)
    if path and _is_members(path):
        return None
    if not path and isinstance(value, dict):
        rest, _ = taken_out(value, MEMBERS)
        if rest or not value:
            return {key: rest if key.lower() == "value" else one for key, one in operation.items()}
        return None
    return operation


def _step(
    kind: Literal["add", "remove", "replace"], path: str, value: Any
) -> directories.MemberStep:
    node = Path[Group](path).ast
    if isinstance(node, AttrPath) and node.sub_attr is None:
        if kind == "remove" and value is None:
            return directories.MemberStep("replace")
        if kind == "add" and value is None:
            raise InvalidValueException(detail="value is required for add operations")
        return directories.MemberStep(kind, read_members(value))
    if isinstance(node, ValuePath) and node.sub_attr is None:
        if kind == "remove":
            return directories.MemberStep(kind, frozenset(_chosen(node.val_filter)))
        raise NoTargetException(detail="members are added by their value, without a filter")
    if isinstance(node, Comparison) and kind == "remove":
        return directories.MemberStep(kind, frozenset(_chosen(node)))
    raise MutabilityException(detail="what is said of a member is immutable")


def _chosen(node: FilterNode) -> Iterator[int]:
    """The members that `value eq "1" or value eq "2"` chooses."""
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.or_:
        for term in node.terms:
            yield from _chosen(term)
        return
    if isinstance(node, Comparison) and node.op == CompareOperator.eq:
        attribute = (node.attr_path.sub_attr or node.attr_path.attr).lower()
        if attribute in ("value", MEMBERS) and isinstance(node.value, str):
            if _is_id(node.value):
                yield int(node.value)
            return
    raise InvalidPathException(detail="members are chosen by `value eq`")


def _member(entry: Any) -> int:
    if isinstance(entry, str):
        entry = {"value": entry}
    if not isinstance(entry, dict):
        raise InvalidValueException(detail="a member is an object with a value")
    _, value = taken_out(entry, "value")
    _, type_ = taken_out(entry, "type")
    wrong_type = isinstance(type_, str) and type_.lower() != "user"
    if wrong_type or not isinstance(value, str) or not _is_id(value):
        raise RefusedRequest(NO_MEMBER)
    return int(value)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= MOST


def _is_members(path: str) -> bool:
    node = Path[Group](path).ast
    if node is None:
        return False
    return (node.attr_path.attr if not isinstance(node, AttrPath) else node.attr).lower() == MEMBERS


def _parts(
    operation: dict[str, Any],
) -> tuple[Literal["add", "remove", "replace"], str, Any]:
    names: Iterable[str] = ("op", "path", "value")
    kind, path, value = (taken_out(operation, name)[1] for name in names)
    kind = kind.lower() if isinstance(kind, str) else kind
    if kind not in ("add", "remove", "replace"):
        raise InvalidValueException(detail="an operation is add, remove or replace")
    if path is not None and not isinstance(path, str):
        raise InvalidPathException(detail="a path is a text")
    return convert(kind, Literal["add", "remove", "replace"]), path or "", value
