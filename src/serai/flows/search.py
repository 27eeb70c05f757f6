"""Search: what is on sale where, and, for a day, what can be bought and at which price."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct

from serai.cloud import Axis, Organisation, Segment
from serai.core import Refusal
from serai.flows.availability import Availability, Enquiry, OnSale, availability
from serai.flows.house import House
from serai.flows.refusals import unknown
from serai.merchants import Offer, find_offers, read_plans, read_products, read_terms, terms_on

AT_A_TIME = 200
MOST_LOOKED_AT = 5 * AT_A_TIME
"""How many offers one page is picked from at most; a page that stays short goes on at `next`."""


class Search(Struct, frozen=True, kw_only=True):
    """What is looked for, by a buyer of `channel`; what is None narrows nothing.

    With an `enquiry` the offers are priced, and those that cannot be sold so are left out, unless
    they are wanted with the reason (`closed_too`). `after` is the last offer of the page before.
    """

    channel: str
    city: int | None = None
    brand: int | None = None
    store: int | None = None
    segment: Segment | None = None
    text: str | None = None
    enquiry: Enquiry | None = None
    closed_too: bool = False
    after: int = 0


class Found(Struct, frozen=True):
    """An offer that was found; with its availability when there was an enquiry."""

    on_sale: OnSale
    availability: Availability | None


class FoundPage(Struct, frozen=True):
    """Offers by id; the search goes on after `next`, None when it has seen them all."""

    found: tuple[Found, ...]
    next: int | None


async def search(house: House, wanted: Search, most: int = 50) -> FoundPage | Refusal:
    """A page of at most `most` offers."""
    organisation = await house.organisation()
    refused = _check_nodes(organisation, wanted)
    if refused is not None:
        return refused
    moment = house.clock()
    today = moment.date()
    stores = _stores_below(organisation, wanted, today)
    named = _stores_named(organisation, wanted.text, today) if wanted.text else []
    found: list[Found] = []
    after, looked_at = wanted.after, 0
    at_a_time = most + 1
    while looked_at < MOST_LOOKED_AT:
        offers = await find_offers(
            house.database,
            stores=stores,
            named=named,
            segment=wanted.segment,
            text=wanted.text,
            day=wanted.enquiry.day if wanted.enquiry and not wanted.closed_too else None,
            after=after,
            most=at_a_time,
        )
        for one in await _look_at(house, wanted, offers, moment):
            if len(found) == most:
                return FoundPage(tuple(found), found[-1].on_sale.offer.id)
            found.append(one)
        if len(offers) < at_a_time:
            return FoundPage(tuple(found), None)
        after, looked_at, at_a_time = offers[-1].id, looked_at + len(offers), AT_A_TIME
    return FoundPage(tuple(found), after)


async def _look_at(
    house: House, wanted: Search, offers: Sequence[Offer], moment: datetime
) -> list[Found]:
    """The offers that are on sale, less those that cannot be sold as asked for."""
    on_sale = await _gather(house, wanted, offers, moment.date())
    if wanted.enquiry is None:
        return [Found(one, None) for one in on_sale]
    answers = await availability(house, wanted.enquiry, on_sale, moment)
    return [
        Found(one, answer)
        for one, answer in zip(on_sale, answers, strict=True)
        if wanted.closed_too or answer.refusal is None
    ]


async def _gather(
    house: House, wanted: Search, offers: Sequence[Offer], today: date
) -> list[OnSale]:
    """The offers of stores that trade on the channel today."""
    stores = sorted({offer.store_id for offer in offers})
    organisation = await house.organisation(stores)
    terms = await read_terms(house.database, stores)
    products = await read_products(house.database, [offer.product_id for offer in offers])
    plans = await read_plans(house.database, [offer.plan_id for offer in offers])
    places = {id: organisation.place(id, today) for id in stores}
    trading = {
        id
        for id in stores
        if terms_on([row for row in terms if row.store_id == id], wanted.channel, today)
    }
    return [
        OnSale(offer, products[offer.product_id], plans[offer.plan_id], place)
        for offer in offers
        if (place := places[offer.store_id]) is not None and offer.store_id in trading
    ]


def _check_nodes(organisation: Organisation, wanted: Search) -> Refusal | None:
    if wanted.city is not None and wanted.city not in organisation.cities:
        return unknown("city", "city")
    if wanted.brand is not None and wanted.brand not in organisation.brands:
        return unknown("brand", "brand")
    if wanted.store is not None and wanted.store not in organisation.stores:
        return unknown("store", "store")
    return None


def _stores_below(organisation: Organisation, wanted: Search, today: date) -> list[int] | None:
    """The stores that are wanted by city, brand or their own id; None for all of them."""
    if wanted.city is None and wanted.brand is None:
        return None if wanted.store is None else [wanted.store]
    nodes: list[tuple[Axis, int | None]] = [("city", wanted.city), ("brand", wanted.brand)]
    among = organisation.stores if wanted.store is None else (wanted.store,)
    return [
        store
        for store in among
        if all(
            node is None or organisation.parent(store, axis, today) == node for axis, node in nodes
        )
    ]


def _stores_named(organisation: Organisation, text: str, today: date) -> list[int]:
    """The stores whose name, or whose brand's or city's name, holds the text."""
    wanted = text.casefold()
    brands = {
        id
        for id, brand in organisation.brands.items()
        if wanted in brand.name_en.casefold() or wanted in brand.name_zh
    }
    cities = {
        id
        for id, city in organisation.cities.items()
        if wanted in city.name_en.casefold() or wanted in city.name_zh
    }
    return [
        id
        for id, store in organisation.stores.items()
        if wanted in store.name_en.casefold()
        or wanted in store.name_zh
        or (brands and organisation.parent(id, "brand", today) in brands)
        or (cities and organisation.parent(id, "city", today) in cities)
    ]
