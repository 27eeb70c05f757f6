"""What there is, told to whoever connects: schemas, types of resources, and what is served."""

from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ETag,
    Filter,
    Meta,
    Patch,
    Reference,
    Resource,
    ResourceType,
    Schema,
    ServiceProviderConfig,
    Sort,
)

from serai.api.protocols.scim.answers import answer_list, answer_resource, dumped
from serai.api.protocols.scim.asking import MOST_RESULTS, ROOT, ScimRequest
from serai.api.protocols.scim.models import Group, User
from serai.api.protocols.scim.users import READ

_SCHEMAS = tuple(
    model.to_schema() for model in (User, Group, Schema, ResourceType, ServiceProviderConfig)
)
_TYPES = (ResourceType.from_resource(User), ResourceType.from_resource(Group))


@get("/ServiceProviderConfig", opt=READ)
async def get_config(request: ScimRequest) -> Response[bytes]:
    """What is served, and what is not: no operations in bulk, and no passwords."""
    config = ServiceProviderConfig(
        documentation_uri=Reference("https://datatracker.ietf.org/doc/html/rfc7644"),
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Key or token",
                description="A key of the platform, or a token of OAuth2 client credentials, as a "
                "bearer token; with the scope access.write, to read access.read.",
                spec_uri=Reference("https://datatracker.ietf.org/doc/html/rfc6750"),
                primary=True,
            )
        ],
    )
    body = _body(request, config, "ServiceProviderConfig", "ServiceProviderConfig")
    return answer_resource(request, body, None)


@get("/Schemas", opt=READ)
async def list_schemas(request: ScimRequest) -> Response[bytes]:
    """Every schema."""
    bodies = [_body(request, one, "Schema", f"Schemas/{one.id}") for one in _SCHEMAS]
    return answer_list(bodies, len(bodies), 1)


@get("/Schemas/{schema_id:str}", opt=READ)
async def get_schema(request: ScimRequest) -> Response[bytes]:
    """One schema, by its URN."""
    wanted = request.path_params["schema_id"].lower()
    for one in _SCHEMAS:
        if str(one.id).lower() == wanted:
            body = _body(request, one, "Schema", f"Schemas/{one.id}")
            return answer_resource(request, body, None)
    raise NotFoundException


@get("/ResourceTypes", opt=READ)
async def list_resource_types(request: ScimRequest) -> Response[bytes]:
    """Users and groups."""
    bodies = [_body(request, one, "ResourceType", f"ResourceTypes/{one.id}") for one in _TYPES]
    return answer_list(bodies, len(bodies), 1)


@get("/ResourceTypes/{type_id:str}", opt=READ)
async def get_resource_type(request: ScimRequest) -> Response[bytes]:
    """One of the two."""
    for one in _TYPES:
        if str(one.id) == request.path_params["type_id"]:
            body = _body(request, one, "ResourceType", f"ResourceTypes/{one.id}")
            return answer_resource(request, body, None)
    raise NotFoundException


def _body(
    request: Request[Any, Any, Any], resource: Resource[Any], kind: str, path: str
) -> dict[str, Any]:
    root = f"{str(request.base_url).rstrip('/')}{ROOT}"
    shown = resource.model_copy(
        update={"meta": Meta(resource_type=kind, location=f"{root}/{path}")}
    )
    return dumped(shown)
