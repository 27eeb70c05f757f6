"""How requests fail: every exception as a problem, and never a trace."""

import re
from typing import Any
from uuid import uuid4

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import structs

from serai.api.v1.problems import (
    KINDS,
    MEDIA_TYPE,
    Problem,
    RefusedRequest,
    no_such,
    problem_of,
)
from serai.core import DatabaseAway, Refusal
from serai.flows import NotFounded
from serai.ledger import Fenced

AGAIN = {"Retry-After": "5"}
"""Told to whoever may ask again in a few seconds."""

_log = structlog.get_logger()

DATABASE_AWAY = Refusal(
    name="database_away",
    says="The database cannot be reached at the moment.",
    advice="Try again in a few seconds, with the same key.",
)
WRITER_AWAY = Refusal(
    name="writer_away",
    says="The books cannot be written at the moment.",
    advice="Try again in a few seconds, with the same key.",
)
NOT_FOUNDED = Refusal(
    name="not_founded",
    says="There is no group in this house yet.",
    advice="Run `serai demo` or an import.",
)


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a request that failed, for whichever reason; never a trace."""
    named_by_path = frozenset(request.path_params)
    match error:
        case RefusedRequest():
            problem = problem_of(error.refusal, named_by_path)
            return _response(_numbered(problem, request), error.headers)
        case DatabaseAway():
            return _away(request, DATABASE_AWAY)
        case Fenced():
            return _away(request, WRITER_AWAY)
        case NotFounded():
            return _away(request, NOT_FOUNDED)
        case ValidationException():
            return _response(problem_of(_invalid_parameter(request, error), named_by_path))
        case HTTPException() if error.status_code < 500:
            return _http_error(error)
    return _failure(request, error)


def _response(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _numbered(problem: Problem, request: Request[Any, Any, Any]) -> Problem:
    """A failure of ours with the id that our log has it under."""
    return structs.replace(problem, request_id=_id(request)) if problem.status >= 500 else problem


def _id(request: Request[Any, Any, Any]) -> str:
    return str(request.scope.setdefault("state", {}).setdefault("request_id", uuid4().hex))


def _away(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Problem]:
    return _response(_numbered(problem_of(refusal), request), AGAIN)


def _failure(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    request_id = _id(request)
    _log.error(
        "request_failed",
        request_id=request_id,
        method=request.method,
        path=request.url.path,
        exc_info=error,
    )
    kind = KINDS["internal_error"]
    return _response(
        Problem(
            type="/problems/internal_error",
            title=kind.title,
            status=kind.status,
            detail="This is our fault. Nothing was half-written.",
            refusal="internal_error",
            advice="Try again with the same key; if it stays so, tell us the request id.",
            request_id=request_id,
        )
    )


def _http_error(error: HTTPException) -> Response[Problem]:
    """What the framework refuses before a handler is called."""
    names = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
    name = names.get(error.status_code, "malformed_request")
    advice = "The documentation is at /docs."
    return _response(problem_of(Refusal(name=name, advice=advice)), dict(error.headers or {}))


_MISSING = re.compile(r"Missing required \w+ parameter '(?P<name>[^']+)'")


def _invalid_parameter(request: Request[Any, Any, Any], error: ValidationException) -> Refusal:
    """Which parameter is wrong, in a sentence; the first where there are several."""
    missing = _MISSING.match(error.detail)
    if missing is not None:
        name = missing["name"]
        return Refusal(name="parameter_missing", says=f"{name} is missing.", field=name)
    found = error.extra if isinstance(error.extra, list) and error.extra else [{}]
    field = str(found[0].get("key", ""))
    known = request.route_handler.parsed_fn_signature.parameters.get(field)
    field = getattr(known and known.kwarg_definition, "name", None) or field
    if found[0].get("source") == "path":
        return no_such(field.removesuffix("_id"), field)
    if found[0].get("source") == "body":
        return Refusal(
            name="body_required",
            says="The request has no body.",
            advice="Send a JSON object.",
        )
    return Refusal(
        name="parameter_invalid",
        says=f"{field} is not valid: {found[0].get('message', 'unknown reason')}.",
        advice="The documentation at /docs says what it may be.",
        field=field,
    )
