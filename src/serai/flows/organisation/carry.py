"""Carry: the open bookings of a store go over to the book of another entity, one by one.

Until all of them have, the store goes on selling in the old book: what is carried is sold in the
new one already, where nobody else sells yet. So no unit is sold twice, each booking is whole in one
book, and who is interrupted goes on with those that are left.
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct, structs

from serai.capital import TaxTable, chart, hand_over, move_value
from serai.cloud import LegalEntity, Store
from serai.core import Refusal, slot_of
from serai.flows.agreement import deal_of, is_deposited, of_line
from serai.flows.collect import owed_by_line
from serai.flows.house import House
from serai.flows.organisation.tables import Open, bookings_open
from serai.flows.step import By, Draft, take
from serai.flows.telling import tell
from serai.flows.times import today_at
from serai.ledger import Change, Insert, Step
from serai.logistics import Resource, capacity, carry_units, read_free, resources_of
from serai.merchants import Booking, CarriedBooking, Line, OrderFile, read_order

UNSETTLED = ("held", "paying")
MOST_ROUNDS = 1_000


class Carried(Struct, frozen=True):
    """A booking stands in another book; `carried` is false when there was nothing to carry."""

    booking_id: int
    carried: bool


class Removal(Struct, frozen=True):
    """A store on its way from the book of one entity to another's, with what it sells."""

    store: Store
    origin: int
    goal: int
    currency: str
    resources: dict[int, Resource]
    taxes: TaxTable


async def removal_of(house: House, store: Store, origin: LegalEntity, goal: int) -> Removal:
    """What is to be known of a store that goes over."""
    resources = {one.id: one for one in await resources_of(house.database, [store.id])}
    taxes = await house.catalogue.taxes()
    return Removal(store, origin.id, goal, origin.currency, resources, taxes)


async def carry_bookings(house: House, by: By, removal: Removal) -> Refusal | None:
    """Carry every booking of a store that is confirmed, or that its guest still owes for, from the
    book of one entity to another's. What is held or being paid stays until it is settled."""
    for _ in range(MOST_ROUNDS):
        found = await bookings_open(
            house.database, removal.store.id, removal.origin, removal.currency
        )
        if not found:
            break
        try:
            for one in found:
                carried = await _carry(house, by, removal, one)
                if isinstance(carried, Refusal):
                    return carried
        finally:
            house.forget_organisation()  # they are placed anew, so that both companies see them
    return None


async def _carry(house: House, by: By, removal: Removal, one: Open) -> Carried | Refusal:
    key = structs.replace(
        by, key=f"carry:{one.booking_id}:{one.version}:{removal.goal}", request=b""
    )
    return await take(
        house, key, "carry_booking", Carried, lambda: draft_of(house, removal, one),
        keep_refusals=False,
    )  # fmt: skip


async def draft_of(house: House, removal: Removal, one: Open) -> Draft | Refusal:
    """The step that carries a booking over, as it stands."""
    moment, goal = house.clock(), removal.goal
    file = await read_order(house.database, one.order_id)
    if file is None:
        raise RuntimeError(f"booking {one.booking_id} has no order")
    booking = file.booking(one.booking_id)
    lines = tuple(line for line in file.lines if line.booking_id == booking.id)
    today = today_at(removal.store, moment)
    if booking.entity_id == goal or any(line.state in UNSETTLED for line in lines):
        return Draft(effective=moment, business_date=today, answer=Carried(booking.id, False))
    refused = _check_taxes(file, booking, lines, removal)
    if refused is not None:
        return refused
    record = CarriedBooking(
        id=next(await house.ids.take(1)), booking_id=booking.id, store_id=removal.store.id,
        from_id=booking.entity_id, to_id=goal,
        done=tuple(line.id for line in lines if line.state != "confirmed"), carried_at=moment,
    )  # fmt: skip
    there = structs.replace(booking, entity_id=goal)
    after = structs.replace(
        file, bookings=tuple(there if b.id == booking.id else b for b in file.bookings)
    )
    return Draft(
        effective=moment,
        business_date=today,
        answer=Carried(booking.id, True),
        chain=await _chain(house, removal, file, booking, lines, moment),
        inserts=(Insert("carried_bookings", (record,)),),
        changes=(
            Change("bookings", booking.id, one.version, {"entity_id": goal}),
            # Their versions move on, so that nobody goes on in the book before.
            *(Change("lines", line.id, line.version, {}) for line in lines),
        ),
        events=tell(after, lines, "booking.carried"),
    )


