"""What the feed's hotels sell, and to whom: room types, rate plans, offers, guests, agents.

It grows with what a file names. Guests have no identity in the file: one anonymous customer
stands for the guests of each country.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from serai.cloud import Organisation
from serai.customers import Customer, find_customers
from serai.flows.found import enter
from serai.flows.house import House
from serai.flows.ingest.organisation import FEED_ACTOR, SINCE
from serai.flows.step import By
from serai.information import hotel_bookings
from serai.logistics import CapacityRule, Resource, resources_of
from serai.merchants import (
    Cancellation,
    Offer,
    Product,
    RatePlan,
    Terms,
    Use,
    offers_of,
    read_plans,
    read_products,
    read_terms,
)

UNTAXED = "accommodation"
"""The tax class of the nights. It has no rate: the article does not say whether rates have tax
in them, so the whole rate is revenue."""

_MEALS = {
    "BB": ("Bed and breakfast", "含早餐"),
    "HB": ("Half board", "半膳"),
    "FB": ("Full board", "全膳"),
}
_NO_MEALS = ("Room only", "不含餐")
_DEPOSITS: Mapping[hotel_bookings.DepositType, tuple[str, str]] = {
    "No Deposit": ("no deposit", "无押金"),
    "Non Refund": ("paid at booking, not refundable", "预付不可退"),
    "Refundable": ("refundable", "可退"),
}
MOST_TRIES = 3
"""How often the catalogue is completed anew when somebody else has entered the same things."""

_UNKNOWN = "unknown"
_FREE = Cancellation(free_hours=0, fee_bp=0, no_show_bp=0)
_KEEPS_ALL = Cancellation(free_hours=None, fee_bp=10_000, no_show_bp=10_000)


class RoomType(Struct, frozen=True):
    """A room type of a hotel as a file knows it."""

    hotel: str
    code: str


class Catalogue(Struct, frozen=True):
    """Everything that a booking of the feed refers to, found by the file's own names."""

    organisation: Organisation
    platform: int
    stores: dict[str, int]
    terms: dict[int, list[Terms]]
    rooms: dict[RoomType, Resource]
    products: dict[RoomType, Product]
    plans: dict[tuple[str, str], RatePlan]
    offers: dict[tuple[int, int], Offer]
    customers: dict[str, Customer]

    def room(self, booking: hotel_bookings.HotelBooking) -> Resource:
        """The resource that a booking takes up."""
        return self.rooms[RoomType(booking.hotel, booking.room_type)]

    def product(self, booking: hotel_bookings.HotelBooking) -> Product:
        """What a booking is for."""
        return self.products[RoomType(booking.hotel, booking.room_type)]

    def book(self, room: Resource) -> int:
        """The book that the hotel's rooms are kept in."""
        place = self.organisation.place(room.store_id, SINCE)
        if place is None:
            raise RuntimeError(f"store {room.store_id} has not all of its parents")
        return place.entity.id

    def plan(self, booking: hotel_bookings.HotelBooking) -> RatePlan:
        """The conditions of a booking."""
        return self.plans[booking.hotel, plan_code(booking)]


def plan_code(booking: hotel_bookings.HotelBooking) -> str:
    """What a rate plan is called: meals and deposit."""
    return f"{booking.meal or 'Undefined'}/{booking.deposit}"


def guest_code(country: str) -> str:
    """The customer who stands for the guests of a country."""
    return f"{hotel_bookings.FEED}:guest:{country or _UNKNOWN}"


def agent_code(agent: str) -> str:
    """A travel agent, by the file's number."""
    return f"{hotel_bookings.FEED}:agent:{agent}"


def company_code(company: str) -> str:
    """A company that pays, by the file's number."""
    return f"{hotel_bookings.FEED}:company:{company}"


async def read_catalogue(
    house: House, stores: dict[str, int], customer_codes: Iterable[str]
) -> Catalogue:
    """What is there of the feed's stores, and those of the customers who are known."""
    organisation = await house.organisation(stores.values())
    hotel_of = {id: hotel for hotel, id in stores.items()}
    offers = await offers_of(house.database, list(hotel_of))
    products = await read_products(house.database, [offer.product_id for offer in offers])
    plans = await read_plans(house.database, [offer.plan_id for offer in offers])
    terms: dict[int, list[Terms]] = {id: [] for id in hotel_of}
    for row in await read_terms(house.database, list(hotel_of)):
        terms[row.store_id].append(row)
    return Catalogue(
        organisation,
        organisation.group.platform_entity_id,
        stores,
        terms,
        {
            RoomType(hotel_of[room.store_id], room.code): room
            for room in await resources_of(house.database, list(hotel_of))
        },
        {RoomType(hotel_of[one.store_id], one.code): one for one in products.values()},
        {(hotel_of[plan.store_id], plan.code): plan for plan in plans.values()},
        {(offer.product_id, offer.plan_id): offer for offer in offers},
        await find_customers(house.database, list(customer_codes)),
    )


