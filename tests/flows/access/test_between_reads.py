"""Deeds of access, each interrupted by another one after each of its reads: as if one had come
after the other."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count

import pytest
from argon2 import PasswordHasher
from msgspec import Struct, structs
from pyotp import TOTP

from serai.cloud import (
    PLATFORM,
    AskedGrant,
    Credential,
    Grant,
    Node,
    Origin,
    Person,
    actor_of_person,
    directories,
    grants_of,
    hash_password,
    one_time_codes_of,
    person_of,
)
from serai.cloud.directories import Directory, DirectoryMember, MemberStep
from serai.core import Refusal
from serai.flows import (
    By,
    Enrolment,
    House,
    NewPerson,
    NewProgram,
    Opened,
    RoleOn,
    Visit,
    admit_program,
    begin_enrolment,
    bind_group,
    change_password,
    confirm_enrolment,
    decide_approval,
    end_grant,
    end_program,
    enter_code,
    forget_person,
    give_password,
    grant_role,
    invite,
    remove_authenticator,
    rotate_key,
    sign_in,
    switch_person,
    tell_of_group,
    unbind_group,
    who_is,
)
from serai.ledger import Insert, Key, Proposal
from tests.flows.clock import SetClock
from tests.interrupted import Interrupted, Interruption
from tests.pairs import Pairs
from tests.people import PASSWORD, by_platform, role_on
from tests.worlds import GROUP, LANTERN_BRAND

NUMBERS = count(1)
CHIEF = (role_on("group_controller"), role_on("group_it"))
ANALYST = role_on("brand_analyst")
MANAGER = role_on("brand_manager")
CLERK = role_on("store_clerk")
LIFE = timedelta(days=1)
AFTER_THE_PERSON = 1
"""How many reads of a sign-in it takes until it is known who it is, and that they are active."""
OTHER_PASSWORD = "five slow mountain roads"
WHOLE = Directory(Node("group", GROUP), None)
SCIM = By(PLATFORM, "", origin=Origin("192.0.2.9", "r9"))

ROLES_HELD = """
SELECT holder_id, role FROM grants WHERE ended_at IS NULL AND holder_id = ANY(%(ids)s::bigint[])
ORDER BY holder_id, role
"""
ASKED = """
SELECT (asked ->> 'holder_id')::bigint AS holder_id, concat(asked ->> 'role', ' ', state) AS role
FROM approvals WHERE (asked ->> 'holder_id')::bigint = ANY(%(ids)s::bigint[]) ORDER BY 1, 2
"""
GIVEN = """
SELECT d.person_id AS holder_id, concat(g.display_name, ' gives ', b.role,
    CASE WHEN d.grant_id <> 0 THEN (SELECT CASE WHEN ended_at IS NULL THEN ' held' ELSE ' ended' END
        FROM grants WHERE id = d.grant_id) END,
    (SELECT ' ' || state FROM approvals WHERE id = d.approval_id)) AS role
