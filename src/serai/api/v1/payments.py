"""Payments: what a provider answers, whenever and however often it comes."""

from typing import Annotated, Literal

from litestar import Response, post
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import Body, HeaderParameter
from msgspec import Struct, convert

from serai.api.v1.asking import AskedWrite, needs_key
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.fields import PathId, ShortText
from serai.api.v1.problems import RefusedRequest
from serai.api.v1.signatures import HEADER, is_signed
from serai.api.v1.statuses import problems
from serai.core import Refusal
from serai.flows import answer_payment

StatusName = Literal["asked", "succeeded", "declined", "returned"]

SIGNATURE_WRONG = Refusal(
    name="signature_wrong",
    says="This was not signed by the payment provider.",
    advice=f"Sign method, path and body with the provider's secret, in the header {HEADER}.",
    field=HEADER,
)


class AnswerRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the provider says of a payment or refund, under its own reference."""

    outcome: Literal["succeeded", "declined"]
    reference: ShortText


class PaymentAnswered(Struct, frozen=True, kw_only=True):
    """What became of the payment. `returned`: the money came for an order that could no longer be
    confirmed, and goes back."""

    payment_id: int
    status: StatusName


_EXAMPLE = Example(
    summary="It was paid", value={"outcome": "succeeded", "reference": "sandbox-4711"}
)


@post(
    "/payments/{payment_id:int}/answer",
    operation_id="answerPayment",
    summary="Answer a payment (for its provider)",
    response_description="The answer was taken.",
    tags=["Payments"],
    status_code=200,
    guards=[needs_key],
    responses=problems(401, 404, 409, 413, 415, 422),
    opt={"open": True},
    security=[{}],
)
async def answer_payment_request(
    request: ApiRequest,
    state: State,
    payment_id: PathId,
    data: Annotated[AnswerRequest, Body(examples=[_EXAMPLE])],
    asked: AskedWrite,
    signature: Annotated[
        str,
        HeaderParameter(
            name=HEADER,
            description="`sha256=` and the HMAC-SHA256, in hexadecimal, of method, path and body "
            "(joined by line feeds) under the provider's secret.",
        ),
    ] = "",
) -> Response[PaymentAnswered]:
    """Take a provider's answer: late, twice or after the order is gone, it does the right thing
    once."""
    body = await request.body()
    if not is_signed(signature, state.provider_secret, "POST", request.url.path, body):
        raise RefusedRequest(SIGNATURE_WRONG)
    answered = asked.settle(
        await answer_payment(asked.house, asked.by, payment_id, data.outcome, data.reference)
    )
    answer = PaymentAnswered(
        payment_id=answered.payment_id, status=convert(answered.status, StatusName)
    )
    return Response(answer, headers=asked.headers)
