"""Who may let whom in and as what: within one's own nodes, never above oneself, and by two."""

import asyncio

import pytest

from serai.cloud import (
    AskedGrant,
    Person,
    actor_of_person,
    grants_of,
    person_named,
    person_of,
    waiting_approvals,
)
from serai.core import Refusal
from serai.flows import (
    By,
    Decided,
    GrantAsked,
    House,
    Invitation,
    NewPerson,
    decide_approval,
    end_grant,
    give_password,
    grant_role,
    invite,
    may_decide,
    switch_person,
)
from tests.people import by_platform, let_in, role_on
from tests.worlds import (
    DUCK_BRAND,
    DUCK_SHOP,
    LAKESIDE_BRAND,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_INN,
    OWN_OPERATOR,
    TEA_HOUSE,
)

EVERYTHING = (role_on("group_controller"), role_on("group_it"))


class Asking:
    """A person who asks: each time under a key of its own."""

    def __init__(self, house: House, person: Person) -> None:
        self.house, self.person, self.asked = house, person, 0

    async def by(self) -> By:
        self.asked += 1
        held = await grants_of(self.house.database, [self.person.id])
        return By(actor_of_person(self.person, held), f"{self.person.name}:{self.asked}")

    async def grant(self, to: Person, role: str, node_id: int | None = None) -> str:
        node = role_on(role, node_id).node
        asked = AskedGrant(holder_id=to.id, role=role, level=node.level, node_id=node.id)
        return outcome(await grant_role(self.house, await self.by(), asked))

    async def decide(self, approval_id: int, *, approved: bool = True) -> str:
        return outcome(
            await decide_approval(self.house, await self.by(), approval_id, approved=approved)
        )


def outcome(answer: object) -> str:
    match answer:
        case Refusal():
            return answer.name
        case GrantAsked():
            return "granted" if answer.grant_id else "waits"
        case Decided():
            return "approved" if answer.approved else "refused"
    return type(answer).__name__


async def asking(house: House, name: str, *roles: object) -> Asking:
    return Asking(house, await let_in(house, name, *roles))  # type: ignore[arg-type]  # RoleOn


async def roles_of(house: House, person: Person) -> set[str]:
    return {grant.role for grant in await grants_of(house.database, [person.id])}


async def test_within_ones_own_nodes(house: House) -> None:
    manager = await asking(house, "manager", role_on("brand_manager"))
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    assert await manager.grant(clerk, "brand_analyst") == "role_held"
    assert await manager.grant(clerk, "brand_analyst", LAKESIDE_BRAND) == "node_not_found"
    assert await manager.grant(clerk, "brand_analyst", 999_999) == "node_not_found"
    assert await manager.grant(clerk, "group_analyst") == "node_not_found"


async def test_nobody_grants_more_than_they_have(house: House) -> None:
    manager = await asking(house, "manager", role_on("brand_manager"))
    it = await asking(house, "it", role_on("group_it"))
    other = await let_in(house, "other", role_on("brand_analyst"))
    for role in ("group_controller", "group_finance", "group_analyst"):
        assert await it.grant(it.person, role) == "role_above_own"
        assert await it.grant(other, role) == "role_above_own"
        assert await manager.grant(manager.person, role) == "node_not_found"
    assert await roles_of(house, manager.person) == {"brand_manager"}
    assert await roles_of(house, other) == {"brand_analyst"}


@pytest.mark.parametrize("role", ["brand_manager", "operator_manager"])
async def test_whoever_manages_stores_appoints_who_works_in_them(house: House, role: str) -> None:
    node = {"brand_manager": LANTERN_BRAND, "operator_manager": OWN_OPERATOR}[role]
    manager = await asking(house, "manager", role_on(role, node))
    other = await let_in(house, "other", role_on("store_clerk", TEA_HOUSE))
    assert await manager.grant(other, "store_clerk", LANTERN_INN) == "granted"
    assert await manager.grant(other, "store_manager", LANTERN_INN) == "waits"
    assert await manager.grant(other, "store_clerk", LAKESIDE_GATE) == "node_not_found"


async def test_a_role_and_a_node_go_together(house: House) -> None:
    chief = await asking(house, "chief", *EVERYTHING)
    other = await let_in(house, "other")
    asked = AskedGrant(holder_id=other.id, role="brand_manager", level="store", node_id=DUCK_SHOP)
    assert outcome(await grant_role(house, await chief.by(), asked)) == "role_level"
    asked = AskedGrant(holder_id=other.id, role="emperor", level="group", node_id=1)
    assert outcome(await grant_role(house, await chief.by(), asked)) == "role_not_found"
    assert await chief.grant(other, "traveller", 999_999) == "node_not_found"
    assert await chief.grant(other, "traveller") == "granted"


async def test_power_over_others_needs_two(house: House) -> None:
    first = await asking(house, "first", *EVERYTHING)
    second = await asking(house, "second", *EVERYTHING)
    new = await let_in(house, "new")
    assert await first.grant(new, "brand_manager") == "waits"
    assert await roles_of(house, new) == set()
    (approval,) = await waiting_approvals(house.database)
    assert not await may_decide(house, (await first.by()).actor, approval)
    assert await may_decide(house, (await second.by()).actor, approval)
    assert await first.decide(approval.id) == "second_person_needed"
    assert await second.decide(approval.id) == "approved"
    assert await roles_of(house, new) == {"brand_manager"}
    assert await second.decide(approval.id) == "approval_decided"


