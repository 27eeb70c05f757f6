"""SCIM 2.0 (RFC 7643, 7644): providers of identity tell of people and groups, at `/scim/v2`."""

from typing import Any

from litestar import Response, Router, get, post
from scim2_models import Context, NotImplementedException, SearchRequest, TooManyException

from serai.api.protocols.scim.answers import answer_list, dumped
from serai.api.protocols.scim.asking import (
    MOST_RESULTS,
    ROOT,
    USUAL_RESULTS,
    ScimRequest,
    asking_of,
    read_body,
    read_search,
)
from serai.api.protocols.scim.discovery import (
    get_config,
    get_resource_type,
    get_schema,
    list_resource_types,
    list_schemas,
)
from serai.api.protocols.scim.groups import (
    create_group,
    delete_group,
    found_groups,
    get_group,
    group_bodies,
    group_model,
    list_groups,
    patch_group,
    replace_group,
    search_groups,
)
from serai.api.protocols.scim.models import Group, User
from serai.api.protocols.scim.problems import answer_scim_error
from serai.api.protocols.scim.users import (
    READ,
    create_user,
    delete_user,
    found_users,
    get_user,
    list_users,
    patch_user,
    replace_user,
    search_users,
)
from serai.api.v1.callers import gate

__all__ = ["PATH", "answer_scim_error", "scim"]

PATH = "/scim"
MOST_BYTES = 4 * 1024 * 1024
"""A group of ten thousand, as the wordiest provider writes it."""
FARTHEST_OF_BOTH = 2_000
"""How far a list of both, users and groups, is read."""


@post("/.search", opt=READ, status_code=200)
async def search_both(request: ScimRequest) -> Response[bytes]:
    """Users and groups in one list, the newest first."""
    search = read_search(await read_body(request), User | Group, Context.SEARCH_REQUEST)
    asking = await asking_of(request)
    start = search.start_index or 1
    count = USUAL_RESULTS if search.count is None else min(search.count, MOST_RESULTS)
    if start + count > FARTHEST_OF_BOTH:
        raise TooManyException(detail="ask for users and for groups, each in its own list")
    most = start - 1 + count
    users, of_users = await found_users(asking, search, most)
    groups, of_groups = await found_groups(asking, search, most)
    by_id = {str(group.id): group for group in groups}
    models = _ordered([*users, *(group_model(one, asking.root) for one in groups)], search)
    shown = models[start - 1 : most]
    asked = [by_id[str(one.id)] for one in shown if str(one.id) in by_id]
    told = {body["id"]: body for body in await group_bodies(asking, asked, search)}
    bodies = [told.get(str(one.id)) or dumped(one, search) for one in shown]
    return answer_list(bodies, of_users + of_groups, start)


@get("/Me", opt=READ)
async def get_me() -> None:
    """A key is nobody's alias."""
    raise NotImplementedException(detail="there is no /Me: a key is a program's, not a person's")


@post("/Bulk", opt=READ)
async def post_bulk() -> None:
    """Each resource is written alone."""
    raise NotImplementedException(detail="there is no /Bulk: write each resource alone")


def scim() -> Router:
    """Every route below `/scim/v2`."""
    return Router(
        ROOT,
        route_handlers=[
            create_user,
            get_user,
            list_users,
            search_users,
            replace_user,
            patch_user,
            delete_user,
            create_group,
            get_group,
            list_groups,
            search_groups,
            replace_group,
            patch_group,
            delete_group,
            search_both,
            get_config,
            list_schemas,
            get_schema,
            list_resource_types,
            get_resource_type,
            get_me,
            post_bulk,
        ],
        middleware=[gate],
        request_max_body_size=MOST_BYTES,
        include_in_schema=False,
        opt={"exclude_from_csrf": True},
    )


def _ordered(models: list[Any], search: SearchRequest[Any]) -> list[Any]:
    if search.sort_by is not None:
        return search.sort(models)
    return sorted(models, key=lambda one: int(one.id), reverse=True)
