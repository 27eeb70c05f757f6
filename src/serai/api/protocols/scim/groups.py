"""Groups over SCIM: made, filled and emptied, read, listed and removed."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, delete, get, patch, post, put
from msgspec import structs
from scim2_models import Context, Meta, ResponseParameters, SearchRequest, TooManyException

from serai.api.protocols.scim.answers import answer_list, answer_nothing, answer_resource, dumped
from serai.api.protocols.scim.asking import (
    Asking,
    ScimRequest,
    asked_for,
    asking_of,
    read_body,
    read_id,
    read_search,
    shown_as,
    taken_out,
    wanted_of,
)
from serai.api.protocols.scim.models import POLICY, Group, GroupMember
from serai.api.protocols.scim.patches import MEMBERS, read_members, read_patch
from serai.api.protocols.scim.users import READ, WRITE
from serai.api.v1.problems import RefusedRequest, no_such
from serai.cloud import directories
from serai.flows import forget_group, provision_group, tell_of_group


@post("/Groups", opt=WRITE, status_code=201)
async def create_group(request: ScimRequest) -> Response[bytes]:
    """Keep a new group."""
    asking = await asking_of(request)
    body, members = taken_out(await read_body(request), MEMBERS)
    said = _said(body, Context.RESOURCE_CREATION_REQUEST)
    told = asking.settle(
        await provision_group(
            asking.house, asking.by, asking.directory, said, read_members(members)
        )
    )
    return await _answer(request, asking, told.group_id, status=201)


@get("/Groups/{group_id:str}", opt=READ)
async def get_group(request: ScimRequest) -> Response[bytes]:
    """Show a group."""
    return await _answer(request, await asking_of(request), _id(request))


@get("/Groups", opt=READ)
async def list_groups(request: ScimRequest) -> Response[bytes]:
    """Show groups, as many as satisfy a filter."""
    return await _list(await asking_of(request), asked_for(request, Group))


@post("/Groups/.search", opt=READ, status_code=200)
async def search_groups(request: ScimRequest) -> Response[bytes]:
    """The same, with what is asked for in the body."""
    body = await read_body(request)
    return await _list(await asking_of(request), read_search(body, Group, Context.SEARCH_REQUEST))


@put("/Groups/{group_id:str}", opt=WRITE)
async def replace_group(request: ScimRequest) -> Response[bytes]:
    """Say everything of a group anew, its members with it."""
    asking = await asking_of(request)
    body, members = taken_out(await read_body(request), MEMBERS)
    said = _said(body, Context.RESOURCE_REPLACEMENT_REQUEST)
    group_id = _id(request)
    steps = [directories.MemberStep("replace", read_members(members))]
    asking.settle(
        await tell_of_group(
            asking.house, asking.by, asking.directory, group_id, lambda _: said, steps, asking.seen
        )
    )
    return await _answer(request, asking, group_id)


@patch("/Groups/{group_id:str}", opt=WRITE)
async def patch_group(request: ScimRequest) -> Response[bytes]:
    """Change parts of a group. The whole of it is answered where attributes are asked for: it may
    be long."""
    asking = await asking_of(request)
    change = read_patch(await read_body(request))
    group_id = _id(request)
    asking.settle(
        await tell_of_group(
            asking.house, asking.by, asking.directory, group_id, change.say, change.steps,
            asking.seen,
        )
    )  # fmt: skip
    if not request.query_params:
        group = await _group(asking, group_id)
        return answer_nothing(_version(group))
    return await _answer(request, asking, group_id)


@delete("/Groups/{group_id:str}", opt=WRITE, status_code=204)
async def delete_group(request: ScimRequest) -> None:
    """Let a group go, and what it gave."""
    asking = await asking_of(request)
    asking.settle(
        await forget_group(asking.house, asking.by, asking.directory, _id(request), asking.seen)
    )


def group_model(group: directories.DirectoryGroup, root: str) -> Group:
    """A group of SCIM, without its members."""
    return Group(
        id=str(group.id),
        external_id=group.external_id or None,
        display_name=group.display_name,
        meta=Meta(
            resource_type="Group",
            created=group.created_at,
            last_modified=group.changed_at,
            location=f"{root}/Groups/{group.id}",
            version=_version(group),
        ),
    )


async def found_groups(
    asking: Asking, search: SearchRequest[Any], most: int | None = None
) -> tuple[list[directories.DirectoryGroup], int]:
    """The groups of a list, and how many there are; the first `most` of all, where it is told."""
    wanted = wanted_of(search, Group)
    page = wanted.page if most is None else structs.replace(wanted.page, offset=0, limit=most)
    found = await directories.find_groups(
        asking.house.database, asking.directory, wanted.condition, page
    )
    return found.groups, found.total


async def group_bodies(
    asking: Asking, groups: Sequence[directories.DirectoryGroup], shown: ResponseParameters[Any]
) -> list[dict[str, Any]]:
    """Groups as they are answered, with the members of each, where they are asked for."""
    columns = _columns(asking.root, shown)
    members: list[directories.MemberShown] = []
    if columns:
        members = await directories.shown_members(
            asking.house.database, [group.id for group in groups], directories.MOST_MEMBERS + 1
        )
        if len(members) > directories.MOST_MEMBERS:
            raise TooManyException(
                detail=f"these groups have more than {directories.MOST_MEMBERS} members together: "
                "ask with excludedAttributes=members, or for fewer groups"
            )
    by_group: dict[int, list[dict[str, str]]] = {}
    for one in members:
        whole = _member_body(one, asking.root)
        by_group.setdefault(one.group_id, []).append({name: whole[name] for name in columns})
    bodies: list[dict[str, Any]] = []
    for group in groups:
        body = dumped(group_model(group, asking.root), shown)
        if group.id in by_group:
            body[MEMBERS] = by_group[group.id]
        bodies.append(body)
    return bodies


def _said(body: dict[str, Any], context: Context) -> directories.GroupSaid:
    model = Group.model_validate(body, scim_ctx=context, scim_policy=POLICY)
    return directories.GroupSaid(
        display_name=model.display_name or "", external_id=model.external_id or ""
    )


def _member_body(member: directories.MemberShown, root: str) -> dict[str, str]:
    id = str(member.person_id)
    return {"value": id, "$ref": f"{root}/Users/{id}", "type": "User"}


def _columns(root: str, shown: ResponseParameters[Any]) -> tuple[str, ...]:
    """What of each member is shown: asked of the library for one that stands for all."""
    one = _member_body(directories.MemberShown(0, 1), root)
    sample = Group(id="1", display_name="one", members=[GroupMember.model_validate(one)])
    found = dumped(sample, shown).get(MEMBERS, [{}])
    return tuple(found[0])


async def _list(asking: Asking, search: SearchRequest[Any]) -> Response[bytes]:
    groups, total = await found_groups(asking, search)
    bodies = await group_bodies(asking, groups, search)
    return answer_list(bodies, total, search.start_index or 1)


async def _answer(
    request: ScimRequest, asking: Asking, group_id: int, status: int = 200
) -> Response[bytes]:
    group = await _group(asking, group_id)
    (body,) = await group_bodies(asking, [group], shown_as(request, Group))
    return answer_resource(request, body, group_model(group, asking.root).meta, status)


async def _group(asking: Asking, group_id: int) -> directories.DirectoryGroup:
    found = await directories.group_of(asking.house.database, asking.directory, group_id)
    if found is None:
        raise RefusedRequest(no_such("group", "group_id"))
    return found


def _version(group: directories.DirectoryGroup) -> str:
    return f'W/"{group.version}"'


def _id(request: ScimRequest) -> int:
    return read_id(request.path_params["group_id"])
