"""Refunds: what goes back to customers, and what waits for a second person."""

from datetime import datetime
from typing import Annotated, Literal

from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, QueryParameter
from msgspec import Struct, convert, structs

from serai.api.v1.asking import AskedHouse, AskedWrite, house_of, needs_key
from serai.api.v1.bodies import ApiRequest
from serai.api.v1.cursors import cut, read_id
from serai.api.v1.fields import USUAL_LIMIT, Cursor, Limit, PathId, in_utc
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ, READ_ONE, WRITE_ONE
from serai.capital import NEWEST_REFUND, REFUND_STATUSES, find_refunds, read_payment
from serai.cloud import Wait
from serai.flows import RefundFile, ask_refund_again, decide_refund, read_refund_files

TAGS = ["Payments"]
RefundStatus = Literal["waiting", "asked", "succeeded", "declined", "refused"]


class WaitAnswer(Struct, frozen=True, kw_only=True):
    """Why money waits for a second person: because of what goes back for its `order`; because of
    what you, or others who count as one with you, have let out alone within 24 hours (`day`);
    because it is another `currency` than the company's; because somebody has `refused` it before;
    or because you have `raised` the figures within seven days. `before_minor` had gone back
    already, and one person alone pays back up to `bound_minor`."""

    reason: Literal["order", "day", "currency", "refused", "raised"]
    entity_id: int
    currency: str
    before_minor: int
    bound_minor: int


class RefundAnswer(Struct, frozen=True, kw_only=True):
    """Money that goes back to a customer, the way it came. It is `waiting` until a second person
    has agreed, or has `refused`; `asked` until the provider has answered. `fee_minor` is what was
    kept of its lines. Where one person was enough, nobody is named.
    One that came to nothing may be asked for again, and is `asked_again_as` another, which is
    `again_of` it."""

    id: int
    order_id: int
    order_number: str
    currency: str
    amount_minor: int
    fee_minor: int
    entity_id: int
    stores: tuple[int, ...]
    lines: tuple[int, ...]
    status: RefundStatus
    asked_at: datetime
    asked_by: str | None
    decided_at: datetime | None
    decided_by: str | None
    answered_at: datetime | None
    refund_of: int
    wait: WaitAnswer | None
    again_of: int | None
    asked_again_as: int | None


class RefundPage(Struct, frozen=True):
    """Refunds, the latest first; `next` is null on the last page."""

    items: tuple[RefundAnswer, ...]
    next: str | None


class RefundDecisionRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the money may go back."""

    decision: Literal["approve", "refuse"]


class RefundDecisionAnswer(Struct, frozen=True, kw_only=True):
    """What becomes of the refund: `asked` of its provider, or `refused`; then its money stays the
    customer's, for somebody to look after."""

    refund_id: int
    status: Literal["asked", "refused"]


class RefundAgainAnswer(Struct, frozen=True, kw_only=True):
    """The refund in the place of `again_of`: `asked` of its provider, or `waiting`, because of
    `wait`."""

    refund_id: int
    again_of: int
    status: Literal["asked", "waiting"]
    wait: WaitAnswer | None


_APPROVE = Example(summary="It may go back", value={"decision": "approve"})
_REFUSE = Example(summary="It stays", value={"decision": "refuse"})


