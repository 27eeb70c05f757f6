"""Stores, brands and cities: where things are sold, and under which name."""

from collections.abc import Container

from litestar import get
from msgspec import Struct, convert, structs

from serai.api.v1.asking import AskedHouse
from serai.api.v1.cursors import cut_at
from serai.api.v1.fields import (
    USUAL_LIMIT,
    Cursor,
    Limit,
    NodeId,
    OfSegment,
    PathId,
    SearchText,
    SegmentName,
)
from serai.api.v1.problems import RefusedRequest, no_such
from serai.api.v1.statuses import READ, READ_ONE
from serai.cloud import Brand, City, Place, Store

TAGS = ["Organisation"]


class BrandAnswer(Struct, frozen=True, kw_only=True):
    """A name that guests know, in the segment that most of its stores are in."""

    id: int
    code: str
    name_en: str
    name_zh: str
    segment: SegmentName


class CityAnswer(Struct, frozen=True, kw_only=True):
    """A city: coordinates in degrees (WGS 84), `country` as ISO letters."""

    id: int
    code: str
    name_en: str
    name_zh: str
    country: str
    latitude: float
    longitude: float
    timezone: str
    population: int


class StoreAnswer(Struct, frozen=True, kw_only=True):
    """A store with its parents of today: brand, legal entity, operator and city. `own` when the
    group runs it itself; its business day ends `closing_minute` minutes after local midnight."""

    id: int
    code: str
    name_en: str
    name_zh: str
    segment: SegmentName
    latitude: float
    longitude: float
    timezone: str
    closing_minute: int
    brand_id: int
    entity_id: int
    operator_id: int
    city_id: int
    own: bool


class StoreDetail(Struct, frozen=True, kw_only=True):
    """A store, with its brand and its city in full."""

    store: StoreAnswer
    brand: BrandAnswer
    city: CityAnswer
    currency: str


class BrandPage(Struct, frozen=True):
    """Brands by id; `next` is the cursor of the next page, null on the last."""

    items: tuple[BrandAnswer, ...]
    next: str | None


class CityPage(Struct, frozen=True):
    """Cities by id; `next` is the cursor of the next page, null on the last."""

    items: tuple[CityAnswer, ...]
    next: str | None


class StorePage(Struct, frozen=True):
    """Stores by id; `next` is the cursor of the next page, null on the last."""

    items: tuple[StoreAnswer, ...]
    next: str | None


@get(
    "/brands",
    operation_id="listBrands",
    summary="List brands",
    response_description="A page of brands.",
    tags=TAGS,
    responses=READ,
    opt={"right": "catalogue.read"},
)
async def list_brands(
    house: AskedHouse,
    segment: OfSegment = None,
    text: SearchText = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> BrandPage:
    """The group's brands."""
    organisation = await house.organisation()
    brands = [
        brand
        for brand in organisation.brands.values()
        if segment in (None, brand.segment) and _holds(brand, text)
    ]
    page = cut_at(cursor, brands, limit)
    return BrandPage(tuple(brand_answer(brand) for brand in page.rows), page.next)


@get(
    "/cities",
    operation_id="listCities",
    summary="List cities",
    response_description="A page of cities.",
    tags=TAGS,
    responses=READ,
    opt={"right": "catalogue.read"},
)
async def list_cities(
    house: AskedHouse,
    text: SearchText = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> CityPage:
    """The cities in which the group has stores."""
    organisation = await house.organisation()
    cities = [city for city in organisation.cities.values() if _holds(city, text)]
    page = cut_at(cursor, cities, limit)
    return CityPage(tuple(city_answer(city) for city in page.rows), page.next)


@get(
    "/stores",
    operation_id="listStores",
    summary="List stores",
    response_description="A page of stores.",
    tags=TAGS,
    responses=READ,
    opt={"right": "catalogue.read"},
)
async def list_stores(
    house: AskedHouse,
    city: NodeId = None,
    brand: NodeId = None,
    segment: OfSegment = None,
    text: SearchText = None,
    limit: Limit = USUAL_LIMIT,
    cursor: Cursor = None,
) -> StorePage:
    """The stores of the group, own and franchised."""
    organisation = await house.organisation()
    today = house.clock().date()
    check_node("city", city, organisation.cities)
    check_node("brand", brand, organisation.brands)
    stores = [
        store
        for store in organisation.stores.values()
        if segment in (None, store.segment)
        and _holds(store, text)
        and (city is None or organisation.parent(store.id, "city", today) == city)
        and (brand is None or organisation.parent(store.id, "brand", today) == brand)
    ]
    page = cut_at(cursor, stores, limit)
    places = [organisation.place(store.id, today) for store in page.rows]
    shown = tuple(store_answer(place) for place in places if place is not None)
    return StorePage(shown, page.next)


@get(
    "/stores/{store_id:int}",
    operation_id="getStore",
    summary="Get a store",
    response_description="The store.",
    tags=TAGS,
    responses=READ_ONE,
    opt={"right": "catalogue.read"},
)
async def get_store(house: AskedHouse, store_id: PathId) -> StoreDetail:
    """One store, as it stands today."""
    place = (await house.organisation()).place(store_id, house.clock().date())
    if place is None:
        raise RefusedRequest(no_such("store", "store_id"))
    return StoreDetail(
        store=store_answer(place),
        brand=brand_answer(place.brand),
        city=city_answer(place.city),
        currency=place.entity.currency,
    )


def _holds(node: Brand | City | Store, text: str | None) -> bool:
    return text is None or text.casefold() in node.name_en.casefold() or text in node.name_zh


def check_node(kind: str, id: int | None, nodes: Container[int]) -> None:
    """Refuse a parameter that names a node which does not exist."""
    if id is not None and id not in nodes:
        raise RefusedRequest(no_such(kind, kind))


def brand_answer(brand: Brand) -> BrandAnswer:
    """A brand as it is told."""
    return convert(brand, BrandAnswer, from_attributes=True)


def city_answer(city: City) -> CityAnswer:
    """A city as it is told."""
    return convert(city, CityAnswer, from_attributes=True)


def store_answer(place: Place) -> StoreAnswer:
    """A store as it is told, with its parents."""
    known = structs.asdict(place.store)
    del known["version"]
    return StoreAnswer(
        **known,
        brand_id=place.brand.id,
        entity_id=place.entity.id,
        operator_id=place.operator.id,
        city_id=place.city.id,
        own=place.operator.own,
    )
