"""A rehearsal of the last room: many buyers at once, one room left, by the same flow as always.

All but one room of a night are set aside by an order first; then every buyer asks at the same
moment. The holds are given back at the end, so it can be run again at will.
"""

import asyncio
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import date, timedelta
from time import perf_counter
from uuid import uuid4

from msgspec import Struct

from serai.cloud import PLATFORM, Organisation, Store
from serai.core import Refusal, days, slot_of
from serai.customers import Customer, find_customers
from serai.flows.agreement import Party
from serai.flows.book import Booked, book
from serai.flows.cancel import cancel
from serai.flows.found import enter
from serai.flows.house import House
from serai.flows.step import By
from serai.logistics import Resource, capacity, read_free, resources_of
from serai.merchants import Offer, Product, Wanted, offers_of, price_on, read_products

BUYERS = 200
HOLD_SECONDS = 120
FIRST_NIGHT_DAYS, LAST_NIGHT_DAYS = 14, 55
STORES_LOOKED_AT = 60
CHANNEL = "rehearsal"


class Attempt(Struct, frozen=True):
    """What one buyer heard, and after how long; `refusal` is empty for whoever got the room."""

    buyer: int
    milliseconds: float
    order_id: int
    number: str
    refusal: str


class LastRoom(Struct, frozen=True, kw_only=True):
    """How a rehearsal went: `attempts` are in the order of the buyers."""

    store_id: int
    store_en: str
    store_zh: str
    room_en: str
    room_zh: str
    night: date
    rooms: int
    seconds: float
    attempts: tuple[Attempt, ...]

    @property
    def winners(self) -> tuple[Attempt, ...]:
        """Whoever got a room; one, if the books are any good."""
        return tuple(attempt for attempt in self.attempts if not attempt.refusal)

    @property
    def refusals(self) -> Mapping[str, int]:
        """How often each refusal was heard."""
        return Counter(attempt.refusal for attempt in self.attempts if attempt.refusal)


class _Room(Struct, frozen=True):
    store: Store
    resource: Resource
    product: Product
    offer: Offer
    night: date
    free: int


async def rehearse_last_room(
    house: House, buyers: int = BUYERS, stores: Container[int] | None = None
) -> LastRoom | Refusal:
    """Let `buyers` ask for the last room of a night at once, and tell what each of them heard.

    It is a room of any hotel, or of one of `stores`.
    """
    people = await _buyers(house, buyers)
    if isinstance(people, Refusal):
        return people
    room = await _find_room(house, stores)
    if room is None:
        return Refusal(
            name="no_room_found",
            says="No hotel here has a room type with a free night in the coming weeks.",
            advice="Start the demo group, or enter hotels with rooms and prices.",
        )
    run = uuid4().hex
    others = await _set_aside(house, room, people[0], run)
    if isinstance(others, Refusal):
        return others
    began = perf_counter()
    attempts = await asyncio.gather(
        *(_ask(house, room, person, number, run) for number, person in enumerate(people, start=1))
    )
    seconds = perf_counter() - began
    held = [*others, *(attempt.order_id for attempt in attempts if attempt.order_id)]
    for order_id in held:
        await cancel(house, By(PLATFORM, f"{run}:{order_id}"), order_id)
    return LastRoom(
        store_id=room.store.id,
        store_en=room.store.name_en,
        store_zh=room.store.name_zh,
        room_en=room.product.name_en,
        room_zh=room.product.name_zh,
        night=room.night,
        rooms=capacity(room.resource, slot_of(room.night)),
        seconds=seconds,
        attempts=tuple(attempts),
    )


