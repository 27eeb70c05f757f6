"""How SCIM says no (RFC 7644, section 3.12): every failure as one of its errors."""

from typing import Any

import msgspec
from litestar import Request, Response
from msgspec import UNSET, Struct, UnsetType
from pydantic import ValidationError
from scim2_models import Error, InvalidFilterException, InvalidPathException, SCIMException

from serai.api.v1.failing import answer_error
from serai.api.v1.problems import Problem
from serai.cloud import directories

MEDIA_TYPE = "application/scim+json"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
UNPROCESSABLE = 422
"""A status that SCIM does not use: it says 400, and `scimType` what is wrong."""

STATUSES = {
    "person_not_found": 404,
    "group_not_found": 404,
    "member_not_found": 400,
    "person_above_you": 403,
    "name_taken": 409,
    "version_gone": 412,
}
SCIM_TYPES = {
    "name_taken": "uniqueness",
    "malformed_json": "invalidSyntax",
    "malformed_request": "invalidSyntax",
    "too_many_results": "tooMany",
}


class ScimError(Struct, frozen=True, kw_only=True, rename="camel"):
    """An error as SCIM writes it; the status is a text there."""

    schemas: tuple[str, ...] = (SCHEMA,)
    status: str
    scim_type: str | UnsetType = UNSET
    detail: str = ""


def answer_scim_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to a request that failed, as SCIM tells it; never a trace."""
    match error:
        case SCIMException():
            return _answer(error.to_error())
        case ValidationError():
            return _answer(Error.from_validation_errors(error)[0])
        case directories.UnknownAttribute():
            return _answer(InvalidFilterException(detail=f"{error} is no filter here").to_error())
        case directories.UnknownOrder():
            return _answer(InvalidPathException(detail=f"{error} is no order here").to_error())
    told = answer_error(request, error)
    problem: Problem = told.content
    status = STATUSES.get(problem.refusal, problem.status)
    wrong = status in (400, UNPROCESSABLE)
    said = ScimError(
        status=str(400 if wrong else status),
        scim_type=SCIM_TYPES.get(problem.refusal, "invalidValue" if wrong else UNSET),
        detail=" ".join(part for part in (problem.detail, problem.advice, _named(problem)) if part),
    )
    return _response(said, told.headers)


def _answer(error: Error) -> Response[Any]:
    return _response(
        ScimError(
            status=str(error.status or 400),
            scim_type=error.scim_type or UNSET,
            detail=(error.detail or "")[:500],
        )
    )


def _response(said: ScimError, headers: Any = None) -> Response[Any]:
    return Response(
        msgspec.json.encode(said),
        status_code=int(said.status),
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def _named(problem: Problem) -> str:
    return f"Request id {problem.request_id}." if problem.request_id else ""
