"""People, their roles, and who can see what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import Meta, Struct

from serai.api.v1.asking import AskedWrite, actor_of, house_of, needs_key
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.cursors import cut, read_id
from serai.api.v1.customer_details import DetailsRequest
from serai.api.v1.fields import (
    USUAL_LIMIT,
    Cursor,
    Id,
    Limit,
    Name,
    PathId,
    SearchText,
    ShortText,
    in_utc,
)
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ, READ_ONE, WRITE, WRITE_ONE
from serai.cloud import (
    ROLES,
    AskedGrant,
    Grant,
    Node,
    Person,
    above,
    actor_of_person,
    find_people,
    grants_of,
    grants_on,
    needs_two,
    people_of,
    person_of,
    stores_below,
)
from serai.flows import (
    House,
    NewPerson,
    RoleOn,
    end_grant,
    grant_role,
    invite,
    may_read,
    nodes_read,
    seen_grants,
    sees_person,
    shown_emails,
)

TAGS = ["Access"]
LevelName = Literal["group", "brand", "entity", "operator", "city", "store", "customer"]
Level = Annotated[LevelName, QueryParameter(description="What kind of node.")]
NodeAsked = Annotated[int, QueryParameter(description="The node's id.", ge=1, le=2**63 - 1)]


class RoleAnswer(Struct, frozen=True, kw_only=True):
    """A role: where it is granted, what it gives there and below, and whether it takes a second
    person to grant it."""

    role: str
    level: LevelName
    rights: tuple[str, ...]
    of_two: bool


class RolePage(Struct, frozen=True):
    """Every role; `next` is null, for there is one page."""

    items: tuple[RoleAnswer, ...]
    next: str | None = None


class GrantAnswer(Struct, frozen=True, kw_only=True):
    """A role that somebody holds on a node."""

    id: int
    person_id: int
    role: str
    level: LevelName
    node_id: int
    granted_at: datetime


class PersonAnswer(Struct, frozen=True, kw_only=True):
    """Somebody who may sign in while `active`. `email` is masked unless the key manages them."""

    id: int
    name: str
    display_name: str
    email: str
    active: bool
    grants: tuple[GrantAnswer, ...]

    def __repr__(self) -> str:
        return f"PersonAnswer(id={self.id})"


class PersonPage(Struct, frozen=True):
    """People by id; `next` is the cursor of the next page, null on the last."""

    items: tuple[PersonAnswer, ...]
    next: str | None


class SightAnswer(Struct, frozen=True, kw_only=True):
    """A node on which somebody holds a right, and how many stores lie below it today."""

    right: str
    level: LevelName
    node_id: int
    stores: int


class SightPage(Struct, frozen=True):
    """What a person can see; `next` is null, for there is one page."""

    items: tuple[SightAnswer, ...]
    next: str | None = None


class ViewerPage(Struct, frozen=True):
    """The grants by which a node is seen; `next` is null, for there is one page."""

    items: tuple[GrantAnswer, ...]
    next: str | None = None


class GrantRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role to be granted on a node of its level."""

    role: ShortText
    level: LevelName
    node_id: Id


