"""What customers wish for: who comes, to which shop, on which day, for how long."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from serai.cli.demo.holidays import MOODS, Mood, demand
from serai.cli.demo.market import Market, OnSale, Shop
from serai.cloud import Segment

Choice = TypeVar("Choice")

SEGMENTS: dict[Segment, int] = {
    "hotel": 42, "dining": 23, "ticket": 17, "tour": 6, "retail": 12,
}  # fmt: skip
"""Of a hundred orders, how many begin with a wish of this segment."""

LEAD_DAYS: dict[Segment, float] = {
    "hotel": 11.0, "dining": 2.2, "ticket": 4.0, "tour": 9.0, "retail": 0.8,
}  # fmt: skip
BUSINESS_LEAD_DAYS = 5.0
GROUP_LEAD_DAYS = 25.0
MOST_LEAD_DAYS = 58

HOURS = (2, 1, 1, 0, 0, 1, 3, 6, 9, 11, 12, 11, 10, 9, 9, 10, 10, 10, 12, 14, 16, 17, 13, 7)
"""How many orders come in each hour of the day, as customers' clocks show it."""

BUSIEST_DEMAND = 230
ALSO: dict[Segment, tuple[tuple[Segment, int], ...]] = {
    "hotel": (("dining", 9), ("ticket", 9), ("tour", 3), ("retail", 2)),
    "ticket": (("dining", 8), ("retail", 4)),
    "tour": (("dining", 7), ("ticket", 5), ("retail", 4)),
}
"""In percent, what goes along in the same order."""

CREW_LEAD_DAYS, CREW_ROOMS, CREW_NIGHTS = (3, 40), (6, 10), (7, 14)
CREW_OFFERS = 6
"""Crews sleep in the plainer rooms: the first two types, under each of their plans."""

CHECK_IN_MINUTE = 15 * 60
PICK_UP_MINUTES = (10 * 60, 20 * 60)


class Wish(Struct, frozen=True):
    """One line that somebody wants: an offer of a shop, from a day and minute on."""

    shop: Shop
    offer: OnSale
    first_day: date
    minute: int
    quantity: int
    nights: int
    ready: datetime
    """When the service begins, or the goods can be had."""


class Outing(Struct, frozen=True):
    """The wishes of one order; `mood` tells a business traveller from a holidaymaker, and a
    `group` comes in many rooms."""

    wishes: tuple[Wish, ...]
    mood: Mood
    adults: int
    children: int
    group: bool


def weighted(luck: Random, weights: dict[Choice, int]) -> Choice:
    """One of the keys, as likely as it weighs."""
    return luck.choices(list(weights), weights=list(weights.values()))[0]


def draw_crew(market: Market, luck: Random, moment: datetime) -> Outing | None:
    """Many rooms for many nights in a flagship hotel: crews, projects, series of groups."""
    if not market.crew_hotels:
        return None
    shop = luck.choice(market.crew_hotels)
    lead_days = luck.randint(*CREW_LEAD_DAYS)
    first_day = _local(moment, shop).date() + timedelta(days=lead_days)
    offer = luck.choice(shop.offers[:CREW_OFFERS])
    rooms = min(luck.randint(*CREW_ROOMS), offer.most, offer.capacity)
    ready = local_moment(shop, first_day, CHECK_IN_MINUTE)
    wish = Wish(shop, offer, first_day, 0, rooms, luck.randint(*CREW_NIGHTS), ready)
    return Outing((wish,), "business", rooms, 0, True)


def draw_outing(market: Market, luck: Random, moment: datetime) -> Outing | None:
    """What somebody wants who orders at `moment`; None when nothing comes of it."""
    segment = weighted(luck, SEGMENTS)
    shop = market.somewhere(segment, luck)
    if shop is None:
        return None
    mood = _mood(shop, luck)
    group = segment == "hotel" and mood == "leisure" and luck.random() < 0.05
    adults = luck.choice((1, 1, 1, 2)) if mood == "business" else luck.choice((1, 2, 2, 2, 3, 4))
    children = luck.choice((0, 0, 0, 1, 2)) if mood == "leisure" else 0
    first_day = _local(moment, shop).date() + timedelta(days=_lead(segment, mood, group, luck))
    if luck.randrange(BUSIEST_DEMAND) >= demand(mood, first_day):
        return None
    first = _wish(shop, first_day, moment, mood, (adults, children), group, luck)
    if first is None:
        return None
    wishes = [first]
    for also, percent in ALSO.get(segment, ()):
        other = market.nearby(also, shop.city, luck) if luck.randrange(100) < percent else None
        if other is None or other is shop:
            continue
        day = first_day + timedelta(days=luck.randrange(max(1, first.nights)))
        extra = _wish(other, day, moment, "leisure", (adults, children), False, luck)
        if extra is not None:
            wishes.append(extra)
    return Outing(tuple(wishes), mood, adults, children, group)


