"""Users over SCIM: made, read, listed, replaced, patched and removed."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, delete, get, patch, post, put
from msgspec import structs
from scim2_models import (
    Context,
    InvalidValueException,
    Meta,
    PatchOp,
    Reference,
    ResponseParameters,
    SearchRequest,
)

from serai.api.protocols.scim.answers import answer_list, answer_resource, dumped
from serai.api.protocols.scim.asking import (
    Asking,
    ScimRequest,
    asked_for,
    asking_of,
    read_body,
    read_id,
    read_search,
    shown_as,
    wanted_of,
)
from serai.api.protocols.scim.models import POLICY, Email, GroupMembership, Name, User
from serai.api.protocols.scim.patches import operations_of
from serai.api.v1.problems import RefusedRequest, no_such
from serai.cloud import EmailAddress, directories
from serai.flows import forget_person, provision_person, tell_of_person

READ = {"right": "access.read"}
WRITE = {"right": "access.write"}


@post("/Users", opt=WRITE, status_code=201)
async def create_user(request: ScimRequest) -> Response[bytes]:
    """Let somebody in."""
    asking = await asking_of(request)
    model = User.model_validate(
        await read_body(request), scim_ctx=Context.RESOURCE_CREATION_REQUEST, scim_policy=POLICY
    )
    said = said_of(model, active=True)
    told = asking.settle(await provision_person(asking.house, asking.by, asking.directory, said))
    return await _answer(request, asking, told.person_id, status=201)


@get("/Users/{user_id:str}", opt=READ)
async def get_user(request: ScimRequest) -> Response[bytes]:
    """Show somebody."""
    return await _answer(request, await asking_of(request), _id(request))


@get("/Users", opt=READ)
async def list_users(request: ScimRequest) -> Response[bytes]:
    """Show people, as many as satisfy a filter."""
    return await _list(await asking_of(request), asked_for(request, User))


@post("/Users/.search", opt=READ, status_code=200)
async def search_users(request: ScimRequest) -> Response[bytes]:
    """The same, with what is asked for in the body."""
    body = await read_body(request)
    return await _list(await asking_of(request), read_search(body, User, Context.SEARCH_REQUEST))


@put("/Users/{user_id:str}", opt=WRITE)
async def replace_user(request: ScimRequest) -> Response[bytes]:
    """Say everything of somebody anew; whether they are active stays, where it is left out."""
    asking = await asking_of(request)
    model = User.model_validate(
        await read_body(request), scim_ctx=Context.RESOURCE_REPLACEMENT_REQUEST, scim_policy=POLICY
    )

    def say(before: directories.PersonSaid) -> directories.PersonSaid:
        return said_of(model, active=before.active)

    person_id = _id(request)
    asking.settle(
        await tell_of_person(asking.house, asking.by, asking.directory, person_id, say, asking.seen)
    )
    return await _answer(request, asking, person_id)


@patch("/Users/{user_id:str}", opt=WRITE)
async def patch_user(request: ScimRequest) -> Response[bytes]:
    """Change parts of what is said of somebody."""
    asking = await asking_of(request)
    body = await read_body(request)
    operations_of(body)
    change: PatchOp[User] = PatchOp[User].model_validate(
        body, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=POLICY
    )

    def say(before: directories.PersonSaid) -> directories.PersonSaid:
        model = _model_of(before)
        change.patch(model, scim_policy=POLICY)
        return said_of(model, active=None)

    person_id = _id(request)
    asking.settle(
        await tell_of_person(asking.house, asking.by, asking.directory, person_id, say, asking.seen)
    )
    return await _answer(request, asking, person_id)


@delete("/Users/{user_id:str}", opt=WRITE, status_code=204)
async def delete_user(request: ScimRequest) -> None:
    """Let somebody go, for ever."""
    asking = await asking_of(request)
    asking.settle(
        await forget_person(asking.house, asking.by, asking.directory, _id(request), asking.seen)
    )


def said_of(model: User, *, active: bool | None) -> directories.PersonSaid:
    """What a user of SCIM says; `active` where it does not say that."""
    name = model.name or Name()
    return directories.PersonSaid(
        user_name=model.user_name or "",
        external_id=model.external_id or "",
        display_name=model.display_name or "",
        formatted=name.formatted or "",
        given_name=name.given_name or "",
        family_name=name.family_name or "",
        language=model.preferred_language or "",
        emails=tuple(_email_said(one) for one in model.emails or ()),
        active=active if model.active is None else model.active,
    )


def user_model(
    user: directories.DirectoryUser, groups: Sequence[directories.GroupNamed], root: str
) -> User:
    """A person, with the groups that they are in, as a user of SCIM."""
    model = _model_of(user.told)
    model.id = str(user.id)
    model.groups = [
        GroupMembership(
            value=str(one.id), ref=Reference(f"{root}/Groups/{one.id}"), display=one.display_name
        )
        for one in groups
    ] or None
    model.meta = Meta(
        resource_type="User",
        created=user.created_at,
        last_modified=user.changed_at,
        location=f"{root}/Users/{user.id}",
        version=f'W/"{directories.version_of(user, groups)}"',
    )
    return model


async def found_users(
    asking: Asking, search: SearchRequest[Any], most: int | None = None
) -> tuple[list[User], int]:
    """The people of a list, and how many there are; the first `most` of all, where it is told."""
    wanted = wanted_of(search, User)
    page = wanted.page if most is None else structs.replace(wanted.page, offset=0, limit=most)
    found = await directories.find_users(
        asking.house.database, asking.house.ring, asking.directory, wanted.condition, page
    )
    groups = await directories.groups_of_people(
        asking.house.database, asking.directory, [user.id for user in found.users]
    )
    own: dict[int, list[directories.GroupNamed]] = {user.id: [] for user in found.users}
    for one in groups:
        own[one.person_id].append(one)
    return [user_model(user, own[user.id], asking.root) for user in found.users], found.total


async def _list(asking: Asking, search: SearchRequest[Any]) -> Response[bytes]:
    models, total = await found_users(asking, search)
    bodies = [dumped(model, search) for model in models]
    return answer_list(bodies, total, search.start_index or 1)


async def _answer(
    request: ScimRequest, asking: Asking, person_id: int, status: int = 200
) -> Response[bytes]:
    shown: ResponseParameters[Any] = shown_as(request, User)
    house = asking.house
    user = await directories.user_of(house.database, house.ring, asking.directory, person_id)
    if user is None:
        raise RefusedRequest(no_such("person", "user_id"))
    groups = await directories.groups_of_people(house.database, asking.directory, [person_id])
    model = user_model(user, groups, asking.root)
    return answer_resource(request, dumped(model, shown), model.meta, status)


def _model_of(said: directories.PersonSaid) -> User:
    parts = (said.formatted, said.given_name, said.family_name)
    name = Name(
        formatted=said.formatted or None,
        given_name=said.given_name or None,
        family_name=said.family_name or None,
    )
    return User(
        user_name=said.user_name,
        external_id=said.external_id or None,
        name=name if any(parts) else None,
        display_name=said.display_name or None,
        preferred_language=said.language or None,
        active=said.active,
        emails=[
            Email(value=one.value, type=one.type or None, primary=one.primary)
            for one in said.emails
        ]
        or None,
    )


def _email_said(email: Email) -> EmailAddress:
    if not email.value:
        raise InvalidValueException(detail="an address of emails has no value")
    return EmailAddress(email.value, email.type or "", email.primary)


def _id(request: ScimRequest) -> int:
    return read_id(request.path_params["user_id"])