FROM directory_grants AS d JOIN directory_bindings AS b ON b.id = d.binding_id
JOIN directory_groups AS g ON g.id = b.group_id
WHERE d.ended_at IS NULL AND b.ended_at IS NULL AND d.person_id = ANY(%(ids)s::bigint[])
ORDER BY 1, 2
"""
MEMBER = """
SELECT m.person_id AS holder_id, concat('in ', g.display_name) AS role
FROM directory_members AS m JOIN directory_groups AS g ON g.id = m.group_id
WHERE m.ended_at IS NULL AND g.gone_at IS NULL AND m.person_id = ANY(%(ids)s::bigint[])
ORDER BY 1, 2
"""
SESSIONS = """
SELECT person_id AS holder_id, CASE WHEN passed THEN 'signed in' ELSE 'half-way' END AS role
FROM sessions WHERE ended_at IS NULL AND person_id = ANY(%(ids)s::bigint[]) ORDER BY 1, 2
"""
KEYS = """
SELECT p.name, count(*) FILTER (WHERE k.ended_at IS NULL) AS lasting, count(*) AS keys
FROM programs AS p JOIN program_keys AS k ON k.program_id = p.id
WHERE p.name LIKE %(like)s GROUP BY p.name ORDER BY p.name
"""


class _Said(Struct, frozen=True):
    holder_id: int
    role: str


class _Keys(Struct, frozen=True):
    name: str
    lasting: int
    keys: int


class Found(Struct, frozen=True):
    """What two deeds were told, and what has come of them."""

    told: frozenset[str]
    is_so: tuple[str, ...]


class Stage:
    """Some people, groups and programs of one try, by the names that they have in their scene."""

    def __init__(self, house: House, clock: SetClock) -> None:
        self.house = house
        self.clock = clock
        self.number = next(NUMBERS)
        self.people: dict[str, int] = {}
        self.ids: dict[str, int] = {}
        self.secret = self.half = ""
        self.desk = Visit(Origin(f"2001:db8:{self.number:x}::1", "r1"))

    def named(self, name: str) -> str:
        return f"{name}.{self.number}"

    async def write(self, *inserts: Insert) -> None:
        key, now = Key("test", "stage", str(next(NUMBERS))), self.house.clock()
        proposal = Proposal(key=key, effective=now, business_date=now.date(), inserts=inserts)
        await self.house.books.propose(proposal)

    async def person(self, name: str, *roles: RoleOn, password: str = "") -> int:
        now = self.house.clock()
        id, *others = await self.house.ids.take(1 + len(roles))
        person = Person(id=id, name=self.named(name), display_name=name, created_at=now)
        held = tuple(
            Grant(
                id=one, holder_id=id, role=role.role, level=role.node.level, node_id=role.node.id,
                granted_at=now,
            )
            for one, role in zip(others, roles, strict=True)
        )  # fmt: skip
        inserts = [Insert("people", (person,)), Insert("grants", held)]
        if password:
            hashed = hash_password(password)
            row = Credential(id=id, password_hash=hashed, changed_at=now)
            inserts.append(Insert("credentials", (row,)))
        await self.write(*(one for one in inserts if one.rows))
        self.people[name] = id
        return id

    async def group(self, name: str, *members: str) -> int:
        now = self.house.clock()
        id, *others = await self.house.ids.take(1 + len(members))
        group = directories.DirectoryGroup(
            id=id, level="group", node_id=GROUP, display_name=name, created_at=now, changed_at=now
        )
        rows = tuple(
            DirectoryMember(id=one, group_id=id, person_id=self.people[who], since=now)
            for one, who in zip(others, members, strict=True)
        )
        inserts = (Insert("directory_groups", (group,)), Insert("directory_members", rows))
        await self.write(*(one for one in inserts if one.rows))
        self.ids[name] = id
        return id

    async def by(self, house: House, name: str) -> By:
        """Somebody at the door."""
        person = await person_of(house.database, self.people[name])
        assert person is not None
        if not person.active:
            raise NotLetIn
        held = await grants_of(house.database, [person.id])
        return By(actor_of_person(person, held), f"try:{next(NUMBERS)}")

    async def found(self) -> tuple[str, ...]:
        names = {id: name for name, id in self.people.items()}
        ids = list(names)
        database = self.house.database
        said = [
            f"{names[one.holder_id]}: {one.role}"
            for sql in (ROLES_HELD, ASKED, GIVEN, MEMBER)
            for one in await database.all(_Said, sql, ids=ids)
        ]
        for id, name in names.items():
            person = await person_of(database, id)
            assert person is not None
            if not person.active:
                said.append(f"{name} is away")
                continue
            codes = await one_time_codes_of(database, id)
            said += [f"{name}: codes"] if codes is not None and codes.enrolled_at else []
            said += [f"{name}: {one.role}" for one in await database.all(_Said, SESSIONS, ids=[id])]
        keys = await database.all(_Keys, KEYS, like=f"%.{self.number}")
        said += [f"{one.name.partition('.')[0]}: {one.lasting} of {one.keys}" for one in keys]
        return tuple(said)


class NotLetIn(Exception):
    """Somebody is away."""


Scene = Callable[[Stage], Awaitable[None]]
Act = Callable[[House, Stage], Awaitable[object]]


def done(answer: object) -> None:
    assert not isinstance(answer, Refusal), answer


MAY_NOT = frozenset({
    "grant_not_found", "person_not_found", "group_not_found", "binding_not_found", "role_above_own",
})  # fmt: skip
"""Whoever has lost their rights since they came in hears one of these."""


def told(answer: object) -> str:
    if isinstance(answer, str):
        return answer
    if isinstance(answer, Refusal):
        return "may not" if answer.name in MAY_NOT else answer.name
    return type(answer).__name__


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
    await stage.group("Blues")
    await stage.group("Greens", "new")
    for name in ("Reds", "Blues"):
        by = await stage.by(stage.house, "chief")
        done(await bind_group(stage.house, by, stage.ids[name], role.role, role.node))


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


# Somebody signs in.


async def a_person_with_a_password(stage: Stage) -> None:
    await stage.person("chief", *CHIEF)
    await stage.person("clerk", ANALYST, password=PASSWORD)


async def signs_in(house: House, stage: Stage) -> object:
    return await sign_in(house, stage.desk, stage.named("clerk"), PASSWORD)


async def changes_password(house: House, stage: Stage) -> object:
    by = await stage.by(house, "clerk")
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    answer = await change_password(house, by, stage.desk, person, PASSWORD, OTHER_PASSWORD)
    # Theirs was kept, and another one given before their session had begun anew: none begins, and
    # the one that had begun would have ended by it.
    none_begins = isinstance(answer, Refusal) and answer.name == "sign_in_wrong"
    return Opened.__name__ if none_begins else answer


async def gets_a_password(house: House, stage: Stage) -> object:
    return await give_password(house, await stage.by(house, "chief"), stage.people["clerk"])


async def is_sent_away(house: House, stage: Stage) -> object:
    by = await stage.by(house, "chief")
    return await switch_person(house, by, stage.people["clerk"], active=False)


async def somebody_sent_away(stage: Stage) -> None:
    await a_person_with_a_password(stage)
    done(await is_sent_away(stage.house, stage))


async def comes_back(house: House, stage: Stage) -> object:
    by = await stage.by(house, "chief")
    return await switch_person(house, by, stage.people["clerk"], active=True)


# Somebody with an authenticator, whose password was right; their code is still asked for.


async def a_code_is_asked_for(stage: Stage) -> None:
    await a_person_with_a_password(stage)
    house, person = stage.house, await person_of(stage.house.database, stage.people["clerk"])
    assert person is not None
    enrolment = await begin_enrolment(house, await stage.by(house, "clerk"), person)
    assert isinstance(enrolment, Enrolment)
    stage.secret = enrolment.secret
    done(await _confirms(house, stage))
    stage.clock.forward(minutes=2)
    half = await signs_in(house, stage)
    assert isinstance(half, Opened)
    stage.half = half.token


async def _confirms(house: House, stage: Stage) -> object:
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    code = TOTP(stage.secret).at(stage.clock())
    return await confirm_enrolment(house, await stage.by(house, "clerk"), person, code)


async def enters_the_code(house: House, stage: Stage) -> object:
    return await enter_code(house, stage.desk, stage.half, TOTP(stage.secret).at(stage.clock()))


async def authenticator_is_taken_off(house: House, stage: Stage) -> object:
    by, whom = await stage.by(house, "chief"), stage.people["clerk"]
    return await remove_authenticator(house, by, stage.desk, whom)


# Two pages on which an authenticator is set up.


async def an_authenticator_is_set_up(stage: Stage) -> None:
    await a_code_is_asked_for(stage)
    done(await authenticator_is_taken_off(stage.house, stage))
    stage.clock.forward(minutes=2)


async def is_shown_a_secret(house: House, stage: Stage) -> object:
    person = await person_of(house.database, stage.people["clerk"])
    assert person is not None
    return await begin_enrolment(house, await stage.by(house, "clerk"), person)


async def is_shown_and_confirms(house: House, stage: Stage) -> object:
    enrolment = await is_shown_a_secret(house, stage)
    if not isinstance(enrolment, Enrolment):
        return enrolment
    stage.secret = enrolment.secret
    return await _confirms(house, stage)


FIRST = (
    first_ends_second, first_sends_second_away, first_appoints, first_invites, first_admits,
)  # fmt: skip
SECOND = (
    second_ends_first, second_sends_first_away, second_appoints, second_invites, second_admits,
)  # fmt: skip
DECIDING = (second_approves, third_refuses, platform_grants, third_ends_second, new_is_gone)
TELLING = (new_joins_blues, reds_are_unbound, greens_are_bound, new_is_gone)
ASKING = (new_joins_blues, new_leaves_reds, greens_are_bound, second_approves)
KEEPING = (first_rotates, second_ends_it)
CODING = (enters_the_code, authenticator_is_taken_off)
ENROLLING = (is_shown_a_secret, is_shown_and_confirms)
SIGNING = (signs_in, changes_password, gets_a_password, is_sent_away)
SCENES: dict[Scene, tuple[tuple[Act, ...], tuple[Act, ...]]] = {
    two_chiefs: (FIRST, SECOND),
    a_role_waits: (DECIDING, DECIDING),
    groups_of_analysts: (TELLING, TELLING),
    groups_of_managers: (ASKING, (second_approves, reds_are_unbound, new_joins_blues)),
    a_program_whose_key_ran_out: (KEEPING, KEEPING),
    a_person_with_a_password: (SIGNING, SIGNING),
    a_code_is_asked_for: (CODING, (*CODING, gets_a_password, is_sent_away)),
    an_authenticator_is_set_up: (ENROLLING, ENROLLING),
    somebody_sent_away: ((signs_in, comes_back), (signs_in, comes_back)),
}


@pytest.fixture(autouse=True)
def _hashing_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("serai.cloud.passwords._HASHER", quick)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__.replace("_", "-"))
async def test_it_is_as_if_one_had_come_after_the_other(
    house: House, clock: SetClock, scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    async def tried(one: Act, other: Act, after: int) -> tuple[Found, int]:
        stage = Stage(house, clock)
        await scene(stage)
        return await _tried(stage, one, other, after)

    pairs = await Pairs().of(*SCENES[scene], tried)
    record_property("tried", f"{scene.__name__}: {pairs}")
    assert not pairs.wrong, "\n".join(pairs.wrong)


async def test_a_session_that_began_while_its_person_was_sent_away_opens_nothing_when_they_are_back(
    house: House, clock: SetClock
) -> None:
    stage = Stage(house, clock)
    await a_person_with_a_password(stage)

    async def happens() -> None:
        done(await is_sent_away(house, stage))

    sends_away = Interruption(AFTER_THE_PERSON, happens)
    interrupted = structs.replace(house, database=Interrupted(house.database, sends_away))
    opened = await signs_in(interrupted, stage)
    assert isinstance(opened, Opened)
    assert await who_is(house, opened.token) is None
    done(await comes_back(house, stage))
    assert await who_is(house, opened.token) is None


async def _tried(stage: Stage, one: Act, other: Act, after: int) -> tuple[Found, int]:
    house, others = stage.house, list[str]()

    async def happens() -> None:
        others.append(f"other {await _asked(other, house, stage)}")

    if after == 0:
        await happens()
    interruption = Interruption(after, happens)
    interrupted = structs.replace(house, database=Interrupted(house.database, interruption))
    answer = await _asked(one, interrupted, stage)
    if not others:
        await happens()
    return Found(frozenset((answer, *others)), await stage.found()), interruption.reads


async def _asked(act: Act, house: House, stage: Stage) -> str:
    try:
        return told(await act(house, stage))
    except NotLetIn:
        return "may not"