def moment_on(day: date, luck: Random) -> datetime:
    """A moment of a day, as the hours are liked."""
    hour = luck.choices(range(24), weights=HOURS)[0]
    at = datetime(day.year, day.month, day.day, hour, luck.randrange(60), luck.randrange(60))
    return at.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def local_moment(shop: Shop, day: date, minute: int) -> datetime:
    """`minute` minutes into a day of the shop's own clock."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(shop.store.timezone))
    return (midnight + timedelta(minutes=minute)).astimezone(UTC)


def _local(moment: datetime, shop: Shop) -> datetime:
    return moment.astimezone(ZoneInfo(shop.store.timezone))


def _mood(shop: Shop, luck: Random) -> Mood:
    if shop.store.segment != "hotel":
        return MOODS[shop.store.segment]
    trade = shop.brand.kind in ("city", "express") and shop.city.draw < 5
    return "business" if luck.random() < (0.6 if trade else 0.1) else "leisure"


def _lead(segment: Segment, mood: Mood, group: bool, luck: Random) -> int:
    mean = LEAD_DAYS[segment]
    if group:
        mean = GROUP_LEAD_DAYS
    elif mood == "business":
        mean = BUSINESS_LEAD_DAYS
    return min(int(luck.expovariate(1 / mean)), MOST_LEAD_DAYS)


def _wish(
    shop: Shop, day: date, moment: datetime, mood: Mood, party: tuple[int, int], group: bool,
    luck: Random,
) -> Wish | None:  # fmt: skip
    match shop.store.segment:
        case "hotel":
            return _stay(shop, day, mood, group, luck)
        case "retail":
            return _purchase(shop, day, moment, luck)
        case _:
            return _visit(shop, day, moment, party, luck)


def _stay(shop: Shop, day: date, mood: Mood, group: bool, luck: Random) -> Wish:
    guarantees = (
        {"company": 55, "card": 25, "none": 25, "prepaid": 12}
        if mood == "business"
        else {"card": 50, "none": 50, "prepaid": 45}
    )
    offer = _prefer(shop.offers, guarantees, luck)
    nights = luck.choices((1, 2, 3, 4, 7), weights=(42, 33, 16, 6, 3))[0]
    rooms = luck.choices((1, 2, 3), weights=(88, 9, 3))[0]
    if group:
        rooms, nights = luck.randint(4, 10), luck.randint(1, 3)
    elif offer.guarantee == "company":
        nights = luck.choices((1, 2, 3, 5, 9, 14), weights=(30, 24, 18, 14, 9, 5))[0]
    rooms = max(1, min(rooms, offer.most, offer.capacity))
    ready = local_moment(shop, day, luck.randint(15 * 60, 22 * 60))
    return Wish(shop, offer, day, 0, rooms, nights, ready)


def _prefer(offers: Sequence[OnSale], weights: dict[str, int], luck: Random) -> OnSale:
    """An offer by its guarantee, the plainer products before the dearer ones."""
    likes = [weights.get(one.guarantee, 1) * 4 // (1 + place // 3) + 1
             for place, one in enumerate(offers)]  # fmt: skip
    return luck.choices(offers, weights=likes)[0]


def _purchase(shop: Shop, day: date, moment: datetime, luck: Random) -> Wish | None:
    offer = luck.choice(shop.offers)
    ready = local_moment(shop, day, luck.randint(*PICK_UP_MINUTES))
    if ready < moment + timedelta(minutes=30):
        ready += timedelta(days=1)
        day += timedelta(days=1)
    quantity = luck.choices((1, 2, 3, 5, 10), weights=(55, 25, 10, 7, 3))[0]
    return Wish(shop, offer, day, 0, quantity, 1, ready)


def _visit(
    shop: Shop, day: date, moment: datetime, party: tuple[int, int], luck: Random
) -> Wish | None:
    adults, children = party
    offer = luck.choice(shop.offers)
    minute = luck.choice(offer.starts) if offer.starts else luck.randint(11 * 60, 20 * 60)
    ready = local_moment(shop, day, minute)
    if ready < moment + timedelta(minutes=20):
        return None
    people = max(1, children) if offer.product == "child" else adults
    if offer.most >= 14 and shop.store.segment == "dining":
        people = luck.randint(5, 12)
    return Wish(shop, offer, day, minute if offer.starts else 0, min(people, offer.most), 1, ready)
