"""What can be asked about orders, as the naive world would answer it.

Each deed is asked of the real flows with `ask` and of the model with `expect`, which changes the
model; both answers are put into the same short words, so that they can be compared.
"""

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from msgspec import structs

from serai.capital import DeskMethod
from serai.cloud import Actor, Holding, Node
from serai.core import Refusal
from serai.flows import (
    Answered,
    AskedAgain,
    Booked,
    By,
    Cancelled,
    Collected,
    Confirmed,
    Fulfilled,
    House,
    NotShown,
    Party,
    PaymentMeans,
    RefundDecided,
    answer_payment,
    ask_refund_again,
    book,
    cancel,
    collect,
    confirm,
    decide_refund,
    expire_overdue,
    fulfil,
    no_show,
)
from serai.merchants import Wanted
from tests import worlds as w
from tests.simulation.orders_model import (
    CAPACITY,
    GOODS,
    HOLD,
    Line,
    Order,
    Payment,
    Slot,
    World,
    business_day,
    by_collector,
    cancellation_fee,
    in_file_order,
    no_show_fee,
    paid_days,
)

Said = tuple[object, ...]
"""What an answer comes to: the name of a refusal, or what was done."""

CARD = PaymentMeans(provider="sandbox", token="succeeds")

EVERYWHERE = Holding(Node("group", w.GROUP), frozenset({"orders.write", "refunds.approve"}))
CLERK = Actor("person:1", id=1, holdings=(EVERYWHERE,))
COLLEAGUE = Actor("person:2", id=2, holdings=(EVERYWHERE,))
ALONE = 15_000
"""What one of them pays back alone for an order, of what one company has collected."""
A_DAY = 16_000
"""And of all orders within 24 hours."""


class No(Exception):
    """The model says no, by the name of a refusal; it has not changed anything yet."""


class Deed(ABC):
    """Something asked for under one key."""

    @abstractmethod
    async def ask(self, house: House, by: By) -> object:
        """Ask the flows."""

    def expect(self, world: World, now: datetime, answer: object) -> Said:
        """Do it in the model; of the real answer only the ids of new things are taken."""
        try:
            return self.do(world, now, answer)
        except No as no:
            return no.args

    @abstractmethod
    def do(self, world: World, now: datetime, answer: object) -> Said:
        """Do it, or raise `No`."""


def said(answer: object) -> Said:
    """A real answer in the model's words."""
    match answer:
        case Refusal():
            return (answer.name,)
        case Booked():
            return ("booked", answer.amount_minor, answer.currency)
        case Confirmed():
            return (answer.state, frozenset(answer.lines), len(answer.payments))
        case Answered():
            return (answer.status,)
        case Cancelled() | NotShown():
            waits = answer.refund_waits_minor
            return (frozenset(answer.lines), answer.fee_minor, answer.refund_minor, waits)
        case AskedAgain():
            return ("asked_again", answer.wait is not None)
        case RefundDecided():
            return ("approved" if answer.approved else "refused",)
        case Fulfilled():
            return (frozenset(answer.lines), answer.earned_minor, answer.paid_minor)
        case Collected():
            return (frozenset(answer.lines), answer.paid_minor)
        case int():
            return ()  # how many orders a sweep has looked at is its own affair
    raise TypeError(f"nobody expects {answer}")


