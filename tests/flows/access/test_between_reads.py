"""Deeds of access, each interrupted by another one after each of its reads: as if one had come
after the other."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec import structs

from serai.cloud import (
    PLATFORM,
    AskedGrant,
    Node,
    Origin,
    grants_of,
    person_of,
)
from serai.cloud.directories import Directory, MemberStep
from serai.core import Refusal
from serai.flows import (
    By,
    House,
    NewPerson,
    NewProgram,
    RoleOn,
    admit_program,
    bind_group,
    decide_approval,
    end_grant,
    end_program,
    forget_person,
    grant_role,
    invite,
    rotate_key,
    switch_person,
    tell_of_group,
    unbind_group,
)
from tests.flows.access.stage import (
    ANALYST,
    CHIEF,
    CLERK,
    MANAGER,
    NUMBERS,
    Act,
    Scene,
    Stage,
    done,
    try_scene,
)
from tests.flows.clock import SetClock
from tests.people import by_platform
from tests.worlds import GROUP, LANTERN_BRAND

LIFE = timedelta(days=1)
WHOLE = Directory(Node("group", GROUP), None)
SCIM = By(PLATFORM, "", origin=Origin("192.0.2.9", "r9"))


# Two who could each end the other's roles, and somebody whom both manage.


async def two_chiefs(stage: Stage) -> None:
    await stage.person("first", *CHIEF)
    await stage.person("second", *CHIEF)
    await stage.person("clerk", ANALYST)


async def _ends_it_role_of(house: House, stage: Stage, who: str, whom: str) -> object:
    by = await stage.by(house, who)
    held = await grants_of(house.database, [stage.people[whom]])
    chosen = [one for one in held if one.role == "group_it"]
    if not chosen:
        return Refusal(name="grant_not_found")
    return await end_grant(house, by, chosen[0].id)


async def first_ends_second(house: House, stage: Stage) -> object:
    return await _ends_it_role_of(house, stage, "first", "second")


async def second_ends_first(house: House, stage: Stage) -> object:
    return await _ends_it_role_of(house, stage, "second", "first")


async def first_sends_second_away(house: House, stage: Stage) -> object:
    by = await stage.by(house, "first")
    return await switch_person(house, by, stage.people["second"], active=False)


async def second_sends_first_away(house: House, stage: Stage) -> object:
    by = await stage.by(house, "second")
    return await switch_person(house, by, stage.people["first"], active=False)


async def _grants(house: House, stage: Stage, who: str, whom: str, role: RoleOn) -> object:
    by = await stage.by(house, who)
    asked = AskedGrant(
        holder_id=stage.people[whom], role=role.role, level=role.node.level, node_id=role.node.id
    )
    return await grant_role(house, by, asked)


async def first_appoints(house: House, stage: Stage) -> object:
    return await _grants(house, stage, "first", "clerk", CLERK)


async def second_appoints(house: House, stage: Stage) -> object:
    return await _grants(house, stage, "second", "clerk", CLERK)


async def _invites(house: House, stage: Stage, who: str) -> object:
    by = await stage.by(house, who)
    wanted = NewPerson(name=stage.named("new"), display_name="New", roles=(ANALYST,))
    return await invite(house, by, wanted)


async def first_invites(house: House, stage: Stage) -> object:
    return await _invites(house, stage, "first")


async def second_invites(house: House, stage: Stage) -> object:
    return await _invites(house, stage, "second")


async def _admits(house: House, stage: Stage, who: str) -> object:
    wanted = NewProgram(name=stage.named("press"), scopes=("orders.read",))
    return await admit_program(house, await stage.by(house, who), wanted)


async def first_admits(house: House, stage: Stage) -> object:
    return await _admits(house, stage, "first")


async def second_admits(house: House, stage: Stage) -> object:
    return await _admits(house, stage, "second")


# A role that waits for a second person.


async def a_role_waits(stage: Stage) -> None:
    await stage.person("chief", *CHIEF)
    await stage.person("second", *CHIEF)
    await stage.person("third", *CHIEF)
    await stage.person("new")
    answer = await _grants(stage.house, stage, "chief", "new", MANAGER)
    stage.ids["approval"] = answer.approval_id  # type: ignore[attr-defined]  # it waits


async def _decides(house: House, stage: Stage, who: str, *, approved: bool) -> object:
    by = await stage.by(house, who)
    return await decide_approval(house, by, stage.ids["approval"], approved=approved)


async def second_approves(house: House, stage: Stage) -> object:
    return await _decides(house, stage, "second", approved=True)


async def third_refuses(house: House, stage: Stage) -> object:
    return await _decides(house, stage, "third", approved=False)


async def platform_grants(house: House, stage: Stage) -> object:
    asked = AskedGrant(
        holder_id=stage.people["new"], role=MANAGER.role, level="brand", node_id=LANTERN_BRAND
    )
    await person_of(house.database, stage.people["new"])
    return await grant_role(house, by_platform(), asked)


async def third_ends_second(house: House, stage: Stage) -> object:
    return await _ends_it_role_of(house, stage, "third", "second")


async def new_is_gone(house: House, stage: Stage) -> object:
    by = structs.replace(SCIM, key=f"scim:{next(NUMBERS)}")
    return await forget_person(house, by, WHOLE, stage.people["new"])


# A directory: Reds and Blues are bound to the same role, Greens to nothing yet.


async def _groups(stage: Stage, role: RoleOn) -> None:
    await stage.person("chief", *CHIEF)
    await stage.person("second", *CHIEF)
    await stage.person("new")
    await stage.group("Reds", "new")
    await stage.group("Blues", bound=role)
    await stage.group("Greens", "new")
    by = await stage.by(stage.house, "chief")
    done(await bind_group(stage.house, by, stage.ids["Reds"], role.role, role.node))


async def groups_of_analysts(stage: Stage) -> None:
    await _groups(stage, ANALYST)
    stage.ids["power"] = 0


async def groups_of_managers(stage: Stage) -> None:
    await _groups(stage, MANAGER)
    stage.ids["power"] = 1
    stage.ids["approval"] = await stage.house.database.value(
        "SELECT id FROM approvals WHERE (asked ->> 'holder_id')::bigint = %(id)s",
        id=stage.people["new"],
    )


def _role(stage: Stage) -> RoleOn:
    return MANAGER if stage.ids["power"] else ANALYST


async def _moves(house: House, stage: Stage, group: str, kind: str) -> object:
    by = structs.replace(SCIM, key=f"scim:{next(NUMBERS)}")
    step = MemberStep(kind, frozenset({stage.people["new"]}))  # type: ignore[arg-type]  # of two
    return await tell_of_group(house, by, WHOLE, stage.ids[group], lambda said: said, [step])


async def new_joins_blues(house: House, stage: Stage) -> object:
    return await _moves(house, stage, "Blues", "add")


async def new_leaves_reds(house: House, stage: Stage) -> object:
    return await _moves(house, stage, "Reds", "remove")


async def reds_are_unbound(house: House, stage: Stage) -> object:
    role = _role(stage)
    by = await stage.by(house, "chief")
    return await unbind_group(house, by, stage.ids["Reds"], role.role, role.node)


async def greens_are_bound(house: House, stage: Stage) -> object:
    role = _role(stage)
    by = await stage.by(house, "chief")
    return await bind_group(house, by, stage.ids["Greens"], role.role, role.node)


# A program whose key has run out, so that no key is changed by the next one.


async def a_program_whose_key_ran_out(stage: Stage) -> None:
    await stage.person("first", *CHIEF)
    await stage.person("second", *CHIEF)
    wanted = NewProgram(name=stage.named("till"), scopes=("orders.read",), life=LIFE)
    done(await admit_program(stage.house, by_platform(), wanted))
    stage.clock.forward(days=2)


async def first_rotates(house: House, stage: Stage) -> object:
    return await rotate_key(house, await stage.by(house, "first"), stage.named("till"))


async def second_ends_it(house: House, stage: Stage) -> object:
    return await end_program(house, await stage.by(house, "second"), stage.named("till"))


TAKING = (first_ends_second, first_sends_second_away)
TAKING_TOO = (second_ends_first, second_sends_first_away)
DECIDING = (second_approves, platform_grants, new_is_gone)
TELLING = (new_joins_blues, reds_are_unbound, new_is_gone)
ASKING = (new_joins_blues, new_leaves_reds, second_approves)
KEEPING = (first_rotates, second_ends_it)
TRIED: dict[str, tuple[Scene, tuple[Act, ...], tuple[Act, ...]]] = {
    "power": (two_chiefs, TAKING, TAKING_TOO),
    "role": (two_chiefs, (first_appoints,), (second_appoints,)),
    "name": (two_chiefs, (first_invites,), (second_invites,)),
    "program": (two_chiefs, (first_admits,), (second_admits,)),
    "approval": (a_role_waits, DECIDING, (*DECIDING, third_refuses, third_ends_second)),
    "groups": (groups_of_analysts, TELLING, (*TELLING, greens_are_bound)),
    "asking groups": (groups_of_managers, ASKING, (second_approves, reds_are_unbound)),
    "two bindings": (groups_of_managers, (greens_are_bound,), (new_joins_blues,)),
    "keys": (a_program_whose_key_ran_out, KEEPING, KEEPING),
}


@pytest.mark.usefixtures("quick_hashing")
@pytest.mark.parametrize("what", TRIED)
async def test_it_is_as_if_one_had_come_after_the_other(
    house: House, clock: SetClock, what: str, record_property: Callable[[str, object], None]
) -> None:
    pairs = await try_scene(house, clock, *TRIED[what])
    record_property("tried", f"{what}: {pairs}")
    assert not pairs.wrong, "\n".join(pairs.wrong)
