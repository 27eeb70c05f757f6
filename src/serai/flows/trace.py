"""Trace: one order seen as five timelines, every figure of which leads to its transfers.

It is put together from the order's records, its rows of the journal, its payments and its events.
What was committed together is one step.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from serai.capital import VALUE_PREFIX, Payment, payments_of
from serai.core import Refusal
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.flows.telling import Told
from serai.flows.ties import RoleBalance, Tie, role_balances, ties
from serai.ledger import EventRow, JournalRow, events_of_order, journal_of_order
from serai.merchants import OrderFile, read_order

Flow = Literal["customers", "merchants", "goods", "money", "information"]
FLOWS: tuple[Flow, ...] = ("customers", "merchants", "goods", "money", "information")

Movement = Literal["pending", "posted", "post", "void"]
"""As the journal has it: begun, moved at once, ended by posting, ended by giving back."""

MOST_TRIES = 3


class Figure(Struct, frozen=True, kw_only=True):
    """An amount of a unit, and the transfers that it is the sum of.

    `ended` is how a pending movement ended: `posted`, `voided`, `expired`, or None while it is
    open. The dates are the first and the last business date of the transfers.
    """

    book: int
    unit: str
    amount: int
    debit_role: str = ""
    credit_role: str = ""
    movement: Movement = "posted"
    ended: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    transfers: tuple[int, ...] = ()


class Happening(Struct, frozen=True, kw_only=True):
    """What a step did in one flow.

    `what` is a word: of a customer `ordered`, or what became of a payment (`payment.asked`,
    `refund.succeeded`); of a merchant the new state of the booking (`placed`, `confirmed`); of
    goods and money the reason of the transfers (`hold`, `charge`, `commission`); of information
    the event's type. `subject` is the customer, payment, booking, resource, holder of the money,
    or the event's position.
    """

    flow: Flow
    what: str
    subject: int
    booking_id: int = 0
    store_id: int = 0
    figure: Figure | None = None


class TraceStep(Struct, frozen=True):
    """What was committed together: when it took effect, when it was recorded."""

    effective: datetime
    recorded: datetime
    happenings: tuple[Happening, ...]

    def of(self, flow: Flow) -> tuple[Happening, ...]:
        """What the step did in a flow."""
        return tuple(one for one in self.happenings if one.flow == flow)


class Trace(Struct, frozen=True):
    """An order with its payments, step by step; what it has left on the books, and its ties."""

    file: OrderFile
    payments: tuple[Payment, ...]
    steps: tuple[TraceStep, ...]
    balances: tuple[RoleBalance, ...]
    ties: tuple[Tie, ...]


async def trace(house: House, order_id: int) -> Trace | Refusal:
    """The trace of an order as it stands."""
    database = house.database
    file = await read_order(database, order_id)
    for _ in range(MOST_TRIES):
        if file is None:
            return unknown("order", "order_id")
        payments = await payments_of(database, order_id)
        journal = await journal_of_order(database, order_id)
        events = await events_of_order(database, order_id)
        before, file = file, await read_order(database, order_id)
        if file == before:  # else a step was committed in between
            break
    assert file is not None
    return Trace(
        file,
        tuple(payments),
        tuple(_steps(file, payments, journal, events)),
        role_balances(journal),
        ties(file, payments, journal),
    )


def _steps(
    file: OrderFile, payments: Sequence[Payment], journal: Sequence[JournalRow],
    events: Sequence[EventRow],
) -> Iterator[TraceStep]:  # fmt: skip
    moved: dict[tuple[datetime, datetime], list[JournalRow]] = defaultdict(list)
    told: dict[tuple[datetime, datetime], list[EventRow]] = defaultdict(list)
    for row in journal:
        moved[row.recorded, row.effective].append(row)
    for event in events:
        told[event.recorded, event.effective].append(event)
    for recorded, effective in sorted(moved.keys() | told.keys()):
        rows, said = moved[recorded, effective], told[recorded, effective]
        yield TraceStep(
            effective,
            recorded,
            (
                *_of_customers(file, payments, rows, said),
                *_of_merchants(rows, said),
                *_of_transfers(rows),
                *(
                    Happening(
                        flow="information", what=event.type, subject=event.position,
                        booking_id=event.booking_id, store_id=event.store_id,
                    )
                    for event in said
                ),
            ),
        )  # fmt: skip


def _of_customers(
    file: OrderFile, payments: Sequence[Payment], rows: Sequence[JournalRow],
    events: Sequence[EventRow],
) -> Iterator[Happening]:  # fmt: skip
    """Who ordered, and what was asked of them and answered by the step."""
    order = file.order
    types = {event.type for event in events}
    if "booking.placed" in types or (
        file.order.held_until is None and "booking.confirmed" in types
    ):
        yield Happening(
            flow="customers", what="ordered", subject=order.customer_id,
            figure=Figure(book=0, unit=order.currency, amount=order.amount_minor),
        )  # fmt: skip
    for payment in payments:
        own = [row for row in rows if row.line_id == payment.id]
        for what in _heard(payment, own, events):
            yield Happening(
                flow="customers",
                what=what,
                subject=payment.id,
                figure=Figure(
                    book=payment.collector_id,
                    unit=payment.currency,
                    amount=payment.amount_minor,
                    transfers=tuple(row.id for row in own),
                ),
            )


def _heard(
    payment: Payment, own: Sequence[JournalRow], events: Sequence[EventRow]
) -> Iterator[str]:
    """What a step has to do with a payment; `own` are the transfers that it made for it.

    Of what moves nothing events tell: payments that were asked for or declined, refunds that a
    second person agreed to.
    """
    waits = any(_is_of(payment, event, "refund.waiting") for event in events)
    for row in own:
        asked = "waiting" if waits else "asked"
        yield f"{payment.kind}.{asked if row.kind == 'pending' else payment.status}"
    at = {
        "payment.asked": payment.asked_at,
        "payment.declined": payment.answered_at,
        "refund.approved": payment.asked_at,
    }
    for event in events:
        if event.effective == at.get(event.type) and _is_of(payment, event, event.type):
            yield event.type
            return


def _is_of(payment: Payment, event: EventRow, type: str) -> bool:
    """Whether an event tells this of some lines of a payment, or of a refund."""
    if event.type != type or not type.startswith(payment.kind):
        return False
    told = msgspec.json.decode(event.data, type=Told)
    return not set(told.lines).isdisjoint(payment.lines)


def _of_merchants(rows: Sequence[JournalRow], events: Sequence[EventRow]) -> Iterator[Happening]:
    """What state each booking came to, with the agreed value that moved for it."""
    for event in events:
        kind, _, what = event.type.partition(".")
        if kind != "booking":
            continue
        told = msgspec.json.decode(event.data, type=Told)
        value = [
            row
            for row in rows
            if row.booking_id == event.booking_id and row.unit.startswith(VALUE_PREFIX)
        ]
        yield Happening(
            flow="merchants",
            what=what,
            subject=event.booking_id,
            booking_id=event.booking_id,
            store_id=event.store_id,
            figure=Figure(
                book=event.book,
                unit=VALUE_PREFIX + told.currency,
                amount=told.amount_minor,
                debit_role=value[0].debit_role if value else "",
                credit_role=value[0].credit_role if value else "",
                first_day=min((row.business_date for row in value), default=None),
                last_day=max((row.business_date for row in value), default=None),
                transfers=tuple(row.id for row in value),
            ),
        )


def _of_transfers(rows: Sequence[JournalRow]) -> Iterator[Happening]:
    """What moved of goods and money: alike transfers as one figure."""
    alike: dict[tuple[object, ...], list[JournalRow]] = defaultdict(list)
    for row in rows:
        if not row.unit.startswith(VALUE_PREFIX):
            alike[
                row.booking_id, row.book, row.unit, row.debit_role, row.credit_role, row.reason,
                row.kind, row.ended,
            ].append(row)  # fmt: skip
    for same in alike.values():
        first = same[0]
        goods = ":" in first.unit
        yield Happening(
            flow="goods" if goods else "money",
            what=first.reason,
            subject=first.credit_holder,
            booking_id=first.booking_id,
            store_id=first.store_id,
            figure=Figure(
                book=first.book,
                unit=first.unit,
                amount=sum(row.amount for row in same),
                debit_role=first.debit_role,
                credit_role=first.credit_role,
                movement=msgspec.convert(first.kind, Movement),
                ended=first.ended,
                first_day=min(row.business_date for row in same),
                last_day=max(row.business_date for row in same),
                transfers=tuple(row.id for row in same),
            ),
        )
