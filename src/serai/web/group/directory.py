"""The organisation as it stands on one day, laid out the way pages ask for it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol, get_args
from zoneinfo import ZoneInfo

from serai.cloud import Organisation, Place, Segment
from serai.web.languages import Language

SEGMENTS: tuple[Segment, ...] = get_args(Segment)
DEFAULT_TIMEZONE = "Asia/Shanghai"


class Named(Protocol):
    """A node of the organisation, or anything else that has a name in both languages."""

    @property
    def name_en(self) -> str: ...

    @property
    def name_zh(self) -> str: ...


def name_of(node: Named, language: Language) -> str:
    """The node's name as a reader of `language` calls it."""
    return node.name_zh if language == "zh-CN" else node.name_en


class Directory:
    """Every store that trades on a day, with its parents, and the stores below each of these."""

    def __init__(self, organisation: Organisation, day: date) -> None:
        self.organisation = organisation
        self.day = day
        found = (organisation.place(store_id, day) for store_id in organisation.stores)
        self.places: dict[int, Place] = {place.store.id: place for place in found if place}
        self._by_brand: dict[int, list[Place]] = defaultdict(list)
        self._by_city: dict[int, list[Place]] = defaultdict(list)
        for place in self.places.values():
            self._by_brand[place.brand.id].append(place)
            self._by_city[place.city.id].append(place)
        platform = organisation.entities[organisation.group.platform_entity_id]
        self.currency = platform.currency
        self.timezone = timezone_of(organisation)

    def of_brand(self, brand_id: int) -> Sequence[Place]:
        """The stores of a brand."""
        return self._by_brand.get(brand_id, ())

    def in_city(self, city_id: int) -> Sequence[Place]:
        """The stores in a city."""
        return self._by_city.get(city_id, ())

    def cities(self) -> list[int]:
        """The cities that have stores."""
        return list(self._by_city)


def timezone_of(organisation: Organisation) -> str:
    """Where most stores are: the time zone in which the group's own day is reckoned."""
    zones = Counter(store.timezone for store in organisation.stores.values())
    return zones.most_common(1)[0][0] if zones else DEFAULT_TIMEZONE


def today_in(timezone: str, now: datetime) -> date:
    """The date on a calendar in `timezone`."""
    return now.astimezone(ZoneInfo(timezone)).date()


def count_by_segment(places: Iterable[Place]) -> Counter[str]:
    """How many stores there are of each segment."""
    return Counter(place.store.segment for place in places)