async def _buyers(house: House, count: int) -> list[Customer] | Refusal:
    """People for rehearsals, entered when they are first needed."""
    codes = [f"REHEARSAL-{number:03d}" for number in range(1, count + 1)]
    known = await find_customers(house.database, codes)
    missing = [code for code in codes if code not in known]
    if missing:
        ids = await house.ids.take(len(missing))
        new = tuple(
            Customer(id=id, kind="person", code=code, name=f"Buyer {code[-3:]}")
            for code, id in zip(missing, ids, strict=True)
        )
        entered = await enter(house, By(PLATFORM, f"rehearsal-buyers:{uuid4().hex}"), new)
        if isinstance(entered, Refusal):
            return entered
        known |= {customer.code: customer for customer in new}
    return [known[code] for code in codes]


async def _find_room(house: House, stores: Container[int] | None) -> _Room | None:
    """The smallest room type of some hotel, on its first free night of the coming weeks."""
    organisation = await house.organisation()
    today = house.clock().date()
    hotels = [
        store
        for store in organisation.stores.values()
        if store.segment == "hotel" and (stores is None or store.id in stores)
    ]
    ids = [store.id for store in hotels[:STORES_LOOKED_AT]]
    rooms = [one for one in await resources_of(house.database, ids) if one.kind == "room"]
    first = today + timedelta(days=FIRST_NIGHT_DAYS)
    rooms.sort(key=lambda room: capacity(room, slot_of(first)) or 10**9)
    for resource in rooms:
        sale = await _on_sale(house, resource, first)
        if sale is None:
            continue
        offer, product = sale
        for night, free in await _free_nights(house, organisation, resource, today):
            if free > 0 and price_on(offer, night) is not None:
                store = organisation.stores[resource.store_id]
                return _Room(store, resource, product, offer, night, free)
    return None


async def _on_sale(house: House, resource: Resource, day: date) -> tuple[Offer, Product] | None:
    offers = await offers_of(house.database, [resource.store_id])
    products = await read_products(house.database, [offer.product_id for offer in offers])
    for offer in offers:
        product = products[offer.product_id]
        uses_it = any(use.resource_id == resource.id for use in product.uses)
        if uses_it and price_on(offer, day) is not None:
            return offer, product
    return None


async def _free_nights(
    house: House, organisation: Organisation, resource: Resource, today: date
) -> list[tuple[date, int]]:
    place = organisation.place(resource.store_id, today)
    if place is None:
        return []
    nights = list(
        days(today + timedelta(days=FIRST_NIGHT_DAYS), LAST_NIGHT_DAYS - FIRST_NIGHT_DAYS)
    )
    touched = await read_free(
        house.database,
        [(place.entity.id, resource.unit, resource.id, slot_of(night)) for night in nights],
    )
    return [
        (night, touched.get((resource.id, slot_of(night)), capacity(resource, slot_of(night))))
        for night in nights
    ]


async def _set_aside(
    house: House, room: _Room, person: Customer, run: str
) -> Sequence[int] | Refusal:
    """Hold every free room of the night but one."""
    left, orders = room.free - 1, list[int]()
    while left > 0:
        quantity = min(left, room.product.most)
        booked = await _book(house, room, person, quantity, f"{run}:aside:{left}")
        if isinstance(booked, Refusal):
            return booked
        orders.append(booked.order_id)
        left -= quantity
    return orders


async def _ask(house: House, room: _Room, person: Customer, number: int, run: str) -> Attempt:
    began = perf_counter()
    booked = await _book(house, room, person, 1, f"{run}:buyer:{number}")
    milliseconds = round(1000 * (perf_counter() - began), 1)
    if isinstance(booked, Refusal):
        return Attempt(number, milliseconds, 0, "", booked.name)
    return Attempt(number, milliseconds, booked.order_id, booked.number, "")


async def _book(
    house: House, room: _Room, person: Customer, quantity: int, key: str
) -> Booked | Refusal:
    party = Party(customer_id=person.id, payer_id=person.id, channel=CHANNEL)
    wanted = (Wanted(offer_id=room.offer.id, first_day=room.night, quantity=quantity),)
    return await book(house, By(PLATFORM, key), party, wanted, hold_seconds=HOLD_SECONDS)