async def _chain(
    house: House, removal: Removal, file: OrderFile, booking: Booking, lines: Sequence[Line],
    moment: datetime,
) -> tuple[Step, ...]:  # fmt: skip
    goal = removal.goal
    owed = await owed_by_line(house.database, file)
    free = await _free(house, lines, goal)
    chain: list[Step] = []
    for line in lines:
        if line.state == "confirmed":
            chain += _units(removal, booking, line, moment, free)
            chain += _money(booking, line, goal)
        if owed.get(line.id):
            receivable = chart.guest_receivable(
                booking.entity_id, booking.currency, removal.store.id
            )
            chain += hand_over(receivable, goal, owed[line.id], of_line(line))
    return tuple(chain)


def _check_taxes(
    file: OrderFile, booking: Booking, lines: Sequence[Line], removal: Removal
) -> Refusal | None:
    """Refuse to carry what another entity would owe another tax on: its price was agreed."""
    for line in lines:
        for charge in file.charges_of(line) if line.state == "confirmed" else ():
            if are_taxed_otherwise(removal, charge.tax_class, charge.service_date):
                return taxes_differ(charge.tax_class, booking.number)
    return None


def are_taxed_otherwise(removal: Removal, tax_class: str, day: date) -> bool:
    """Whether the two companies owe different taxes on a class on a day."""
    rates = [
        removal.taxes.rate(entity, tax_class, day) for entity in (removal.origin, removal.goal)
    ]
    bearing = [(rate.rate_bp, rate.fees_taxed) if rate else (0, False) for rate in rates]
    return bearing[0] != bearing[1]


def taxes_differ(tax_class: str, number: str) -> Refusal:
    """A booking cannot be charged by the other company as it was agreed."""
    return Refusal(
        name="taxes_differ",
        says=f"The two companies owe different taxes on {tax_class}, and {number} was agreed at "
        "the one's.",
        advice="Enter the same rates, or serve what is booked first.",
        field="parent_id",
    )


async def _free(house: House, lines: Sequence[Line], goal: int) -> dict[tuple[int, int], int]:
    """What is left in another book of what lines need, by resource and slot, where it is open."""
    wanted = {
        (goal, f"{need.kind}:{need.resource_id}", need.resource_id, need.slot)
        for line in lines
        if line.state == "confirmed"
        for need in line.needs
    }
    return await read_free(house.database, sorted(wanted))


def _units(
    removal: Removal, booking: Booking, line: Line, moment: datetime,
    free: dict[tuple[int, int], int],
) -> list[Step]:  # fmt: skip
    """What a line was sold: out of the old book, and in the new one out of what is `free` there,
    which is less then."""
    first = slot_of(today_at(removal.store, moment))
    chain: list[Step] = []
    for need in line.needs:
        resource, key = removal.resources[need.resource_id], (need.resource_id, need.slot)
        ahead = need.kind != "stock" and need.slot >= first
        opens = capacity(resource, need.slot) if ahead else 0
        left = free.setdefault(key, opens) if ahead else 0
        chain += carry_units(
            booking.entity_id, removal.goal, resource, need.slot, need.quantity, of_line(line),
            opens=opens, free=left,
        )  # fmt: skip
        free[key] = max(0, left - need.quantity)
    return chain


def _money(booking: Booking, line: Line, goal: int) -> list[Step]:
    """The agreed value of a line, its deposit, and what its goods have cost."""
    deal, of = deal_of(booking), of_line(line)
    there = structs.replace(deal, seller=goal)
    amount = line.amount_minor
    chain: list[Step] = [
        *move_value(deal, amount, "on_the_books", "booked", "move", of),
        *move_value(there, amount, "booked", "on_the_books", "move", of),
    ]
    if deal.kind == "principal":
        if is_deposited(line, booking):
            held = chart.deposits(deal.book, deal.currency, deal.store)
            chain += hand_over(held, goal, -amount, of)
        inventory = chart.inventory(deal.seller, deal.currency, deal.store)
        chain += hand_over(inventory, goal, line.cost_minor, of)
    return chain
