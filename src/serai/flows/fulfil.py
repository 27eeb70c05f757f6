"""Fulfil: service was rendered; every charge is earned on its business date, and paid."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.capital import DeskMethod, Earned, charge, pay_at_desk, sell_goods
from serai.cloud import Organisation
from serai.core import Refusal, day_of
from serai.flows.agreement import deal_of, is_deposited, needs_of_line, of_line
from serai.flows.house import House
from serai.flows.payers import check_companies
from serai.flows.refusals import check_states, choose, unknown
from serai.flows.step import By, Draft, listed, take
from serai.flows.telling import move_line, tell
from serai.flows.times import day_at, has_come
from serai.ledger import Step
from serai.logistics import consume
from serai.merchants import Booking, Charge, Line, LineNeed, OrderFile, read_order


class Fulfilled(Struct, frozen=True):
    """These lines were served; `paid_minor` was settled at the desk, in our books."""

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
        own = choose(file, lines)
        if isinstance(own, Refusal):
            return own
        organisation = await house.organisation(line.store_id for line in own)
        refused = (
            check_states(own, ("confirmed",), "fulfilled")
            or _check_begun(organisation, own, moment)
            or await _check_payers(house, file, own, method)
        )
        if refused is not None:
            return refused
        chain: list[Step] = []
        for line in own:
            chain += serve(file, (line,), method, day_at(organisation, line, moment))
        return Draft(
            effective=moment,
            business_date=day_at(organisation, own[0], moment),
            answer=Fulfilled(
                order_id,
                tuple(line.id for line in own),
                sum(line.amount_minor for line in own),
                sum(line.amount_minor for line in own if _method(file, line, method)),
            ),
            chain=tuple(chain),
            changes=tuple(move_line(line, "fulfilled", moment) for line in own),
            events=tell(file, own, "booking.fulfilled"),
        )

    return await take(house, by, "fulfil", Fulfilled, draft, of=(order_id, listed(lines), method))


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
        deposited = is_deposited(line, booking)
        chain += charge(deal, earned_of(file.charges_of(line), today), of, prepaid=deposited)
        chain += sell_goods(deal, line.cost_minor, of, today)
        settled = _method(file, line, method)
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


async def _check_payers(
    house: House, file: OrderFile, lines: Sequence[Line], method: DeskMethod | None
) -> Refusal | None:
    billed = [line for line in lines if _method(file, line, method) == "company"]
    payers = {file.booking(line.booking_id).payer_id for line in billed}
    return await check_companies(house, payers) if payers else None


def _method(file: OrderFile, line: Line, method: DeskMethod | None) -> DeskMethod | None:
    """How a line is settled at the desk; an agent's desk is its own affair."""
    booking: Booking = file.booking(line.booking_id)
    if line.guarantee == "prepaid" or booking.terms.kind == "agent":
        return None
    return "company" if line.guarantee == "company" else method


def _check_begun(
    organisation: Organisation, lines: Sequence[Line], moment: datetime
) -> Refusal | None:
    for line in lines:
        if not has_come(line, organisation.stores[line.store_id], moment):
            return Refusal(
                name="service_not_begun",
                says=f"{line.name_en} begins on {line.first_day}.",
                advice="Fulfil it on that day or later, or cancel it.",
                field="lines",
            )
    return None
