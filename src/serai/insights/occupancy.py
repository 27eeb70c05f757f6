"""Occupancy: how much of what stores have is taken, read from the books over the calendar."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from serai.core import Database, days, slot_of
from serai.insights import tables
from serai.logistics import Resource, capacity


class Taken(Struct, frozen=True):
    """The sums of a slot's `available` account."""

    resource_id: int
    slot: int
    out: int
    capacity_and_back: int


class Occupancy(Struct, frozen=True):
    """`taken` of `capacity` units on a day; taken counts holds too."""

    day: date
    taken: int
    capacity: int

    @property
    def share(self) -> float:
        """Taken over capacity; 0 where there is no capacity."""
        return self.taken / self.capacity if self.capacity else 0.0


async def occupancy(
    database: Database, rooms: Sequence[Resource], books: Mapping[int, int], first: date, count: int
) -> list[Occupancy]:
    """Occupancy of `rooms` on each of `count` nights; `books` are the entities by store."""
    known = [room for room in rooms if room.store_id in books]
    rows = await database.all(
        Taken,
        tables.TAKEN_BY_RESOURCE,
        books=[books[room.store_id] for room in known],
        units=[room.unit for room in known],
        resources=[room.id for room in known],
        first_slot=slot_of(first),
        end_slot=slot_of(first + timedelta(days=count)),
    )
    touched = {(row.resource_id, row.slot): row for row in rows}
    nights = []
    for day in days(first, count):
        slot = slot_of(day)
        total = taken = 0
        for room in known:
            opened = capacity(room, slot)
            total += opened
            row = touched.get((room.id, slot))
            if row is not None:
                taken += opened - (row.capacity_and_back - row.out)
        nights.append(Occupancy(day, taken, total))
    return nights
