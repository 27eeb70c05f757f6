"""What the documentation says of each status, with an example of its problem."""

from typing import Annotated

from litestar import get
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import PathParameter
from msgspec import Struct, to_builtins

from serai.api.v1.problems import (
    KINDS,
    MEDIA_TYPE,
    Problem,
    RefusedRequest,
    no_such,
    problem_of,
)
from serai.core import Refusal


class ProblemKind(Struct, frozen=True):
    """A problem that this API may answer with. What a path names and is not there is 404,
    whatever stands here."""

    refusal: str
    status: int
    title: str


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """What an operation's documentation says of these statuses, and of those that all share."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            generate_examples=False,
            description=_DESCRIPTIONS[status],
            examples=[_example(_EXAMPLES[status])],
            media_type=MEDIA_TYPE,
        )
        for status in sorted({*statuses, 400, 500, 503})
    }


def _example(refusal: Refusal) -> Example:
    return Example(summary=refusal.name, value=to_builtins(problem_of(refusal)))


_DESCRIPTIONS = {
    400: "The request is malformed.",
    401: "The key, token or signature is missing or wrong.",
    402: "A payment is required first.",
    403: "The key lacks the scope that this needs.",
    404: "What the path names is not there.",
    409: "The state of things does not allow it: sold out, closed, done already, or run out.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    422: "A field or parameter is not valid, or names something that does not exist.",
    429: "The key's share is used up; `Retry-After` says for how long.",
    500: "A failure of ours; its `request_id` is in our log.",
    503: "The platform cannot serve at the moment; try again with the same key.",
}

_EXAMPLES = {
    400: Refusal(name="key_required", field="Idempotency-Key"),
    401: Refusal(name="credentials_required", field="Authorization"),
    402: Refusal(name="payment_required", field="payment"),
    403: Refusal(name="scope_missing", field="Authorization"),
    404: Refusal(name="order_not_found", field="order_id"),
    409: Refusal(
        name="exceeds_credits",
        says="There is not enough left for Garden Room on 2026-06-20.",
        advice="Choose another date, time or offer, or a smaller quantity.",
        field="lines",
        missing=1,
    ),
    413: Refusal(name="body_too_large"),
    415: Refusal(name="wrong_content_type", field="Content-Type"),
    422: Refusal(
        name="quantity_out_of_range",
        says="A quantity from 1 to 20 can be booked.",
        advice="Change the quantity or make several orders.",
        field="lines[0].quantity",
    ),
    429: Refusal(name="rate_limited", advice="Try again in 3 s, with the same key."),
    500: Refusal(name="internal_error"),
    503: Refusal(name="database_away", advice="Try again in a few seconds, with the same key."),
}

GATE = (401, 403, 429)
"""What the gate before every route for programs may say."""
READ = problems(*GATE, 422)
READ_ONE = problems(*GATE, 404, 422)
WRITE = problems(*GATE, 409, 413, 415, 422)
WRITE_ONE = problems(*GATE, 404, 409, 413, 415, 422)


@get(
    "/problems/{name:str}",
    operation_id="getProblem",
    summary="What a problem means",
    response_description="The problem.",
    tags=["Platform"],
    security=[{}],
    responses=problems(404),
)
async def get_problem(name: Annotated[str, PathParameter(max_length=80)]) -> ProblemKind:
    """What the `type` of a problem leads to: its status and its title."""
    if name not in KINDS:
        raise RefusedRequest(no_such("problem", "name"))
    return ProblemKind(name, KINDS[name].status, KINDS[name].title)
