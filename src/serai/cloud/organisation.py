"""The organisation: group, brands, legal entities, operators, cities, and the stores below them.

A store has one parent on each of the four axes, by dated rows.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable
from datetime import date, datetime
from typing import Literal, get_args

from msgspec import Struct

MOST_PLACES = 20_000
"""Stores with their parents of a day, kept for the next who asks."""

Segment = Literal["hotel", "dining", "tour", "ticket", "retail"]
Axis = Literal["brand", "entity", "operator", "city"]


class Group(Struct, frozen=True, kw_only=True):
    """The whole; its platform entity collects payments and runs the points."""

    id: int
    code: str
    name_en: str
    name_zh: str
    platform_entity_id: int
    version: int = 1


class Brand(Struct, frozen=True, kw_only=True):
    """A name that guests know."""

    id: int
    code: str
    name_en: str
    name_zh: str
    segment: Segment
    version: int = 1


REFUNDS_ALONE_MINOR = 100_000
"""What one person may pay back alone, of an order, where nobody has said anything else."""
REFUNDS_DAY_MINOR = 1_000_000
"""And in a day."""
MOST_ALONE_MINOR = 999_999_999_999
"""The highest bound: no refund comes up to it."""


class LegalEntity(Struct, frozen=True, kw_only=True):
    """A company: the boundary of accounting, with one currency. Its id is the number of a book.

    Of the money that it has collected for an order, one person alone may pay back up to
    `refunds_alone_minor`, in its currency, and of all orders within 24 hours up to
    `refunds_day_minor`; with 0 every refund waits for a second person.
    """

    id: int
    code: str
    name_en: str
    name_zh: str
    currency: str
    country: str
    refunds_alone_minor: int = REFUNDS_ALONE_MINOR
    refunds_day_minor: int = REFUNDS_DAY_MINOR
    version: int = 1


class Operator(Struct, frozen=True, kw_only=True):
    """Who runs a store day by day: the group itself (`own`) or a franchisee."""

    id: int
    code: str
    name_en: str
    name_zh: str
    own: bool
    version: int = 1


class City(Struct, frozen=True, kw_only=True):
    """A place of the world; coordinates in degrees (WGS 84), population as last counted."""

    id: int
    code: str
    name_en: str
    name_zh: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    population: int
    version: int = 1


class Store(Struct, frozen=True, kw_only=True):
    """One house: its business day ends `closing_minute` minutes after local midnight."""

    id: int
    code: str
    name_en: str
    name_zh: str
    segment: Segment
    latitude: float
    longitude: float
    timezone: str
    closing_minute: int = 0
    version: int = 1


class StoreParent(Struct, frozen=True, kw_only=True):
    """From `since` up to but not including `until`, the store's parent on an axis."""

    id: int
    store_id: int
    axis: Axis
    parent_id: int
    since: date
    until: date | None = None
    version: int = 1


class PlannedMove(Struct, frozen=True, kw_only=True):
    """A store that is to go to another legal entity on a day to come, and what became of it.

    `asked_by` is the name of an actor. Once it has `begun_at`, bookings may stand in the new book
    already; `refusal` is why it could not be done when it was last tried.
    """

    id: int
    store_id: int
    from_id: int
    to_id: int
    since: date
    asked_by: str
    asked_at: datetime
    state: Literal["waiting", "done", "cancelled"] = "waiting"
    begun_at: datetime | None = None
    refusal: str = ""
    refused_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1


class Placement(Struct, frozen=True, kw_only=True):
    """Four parents that a store has, has had, or will have together.

    Rows of business are stamped with its id, and so belong to those parents for good. The ids are
    small, one after the other: what somebody sees is a bit for each of them. A booking that went
    over to another company is placed under those of now, `carried_from` those before, the first
    one first: whoever sees any of them sees it.
    """

    id: int
    store_id: int
    brand_id: int
    entity_id: int
    operator_id: int
    city_id: int
    carried_from: tuple[int, ...] = ()


class Place(Struct, frozen=True):
    """A store with its four parents of a day."""

    store: Store
    brand: Brand
    entity: LegalEntity
    operator: Operator
    city: City
    placement_id: int = 0


