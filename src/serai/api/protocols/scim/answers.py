"""Answers of SCIM: resources with their versions, and parts of lists of them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response
from msgspec import Raw, Struct
from scim2_models import Context, Meta, Resource, ResponseParameters

from serai.api.protocols.scim.asking import ScimRequest, versions_in
from serai.api.protocols.scim.problems import MEDIA_TYPE

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PRIVATE = {"Cache-Control": "no-store"}


class ListAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of a list (RFC 7644, section 3.4.2)."""

    schemas: tuple[str, ...] = (LIST,)
    total_results: int
    start_index: int
    items_per_page: int
    resources: Sequence[Raw] = msgspec.field(name="Resources")


def dumped(resource: Resource[Any], shown: ResponseParameters[Any] | None = None) -> dict[str, Any]:
    """A resource as it is answered, with the attributes that were asked for."""
    text = resource.model_dump_json(
        scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=shown
    )
    found: dict[str, Any] = msgspec.json.decode(text)
    return found


def answer_resource(
    request: ScimRequest, body: dict[str, Any], meta: Meta | None, status: int = 200
) -> Response[bytes]:
    """One resource, or nothing where whoever asks has this version already."""
    version, location = (meta.version or "", meta.location or "") if meta else ("", "")
    headers = {**PRIVATE, **({"ETag": version} if version else {})}
    known = request.headers.get("if-none-match")
    if request.method == "GET" and known is not None and version:
        tags = versions_in(known)
        if tags is None or versions_in(version) <= tags:  # type: ignore[operator]  # it names one
            return Response(b"", status_code=304, headers=headers, media_type=MEDIA_TYPE)
    if location:
        headers["Content-Location" if status == 200 else "Location"] = location
    return Response(
        msgspec.json.encode(body), status_code=status, headers=headers, media_type=MEDIA_TYPE
    )


def answer_list(bodies: Sequence[dict[str, Any]], total: int, start: int) -> Response[bytes]:
    """A part of a list."""
    said = ListAnswer(
        total_results=total,
        start_index=start,
        items_per_page=len(bodies),
        resources=[Raw(msgspec.json.encode(body)) for body in bodies],
    )
    return Response(msgspec.json.encode(said), headers=PRIVATE, media_type=MEDIA_TYPE)


def answer_nothing(version: str) -> Response[bytes]:
    """Done, and nothing to show but the version."""
    return Response(b"", status_code=204, headers={"ETag": version}, media_type=MEDIA_TYPE)
