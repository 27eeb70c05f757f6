"""What the demo's hotels sell: room types under flexible, prepaid and company rates."""

from msgspec import Struct

from serai.cli.demo.counter import WEEKEND_NIGHTS, Counter, Season
from serai.cli.demo.group import SERVICES
from serai.logistics import CapacityRule
from serai.merchants import Cancellation, Use


class RoomType(Struct, frozen=True):
    """A room type: its price in percent of the hotel's plainest room."""

    code: str
    en: str
    zh: str
    percent: int


ROOM_TYPES = {
    1: (
        RoomType("queen", "Standard Queen", "标准大床房", 100),
        RoomType("twin", "Standard Twin", "标准双床房", 106),
    ),
    2: (
        RoomType("queen", "Queen Room", "舒适大床房", 100),
        RoomType("twin", "Twin Room", "舒适双床房", 104),
        RoomType("family", "Family Loft", "家庭阁楼房", 148),
    ),
    3: (
        RoomType("king", "Superior King", "高级大床房", 100),
        RoomType("twin", "Superior Twin", "高级双床房", 100),
        RoomType("family", "Family Room", "家庭房", 142),
    ),
    4: (
        RoomType("king", "Deluxe King", "豪华大床房", 100),
        RoomType("twin", "Deluxe Twin", "豪华双床房", 104),
        RoomType("executive", "Executive King", "行政大床房", 138),
        RoomType("suite", "Corner Suite", "转角套房", 215),
    ),
    5: (
        RoomType("garden", "Garden King", "园景大床房", 100),
        RoomType("water", "Water View Twin", "水景双床房", 112),
        RoomType("terrace", "Terrace King", "露台大床房", 135),
        RoomType("courtyard", "Courtyard Suite", "庭院套房", 240),
    ),
}
PRICE_YUAN = {1: 138, 2: 228, 3: 398, 4: 788, 5: 1680}
ROOMS_EACH = {1: (1, 2), 2: (1, 2), 3: (1, 2), 4: (1, 4), 5: (1, 4)}
"""How many rooms of a type a hotel gives to the platform; its other rooms it sells itself.
Flagships give all they have."""
FLAGSHIP_ROOMS = (12, 24)
MOST_ROOMS = 10

VISITORS = Season(WEEKEND_NIGHTS, 118, 165)
TRADE = Season(WEEKEND_NIGHTS, 92, 112)


def fill_hotel(counter: Counter) -> None:
    """Room types and their rates; dearer houses have more of both."""
    brand = counter.plot.brand
    types = ROOM_TYPES[brand.tier]
    kept = types if counter.plot.flagship else types[: counter.luck.randint(2, len(types))]
    season = TRADE if brand.kind in ("city", "express") and counter.plot.city.draw < 4 else VISITORS
    flexible, prepaid, company = _plans(counter)
    base_yuan = counter.price(PRICE_YUAN[brand.tier])
    for place, room in enumerate(kept):
        each = FLAGSHIP_ROOMS if counter.plot.flagship else ROOMS_EACH[brand.tier]
        resource = counter.resource(
            "room",
            room.code,
            (room.en, room.zh),
            CapacityRule(quantity=counter.luck.randint(*each)),
        )
        product = counter.product(
            room.code,
            (room.en, room.zh),
            [Use(resource_id=resource, pattern="nights")],
            tax_class=SERVICES,
            most=MOST_ROOMS,
        )
        price_yuan = base_yuan * room.percent // 100
        counter.offer(product, flexible, price_yuan, season)
        counter.offer(product, prepaid, price_yuan * 88 // 100, season)
        if company is not None and place < 2:
            counter.offer(product, company, price_yuan * 84 // 100)


def _plans(counter: Counter) -> tuple[int, int, int | None]:
    """The flexible, the prepaid and (from the middle tier on) the company rate."""
    tier = counter.plot.brand.tier
    meals = "breakfast" if tier >= 4 else ""
    flexible = counter.plan(
        "flexible",
        ("Flexible rate", "灵活价"),
        "card" if tier >= 2 else "none",
        Cancellation(free_hours=24, fee_bp=5_000, no_show_bp=10_000),
        meals,
    )
    prepaid = counter.plan(
        "prepaid",
        ("Prepaid rate", "预付优惠价"),
        "prepaid",
        Cancellation(free_hours=72, fee_bp=8_000, no_show_bp=10_000),
    )
    if tier < 3:
        return flexible, prepaid, None
    company = counter.plan(
        "company",
        ("Company rate", "企业协议价"),
        "company",
        Cancellation(free_hours=18, fee_bp=5_000, no_show_bp=10_000),
        meals,
    )
    return flexible, prepaid, company