async def test_whom_it_is_for_does_not_approve(house: House) -> None:
    first = await asking(house, "first", *EVERYTHING)
    second = await asking(house, "second", *EVERYTHING)
    assert await first.grant(second.person, "brand_manager") == "waits"
    (approval,) = await waiting_approvals(house.database)
    assert await second.decide(approval.id) == "second_person_needed"


async def test_who_approves_could_have_granted(house: House) -> None:
    first = await asking(house, "first", *EVERYTHING)
    analyst = await asking(house, "analyst", role_on("group_analyst"))
    stranger = await asking(house, "stranger", role_on("brand_manager", LAKESIDE_BRAND))
    it = await asking(house, "it", role_on("group_it"))
    new = await let_in(house, "new")
    assert await first.grant(new, "brand_manager") == "waits"
    (approval,) = await waiting_approvals(house.database)
    assert await analyst.decide(approval.id) == "approval_not_found"
    assert await stranger.decide(approval.id) == "approval_not_found"
    assert await it.decide(approval.id) == "role_above_own"
    assert await first.decide(approval.id + 1) == "approval_not_found"


async def test_a_decision_is_made_once(house: House) -> None:
    first = await asking(house, "first", *EVERYTHING)
    others = [await asking(house, f"other{n}", *EVERYTHING) for n in range(3)]
    new = await let_in(house, "new")
    await first.grant(new, "store_manager")
    (approval,) = await waiting_approvals(house.database)
    answers = await asyncio.gather(
        *(one.decide(approval.id, approved=n != 1) for n, one in enumerate(others))
    )
    assert sorted(answers)[0] == sorted(answers)[1] == "approval_decided"
    assert len(await grants_of(house.database, [new.id])) == ("approved" in answers)


async def test_a_grant_ends_at_once_and_once(house: House) -> None:
    manager = await asking(house, "manager", role_on("brand_manager"))
    stranger = await asking(house, "stranger", role_on("brand_manager", DUCK_BRAND))
    analyst = await let_in(house, "analyst", role_on("brand_analyst"))
    (grant,) = await grants_of(house.database, [analyst.id])
    assert outcome(await end_grant(house, await stranger.by(), grant.id)) == "grant_not_found"
    assert outcome(await end_grant(house, await manager.by(), grant.id)) == "GrantEnded"
    assert outcome(await end_grant(house, await manager.by(), grant.id)) == "grant_not_found"
    assert await roles_of(house, analyst) == set()


@pytest.mark.parametrize("deed", ["switch", "password"])
async def test_nobody_takes_over_somebody_above(house: House, deed: str) -> None:
    manager = await asking(house, "manager", role_on("brand_manager"))
    chief = await let_in(house, "chief", *EVERYTHING, role_on("brand_analyst"))
    stranger = await let_in(house, "stranger", role_on("brand_analyst", LAKESIDE_BRAND))
    own = await let_in(house, "own", role_on("brand_analyst"))

    async def manage(person: Person) -> str:
        if deed == "switch":
            return outcome(await switch_person(house, await manager.by(), person.id, active=False))
        return outcome(await give_password(house, await manager.by(), person.id))

    assert await manage(chief) == "person_above_you"
    assert await manage(stranger) == "person_not_found"
    assert await manage(own) in ("Switched", "NewPassword")
    left = await person_of(house.database, chief.id)
    assert left is not None
    assert left.active


async def test_who_comes_in_holds_what_the_inviter_may_grant(house: House) -> None:
    manager = await asking(house, "manager", role_on("brand_manager"))

    async def invited(name: str, *roles: object) -> str:
        wanted = NewPerson(name=name, display_name="<b>New</b>", roles=roles)  # type: ignore[arg-type]  # RoleOn
        return outcome(await invite(house, await manager.by(), wanted))

    assert await invited("new") == "role_needed"
    assert await invited("new", role_on("group_it")) == "node_not_found"
    assert await invited("manager", role_on("brand_analyst")) == "name_taken"
    assert await invited("n e w", role_on("brand_analyst")) == "name_invalid"
    assert await person_named(house.database, "new") is None
    assert await invited("new", role_on("brand_analyst"), role_on("brand_manager")) == "Invitation"
    new = await person_named(house.database, "new")
    assert new is not None
    assert new.display_name == "<b>New</b>"
    assert await roles_of(house, new) == {"brand_analyst"}  # the other one waits
    assert len(await waiting_approvals(house.database)) == 1


async def test_the_same_request_lets_in_once(house: House) -> None:
    wanted = NewPerson(name="new", display_name="New", roles=(role_on("brand_analyst"),))
    by = by_platform()
    first, again = await invite(house, by, wanted), await invite(house, by, wanted)
    assert isinstance(first, Invitation)
    assert isinstance(again, Invitation)
    assert first.invited == again.invited
    assert first.password
    assert again.password == ""  # it was told once


async def test_nobody_sends_themselves_away(house: House) -> None:
    chief = await asking(house, "chief", *EVERYTHING)
    answer = await switch_person(house, await chief.by(), chief.person.id, active=False)
    assert outcome(answer) == "own_account"


async def test_a_role_on_a_store_follows_its_parents(house: House) -> None:
    manager = await asking(house, "manager", *EVERYTHING)
    clerk = await let_in(house, "clerk")
    assert await manager.grant(clerk, "store_clerk", LANTERN_INN) == "granted"
    assert {(one.level, one.node_id) for one in await grants_of(house.database, [clerk.id])} == {
        ("store", LANTERN_INN)
    }
