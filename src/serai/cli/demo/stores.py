"""The demo's stores: which brand has how many in which city, their names and their parents."""

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate, cycle
from math import cos, log10, radians
from random import Random

from msgspec import Struct

from serai.cli.demo.group import (
    LONG_AGO,
    OWN_OPERATOR_CODE,
    Nodes,
    chosen_brands,
    chosen_cities,
    city_code,
    entity_code,
    operator_codes,
)
from serai.cli.demo.landmarks import Landmark, landmarks_of
from serai.cli.demo.scale import Scale, chance
from serai.cli.demo.sources import BrandSource, CitySource, Spot, city_spots
from serai.cloud import Axis, Segment, Store, StoreParent
from serai.core import split
from serai.merchants import Terms

CLOSING_MINUTES: dict[Segment, int] = {
    "hotel": 240, "dining": 240, "tour": 0, "ticket": 0, "retail": 0,
}  # fmt: skip
COMMISSION_TAX_BP = 600
OWN_COMMISSIONS_BP = (500, 600, 700, 800)
AGENT_COMMISSIONS_BP = (1000, 1200, 1500, 1800)
OTA_EXTRA_BP = 300
KILOMETRES_A_DEGREE = 111.0
MOST_IN_CITY: dict[Segment, int] = {
    "hotel": 30,
    "dining": 40,
    "tour": 12,
    "ticket": 6,
    "retail": 30,
}

_SINGULAR = {
    "Hotels": "Hotel", "Inns": "Inn", "Lodges": "Lodge", "Resorts": "Resort", "Houses": "House",
    "Residences": "Residence", "Hostels": "Hostel", "Museums": "Museum", "Gardens": "Garden",
    "Aquariums": "Aquarium", "Caves": "Cave", "Towns": "Town", "Mountains": "Mountain",
    "Parks": "Park",
}  # fmt: skip


class Plot(Struct, frozen=True):
    """A store as it is planned: the first of a brand is its flagship."""

    code: str
    brand: BrandSource
    city: CitySource
    spot: Spot
    landmark: Landmark
    own: bool
    flagship: bool

    @property
    def name_en(self) -> str:
        """The name of one house, not of the brand."""
        *first, last = self.brand.name_en.split(" ")
        house = " ".join([*first, _SINGULAR.get(last, last)])
        city = self.city.name_en
        there = (
            self.landmark.en if self.landmark.en.startswith(city) else f"{city} {self.landmark.en}"
        )
        return f"{house} · {there}"

    @property
    def name_zh(self) -> str:
        """The name of one house, as its sign reads."""
        city, landmark = self.city.name_zh, self.landmark.zh.removeprefix(self.city.name_zh)
        return f"{self.brand.name_zh} · {city}{landmark}店"


def plots(scale: Scale, seed: int) -> tuple[Plot, ...]:
    """Every store of the demo, brand by brand; the same for a seed each time."""
    brands = chosen_brands(scale)
    counts = split(scale.stores - len(brands), [brand.weight for brand in brands])
    left = {brand.code: 1 + count for brand, count in zip(brands, counts, strict=True)}
    cities = _place(scale, seed, brands, left)
    spots = city_spots()
    planned = []
    for brand in brands:
        luck = chance(seed, "brand", brand.code)
        used: dict[str, Iterator[Landmark]] = {}
        own = _own_ones(brand, len(cities[brand.code]), luck)
        for n, city in enumerate(cities[brand.code]):
            if city.name_en not in used:
                used[city.name_en] = iter(_shuffled_landmarks(city.name_en, luck))
            planned.append(
                Plot(
                    code=f"{brand.code}-{n + 1:04d}",
                    brand=brand,
                    city=city,
                    spot=spots[city.geoname_id],
                    landmark=next(used[city.name_en]),
                    own=n in own,
                    flagship=n == 0,
                )
            )
    return tuple(planned)


def _shuffled_landmarks(city_en: str, luck: Random) -> list[Landmark]:
    """A city's own quarters first, so that they do not drown in those of every city."""
    own, others = landmarks_of(city_en)
    return [*luck.sample(own, len(own)), *luck.sample(others, len(others))]


def _own_ones(brand: BrandSource, count: int, luck: Random) -> frozenset[int]:
    """Which of a brand's stores the group runs itself; the flagship where it runs any."""
    own = count * brand.own_percent // 100
    if not own:
        return frozenset()
    return frozenset([0, *luck.sample(range(1, count), own - 1)])


