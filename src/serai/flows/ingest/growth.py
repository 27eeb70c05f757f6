"""Capacity grows when a file had more guests in house than a hotel was known to have rooms for."""

from collections.abc import Mapping

from msgspec import Struct

from serai.core import Refusal
from serai.flows.house import House
from serai.flows.ingest.catalogue import Catalogue, RoomType
from serai.flows.ingest.organisation import FEED_ACTOR
from serai.flows.step import By, Draft, take
from serai.ledger import Change
from serai.logistics import CapacityRule, Resource, touched_slots, widen

SLOTS_AT_ONCE = 500
"""A chain has 512 transfers at most."""


class Grown(Struct, frozen=True):
    """How many of a room type there are now."""

    resource_id: int
    quantity: int


async def grow(house: House, catalogue: Catalogue, capacities: Mapping[RoomType, int]) -> bool:
    """Give room types the capacity that a file asks for; whether any had less before."""
    grown = False
    for kind, quantity in capacities.items():
        room = catalogue.rooms[kind]
        if quantity > room.calendar[-1].quantity:
            await _grow(house, catalogue.book(room), room, quantity)
            grown = True
    return grown


async def _grow(house: House, book: int, room: Resource, quantity: int) -> None:
    """Nights that stand on the books are widened first, the calendar follows in the last step."""
    slots = await touched_slots(house.database, book, room)
    by = quantity - room.calendar[-1].quantity
    parts = [slots[n : n + SLOTS_AT_ONCE] for n in range(0, len(slots), SLOTS_AT_ONCE)] or [[]]
    calendar = (CapacityRule(quantity=quantity),)
    for place, part in enumerate(parts, start=1):
        last = place == len(parts)
        moment = house.clock()
        drafted = Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Grown(room.id, quantity),
            chain=widen(book, room, part, by),
            changes=(Change("resources", room.id, room.version, {"calendar": calendar}),)
            if last
            else (),
        )

        async def draft(drafted: Draft = drafted) -> Draft:
            return drafted

        key = f"{room.id}:{room.version}:{quantity}:{place}"
        grown = await take(house, By(FEED_ACTOR, key), "feed.grown", Grown, draft)
        if isinstance(grown, Refusal):
            raise RuntimeError(f"{room.code} could not be given more rooms: {grown.name}")
