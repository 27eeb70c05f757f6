"""Trace: one order seen as five timelines, every figure of which leads to its transfers."""

from datetime import date, datetime
from typing import Literal

from litestar import get
from msgspec import Struct, convert

from serai.api.v1.asking import AskedHouse
from serai.api.v1.fields import PathId, StateName, in_utc
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ_ONE
from serai.api.v1.transfers import JournalAnswer, journal_answer
from serai.core import Refusal
from serai.flows import Figure, Happening, TraceStep, trace
from serai.ledger import journal_of_order

FlowName = Literal["customers", "merchants", "goods", "money", "information"]


class FigureAnswer(Struct, frozen=True, kw_only=True):
    """An amount of a unit in the book of a legal entity (0 where it stands in none), and the
    transfers that it is the sum of. `ended` says how a pending movement ended, null while it is
    open."""

    book: int
    unit: str
    amount: int
    debit_role: str
    credit_role: str
    movement: Literal["pending", "posted", "post", "void"]
    ended: str | None
    first_day: date | None
    last_day: date | None
    transfers: tuple[int, ...]


class HappeningAnswer(Struct, frozen=True, kw_only=True):
    """What a step did in one flow. `subject` is the customer, payment, booking, resource, holder
    of the money, or the position of the event."""

    flow: FlowName
    what: str
    subject: int
    booking_id: int | None
    store_id: int | None
    figure: FigureAnswer | None


class StepAnswer(Struct, frozen=True, kw_only=True):
    """What was committed together: when it took effect, when it was recorded."""

    effective: datetime
    recorded: datetime
    happenings: tuple[HappeningAnswer, ...]


class BalanceAnswer(Struct, frozen=True, kw_only=True):
    """What the order has moved in a role of a book; `balance` is debits less credits."""

    book: int
    unit: str
    role: str
    debits: int
    credits: int
    balance: int
    transfers: tuple[int, ...]


class TieAnswer(Struct, frozen=True, kw_only=True):
    """Two figures of the order that must be equal."""

    name: str
    book: int
    unit: str
    left: int
    right: int
    holds: bool


class TraceAnswer(Struct, frozen=True, kw_only=True):
    """An order step by step, what it has left on the books, what ties it together, and all of its
    transfers."""

    order_id: int
    number: str
    state: StateName
    steps: tuple[StepAnswer, ...]
    balances: tuple[BalanceAnswer, ...]
    ties: tuple[TieAnswer, ...]
    transfers: tuple[JournalAnswer, ...]


@get(
    "/trace",
    operation_id="traceOrder",
    summary="Trace an order",
    response_description="The order in five flows.",
    tags=["Orders"],
    responses=READ_ONE,
    opt={"right": "orders.read"},
)
async def trace_order(house: AskedHouse, order_id: PathId) -> TraceAnswer:
    """One order as customers, merchants, goods, money and information saw it, tied to the cent.
    It is told to whoever sees the whole of it."""
    if not house.sight.everything:
        raise RefusedRequest(no_such("order", "order_id"))
    found = await trace(house, order_id)
    if isinstance(found, Refusal):
        raise RefusedRequest(found)
    journal = await journal_of_order(house.database, order_id)
    return TraceAnswer(
        order_id=found.file.order.id,
        number=found.file.order.number,
        state=found.file.state,
        steps=tuple(_step(step) for step in found.steps),
        balances=tuple(convert(one, BalanceAnswer, from_attributes=True) for one in found.balances),
        ties=tuple(convert(one, TieAnswer, from_attributes=True) for one in found.ties),
        transfers=tuple(journal_answer(row) for row in journal),
    )


def _step(step: TraceStep) -> StepAnswer:
    return StepAnswer(
        effective=in_utc(step.effective),
        recorded=in_utc(step.recorded),
        happenings=tuple(_happening(one) for one in step.happenings),
    )


def _happening(one: Happening) -> HappeningAnswer:
    return HappeningAnswer(
        flow=one.flow,
        what=one.what,
        subject=one.subject,
        booking_id=one.booking_id or None,
        store_id=one.store_id or None,
        figure=_figure(one.figure) if one.figure else None,
    )


def _figure(figure: Figure) -> FigureAnswer:
    return convert(figure, FigureAnswer, from_attributes=True)
