"""Deeds on an order, each a resource: confirmation, cancellation, fulfilment, no-show."""

from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.datastructures import State
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import Struct

from serai.api.v1.asking import (
    AskedHouse,
    AskedWrite,
    actor_of,
    house_of,
    needs_key,
    seen_lines,
)
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.fields import Id, LineIds, PathId, ShortText, StateName
from serai.api.v1.problems import RefusedRequest
from serai.api.v1.refunds import WaitAnswer, wait_answer
from serai.api.v1.statuses import GATE, WRITE_ONE, problems
from serai.api.v1.transfers import TransferAnswer, transfer_answers
from serai.core import Refusal
from serai.flows import (
    Cancelled,
    PaymentMeans,
    cancel,
    collect,
    confirm,
    fulfil,
    no_show,
    preview_cancellation,
)
from serai.ledger import open_pendings

TAGS = ["Orders"]


MethodName = Literal["till", "card", "company"]


class PaymentRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the customer pays: the provider, and what stands for their card or account there. The
    sandbox answers as its token says: `succeeds`, `declined`, `pending`, `late`, `twice`,
    `very-late`."""

    provider: Literal["sandbox"] = "sandbox"
    token: ShortText


class LinesRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines are meant; all of them when `lines` is left out."""

    lines: LineIds | None = None


class ConfirmationRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines to confirm (all of them when `lines` is left out), and how those that are
    prepaid are paid."""

    lines: LineIds | None = None
    payment: PaymentRequest | None = None


class FulfilmentRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines were served (all of them when `lines` is left out), and how what is not prepaid
    was paid at the desk; without a `method` it stays open on the guest's account."""

    lines: LineIds | None = None
    method: MethodName | None = None


class CollectionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which lines are paid for (all of them when `lines` is left out), and how."""

    method: MethodName
    lines: LineIds | None = None


class ConfirmationAnswer(Struct, frozen=True, kw_only=True):
    """The lines' state now: `confirmed`, or `paying` until the provider has answered the payment
    `payment_id`."""

    order_id: int
    state: StateName
    lines: tuple[int, ...]
    payment_id: int | None


class CancellationAnswer(Struct, frozen=True, kw_only=True):
    """What a cancellation keeps as a fee and what goes back the way it came, in minor units;
    `refund_waits_minor` of it once a second person has agreed (`/v1/refunds`), because of
    `refund_wait`."""

    order_id: int
    lines: tuple[int, ...]
    currency: str
    fee_minor: int
    refund_minor: int
    refund_waits_minor: int
    refund_wait: WaitAnswer | None


class CancellationPreviewAnswer(Struct, frozen=True, kw_only=True):
    """What a cancellation would do at this moment, with every transfer it would make."""

    cancellation: CancellationAnswer
    transfers: tuple[TransferAnswer, ...]


class FulfilmentAnswer(Struct, frozen=True, kw_only=True):
    """The lines that were served: what was earned with them, and what was paid at the desk."""

    order_id: int
    lines: tuple[int, ...]
    earned_minor: int
    paid_minor: int


class NoShowAnswer(Struct, frozen=True, kw_only=True):
    """The lines that nobody came for: what is kept, and what goes back; `refund_waits_minor` of
    it once a second person has agreed (`/v1/refunds`), because of `refund_wait`."""

    order_id: int
    lines: tuple[int, ...]
    currency: str
    fee_minor: int
    refund_minor: int
    refund_waits_minor: int
    refund_wait: WaitAnswer | None


class CollectionAnswer(Struct, frozen=True, kw_only=True):
    """The lines that owe nothing now, and what was paid for them."""

    order_id: int
    lines: tuple[int, ...]
    currency: str
    paid_minor: int


_PREPAID = Example(
    summary="With a payment", value={"payment": {"provider": "sandbox", "token": "succeeds"}}
)
_ALL = Example(summary="All lines", value={})
_TILL = Example(summary="Paid at the till", value={"method": "till"})


@post(
    "/confirmation",
    operation_id="confirmOrder",
    summary="Confirm an order",
    response_description="The lines are confirmed, or being paid.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=problems(*GATE, 402, 404, 409, 413, 415, 422),
    opt={"right": "orders.write"},
)
async def confirm_order(
    order_id: PathId,
    asked: AskedWrite,
    data: Annotated[ConfirmationRequest | None, Body(examples=[_PREPAID, _ALL])] = None,
) -> Response[ConfirmationAnswer]:
    """Bind the sellers. Lines that are prepaid need a payment, and are `paying` until the
    provider has answered."""
    request = data or ConfirmationRequest()
    means = None
    if request.payment is not None:
        means = PaymentMeans(provider=request.payment.provider, token=request.payment.token)
    confirmed = asked.settle(
        await confirm(
            asked.house,
            asked.by,
            order_id,
            lines=await asked.lines(order_id, request.lines),
            means=means,
        )
    )
    answer = ConfirmationAnswer(
        order_id=confirmed.order_id,
        state=confirmed.state,
        lines=confirmed.lines,
        payment_id=confirmed.payment_id or None,
    )
    return Response(answer, headers=asked.headers)


@get(
    "/cancellation",
    operation_id="previewCancellation",
    summary="Preview a cancellation",
    response_description="What a cancellation would do now.",
    tags=TAGS,
    responses=problems(*GATE, 404, 409, 422),
    opt={"right": "orders.read"},
)
async def preview_order_cancellation(
    request: ApiRequest,
    state: State,
    house: AskedHouse,
    order_id: PathId,
    lines: Annotated[
        tuple[Id, ...] | None,
        QueryParameter(description="The lines that are meant; all when left out.", max_items=40),
    ] = None,
) -> CancellationPreviewAnswer:
    """What comes back and what is kept, if you cancelled the order now, with the transfers."""
    chosen = await seen_lines(house, order_id, lines)
    preview = await preview_cancellation(
        house_of(state), order_id, lines=chosen, actor=actor_of(request.scope)
    )
    if isinstance(preview, Refusal):
        raise RefusedRequest(preview)
    pendings = {one.id: one for one in await open_pendings(house_of(state).database, order_id)}
    return CancellationPreviewAnswer(
        cancellation=_cancellation(preview.cancelled),
        transfers=transfer_answers(preview.chain, pendings),
    )


@post(
    "/cancellation",
    operation_id="cancelOrder",
    summary="Cancel an order",
    response_description="The lines are cancelled.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "orders.write"},
)
async def cancel_order(
    order_id: PathId,
    asked: AskedWrite,
    data: Annotated[LinesRequest | None, Body(examples=[_ALL])] = None,
) -> Response[CancellationAnswer]:
    """Unwind everything that the lines had set aside, owed or paid, less a fee where the
    conditions say so. Above what one person may pay back alone the money waits for a second
    one."""
    lines = await asked.lines(order_id, data.lines if data else None)
    cancelled = asked.settle(await cancel(asked.house, asked.by, order_id, lines=lines))
    return Response(_cancellation(cancelled), headers=asked.headers)


@post(
    "/fulfilment",
    operation_id="fulfilOrder",
    summary="Fulfil an order",
    response_description="The lines are fulfilled.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "orders.write"},
)
async def fulfil_order(
    order_id: PathId,
    asked: AskedWrite,
    data: Annotated[FulfilmentRequest | None, Body(examples=[_TILL, _ALL])] = None,
) -> Response[FulfilmentAnswer]:
    """The guests were served: every charge is earned on its business date, and settled."""
    request = data or FulfilmentRequest()
    fulfilled = asked.settle(
        await fulfil(
            asked.house,
            asked.by,
            order_id,
            lines=await asked.lines(order_id, request.lines),
            method=request.method,
        )
    )
    answer = FulfilmentAnswer(
        order_id=fulfilled.order_id,
        lines=fulfilled.lines,
        earned_minor=fulfilled.earned_minor,
        paid_minor=fulfilled.paid_minor,
    )
    return Response(answer, headers=asked.headers)


@post(
    "/collection",
    operation_id="collectOrder",
    summary="Collect what is owed for an order",
    response_description="It is paid.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "orders.write"},
)
async def collect_order(
    order_id: PathId,
    asked: AskedWrite,
    data: Annotated[CollectionRequest, Body(examples=[_TILL])],
) -> Response[CollectionAnswer]:
    """What guests still owe, for their stay or as a fee that was kept, is paid at the desk."""
    lines = await asked.lines(order_id, data.lines)
    collected = asked.settle(
        await collect(asked.house, asked.by, order_id, data.method, lines=lines)
    )
    answer = CollectionAnswer(
        order_id=collected.order_id,
        lines=collected.lines,
        currency=collected.currency,
        paid_minor=collected.paid_minor,
    )
    return Response(answer, headers=asked.headers)


@post(
    "/no-show",
    operation_id="markNoShow",
    summary="Mark an order as not shown",
    response_description="The lines are marked as not shown.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "orders.write"},
)
async def mark_no_show(
    order_id: PathId,
    asked: AskedWrite,
    data: Annotated[LinesRequest | None, Body(examples=[_ALL])] = None,
) -> Response[NoShowAnswer]:
    """Nobody came: what the conditions say is kept, the rest goes back."""
    lines = await asked.lines(order_id, data.lines if data else None)
    missed = asked.settle(await no_show(asked.house, asked.by, order_id, lines=lines))
    answer = NoShowAnswer(
        order_id=missed.order_id,
        lines=missed.lines,
        currency=missed.currency,
        fee_minor=missed.fee_minor,
        refund_minor=missed.refund_minor,
        refund_waits_minor=missed.refund_waits_minor,
        refund_wait=wait_answer(missed.refund_wait),
    )
    return Response(answer, headers=asked.headers)


def _cancellation(cancelled: Cancelled) -> CancellationAnswer:
    return CancellationAnswer(
        order_id=cancelled.order_id,
        lines=cancelled.lines,
        currency=cancelled.currency,
        fee_minor=cancelled.fee_minor,
        refund_minor=cancelled.refund_minor,
        refund_waits_minor=cancelled.refund_waits_minor,
        refund_wait=wait_answer(cancelled.refund_wait),
    )
