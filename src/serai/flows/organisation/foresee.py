"""Foresee: whether anything stands in the way of a store's move to another company, as a whole,
before the first booking is carried. So what cannot be done is not half done."""

from serai.core import Refusal
from serai.flows.house import House
from serai.flows.organisation.carry import Removal, are_taxed_otherwise, draft_of, taxes_differ
from serai.flows.organisation.tables import booked_elsewhere, bookings_large, taxed, unsettled
from serai.flows.organisation.take_along import belongings, open_balances
from serai.ledger import MOST_STEPS


async def foresee(house: House, removal: Removal) -> Refusal | None:
    """Refuse what would be refused on the way."""
    waiting = await unsettled(house.database, removal.store.id)
    waiting = waiting or await booked_elsewhere(
        house.database, removal.store.id, [removal.origin, removal.goal]
    )
    if waiting:
        return open_balances(", ".join(waiting))
    for one in await taxed(house.database, removal.store.id, removal.origin):
        if are_taxed_otherwise(removal, one.tax_class, one.service_date):
            return taxes_differ(one.tax_class, one.number)
    refused = await _check_sizes(house, removal)
    if refused is not None:
        return refused
    goods = await belongings(house, removal)
    return goods if isinstance(goods, Refusal) else None


async def _check_sizes(house: House, removal: Removal) -> Refusal | None:
    """Refuse a booking that does not go over in one step."""
    for one in await bookings_large(house.database, removal.store.id, removal.origin):
        drafted = await draft_of(house, removal, one)
        if isinstance(drafted, Refusal):
            return drafted
        if len(drafted.chain) > MOST_STEPS:
            return Refusal(
                name="chain_too_long",
                says=f"Booking {one.booking_id} of order {one.order_id} has too many nights and "
                f"rooms to change books in one step ({len(drafted.chain)}).",
                advice="Serve it first, or book it anew as several orders.",
                field="parent_id",
            )
    return None