@dataclass(frozen=True)
class Book(Deed):
    wanted: tuple[Wanted, ...]
    company: bool = False

    async def ask(self, house: House, by: By) -> object:
        party = Party(
            customer_id=w.WANG, payer_id=w.ACME if self.company else w.WANG, channel="web"
        )
        return await book(house, by, party, self.wanted)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        lines = [
            Line(one.offer_id, one.first_day, one.quantity, one.nights, one.minute)
            for one in self.wanted
        ]
        for line in lines:
            refused = self._cannot_be_sold(line, now)
            if refused:
                raise No(refused)
        currencies = {line.sold.seller.currency for line in lines}
        if len(currencies) > 1:
            raise No("mixed_currencies")
        taken = world.taken(now)
        wanted: Counter[Slot] = sum((line.needs for line in lines), Counter())
        if any(taken[slot] + count > CAPACITY[slot[0]] for slot, count in wanted.items()):
            raise No("exceeds_credits")
        for line in lines:
            line.deadline = now + HOLD
            world.touched |= line.sold.uses.keys() & GOODS.keys()
        if isinstance(answer, Booked):
            world.orders[answer.order_id] = Order(
                answer.order_id, in_file_order(lines), company=self.company
            )
        return ("booked", sum(line.amount for line in lines), currencies.pop())

    def _cannot_be_sold(self, line: Line, now: datetime) -> str:
        sold = line.sold
        today = business_day(now, sold.seller.zone)
        checks = {
            "quantity_out_of_range": not 1 <= line.quantity <= sold.most,
            "length_out_of_range": sold.nights and not 1 <= line.nights <= 90,
            "time_not_offered": not sold.nights
            and line.minute not in (range(1440) if sold.minutes == (0,) else sold.minutes),
            "date_in_the_past": line.first_day < today
            or (sold.minutes != (0,) and line.begins <= now),
            "payer_required": sold.guarantee == "company" and not self.company,
        }
        return next((name for name, fails in checks.items() if fails), "")


@dataclass(frozen=True)
class OfOrder(Deed):
    order: int
    lines: frozenset[int] | None = None

    def find(self, world: World, *states: str) -> tuple[Order, list[Line]]:
        """The order and the lines that are meant, all of them in one of the states."""
        order = world.orders.get(self.order)
        if order is None:
            raise No("order_not_found")
        lines = order.named(self.lines)
        if not lines or (self.lines is not None and len(lines) < len(self.lines)):
            raise No("line_not_found")
        for line in lines:
            if states and line.state not in states:
                raise No(f"line_{line.state}")
        return order, lines


@dataclass(frozen=True)
class Confirm(OfOrder):
    card: bool = True

    async def ask(self, house: House, by: By) -> object:
        means = CARD if self.card else None
        return await confirm(house, by, self.order, lines=self.lines, means=means)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order, lines = self.find(world, "held")
        if any(line.deadline is None or line.deadline <= now for line in lines):
            raise No("pending_transfer_expired")
        groups = by_collector(lines)
        ids = frozenset(line.id for line in lines)
        if not groups:
            for line in lines:
                line.state, line.confirmed = "confirmed", True
            return ("confirmed", ids, 0)
        if not self.card:
            raise No("payment_required")
        asked = answer.payments if isinstance(answer, Confirmed) else (0,) * len(groups)
        for (collector, group), id in zip(groups, asked, strict=False):
            amount = sum(line.amount for line in group if line.deposited)
            paid_for = tuple(line.id for line in group)
            order.payments.append(
                Payment(id, "payment", amount, collector, order.currency, paid_for)
            )
            for line in group:
                line.state = "paying"
        return ("paying", ids, len(groups))


@dataclass(frozen=True)
class Answer(Deed):
    order: int
    payment: int
    outcome: Literal["succeeded", "declined"]

    async def ask(self, house: House, by: By) -> object:
        return await answer_payment(house, by, self.payment, self.outcome, "provider")

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order = world.orders[self.order]
        payment = next((one for one in order.payments if one.id == self.payment), None)
        if payment is None:
            raise No("payment_not_found")
        if payment.status in ("waiting", "refused"):
            raise No("refund_not_asked")
        late = payment.kind == "payment" and payment.status == "declined"
        if payment.status != "asked" and not (late and self.outcome == "succeeded"):
            heard = "declined" if payment.status == "declined" else "succeeded"
            if heard != self.outcome:
                raise No("payment_already_answered")
            return (payment.status,)
        if payment.kind == "refund":
            payment.status = self.outcome
            return (self.outcome,)
        lines = [line for line in order.lines if line.id in payment.lines]
        paying = [] if late else [line for line in lines if line.state == "paying"]
        if self.outcome == "declined":
            for line in paying:
                line.state, line.deadline = "held", now + HOLD
            payment.status = "declined"
            return ("declined",)
        for line in paying:
            line.state, line.confirmed = "confirmed", True
        payment.status = "succeeded" if paying else "returned"
        surplus = payment.amount - sum(line.amount for line in paying if line.deposited)
        _refund(order, payment, surplus, [line.id for line in lines if line not in paying])
        return (payment.status,)


