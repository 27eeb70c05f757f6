"""Who asks, for which directory, and what they have sent."""

import re
from typing import Any, TypeVar
from uuid import uuid4

import msgspec
from litestar import Request
from litestar.exceptions import NotFoundException
from msgspec import Struct
from scim2_models import (
    Context,
    InvalidSyntaxException,
    Resource,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
)

from serai.api.protocols.scim.filters import check_length, condition_of
from serai.api.protocols.scim.models import POLICY
from serai.api.protocols.scim.problems import MEDIA_TYPE
from serai.api.v1.asking import Asked, actor_of
from serai.api.v1.bodies import JSON, MALFORMED, WRONG_TYPE
from serai.api.v1.callers import origin_of
from serai.api.v1.problems import RefusedRequest
from serai.cloud import directories
from serai.core import Refusal
from serai.flows import By, House, directory_of
from serai.ledger import MOST

ScimRequest = Request[Any, Any, Any]
Answer = TypeVar("Answer")
Model = TypeVar("Model", bound=Resource[Any])

ROOT = "/scim/v2"
MOST_RESULTS = 200
USUAL_RESULTS = 100
FARTHEST = 10**9
"""No list is as long as this."""
_ID = re.compile(r"[1-9][0-9]{0,18}")
_PARAMETERS = frozenset({
    "filter", "sortby", "sortorder", "startindex", "count", "attributes", "excludedattributes",
})  # fmt: skip


class Asking(Struct, frozen=True):
    """A request of a directory: the house to do it in, by whom, and where its resources live."""

    asked: Asked
    directory: directories.Directory
    root: str
    seen: frozenset[str] | None

    @property
    def house(self) -> House:
        """The house, counting what is written."""
        return self.asked.house

    @property
    def by(self) -> By:
        """Who asks, under a key of its own: SCIM repeats by reading."""
        return self.asked.by

    def settle(self, answer: Answer | Refusal) -> Answer:
        """The answer of a flow, unless it is a refusal: then the request ends."""
        return self.asked.settle(answer)


class Wanted(Struct, frozen=True):
    """A part of a list that is asked for."""

    condition: directories.Condition | None
    page: directories.Page


async def asking_of(request: ScimRequest) -> Asking:
    """Who asks, and for which directory."""
    house: House = request.app.state.house
    actor = actor_of(request.scope)
    return Asking(
        Asked(
            house,
            house,
            By(actor, f"scim:{uuid4()}", origin=origin_of(request.scope)),
            request.scope,
        ),
        await directory_of(house, actor),
        f"{str(request.base_url).rstrip('/')}{ROOT}",
        versions_in(request.headers.get("if-match")),
    )


def versions_in(header: str | None) -> frozenset[str] | None:
    """The versions that a header names; None where any will do."""
    if header is None or header.strip() == "*":
        return None
    return frozenset(tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))


def read_id(text: str) -> int:
    """An id as it was sent; raises when there cannot be such a thing."""
    if not _ID.fullmatch(text) or int(text) > MOST:
        raise NotFoundException
    return int(text)


async def read_body(request: ScimRequest) -> dict[str, Any]:
    """The JSON object that was sent, as the models of SCIM take it."""
    if request.content_type[0].lower() not in (MEDIA_TYPE, JSON):
        raise RefusedRequest(WRONG_TYPE)
    try:
        body = msgspec.json.decode(await request.body())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise RefusedRequest(MALFORMED) from None
    if not isinstance(body, dict):
        raise InvalidSyntaxException(detail="the body is not a JSON object")
    return body


def taken_out(body: dict[str, Any], name: str) -> tuple[dict[str, Any], Any]:
    """A body without an attribute, and that attribute; names are alike in any case."""
    rest = {key: value for key, value in body.items() if key.lower() != name}
    found = [value for key, value in body.items() if key.lower() == name]
    return rest, found[0] if found else None


def shown_as(request: ScimRequest, model: type[Model]) -> ResponseParameters[Any]:
    """Which attributes of a resource are asked for."""
    known = {
        name: value
        for name, value in request.query_params.items()
        if name.lower() in ("attributes", "excludedattributes")
    }
    return ResponseParameters[model].model_validate(known)  # type: ignore[valid-type]  # the model is given


def asked_for(request: ScimRequest, models: Any) -> SearchRequest[Any]:
    """What the parameters of a list ask for."""
    known = {
        name: value for name, value in request.query_params.items() if name.lower() in _PARAMETERS
    }
    return read_search(known, models, None)


def read_search(given: dict[str, Any], models: Any, context: Context | None) -> SearchRequest[Any]:
    """What a list is asked for with, checked against the models it is of."""
    for name, value in given.items():
        if name.lower() == "filter":
            check_length(value if isinstance(value, str) else None)
    search: SearchRequest[Any] = SearchRequest[models].model_validate(
        given, scim_ctx=context, scim_policy=POLICY
    )
    return search


def wanted_of(search: SearchRequest[Any], model: type[Model]) -> Wanted:
    """Which part of a list of these resources is asked for, within bounds."""
    found = search.filter and ScimFilter[model](str(search.filter))  # type: ignore[valid-type]  # as above
    binding = search.sort_binding(model)
    page = directories.Page(
        offset=min(search.start_index or 1, FARTHEST) - 1,
        limit=USUAL_RESULTS if search.count is None else min(search.count, MOST_RESULTS),
        sorted_by=binding.urn.rpartition(":")[2] if binding else "",
        descending=search.sort_order == SearchRequest.SortOrder.descending,
    )
    return Wanted(condition_of(found or None), page)
