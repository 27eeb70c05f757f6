"""The market: what is on sale where, and how many customers each shop pulls."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate
from random import Random

from msgspec import Struct

from serai.cli.demo import tables
from serai.cli.demo.counter import CURRENCY
from serai.cli.demo.scale import chance
from serai.cli.demo.sources import BrandSource, CitySource, brand_sources, city_sources
from serai.cloud import Organisation, Segment, Store
from serai.core import Database
from serai.merchants import Guarantee

FLAGSHIP_PULL = 15.0
DEAREST_TIER = 5


class OnSale(Struct, frozen=True):
    """An offer as a customer sees it; `capacity` is of the resource `resource_id` that it uses
    first, in any of its slots."""

    offer_id: int
    store_id: int
    segment: Segment
    product: str
    guarantee: Guarantee
    most: int
    starts: tuple[int, ...]
    capacity: int
    resource_id: int


class Shop(Struct, frozen=True):
    """A store with what it has on sale."""

    store: Store
    brand: BrandSource
    city: CitySource
    offers: tuple[OnSale, ...]
    pull: float

    @property
    def flagship(self) -> bool:
        """Whether this is the first house of its brand."""
        return self.store.code.endswith("-0001")


class _Stall:
    """Shops to draw from, the likelier the more they pull."""

    def __init__(self, shops: Sequence[Shop]) -> None:
        self._shops = shops
        self._pulls = list(accumulate(shop.pull for shop in shops))

    def draw(self, luck: Random) -> Shop:
        return luck.choices(self._shops, cum_weights=self._pulls)[0]


class Market:
    """Every shop, to be drawn from by segment and city."""

    def __init__(self, shops: Iterable[Shop]) -> None:
        everywhere: dict[str, list[Shop]] = defaultdict(list)
        there: dict[tuple[int, str], list[Shop]] = defaultdict(list)
        self.shops: dict[str, Shop] = {}
        self.crew_hotels: list[Shop] = []
        for shop in shops:
            segment = shop.store.segment
            self.shops[shop.store.code] = shop
            if segment == "hotel" and shop.flagship and shop.brand.tier < DEAREST_TIER:
                self.crew_hotels.append(shop)
            everywhere[segment].append(shop)
            there[shop.city.geoname_id, segment].append(shop)
        self._everywhere = {segment: _Stall(found) for segment, found in everywhere.items()}
        self._there = {place: _Stall(found) for place, found in there.items()}

    def somewhere(self, segment: Segment, luck: Random) -> Shop | None:
        """A shop of a segment, or None where there is none at all."""
        stall = self._everywhere.get(segment)
        return stall.draw(luck) if stall else None

    def nearby(self, segment: Segment, city: CitySource, luck: Random) -> Shop | None:
        """A shop of a segment in a city, or None where the city has none."""
        stall = self._there.get((city.geoname_id, segment))
        return stall.draw(luck) if stall else None


async def read_market(
    database: Database, organisation: Organisation, seed: int, day: date
) -> Market:
    """The demo's market as it stands on a day."""
    offers: dict[int, list[OnSale]] = defaultdict(list)
    for one in await database.all(OnSale, tables.ON_SALE, currency=CURRENCY):
        offers[one.store_id].append(one)
    brands = {brand.code: brand for brand in brand_sources()}
    cities = {city.name_en: city for city in city_sources()}
    shops = []
    for store in organisation.stores.values():
        place = organisation.place(store.id, day)
        brand = brands.get(store.code.partition("-")[0])
        city = cities.get(place.city.name_en) if place else None
        if brand and city and offers[store.id]:
            pull = _pull(store, brand, city, seed)
            shops.append(Shop(store, brand, city, tuple(offers[store.id]), pull))
    return Market(shops)


def _pull(store: Store, brand: BrandSource, city: CitySource, seed: int) -> float:
    """Some houses are much liked, most are not; visitors go where others go."""
    liked = chance(seed, "pull", store.code).lognormvariate(0, 1.1)
    flagship = FLAGSHIP_PULL if store.code.endswith("-0001") else 1.0
    return liked * flagship * (0.6 + 0.4 * city.draw) * (6 - city.level) * (1 + brand.tier / 3)