async def complete_catalogue(
    house: House,
    stores: dict[str, int],
    bookings: Sequence[hotel_bookings.HotelBooking],
    capacities: Mapping[RoomType, int],
) -> Catalogue:
    """The catalogue with everything that the bookings refer to; what is missing is entered.

    A room type that is new has the capacity given here.
    """
    samples = {(one.hotel, one.room_type, one.meal, one.deposit): one for one in bookings}.values()
    people = sorted({code for booking in bookings for code in customer_codes(booking)})
    refused = None
    for _ in range(MOST_TRIES):
        catalogue = await read_catalogue(house, stores, people)
        missing = [code for code in people if code not in catalogue.customers]
        ids = await house.ids.take(1 + len(missing) + 4 * len(samples))
        key = f"catalogue:{next(ids)}"
        records: list[Struct] = [_customer(code, next(ids)) for code in missing]
        records += _goods(catalogue, samples, capacities, ids)
        if not records:
            return catalogue
        refused = await enter(house, By(FEED_ACTOR, key), tuple(records), told="feed.catalogue")
    raise RuntimeError(f"the feed's catalogue could not be entered: {refused}")


def customer_codes(booking: hotel_bookings.HotelBooking) -> tuple[str, ...]:
    """Everybody whom a booking names: guest, agent, company."""
    codes = [guest_code(booking.country)]
    if booking.agent:
        codes.append(agent_code(booking.agent))
    if booking.company:
        codes.append(company_code(booking.company))
    return tuple(codes)


def _customer(code: str, id: int) -> Customer:
    _, kind, name = code.split(":", 2)
    match kind:
        case "agent":
            return Customer(id=id, kind="agent", code=code, name=f"Agent {name}")
        case "company":
            return Customer(id=id, kind="company", code=code, name=f"Company {name}")
    country = "" if name == _UNKNOWN else name
    return Customer(id=id, kind="person", code=code, name=f"Hotel guests ({name})", country=country)


def _goods(
    catalogue: Catalogue,
    samples: Iterable[hotel_bookings.HotelBooking],
    capacities: Mapping[RoomType, int],
    ids: Iterator[int],
) -> list[Struct]:
    """Resources, products, plans and offers that a sample of each kind of booking lacks."""
    rooms, products, plans = dict(catalogue.rooms), dict(catalogue.products), dict(catalogue.plans)
    offers = set(catalogue.offers)
    records: list[Struct] = []
    for sample in samples:
        store_id = catalogue.stores[sample.hotel]
        kind = RoomType(sample.hotel, sample.room_type)
        if kind not in rooms:
            rooms[kind] = _room(next(ids), store_id, kind.code, capacities.get(kind, 0))
            products[kind] = _product(next(ids), rooms[kind])
            records += [rooms[kind], products[kind]]
        code = plan_code(sample)
        if (sample.hotel, code) not in plans:
            plans[sample.hotel, code] = _plan(next(ids), store_id, sample)
            records.append(plans[sample.hotel, code])
        product, plan = products[kind], plans[sample.hotel, code]
        if (product.id, plan.id) not in offers:
            offers.add((product.id, plan.id))
            records.append(_offer(next(ids), product, plan))
    return records


def _room(id: int, store_id: int, code: str, quantity: int) -> Resource:
    return Resource(
        id=id,
        store_id=store_id,
        code=code,
        name_en=f"Room type {code}",
        name_zh=f"{code} 房型",
        kind="room",
        calendar=(CapacityRule(quantity=quantity),),
    )


def _product(id: int, room: Resource) -> Product:
    return Product(
        id=id,
        store_id=room.store_id,
        code=room.code,
        name_en=room.name_en,
        name_zh=room.name_zh,
        segment="hotel",
        tax_class=UNTAXED,
        uses=(Use(resource_id=room.id, pattern="nights"),),
        most=1,
    )


def _plan(id: int, store_id: int, sample: hotel_bookings.HotelBooking) -> RatePlan:
    meals_en, meals_zh = _MEALS.get(sample.meal, _NO_MEALS)
    deposit_en, deposit_zh = _DEPOSITS[sample.deposit]
    prepaid = sample.deposit == "Non Refund"
    return RatePlan(
        id=id,
        store_id=store_id,
        code=plan_code(sample),
        name_en=f"{meals_en}, {deposit_en}",
        name_zh=f"{meals_zh}，{deposit_zh}",
        guarantee="prepaid" if prepaid else "none",
        cancellation=_KEEPS_ALL if prepaid else _FREE,
        meals=sample.meal,
    )


def _offer(id: int, product: Product, plan: RatePlan) -> Offer:
    """An offer without prices: it names what was sold, and nobody can buy it."""
    return Offer(
        id=id,
        store_id=product.store_id,
        product_id=product.id,
        plan_id=plan.id,
        currency=hotel_bookings.CURRENCY,
        prices=(),
        since=SINCE,
        until=SINCE,
    )