@get(
    "/refunds",
    operation_id="listRefunds",
    summary="List refunds",
    response_description="A page of refunds.",
    tags=TAGS,
    responses=READ,
    opt={"right": "refunds.approve"},
)
async def list_refunds(
    request: ApiRequest,
    house: AskedHouse,
    of_status: Annotated[
        RefundStatus | None, QueryParameter(name="status", description="In this status now.")
    ] = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> RefundPage:
    """Refunds that you look after, latest first: of money that your company has collected, or for
    lines that are all of your node."""
    statuses = (of_status,) if of_status else REFUND_STATUSES
    before = read_id(cursor, NEWEST_REFUND)
    found = await find_refunds(house.database, statuses, before=before, limit=limit + 1)
    page = cut(found, limit)
    files = await read_refund_files(house_of(request.app.state), page.rows)
    return RefundPage(tuple(_answer(one) for one in files), page.next)


@get(
    "/refunds/{refund_id:int}",
    operation_id="getRefund",
    summary="Get a refund",
    response_description="The refund.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "refunds.approve"},
)
async def get_refund(request: ApiRequest, house: AskedHouse, refund_id: PathId) -> RefundAnswer:
    """One refund, with who asked for it and who has decided."""
    refund = await read_payment(house.database, refund_id)
    if refund is None or refund.kind != "refund":
        raise RefusedRequest(no_such("refund", "refund_id"))
    (file,) = await read_refund_files(house_of(request.app.state), [refund])
    return _answer(file)


@post(
    "/refunds/{refund_id:int}/decision",
    operation_id="decideRefund",
    summary="Approve or refuse a refund",
    response_description="It is decided.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "refunds.approve"},
)
async def decide_refund_request(
    refund_id: PathId,
    asked: AskedWrite,
    data: Annotated[RefundDecisionRequest, Body(examples=[_APPROVE, _REFUSE])],
) -> Response[RefundDecisionAnswer]:
    """Be the second person. Neither whoever asked for the refund decides about it, nor a program
    of theirs, nor whoever has had the same program or account in hand: `second_person_needed`."""
    approved = data.decision == "approve"
    decided = asked.settle(await decide_refund(asked.house, asked.by, refund_id, approved=approved))
    answer = RefundDecisionAnswer(
        refund_id=decided.refund_id, status="asked" if decided.approved else "refused"
    )
    return Response(answer, headers=asked.headers)


@post(
    "/refunds/{refund_id:int}/repetition",
    operation_id="askRefundAgain",
    summary="Ask for a refund again",
    response_description="It is asked for again.",
    tags=TAGS,
    status_code=200,
    guards=[needs_key],
    responses=WRITE_ONE,
    opt={"right": "refunds.approve"},
)
async def ask_refund_again_request(
    refund_id: PathId, asked: AskedWrite
) -> Response[RefundAgainAnswer]:
    """Pay back after all what the provider has declined or a second person has refused: another
    refund takes its place, under the same rules. What was refused waits in any case."""
    again = asked.settle(await ask_refund_again(asked.house, asked.by, refund_id))
    answer = RefundAgainAnswer(
        refund_id=again.refund_id,
        again_of=again.again_of,
        status="waiting" if again.wait else "asked",
        wait=wait_answer(again.wait),
    )
    return Response(answer, headers=asked.headers)


def _answer(file: RefundFile) -> RefundAnswer:
    refund, approval = file.refund, file.approval
    decided_at = approval.decided_at if approval else None
    return RefundAnswer(
        id=refund.id,
        order_id=refund.order_id,
        order_number=file.order.order.number,
        currency=refund.currency,
        amount_minor=refund.amount_minor,
        fee_minor=file.fee_minor,
        entity_id=refund.collector_id,
        stores=file.stores,
        lines=refund.lines,
        status=convert(refund.status, RefundStatus),
        asked_at=in_utc(approval.asked_at if approval else refund.asked_at),
        asked_by=file.asked_by.actor or None,
        decided_at=in_utc(decided_at) if decided_at else None,
        decided_by=file.decided_by.actor or None,
        answered_at=in_utc(refund.answered_at) if refund.answered_at else None,
        refund_of=refund.refund_of,
        wait=wait_answer(file.wait),
        again_of=refund.again_of or None,
        asked_again_as=file.asked_again_as or None,
    )


def wait_answer(wait: Wait | None) -> WaitAnswer | None:
    """Why something waits, as it is answered."""
    return WaitAnswer(**structs.asdict(wait)) if wait else None
