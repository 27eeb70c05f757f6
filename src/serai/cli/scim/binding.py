"""What `serai scim` does: groups are bound to roles by whoever may use the machine itself."""

import secrets

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.running import join_house
from serai.cloud import (
    PLATFORM,
    ROLES,
    Node,
    Organisation,
    code_of,
    directories,
    node_with_code,
)
from serai.core import ConfigurationError, Refusal, Settings
from serai.flows import By, House, bind_group, unbind_group


class BoundShown(Struct, frozen=True):
    """A binding that was made or ended."""

    binding_id: int
    group_id: int
    group: str
    role: str
    node: str
    members: int


class GroupRow(Struct, frozen=True):
    """A group as the list shows it; `node` is where its directory is at home."""

    id: int
    name: str
    external_id: str
    node: str
    bound_to: tuple[str, ...]


async def bind(settings: Settings, group: str, role: str, node: str) -> BoundShown | Refusal:
    """Bind a group to a role on a node, named by its code."""
    async with join_house(settings) as house:
        found, at = await _group(house, group), await _node(house, role, node)
        bound = await bind_group(house, _by(), found.id, role, at)
        if isinstance(bound, Refusal):
            return bound
        shown = await _shown(house, at)
        return BoundShown(
            bound.binding_id, found.id, found.display_name, role, shown, bound.members
        )


async def unbind(settings: Settings, group: str, role: str, node: str) -> BoundShown | Refusal:
    """End the binding of a group."""
    async with join_house(settings) as house:
        found, at = await _group(house, group), await _node(house, role, node)
        ended = await unbind_group(house, _by(), found.id, role, at)
        if isinstance(ended, Refusal):
            return ended
        shown = await _shown(house, at)
        return BoundShown(
            ended.binding_id, found.id, found.display_name, role, shown, ended.members
        )


async def listed(settings: Settings) -> list[GroupRow]:
    """Every group with what it is bound to."""
    async with join_house(settings) as house:
        groups = await directories.all_groups(house.database)
        bindings = await directories.bindings_of(house.database, [one.id for one in groups])
        organisation = await house.organisation() if groups else None
        return [
            GroupRow(
                one.id,
                one.display_name,
                one.external_id,
                _name(organisation, one.node),
                tuple(
                    f"{binding.role}@{_name(organisation, binding.node)}"
                    for binding in bindings
                    if binding.group_id == one.id
                ),
            )
            for one in groups
        ]


def print_groups(rows: list[GroupRow], console: Console) -> None:
    """A line for each group."""
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "group", "external id", "directory of", "gives"):
        table.add_column(heading)
    for row in rows:
        table.add_row(str(row.id), row.name, row.external_id, row.node, ", ".join(row.bound_to))
    console.print(table, markup=False)


async def _group(house: House, text: str) -> directories.DirectoryGroup:
    """The one group that an id, an externalId or a name means."""
    found = await directories.all_groups(house.database)
    for same in (
        [one for one in found if str(one.id) == text],
        [one for one in found if one.external_id == text],
        [one for one in found if one.display_name == text],
    ):
        if len(same) == 1:
            return same[0]
        if same:
            ids = ", ".join(str(one.id) for one in same)
            raise ConfigurationError(f"Several groups are called {text[:80]}: {ids}. Name the id.")
    raise ConfigurationError(f"There is no group {text[:80]}. `serai scim groups` shows them all.")


async def _node(house: House, role: str, code: str) -> Node:
    if role not in ROLES:
        raise ConfigurationError(f"There is no role {role[:80]}. `serai role list` shows them all.")
    level = ROLES[role].level
    node = node_with_code(await house.organisation(), level, code)
    if node is None:
        raise ConfigurationError(
            f"{role} is granted on a {level}, and there is no {level} with the code "
            f"{code[:80] or '(none was given)'}. Name one with --node."
        )
    return node


async def _shown(house: House, node: Node) -> str:
    return _name(await house.organisation(), node)


def _name(organisation: Organisation | None, node: Node) -> str:
    return f"{node.level}:{code_of(organisation, node) if organisation else node.id}"


def _by() -> By:
    return By(PLATFORM, f"cli:{secrets.token_hex(16)}")
