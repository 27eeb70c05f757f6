"""Two people are two pairs of hands: nobody asks with one account and decides with another."""

from serai.cloud import (
    ROLES,
    AskedGrant,
    Program,
    find_program,
    waiting_approvals,
)
from serai.core import Refusal
from serai.flows import (
    By,
    House,
    NewProgram,
    admit_program,
    give_password,
    grant_role,
    may_decide,
    rotate_key,
)
from tests.flows.access.test_grants import Asking, asking, outcome, roles_of
from tests.flows.clock import SetClock
from tests.people import by_platform, let_in, role_on
from tests.worlds import LANTERN_BRAND

MANAGER = role_on("brand_manager")
NEW_POWER = {"role": "brand_manager", "level": "brand", "node_id": LANTERN_BRAND}


async def admitted(house: House, by: By) -> Program:
    """A program that may do all that a brand's manager may."""
    wanted = NewProgram(
        name="desk", scopes=tuple(sorted(ROLES["brand_manager"].rights)), level="brand",
        node_id=LANTERN_BRAND,
    )  # fmt: skip
    issued = await admit_program(house, by, wanted)
    assert not isinstance(issued, Refusal), issued
    program = await find_program(house.database, "desk")
    assert program is not None
    return program


async def asked_by(house: House, program: Program, holder_id: int) -> str:
    asked = AskedGrant(holder_id=holder_id, **NEW_POWER)  # type: ignore[arg-type]  # of one role
    return outcome(await grant_role(house, By(program.actor(), "asked"), asked))


async def decided(house: House, who: Asking) -> str:
    (approval,) = await waiting_approvals(house.database)
    may = await may_decide(house, (await who.by()).actor, approval)
    answer = await who.decide(approval.id)
    assert may == (answer == "approved")
    return answer


async def test_a_program_is_no_second_person_to_whoever_let_it_in(house: House) -> None:
    manager = await asking(house, "manager", MANAGER)
    other = await asking(house, "other", MANAGER)
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    program = await admitted(house, await manager.by())
    assert await asked_by(house, program, clerk.id) == "waits"
    assert await decided(house, manager) == "second_person_needed"
    assert await roles_of(house, clerk) == {"brand_analyst"}
    assert await decided(house, other) == "approved"


async def test_nor_to_whoever_had_a_key_of_it(house: House) -> None:
    manager = await asking(house, "manager", MANAGER)
    other = await asking(house, "other", MANAGER)
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    program = await admitted(house, by_platform())
    assert not isinstance(await rotate_key(house, await manager.by(), "desk"), Refusal)
    assert await asked_by(house, program, clerk.id) == "waits"
    assert await decided(house, manager) == "second_person_needed"
    assert await decided(house, other) == "approved"


async def test_a_new_password_for_a_colleague_makes_no_second_person(
    house: House, clock: SetClock
) -> None:
    manager = await asking(house, "manager", MANAGER)
    peer = await asking(house, "peer", MANAGER)
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    assert await manager.grant(clerk, "brand_manager") == "waits"
    assert outcome(await give_password(house, await manager.by(), peer.person.id)) == "NewPassword"
    assert await decided(house, peer) == "second_person_needed"
    clock.forward(days=8)
    assert await decided(house, peer) == "approved"


async def test_nor_do_two_colleagues_whose_passwords_one_has_given(house: House) -> None:
    manager = await asking(house, "manager", MANAGER)
    first = await asking(house, "first", MANAGER)
    second = await asking(house, "second", MANAGER)
    third = await asking(house, "third", MANAGER)
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    for taken in (first, second):
        answer = await give_password(house, await manager.by(), taken.person.id)
        assert outcome(answer) == "NewPassword"
    assert await first.grant(clerk, "brand_manager") == "waits"
    assert await decided(house, second) == "second_person_needed"
    assert await decided(house, manager) == "second_person_needed"
    assert await decided(house, third) == "approved"


async def test_who_holds_nothing_yet_is_not_managed_by_whoever_only_looks(house: House) -> None:
    looks = await asking(house, "looks", role_on("group_controller"), role_on("store_manager"))
    keeps = await asking(house, "keeps", role_on("group_it"))
    new = await let_in(house, "new")
    assert outcome(await give_password(house, await looks.by(), new.id)) == "person_above_you"
    assert outcome(await give_password(house, await keeps.by(), new.id)) == "NewPassword"


async def test_nobody_gives_themselves_a_password(house: House) -> None:
    manager = await asking(house, "manager", MANAGER)
    answer = await give_password(house, await manager.by(), manager.person.id)
    assert outcome(answer) == "own_password"