def _refund(order: Order, payment: Payment, amount: int, lines: list[int]) -> None:
    """Its id is found out later, from the records."""
    if amount:
        order.payments.append(
            Payment(
                0, "refund", amount, payment.collector, payment.currency, tuple(lines),
                of=payment.id,
            )
        )  # fmt: skip


def _refund_lines(
    world: World, order: Order, owed: dict[int, int], now: datetime, *, staff: bool
) -> int:
    """Each against the payment that brought its money; how much of it waits, because a clerk has
    come above what one of them pays back alone."""
    known = len(order.payments)
    for payment in list(order.payments):
        if payment.kind == "payment" and payment.status == "succeeded":
            own = [line for line in payment.lines if owed.get(line)]
            _refund(order, payment, sum(owed[line] for line in own), own)
    new = order.payments[known:]
    if staff:
        _let_out(world, order, new, now, CLERK.id)
    return sum(one.amount for one in new if one.status == "waiting")


def _let_out(
    world: World, order: Order, new: list[Payment], now: datetime, who: int, *, looked: bool = False
) -> None:
    """Refunds that somebody asks for: alone, or waiting for another; always, had another `looked`
    at them before."""
    for collector in {one.collector for one in new}:
        going = sum(
            one.amount
            for one in order.payments
            if (one.kind, one.collector) == ("refund", collector)
            and one.status in ("waiting", "asked", "succeeded")
        )
        alone = sum(
            one.amount
            for each in world.orders.values()
            for one in each.payments
            if one.collector == collector
            and one.status in ("asked", "succeeded")
            and one.asked_by == who
            and one.alone_at is not None
            and one.alone_at > now - timedelta(hours=24)
        )
        theirs = [one for one in new if one.collector == collector]
        waits = looked or going > ALONE or alone + sum(one.amount for one in theirs) > A_DAY
        for one in theirs:
            one.asked_by = who
            one.status, one.alone_at = ("waiting", None) if waits else ("asked", now)


def _end(line: Line, fee: int, state: str, lost: set[Slot]) -> int:
    """A confirmed line ends unserved; what goes back of it."""
    line.state, line.fee, line.lost = state, fee, lost
    if line.sold.guarantee == "company":
        line.desk = "company"
    return line.amount - fee if line.deposited else 0


@dataclass(frozen=True)
class Cancel(OfOrder):
    staff: bool = False

    async def ask(self, house: House, by: By) -> object:
        return await cancel(house, _by(by, staff=self.staff), self.order, lines=self.lines)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order, lines = self.find(world, "held", "paying", "confirmed")
        fees = 0
        owed: dict[int, int] = {}
        for line in lines:
            fee = cancellation_fee(line, now)
            fees += fee
            if line.state == "confirmed":
                lost = {slot for slot in line.needs if line.has_begun(slot, now)}
                owed[line.id] = _end(line, fee, "cancelled", lost)
            line.state = "cancelled"
        waits = _refund_lines(world, order, owed, now, staff=self.staff)
        return (frozenset(line.id for line in lines), fees, sum(owed.values()), waits)


@dataclass(frozen=True)
class Fulfil(OfOrder):
    method: DeskMethod | None = None

    async def ask(self, house: House, by: By) -> object:
        return await fulfil(house, by, self.order, lines=self.lines, method=self.method)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order, lines = self.find(world, "confirmed")
        for line in lines:
            if now < line.begins and business_day(now, line.sold.seller.zone) < line.first_day:
                raise No("service_not_begun")
        owing = [
            line
            for line in lines
            if line.sold.guarantee in ("none", "card") and not line.sold.seller.agent
        ]
        if self.method == "company" and owing and not order.company:
            raise No("payer_required")
        paid = 0
        for line in lines:
            line.state = "fulfilled"
            if line.sold.guarantee == "company":
                line.desk = "company"
            elif line in owing and self.method:
                line.desk = self.method
            paid += line.amount if line.desk else 0
        return (frozenset(line.id for line in lines), sum(line.amount for line in lines), paid)