class Organisation:
    """All nodes, in memory: 7,000 stores are a few megabytes, and every page asks for some."""

    def __init__(
        self,
        group: Group,
        brands: Iterable[Brand],
        entities: Iterable[LegalEntity],
        operators: Iterable[Operator],
        cities: Iterable[City],
        stores: Iterable[Store],
        parents: Iterable[StoreParent],
        placements: Iterable[Placement] = (),
        planned: Iterable[PlannedMove] = (),
    ) -> None:
        self.group = group
        self.brands = {brand.id: brand for brand in brands}
        self.entities = {entity.id: entity for entity in entities}
        self.operators = {operator.id: operator for operator in operators}
        self.cities = {city.id: city for city in cities}
        self.stores = {store.id: store for store in stores}
        self._parents: dict[tuple[int, Axis], list[StoreParent]] = defaultdict(list)
        for parent in parents:
            self._parents[parent.store_id, parent.axis].append(parent)
        self.placements = {placement.id: placement for placement in placements}
        self._placed = {
            _parts(placement): placement.id
            for placement in self.placements.values()
            if not placement.carried_from
        }
        self.planned = {one.store_id: one for one in planned}
        self._places: dict[tuple[int, date], Place | None] = {}

    def has(self, node_id: int) -> bool:
        """Whether this is one of the brands, companies, operators, cities and stores."""
        axes = (self.brands, self.entities, self.operators, self.cities, self.stores)
        return any(node_id in axis for axis in axes)

    def parent(self, store_id: int, axis: Axis, day: date) -> int | None:
        """The id of the store's parent on an axis on a day."""
        for row in self._parents[store_id, axis]:
            if row.since <= day and (row.until is None or day < row.until):
                return row.parent_id
        return None

    def parents(self, store_id: int) -> list[StoreParent]:
        """Every parent that the store has had or will have, axis by axis, the first one first."""
        return [
            row
            for axis in get_args(Axis)
            for row in sorted(self._parents.get((store_id, axis), ()), key=lambda row: row.since)
        ]

    def place(self, store_id: int, day: date) -> Place | None:
        """The store with its parents of that day; None when it has not all of them then."""
        key = (store_id, day)
        if key not in self._places:
            if len(self._places) >= MOST_PLACES:
                self._places.clear()
            self._places[key] = self._place(store_id, day)
        return self._places[key]

    def first_placements(self, stores: Container[int]) -> frozenset[int]:
        """The first placement that each of these stores had."""
        first: dict[int, int] = {}
        for one in self.placements.values():
            if one.store_id in stores:
                first[one.store_id] = min(one.id, first.get(one.store_id, one.id))
        return frozenset(first.values())

    def before(self, placements: Iterable[Placement]) -> list[Placement]:
        """The placements that these were carried from."""
        ids = {id for placement in placements for id in placement.carried_from}
        return [self.placements[id] for id in ids if id in self.placements]

    def within(
        self, stores: Collection[int], nodes: Container[int], placements: Container[int]
    ) -> "Organisation":
        """The part of it that these stores, nodes above them, and placements are.

        The platform's own entity is part of every part: in its currency figures are told. So is
        the entity that a store is to go to, for whoever sees the one that it leaves.
        """
        planned = [
            one for one in self.planned.values() if one.store_id in stores and one.from_id in nodes
        ]
        companies = {self.group.platform_entity_id, *(one.to_id for one in planned)}
        return Organisation(
            self.group,
            [brand for brand in self.brands.values() if brand.id in nodes],
            [one for one in self.entities.values() if one.id in nodes or one.id in companies],
            [operator for operator in self.operators.values() if operator.id in nodes],
            [city for city in self.cities.values() if city.id in nodes],
            [store for store in self.stores.values() if store.id in stores],
            [
                parent
                for store_id in stores
                for axis in get_args(Axis)
                for parent in self._parents.get((store_id, axis), ())
                if parent.parent_id in nodes
            ],
            [one for one in self.placements.values() if one.id in placements],
            planned,
        )

    def _place(self, store_id: int, day: date) -> Place | None:
        store = self.stores.get(store_id)
        brand = self.brands.get(self.parent(store_id, "brand", day) or 0)
        entity = self.entities.get(self.parent(store_id, "entity", day) or 0)
        operator = self.operators.get(self.parent(store_id, "operator", day) or 0)
        city = self.cities.get(self.parent(store_id, "city", day) or 0)
        if store and brand and entity and operator and city:
            parts = (store.id, brand.id, entity.id, operator.id, city.id)
            return Place(store, brand, entity, operator, city, self._placed.get(parts, 0))
        return None


def _parts(placement: Placement) -> tuple[int, int, int, int, int]:
    return (
        placement.store_id,
        placement.brand_id,
        placement.entity_id,
        placement.operator_id,
        placement.city_id,
    )
