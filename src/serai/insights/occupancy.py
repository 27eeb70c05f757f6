"""Occupancy: how much of what stores have is taken, read from the books over the calendar."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from serai.core import Database, day_of, days, slot_of
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


class Peak(Struct, frozen=True):
    """The fullest slot of a resource on a day: `taken` of `capacity` units."""

    resource_id: int
    day: date
    taken: int
    capacity: int

    @property
    def share(self) -> float:
        """Taken over capacity; 0 where there is no capacity."""
        return self.taken / self.capacity if self.capacity else 0.0


async def peaks(
    database: Database,
    resources: Sequence[Resource],
    books: Mapping[int, int],
    first: date,
    count: int,
) -> list[Peak]:
    """The fullest slot of each resource on each of `count` days; stock is the same on all."""
    timed = await _taken(
        database, resources, books, slot_of(first), slot_of(first + timedelta(days=count))
    )
    stock = await _taken(database, [r for r in resources if r.kind == "stock"], books, 0, 1)
    touched: dict[tuple[int, date], list[Taken]] = defaultdict(list)
    for row in timed:
        touched[row.resource_id, day_of(row.slot)].append(row)
    for row in stock:
        for day in days(first, count):
            touched[row.resource_id, day].append(row)
    return [
        _peak(one, day, touched.get((one.id, day), ()))
        for one in resources
        for day in days(first, count)
    ]


def _peak(resource: Resource, day: date, rows: Sequence[Taken]) -> Peak:
    empty = Peak(resource.id, day, 0, _most_on(resource, day))
    found = [
        Peak(resource.id, day, opened - (row.capacity_and_back - row.out), opened)
        for row in rows
        if (opened := capacity(resource, row.slot))
    ]
    return max(found, key=lambda one: (one.share, one.capacity), default=empty)


def _most_on(resource: Resource, day: date) -> int:
    """The most that the calendar gives a slot of the day."""
    if resource.kind == "stock":
        return capacity(resource, 0)
    begins = {rule.from_minute for rule in resource.calendar}
    return max((capacity(resource, slot_of(day, minute)) for minute in begins), default=0)


async def _taken(
    database: Database,
    resources: Sequence[Resource],
    books: Mapping[int, int],
    first_slot: int,
    end_slot: int,
) -> list[Taken]:
    known = [one for one in resources if one.store_id in books]
    if not known:
        return []
    return await database.all(
        Taken,
        tables.TAKEN_BY_RESOURCE,
        books=[books[one.store_id] for one in known],
        units=[one.unit for one in known],
        resources=[one.id for one in known],
        first_slot=first_slot,
        end_slot=end_slot,
    )


async def occupancy(
    database: Database, rooms: Sequence[Resource], books: Mapping[int, int], first: date, count: int
) -> list[Occupancy]:
    """Occupancy of `rooms` on each of `count` nights; `books` are the entities by store."""
    known = [room for room in rooms if room.store_id in books]
    rows = await _taken(
        database, known, books, slot_of(first), slot_of(first + timedelta(days=count))
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