@dataclass(frozen=True)
class NoShow(OfOrder):
    staff: bool = False

    async def ask(self, house: House, by: By) -> object:
        return await no_show(house, _by(by, staff=self.staff), self.order, lines=self.lines)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order, lines = self.find(world, "confirmed")
        if any(now < line.begins for line in lines):
            raise No("service_not_begun")
        fees = 0
        owed: dict[int, int] = {}
        for line in lines:
            fee = no_show_fee(line)
            fees += fee
            paid = paid_days(line, fee)
            lost = {
                slot
                for slot in line.needs
                if line.has_begun(slot, now) or (slot[0] not in GOODS and slot[1] in paid)
            }
            owed[line.id] = _end(line, fee, "not_shown", lost)
        waits = _refund_lines(world, order, owed, now, staff=self.staff)
        return (frozenset(line.id for line in lines), fees, sum(owed.values()), waits)


def _by(by: By, *, staff: bool) -> By:
    """The clerk, or the platform, to which no bound is set."""
    return structs.replace(by, actor=CLERK) if staff else by


@dataclass(frozen=True)
class Decide(Deed):
    """A colleague says whether a refund may go back, or the clerk who has asked for it."""

    order: int
    refund: int
    approved: bool
    clerk: bool = False

    async def ask(self, house: House, by: By) -> object:
        by = structs.replace(by, actor=CLERK if self.clerk else COLLEAGUE)
        return await decide_refund(house, by, self.refund, approved=self.approved)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        payments = world.orders[self.order].payments
        refund = next((one for one in payments if one.id == self.refund), None)
        if refund is None or refund.kind != "refund":
            raise No("refund_not_found")
        if refund.status != "waiting":
            raise No("refund_not_waiting")
        if refund.asked_by == (CLERK if self.clerk else COLLEAGUE).id:
            raise No("second_person_needed")
        refund.status = "asked" if self.approved else "refused"
        return ("approved" if self.approved else "refused",)


@dataclass(frozen=True)
class Again(Deed):
    """The colleague asks once more for a refund that came to nothing."""

    order: int
    refund: int

    async def ask(self, house: House, by: By) -> object:
        return await ask_refund_again(house, structs.replace(by, actor=COLLEAGUE), self.refund)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order = world.orders[self.order]
        refund = next((one for one in order.payments if one.id == self.refund), None)
        if refund is None or refund.kind != "refund":
            raise No("refund_not_found")
        if refund.status not in ("declined", "refused") or refund.replaced:
            raise No("refund_not_given_up")
        refund.replaced = True
        _refund(order, replace(refund, id=refund.of), refund.amount, list(refund.lines))
        anew = order.payments[-1]
        _let_out(world, order, [anew], now, COLLEAGUE.id, looked=refund.status == "refused")
        return ("asked_again", anew.status == "waiting")


@dataclass(frozen=True)
class Collect(OfOrder):
    method: DeskMethod = "till"

    async def ask(self, house: House, by: By) -> object:
        return await collect(house, by, self.order, self.method, lines=self.lines)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        order, lines = self.find(world)
        owed = {line.id: line.owes for line in lines if line.owes}
        if not owed:
            raise No("nothing_owed")
        if self.method == "company" and not order.company:
            raise No("payer_required")
        for line in lines:
            if line.id in owed:
                line.desk = self.method
        return (frozenset(owed), sum(owed.values()))


@dataclass(frozen=True)
class Sweep(Deed):
    async def ask(self, house: House, by: By) -> object:
        return await expire_overdue(house)

    def do(self, world: World, now: datetime, answer: object) -> Said:
        for line in world.lines():
            if line.state == "held" and line.deadline is not None and line.deadline <= now:
                line.state = "expired"
        return ()
