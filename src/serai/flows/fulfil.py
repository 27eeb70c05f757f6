"""Fulfil: service was rendered; every charge is earned on its business date, and paid."""

from datetime import date, datetime

from msgspec import Struct

from serai.capital import DeskMethod, Earned, charge, pay_at_desk, sell_goods
from serai.core import Refusal, day_of
from serai.flows.agreement import deal_of, needs_of_line, of_line
from serai.flows.confirm import day_at
from serai.flows.house import House
from serai.flows.refusals import check_states, unknown
from serai.flows.step import By, Draft, take
from serai.flows.telling import move_line, tell
from serai.ledger import Step
from serai.logistics import consume
from serai.merchants import Charge, Line, LineNeed, OrderFile, chosen, read_order


class Fulfilled(Struct, frozen=True):
    """These lines were served; `paid_minor` was settled at the desk."""

    order_id: int
    lines: tuple[int, ...]
    earned_minor: int
    paid_minor: int


async def fulfil(
    house: House,
    by: By,
    order_id: int,
    *,
    lines: frozenset[int] | None = None,
    method: DeskMethod | None = None,
    at: datetime | None = None,
) -> Fulfilled | Refusal:
    """Charge confirmed lines (all by default); what is not prepaid is settled by `method`.

    A line for a company account goes to the company's receivable; without a `method` what a
    guest owes stays on the books as receivable.
    """

    async def draft() -> Draft | Refusal:
        moment = at or house.clock()
        file = await read_order(house.database, order_id)
        if file is None:
            return unknown("order", "order_id")
        own = chosen(file.lines, lines)
        refused = check_states(own, ("confirmed",), "fulfilled")
        if refused is not None:
            return refused
        early = _not_begun(own, moment)
        if early is not None:
            return early
        organisation = await house.organisation()
        today = day_at(organisation, own[0], moment)
        paid = sum(line.amount_minor for line in own if _method(line, method) is not None)
        return Draft(
            effective=moment,
            business_date=today,
            answer=Fulfilled(
                order_id,
                tuple(line.id for line in own),
                sum(line.amount_minor for line in own),
                paid,
            ),
            chain=serve(file, own, method, today),
            changes=tuple(move_line(line, "fulfilled", moment) for line in own),
            events=tell(file, own, "booking.fulfilled"),
        )

    return await take(house, by, "fulfil", Fulfilled, draft)


def serve(
    file: OrderFile, lines: tuple[Line, ...], method: DeskMethod | None, today: date
) -> tuple[Step, ...]:
    """The transfers of service rendered: units consumed, charges earned, the rest settled."""
    chain: list[Step] = []
    for line in lines:
        booking = file.booking(line.booking_id)
        deal, of = deal_of(booking), of_line(line)
        needs = needs_of_line(line)
        dates = [min(need_date(need, line), today) for need in line.needs]
        chain += consume(booking.entity_id, needs, of, on=dates)
        prepaid = line.guarantee == "prepaid"
        chain += charge(deal, earned_of(file.charges_of(line), today), of, prepaid=prepaid)
        if deal.kind == "principal":
            chain += sell_goods(deal, line.cost_minor, of, today)
        settled = _method(line, method)
        if settled is not None:
            chain += pay_at_desk(deal, line.amount_minor, settled, of, today)
    return tuple(chain)


def earned_of(charges: tuple[Charge, ...], today: date) -> tuple[Earned, ...]:
    """What is earned on each business date; nothing is earned on a day that has not come."""
    amounts: dict[date, tuple[int, int]] = {}
    for one in charges:
        on = min(one.service_date, today)
        amount, tax = amounts.get(on, (0, 0))
        amounts[on] = (amount + one.amount_minor, tax + one.tax_minor)
    return tuple(Earned(on, amount, tax) for on, (amount, tax) in sorted(amounts.items()))


def need_date(need: LineNeed, line: Line) -> date:
    """The date of a need's slot; stock has no slot and goes with its line."""
    return day_of(need.slot) if need.slot else line.first_day


def _method(line: Line, method: DeskMethod | None) -> DeskMethod | None:
    if line.guarantee == "prepaid":
        return None
    return "company" if line.guarantee == "company" else method


def _not_begun(lines: tuple[Line, ...], moment: datetime) -> Refusal | None:
    for line in lines:
        if moment.astimezone(line.begins_at.tzinfo).date() < line.begins_at.date():
            return Refusal(
                name="service_not_begun",
                says=f"{line.name_en} begins on {line.first_day}.",
                advice="Fulfil it on that day or later, or cancel it.",
                field="lines",
            )
    return None
