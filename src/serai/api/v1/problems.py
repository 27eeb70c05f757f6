"""Problems: every refusal as a program hears it (RFC 9457), with its status.

One table says which status a refusal has. What the path of a request names and is not there is
404, whatever the table says.
"""

import re
from typing import Annotated, Any
from uuid import uuid4

import structlog
from litestar import Request, Response, get
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.params import PathParameter
from msgspec import Struct

from serai.core import DatabaseAway, Refusal
from serai.flows import NotFounded
from serai.ledger import Fenced

_log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request was not carried out (RFC 9457).

    `refusal` is the name of the reason, stable and meant for programs; `field` is the part of the
    request it is about, `advice` what to do, `missing` how many units were lacking. `request_id`
    names a failure of ours in our log.
    """

    type: str
    title: str
    status: int
    detail: str
    refusal: str
    field: str = ""
    advice: str = ""
    missing: int = 0
    request_id: str = ""


class RefusedRequest(Exception):
    """A request ends here, with a refusal."""

    def __init__(self, refusal: Refusal, headers: dict[str, str] | None = None) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal
        self.headers = headers or {}


class Kind(Struct, frozen=True):
    """What all problems of one name have in common."""

    status: int
    title: str


class ProblemKind(Struct, frozen=True):
    """A problem that this API may answer with. What a path names and is not there is 404,
    whatever stands here."""

    refusal: str
    status: int
    title: str


KINDS: dict[str, Kind] = {
    # The request itself
    "key_required": Kind(400, "An idempotency key is required"),
    "key_reused": Kind(422, "The idempotency key was used for another request"),
    "malformed_json": Kind(400, "The body is not JSON"),
    "malformed_request": Kind(400, "The request is malformed"),
    "wrong_content_type": Kind(415, "The body has the wrong content type"),
    "body_too_large": Kind(413, "The body is too large"),
    "body_required": Kind(422, "A body is required"),
    "field_unknown": Kind(422, "A field is unknown"),
    "field_missing": Kind(422, "A field is missing"),
    "field_invalid": Kind(422, "A field is not valid"),
    "parameter_unknown": Kind(422, "A parameter is unknown"),
    "parameter_missing": Kind(422, "A parameter is missing"),
    "parameter_invalid": Kind(422, "A parameter is not valid"),
    "cursor_invalid": Kind(422, "The cursor is not valid"),
    "signature_wrong": Kind(401, "The signature is wrong"),
    "not_found": Kind(404, "There is nothing here"),
    "method_not_allowed": Kind(405, "The method is not allowed here"),
    # Things that are named
    "order_not_found": Kind(404, "There is no such order"),
    "payment_not_found": Kind(404, "There is no such payment"),
    "problem_not_found": Kind(404, "There is no such problem"),
    "line_not_found": Kind(422, "There is no such line"),
    "offer_not_found": Kind(422, "There is no such offer"),
    "customer_not_found": Kind(422, "There is no such customer"),
    "store_not_found": Kind(422, "There is no such store"),
    "brand_not_found": Kind(422, "There is no such brand"),
    "city_not_found": Kind(422, "There is no such city"),
    # What is asked for
    "lines_out_of_range": Kind(422, "Too few or too many lines"),
    "hold_out_of_range": Kind(422, "The hold is too short or too long"),
    "party_out_of_range": Kind(422, "Too few or too many guests"),
    "quantity_out_of_range": Kind(422, "The quantity is too small or too large"),
    "length_out_of_range": Kind(422, "The stay is too short or too long"),
    "time_not_offered": Kind(422, "It does not begin at that time"),
    "date_in_the_past": Kind(422, "The date has passed"),
    "date_too_far": Kind(422, "The date is too far ahead"),
    "mixed_currencies": Kind(422, "The lines have different currencies"),
    "payer_required": Kind(422, "A company must pay for this"),
    "chain_too_long": Kind(422, "The order has too many parts"),
    "text_out_of_range": Kind(422, "A text is too long, or not one line"),
    "amount_out_of_range": Kind(422, "The amount is too large"),
    "code_taken": Kind(409, "The code is taken"),
    # The state of things
    "offer_closed": Kind(409, "The offer is closed"),
    "store_not_trading": Kind(409, "The store does not sell at present"),
    "payment_required": Kind(402, "A payment is required"),
    "payment_already_answered": Kind(409, "The payment was answered already"),
    "service_not_begun": Kind(409, "The service has not begun"),
    "nothing_owed": Kind(409, "Nothing is owed"),
    "hold_not_over": Kind(409, "The hold has not run out"),
    "line_held": Kind(409, "The line is held"),
    "line_paying": Kind(409, "The line is being paid"),
    "line_confirmed": Kind(409, "The line is confirmed"),
    "line_fulfilled": Kind(409, "The line is fulfilled"),
    "line_cancelled": Kind(409, "The line is cancelled"),
    "line_not_shown": Kind(409, "Nobody came for the line"),
    "line_expired": Kind(409, "The hold of the line has run out"),
    "stale": Kind(409, "Others changed this in the meantime"),
    "record_rejected": Kind(409, "The database refused a record"),
    "outside_scope": Kind(403, "Outside of what you may write to"),
    # Feeds
    "feed_unknown": Kind(422, "There is no such feed"),
    "file_refused": Kind(422, "The file is not what the feed takes"),
    "quarantined_row_not_found": Kind(422, "There is no such row in quarantine"),
    "row_rejected": Kind(422, "The row does not satisfy its feed"),
    "column_unknown": Kind(422, "The feed has no such column"),
    # The books
    "exceeds_credits": Kind(409, "Not enough is left"),
    "exceeds_debits": Kind(409, "Not enough is owed"),
    "pending_transfer_expired": Kind(409, "The hold has run out"),
    "pending_transfer_not_found": Kind(409, "There is no such hold"),
    "pending_transfer_not_pending": Kind(409, "This is not a hold"),
    "pending_transfer_already_posted": Kind(409, "The hold was used already"),
    "pending_transfer_already_voided": Kind(409, "The hold was released already"),
    "exceeds_pending_transfer_amount": Kind(409, "More than was held"),
    "pending_id_must_not_be_zero": Kind(409, "No hold is named"),
    "accounts_must_be_different": Kind(409, "A transfer to its own account"),
    "accounts_must_have_the_same_ledger": Kind(409, "A transfer between books or units"),
    "account_has_different_limit": Kind(409, "The account has another limit"),
    "amount_must_not_be_zero": Kind(409, "A transfer of nothing"),
    "timeout_reserved_for_pending_transfer": Kind(409, "A deadline without a hold"),
    "overflows_debits_pending": Kind(422, "The amount is too large"),
    "overflows_credits_pending": Kind(422, "The amount is too large"),
    "overflows_debits_posted": Kind(422, "The amount is too large"),
    "overflows_credits_posted": Kind(422, "The amount is too large"),
    "overflows_debits": Kind(422, "The amount is too large"),
    "overflows_credits": Kind(422, "The amount is too large"),
    "overflows_timeout": Kind(422, "The hold is too long"),
    # Our own failures
    "database_away": Kind(503, "The database is away"),
    "writer_away": Kind(503, "The books are not being written"),
    "not_founded": Kind(503, "The house is empty"),
    "internal_error": Kind(500, "Something went wrong here"),
}
"""The status and title of every refusal."""

_UNKNOWN = Kind(409, "Refused")

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


def no_such(kind: str, field: str) -> Refusal:
    """There is no such thing as `field` names."""
    return Refusal(
        name=f"{kind}_not_found",
        says=f"There is no such {kind}.",
        advice="Check the id.",
        field=field,
    )


def problem_of(refusal: Refusal, named_by_path: frozenset[str] = frozenset()) -> Problem:
    """A refusal as a problem; `named_by_path` are the names of the path's parameters."""
    kind = KINDS.get(refusal.name, _UNKNOWN)
    status = kind.status
    if refusal.name.endswith("_not_found") and refusal.field in named_by_path:
        status = 404
    return Problem(
        type=f"/problems/{refusal.name}",
        title=kind.title,
        status=status,
        detail=refusal.says or f"{kind.title}.",
        refusal=refusal.name,
        field=refusal.field,
        advice=refusal.advice,
        missing=refusal.missing,
    )


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """What an operation's documentation says of these statuses, and of those that all share."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
        )
        for status in sorted({*statuses, 400, 500, 503})
    }


_DESCRIPTIONS = {
    400: "The request is malformed.",
    401: "The signature is missing or wrong.",
    402: "A payment is required first.",
    404: "What the path names is not there.",
    409: "The state of things does not allow it: sold out, closed, done already, or run out.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "A field or parameter is not valid, or names something that does not exist.",
    500: "A failure of ours; its `request_id` is in our log.",
    503: "The platform cannot serve at the moment; try again with the same key.",
}

READ = problems(422)
READ_ONE = problems(404, 422)
WRITE = problems(409, 413, 415, 422)
WRITE_ONE = problems(404, 409, 413, 415, 422)


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to a request that failed, for whichever reason; never a trace."""
    named_by_path = frozenset(request.path_params)
    match error:
        case RefusedRequest():
            return _response(problem_of(error.refusal, named_by_path), error.headers)
        case DatabaseAway():
            return _away(DATABASE_AWAY)
        case Fenced():
            return _away(WRITER_AWAY)
        case NotFounded():
            return _away(NOT_FOUNDED)
        case ValidationException():
            return _response(problem_of(_invalid_parameter(request, error), named_by_path))
        case HTTPException() if error.status_code < 500:
            return _http_error(error)
    return _failure(request, error)


def _response(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def _away(refusal: Refusal) -> Response[Problem]:
    return _response(problem_of(refusal), {"Retry-After": str(RETRY_SECONDS)})


def _failure(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    request_id = str(request.scope.setdefault("state", {}).setdefault("request_id", uuid4().hex))
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


@get(
    "/problems/{name:str}",
    operation_id="getProblem",
    summary="What a problem means",
    response_description="The problem.",
    tags=["Platform"],
    responses=problems(404),
)
async def get_problem(name: Annotated[str, PathParameter(max_length=80)]) -> ProblemKind:
    """What the `type` of a problem leads to: its status and its title."""
    if name not in KINDS:
        raise RefusedRequest(no_such("problem", "name"))
    return ProblemKind(name, KINDS[name].status, KINDS[name].title)
