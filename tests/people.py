"""People of the tests: let in by the platform, each with a role, all with one password."""

from itertools import count

from serai.cloud import PLATFORM, ROLES, Level, Node, Person, person_of
from serai.core import Refusal
from serai.flows import By, House, NewPerson, RoleOn, invite
from tests.worlds import (
    DUCK_SHOP,
    FRANCHISEE,
    GROUP,
    HANGZHOU,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    WANG,
)

PASSWORD = "four calm river stones"
NODES: dict[Level, int] = {
    "group": GROUP,
    "brand": LANTERN_BRAND,
    "entity": LANTERN_COMPANY,
    "operator": FRANCHISEE,
    "city": HANGZHOU,
    "store": DUCK_SHOP,
    "customer": WANG,
}
"""Where each role is held, unless a test says otherwise."""
_keys = count(1)


def by_platform() -> By:
    """The platform, asking for something new each time."""
    return By(PLATFORM, f"test:{next(_keys)}")


def role_on(role: str, node_id: int | None = None) -> RoleOn:
    level = ROLES[role].level
    return RoleOn(role, Node(level, NODES[level] if node_id is None else node_id))


async def let_in(house: House, name: str, *roles: RoleOn, display_name: str = "") -> Person:
    """Somebody new who holds these roles, and signs in with `PASSWORD`."""
    wanted = NewPerson(name=name, display_name=display_name or name.title(), roles=roles)
    invitation = await invite(house, by_platform(), wanted, PASSWORD, must_change=False)
    assert not isinstance(invitation, Refusal), invitation
    person = await person_of(house.database, invitation.invited.person_id)
    assert person is not None
    return person