def _place(
    scale: Scale, seed: int, brands: tuple[BrandSource, ...], left: dict[str, int]
) -> dict[str, list[CitySource]]:
    """The cities of each brand's stores: its home first, then no city without a store."""
    cities = chosen_cities(scale)
    spots = city_spots()
    placed: dict[str, list[CitySource]] = {brand.code: [] for brand in brands}

    def put(brand: BrandSource, city: CitySource) -> None:
        placed[brand.code].append(city)
        left[brand.code] -= 1

    reached = {brand.code: [city for city in cities if reaches(brand, city)] for brand in brands}
    for brand in brands:
        home = [city for city in cities if city.name_en == brand.home]
        put(brand, (home or reached[brand.code] or list(cities))[0])
    for segment in ("hotel", "dining", "retail"):
        everywhere = [one for one in brands if one.segment == segment and not one.reach]
        for city, brand in zip(cities, cycle(everywhere), strict=False):
            if left[brand.code] > 0:
                put(brand, city)
    for brand in brands:
        luck = chance(seed, "place", brand.code)
        open_to = reached[brand.code] or list(cities)
        weights = list(accumulate(_pull(city, spots[city.geoname_id]) for city in open_to))
        there = Counter(city.geoname_id for city in placed[brand.code])
        while left[brand.code] > 0:
            (city,) = luck.choices(open_to, cum_weights=weights)
            if there[city.geoname_id] < _most(brand, len(open_to)):
                there[city.geoname_id] += 1
                put(brand, city)
    return placed


def _most(brand: BrandSource, cities: int) -> int:
    """How many stores of a brand one city takes; more where there are few cities to choose from."""
    return max(MOST_IN_CITY[brand.segment], 2 * brand.weight // cities)


def reaches(brand: BrandSource, city: CitySource) -> bool:
    """Whether a brand opens stores in a city."""
    match brand.reach:
        case "":
            return True
        case "big":
            return city.level <= 2
        case "draw":
            return city.draw >= 3
        case "coast" | "steppe" | "desert":
            return brand.reach in city.scenery.split()
        case region:
            return city.region == region


def _pull(city: CitySource, spot: Spot) -> float:
    """How likely a city gets the next store."""
    return float(spot.population**0.7 * (1 + 0.4 * (city.draw - 1)))


def open_store(
    plot: Plot, nodes: Nodes, ids: Iterator[int], seed: int
) -> tuple[Store, tuple[Struct, ...]]:
    """A store, with its parents and its terms."""
    luck = chance(seed, "store", plot.code)
    segment = plot.brand.segment
    latitude, longitude = _scatter(plot.spot, luck)
    store = Store(
        id=next(ids),
        code=plot.code,
        name_en=plot.name_en,
        name_zh=plot.name_zh,
        segment=segment,
        latitude=latitude,
        longitude=longitude,
        timezone=plot.spot.timezone,
        closing_minute=CLOSING_MINUTES[segment],
    )
    operator = OWN_OPERATOR_CODE if plot.own else luck.choice(operator_codes(segment))
    parents: tuple[tuple[Axis, int], ...] = (
        ("brand", nodes.brands[plot.brand.code]),
        ("entity", nodes.entities[entity_code(segment, plot.city.region, own=plot.own)]),
        ("operator", nodes.operators[operator]),
        ("city", nodes.cities[city_code(plot.city)]),
    )
    return store, (
        *(
            StoreParent(id=next(ids), store_id=store.id, axis=axis, parent_id=parent,
                        since=LONG_AGO)
            for axis, parent in parents
        ),
        *_terms(store.id, plot, ids, luck),
    )  # fmt: skip


def _scatter(spot: Spot, luck: Random) -> tuple[float, float]:
    """Somewhere around the middle of the city: the larger it is, the wider."""
    spread_km = 1.5 + 2.5 * max(0.0, log10(spot.population / 100_000))
    north_km, east_km = (max(-2.0, min(2.0, luck.gauss(0, 1))) * spread_km for _ in range(2))
    latitude = spot.latitude + north_km / KILOMETRES_A_DEGREE
    longitude = spot.longitude + east_km / (KILOMETRES_A_DEGREE * cos(radians(spot.latitude)))
    return round(latitude, 5), round(longitude, 5)


def _terms(store_id: int, plot: Plot, ids: Iterator[int], luck: Random) -> Iterator[Terms]:
    """The agreement for every channel, and a dearer one for hotels' sales through online agents."""
    rate = luck.choice(OWN_COMMISSIONS_BP if plot.own else AGENT_COMMISSIONS_BP)
    channels = [("*", rate)]
    if plot.brand.segment == "hotel":
        channels.append(("ota", rate + OTA_EXTRA_BP))
    for channel, commission_bp in channels:
        yield Terms(
            id=next(ids),
            store_id=store_id,
            channel=channel,
            kind="principal" if plot.own else "agent",
            commission_bp=commission_bp,
            commission_tax_bp=COMMISSION_TAX_BP,
            collects="platform",
            since=LONG_AGO,
        )