class PersonRequest(DetailsRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who is to come in, with what they are to hold."""

    name: ShortText
    display_name: Name
    email: Annotated[str, Meta(max_length=254)] = ""
    grants: Annotated[tuple[GrantRequest, ...], Meta(min_length=1, max_length=20)]


class PersonMade(Struct, frozen=True, kw_only=True):
    """Who has come in: `password` is told this once (empty when the request was answered before),
    and changed at the first sign-in. `waiting` roles need a second person."""

    id: int
    password: str
    granted: int
    waiting: int


class GrantMade(Struct, frozen=True, kw_only=True):
    """What came of asking for a role: a grant, or an approval that waits for a second person; the
    other one is null."""

    grant_id: int | None
    approval_id: int | None


class GrantEndedAnswer(Struct, frozen=True):
    """Which grant has ended."""

    id: int


_GRANT = Example(
    summary="A brand's analyst", value={"role": "brand_analyst", "level": "brand", "node_id": 30}
)
_PERSON = Example(
    summary="A new analyst",
    value={
        "name": "lin@example.com",
        "display_name": "林 Lin",
        "grants": [{"role": "brand_analyst", "level": "brand", "node_id": 30}],
    },
)


@get(
    "/roles",
    operation_id="listRoles",
    summary="Who may do what",
    response_description="Every role.",
    tags=TAGS,
    responses=READ,
    opt={"right": "access.read"},
)
async def list_roles() -> RolePage:
    """The one table of roles and their rights."""
    return RolePage(
        tuple(
            RoleAnswer(
                role=name, level=role.level, rights=tuple(sorted(role.rights)),
                of_two=needs_two(name),
            )
            for name, role in ROLES.items()
        )
    )  # fmt: skip


@get(
    "/people",
    operation_id="listPeople",
    summary="List people",
    response_description="A page of people.",
    tags=TAGS,
    responses=READ,
    opt={"right": "access.read"},
)
async def list_people(
    request: ApiRequest,
    state: State,
    text: SearchText = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> PersonPage:
    """People who hold a role below the caller's node, with what they hold there."""
    house = house_of(state)
    actor = actor_of(request.scope)
    nodes, after = await nodes_read(house, actor), read_id(cursor, 0)
    found = await find_people(house.database, nodes, text=text or "", after=after, limit=limit + 1)
    page = cut(found, limit)
    ids = [person.id for person in page.rows]
    held = await grants_of(house.database, ids)
    emails = await shown_emails(house, actor, ids, held)
    seen = await seen_grants(house, actor, held)
    return PersonPage(tuple(_person(person, seen, emails) for person in page.rows), page.next)


@get(
    "/people/{person_id:int}",
    operation_id="getPerson",
    summary="Get a person",
    response_description="The person.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "access.read"},
)
async def get_person(request: ApiRequest, state: State, person_id: PathId) -> PersonAnswer:
    """One person, with what they hold below the caller's node."""
    house = house_of(state)
    person = await _find(request, house, person_id)
    held = await grants_of(house.database, [person.id])
    actor = actor_of(request.scope)
    emails = await shown_emails(house, actor, [person.id], held)
    return _person(person, await seen_grants(house, actor, held), emails)


@get(
    "/people/{person_id:int}/sight",
    operation_id="getSight",
    summary="What can this person see?",
    response_description="Each right with each node on which it is held.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "access.read"},
)
async def get_sight(request: ApiRequest, state: State, person_id: PathId) -> SightPage:
    """What somebody may do, and where, below the caller's node."""
    house = house_of(state)
    person = await _find(request, house, person_id)
    organisation, today = await house.organisation(), house.clock().date()
    held = await grants_of(house.database, [person.id])
    grants = await seen_grants(house, actor_of(request.scope), held)
    actor = actor_of_person(person, grants)
    stores = {
        node: len(stores_below(organisation, node, today)) for node in {one.node for one in grants}
    }
    return SightPage(
        tuple(
            SightAnswer(right=right, level=node.level, node_id=node.id, stores=stores[node])
            for right in sorted(actor.rights)
            for node in dict.fromkeys(actor.nodes(right))
        )
    )


@get(
    "/viewers",
    operation_id="listViewers",
    summary="Who can see this?",
    response_description="The grants on the node and above it.",
    tags=TAGS,
    responses=READ,
    opt={"right": "access.read"},
)
async def list_viewers(
    request: ApiRequest, state: State, level: Level, node_id: NodeAsked
) -> ViewerPage:
    """By which roles of whom a node is seen."""
    house, node = house_of(state), Node(level, node_id)
    organisation = await house.organisation()
    if not may_read(actor_of(request.scope), organisation, node, house):
        raise RefusedRequest(no_such("node", "node_id"))
    nodes = above(organisation, node, house.clock().date())
    grants = await grants_on(house.database, nodes)
    people = await people_of(house.database, [grant.holder_id for grant in grants])
    seen = (one for one in grants if one.holder_id in people and people[one.holder_id].active)
    return ViewerPage(tuple(_grant(grant) for grant in seen))


@post(
    "/people",
    operation_id="invitePerson",
    summary="Let somebody in",
    response_description="They may sign in.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE,
    opt={"right": "access.write"},
)
async def invite_person(
    data: Annotated[PersonRequest, Body(examples=[_PERSON])], asked: AskedWrite
) -> Response[PersonMade]:
    """Let somebody in with roles that the caller may grant: none gives more than it holds."""
    wanted = NewPerson(
        name=data.name,
        display_name=data.display_name,
        email=data.email,
        roles=tuple(RoleOn(one.role, Node(one.level, one.node_id)) for one in data.grants),
    )
    made = asked.settle(await invite(asked.house, asked.by, wanted))
    answer = PersonMade(
        id=made.invited.person_id,
        password=made.password,
        granted=made.invited.granted,
        waiting=made.invited.waiting,
    )
    return Response(answer, headers={"Location": f"/v1/people/{answer.id}", **asked.headers})


@post(
    "/people/{person_id:int}/grants",
    operation_id="grantRole",
    summary="Grant a role",
    response_description="It is granted, or waits for a second person.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "access.write"},
)
async def grant_person_role(
    data: Annotated[GrantRequest, Body(examples=[_GRANT])], asked: AskedWrite, person_id: PathId
) -> Response[GrantMade]:
    """Grant somebody a role on a node below the caller's own, with no more rights than its own."""
    wanted = AskedGrant(holder_id=person_id, role=data.role, level=data.level, node_id=data.node_id)
    made = asked.settle(await grant_role(asked.house, asked.by, wanted))
    answer = GrantMade(grant_id=made.grant_id or None, approval_id=made.approval_id or None)
    return Response(answer, headers=asked.headers)


@post(
    "/grants/{grant_id:int}/ending",
    operation_id="endGrant",
    summary="End a grant",
    response_description="The grant has ended.",
    tags=TAGS,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "access.write"},
)
async def end_person_grant(asked: AskedWrite, grant_id: PathId) -> Response[GrantEndedAnswer]:
    """End a role that the caller could have granted."""
    ended = asked.settle(await end_grant(asked.house, asked.by, grant_id))
    return Response(GrantEndedAnswer(ended.grant_id), headers=asked.headers)


async def _find(request: ApiRequest, house: House, person_id: int) -> Person:
    person = await person_of(house.database, person_id)
    if person is None or not await sees_person(house, actor_of(request.scope), person_id):
        raise RefusedRequest(no_such("person", "person_id"))
    return person


def _person(person: Person, held: list[Grant], emails: Mapping[int, str]) -> PersonAnswer:
    return PersonAnswer(
        id=person.id,
        name=person.name,
        display_name=person.display_name,
        email=emails.get(person.id, ""),
        active=person.active,
        grants=tuple(_grant(grant) for grant in held if grant.holder_id == person.id),
    )


def _grant(grant: Grant) -> GrantAnswer:
    return GrantAnswer(
        id=grant.id,
        person_id=grant.holder_id,
        role=grant.role,
        level=grant.level,
        node_id=grant.node_id,
        granted_at=in_utc(grant.granted_at),
    )
