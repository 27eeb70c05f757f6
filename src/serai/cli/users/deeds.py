"""`serai user` and `serai role`: people and their roles, from the machine itself.

Whoever may run commands here manages everything, so these deeds are the platform's own: they need
no second person, and they are how the first person comes in.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.running import join_house
from serai.cli.terminal import COMMAND_LINE
from serai.cloud import (
    EVERY_RIGHT,
    FIRST_PERSON,
    PLATFORM,
    ROLES,
    AskedGrant,
    Grant,
    Node,
    Organisation,
    Person,
    Right,
    code_of,
    find_people,
    fold_name,
    grants_of,
    grants_on,
    node_with_code,
    person_named,
)
from serai.core import ConfigurationError, Refusal, Settings
from serai.customers import customer_called
from serai.flows import (
    By,
    House,
    NewPerson,
    RoleOn,
    give_password,
    grant_role,
    invite,
    shown_emails,
    switch_person,
)

PAGE = 500


class UserMade(Struct, frozen=True):
    """Somebody who was let in; `password` is null when it was given to the command."""

    id: int
    name: str
    roles: tuple[str, ...]
    password: str | None
    advice: str = ""


class UserRow(Struct, frozen=True):
    """A person as the list shows them."""

    id: int
    name: str
    display_name: str
    email: str
    active: bool
    roles: tuple[str, ...]


class RoleRow(Struct, frozen=True):
    """A role as the list shows it."""

    role: str
    level: str
    rights: tuple[str, ...]


def read_password(path: Path | None) -> str | None:
    """The first line of a file, or None without one."""
    if path is None:
        return None
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The password file {path} cannot be read: {error}.") from None
    if not lines or not lines[0]:
        raise ConfigurationError(f"The password file {path} is empty.")
    return lines[0]


async def create(
    settings: Settings,
    name: str,
    roles: list[str],
    node: str,
    display_name: str,
    email: str,
    password: str | None,
) -> UserMade | Refusal:
    """Let somebody in with roles on a node, named by its code; the group without one. The first
    person needs none named."""
    async with join_house(settings) as house:
        roles = roles or await _roles_of_the_first(house)
        held = tuple([await _role_on(house, role, node) for role in roles])
        wanted = NewPerson(name=name, display_name=display_name or name, email=email, roles=held)
        made = await invite(house, _by(), wanted, password, must_change=password is None)
        if isinstance(made, Refusal):
            return made
        given = None if password else made.password
        id, advice = made.invited.person_id, await _advice(house)
        return UserMade(id, fold_name(name), tuple(roles), given, advice)


async def listed(settings: Settings) -> list[UserRow]:
    """Everybody, with what they hold."""
    rows: list[UserRow] = []
    async with join_house(settings) as house:
        organisation = await house.organisation()
        found = await find_people(house.database, None, limit=PAGE)
        while found:
            ids = [person.id for person in found]
            held = await grants_of(house.database, ids)
            emails = await shown_emails(house, PLATFORM, ids, held)
            for person in found:
                roles = tuple(
                    f"{grant.role}@{code_of(organisation, grant.node)}"
                    for grant in held
                    if grant.holder_id == person.id
                )
                rows.append(
                    UserRow(
                        person.id, person.name, person.display_name, emails.get(person.id, ""),
                        person.active, roles,
                    )
                )  # fmt: skip
            found = await find_people(house.database, None, after=found[-1].id, limit=PAGE)
    return rows


async def grant(settings: Settings, name: str, role: str, node: str) -> Refusal | None:
    """Grant somebody a role on a node, named by its code; the group without one."""
    async with _person(settings, name) as (house, person):
        on = (await _role_on(house, role, node)).node
        asked = AskedGrant(holder_id=person.id, role=role, level=on.level, node_id=on.id)
        granted = await grant_role(house, _by(), asked)
        return granted if isinstance(granted, Refusal) else None


async def disable(settings: Settings, name: str, *, active: bool) -> Refusal | None:
    """Send somebody away, or let them in again."""
    async with _person(settings, name) as (house, person):
        switched = await switch_person(house, _by(), person.id, active=active)
        return switched if isinstance(switched, Refusal) else None


async def set_password(settings: Settings, name: str, password: str | None) -> UserMade | Refusal:
    """Give somebody another password, and end their sessions."""
    async with _person(settings, name) as (house, person):
        given = await give_password(house, _by(), person.id, password, must_change=password is None)
        if isinstance(given, Refusal):
            return given
        return UserMade(person.id, person.name, (), None if password else given.password)


def roles() -> list[RoleRow]:
    """Every role, and what it may do where."""
    return [RoleRow(name, role.level, tuple(sorted(role.rights))) for name, role in ROLES.items()]


def print_users(rows: list[UserRow], console: Console) -> None:
    """A line for each person."""
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "shown as", "roles", ""):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row.name, row.display_name, ", ".join(row.roles), "" if row.active else "disabled"
        )
    console.print(table, markup=False)


def print_roles(rows: list[RoleRow], console: Console) -> None:
    """A line for each role."""
    table = Table(box=None, pad_edge=False)
    for heading in ("role", "granted on", "rights"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.role, row.level, " ".join(row.rights))
    console.print(table)


@asynccontextmanager
async def _person(settings: Settings, name: str) -> AsyncIterator[tuple[House, Person]]:
    async with join_house(settings) as house:
        person = await person_named(house.database, fold_name(name))
        if person is None:
            raise ConfigurationError(
                f"Nobody signs in as {name[:80]}. `serai user list` shows everybody."
            )
        yield house, person


async def _roles_of_the_first(house: House) -> list[str]:
    """What the first person holds; raises where somebody rules the access already."""
    if any("access.write" in ROLES[one.role].rights for one in await _on_group(house)):
        raise ConfigurationError("Name a role with --role. `serai role list` shows them all.")
    return list(FIRST_PERSON)


async def _advice(house: House) -> str:
    """What to do where nobody can grant every role; empty where somebody can."""
    rights: dict[int, frozenset[Right]] = {}
    for one in await _on_group(house):
        rights[one.holder_id] = rights.get(one.holder_id, frozenset()) | ROLES[one.role].rights
    if EVERY_RIGHT in rights.values():
        return ""
    return (
        "Nobody grants more than they hold, and nobody here holds every right yet: give one person "
        f"{' and '.join(FIRST_PERSON)} (`serai user grant NAME --role ROLE`)."
    )


async def _on_group(house: House) -> list[Grant]:
    """The roles that are held on the group."""
    group = (await house.organisation()).group
    return [
        one for one in await grants_on(house.database, [Node("group", group.id)])
        if one.role in ROLES
    ]  # fmt: skip


async def _role_on(house: House, role: str, code: str) -> RoleOn:
    if role not in ROLES:
        raise ConfigurationError(f"There is no role {role[:80]}. `serai role list` shows them all.")
    level = ROLES[role].level
    organisation: Organisation = await house.organisation()
    node: Node | None
    if level == "customer":
        customer = await customer_called(house.database, code)
        node = Node(level, customer.id) if customer else None
    else:
        node = node_with_code(organisation, level, code)
    if node is None:
        raise ConfigurationError(
            f"{role} is granted on a {level}, and there is no {level} with the code "
            f"{code[:80] or '(none was given)'}. Name one with --node."
        )
    return RoleOn(role, node)


def _by() -> By:
    return By(PLATFORM, f"cli:{secrets.token_hex(16)}", origin=COMMAND_LINE)
