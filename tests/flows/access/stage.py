"""People, groups and programs of one try, and what two deeds have made of them."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from msgspec import Struct, structs

from serai.cloud import (
    Credential,
    Grant,
    Origin,
    Person,
    actor_of_person,
    directories,
    grants_of,
    hash_password,
    one_time_codes_of,
    person_of,
)
from serai.cloud.directories import DirectoryBinding, DirectoryMember
from serai.core import Database, Refusal
from serai.flows import (
    By,
    House,
    RoleOn,
    Visit,
)
from serai.ledger import Insert, Key, Proposal
from tests.flows.clock import SetClock
from tests.interrupted import ask_both
from tests.pairs import Pairs
from tests.people import role_on
from tests.worlds import GROUP

NUMBERS = count(1)
CHIEF = (role_on("group_controller"), role_on("group_it"))
ANALYST = role_on("brand_analyst")
MANAGER = role_on("brand_manager")
CLERK = role_on("store_clerk")

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
        self._rows: dict[str, list[Struct]] = {}
        self.secret = self.half = ""
        self.desk = Visit(Origin(f"2001:db8:{self.number:x}::1", "r1"))

    def named(self, name: str) -> str:
        return f"{name}.{self.number}"

    async def stand(self) -> None:
        """Write down, in one step, who has come since."""
        rows, self._rows = self._rows, {}
        if not rows:
            return
        key, now = Key("test", "stage", str(next(NUMBERS))), self.house.clock()
        inserts = tuple(Insert(table, tuple(own)) for table, own in rows.items())
        proposal = Proposal(key=key, effective=now, business_date=now.date(), inserts=inserts)
        await self.house.books.propose(proposal)

    def _keep(self, table: str, *rows: Struct) -> None:
        if rows:
            self._rows.setdefault(table, []).extend(rows)

    async def person(self, name: str, *roles: RoleOn, password: str = "") -> None:
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
        self._keep("people", person)
        self._keep("grants", *held)
        if password:
            hashed = hash_password(password)
            self._keep("credentials", Credential(id=id, password_hash=hashed, changed_at=now))
        self.people[name] = id

    async def group(self, name: str, *members: str, bound: RoleOn | None = None) -> None:
        now = self.house.clock()
        id, binding_id, *others = await self.house.ids.take(2 + len(members))
        group = directories.DirectoryGroup(
            id=id, level="group", node_id=GROUP, display_name=name, created_at=now, changed_at=now
        )
        rows = tuple(
            DirectoryMember(id=one, group_id=id, person_id=self.people[who], since=now)
            for one, who in zip(others, members, strict=True)
        )
        self._keep("directory_groups", group)
        self._keep("directory_members", *rows)
        if bound is not None:
            binding = DirectoryBinding(
                id=binding_id, group_id=id, role=bound.role, level=bound.node.level,
                node_id=bound.node.id, bound_by=self.people["chief"], bound_at=now,
            )  # fmt: skip
            self._keep("directory_bindings", binding)
        self.ids[name] = id

    async def by(self, house: House, name: str) -> By:
        """Somebody at the door."""
        await self.stand()
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


async def try_scene(
    house: House, clock: SetClock, scene: Scene, some: Sequence[Act], others: Sequence[Act]
) -> Pairs:
    """Every one of some deeds interrupted by every one of others, each on a new stage."""

    async def tried(one: Act, other: Act, after: int) -> tuple[Found, int]:
        stage = Stage(house, clock)
        await scene(stage)
        await stage.stand()
        return await _tried(stage, one, other, after)

    return await Pairs().of(some, others, tried)


async def _tried(stage: Stage, one: Act, other: Act, after: int) -> tuple[Found, int]:
    house = stage.house

    async def first(database: Database) -> str:
        return await _asked(one, structs.replace(house, database=database), stage)

    async def second() -> str:
        return f"other {await _asked(other, house, stage)}"

    *answers, reads = await ask_both(house.database, first, second, after)
    return Found(frozenset(answers), await stage.found()), reads


async def _asked(act: Act, house: House, stage: Stage) -> str:
    try:
        return told(await act(house, stage))
    except NotLetIn:
        return "may not"
