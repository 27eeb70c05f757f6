"""The demo group's nodes above its stores: group, companies, operators, brands, cities, taxes."""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from serai.capital import TaxRate
from serai.cli.demo.scale import Scale
from serai.cli.demo.sources import (
    BrandSource,
    CitySource,
    Region,
    brand_sources,
    city_sources,
    city_spots,
)
from serai.cloud import Brand, City, Group, LegalEntity, Operator, Segment

GROUP_CODE = "POSTROAD"
PLATFORM_CODE = "PR-PLT"
OWN_OPERATOR_CODE = "OP-OWN"
LONG_AGO = date(2020, 1, 1)
SERVICES, GOODS = "services", "goods"
TAX_BP = {SERVICES: 600, GOODS: 1300}

REGIONS: tuple[Region, ...] = ("north", "east", "south", "west")
_REGION_ZH = {"north": "北方", "east": "华东", "south": "华南", "west": "西部"}

CURATED_BRANDS = ("H06", "D01", "T05", "R02", "S01", "H23")
"""Brands of the demo's own examples come first, so that the smallest demo has them."""

FRANCHISEES = (
    "Anqi=安祺; Beihe=北合; Changning=昌宁; Dehou=德厚; Fengyuan=沣源; Guangji=广济; "
    "Hechuan=禾川; Jingtai=景泰; Kaihe=开禾; Lehe=乐禾; Mingyue=明岳; Ningyuan=宁远; "
    "Pingchuan=平川; Qihang=启杭; Ruitong=瑞桐; Shunhe=顺禾; Tongda=桐达; Wenhe=文禾; "
    "Xinglin=杏林; Yongji=永济"
)  # fmt: skip
_TRADES: dict[Segment, tuple[str, str]] = {
    "hotel": ("Hospitality", "酒店管理"),
    "dining": ("Catering", "餐饮管理"),
    "tour": ("Leisure", "文旅"),
    "ticket": ("Leisure", "文旅"),
    "retail": ("Trading", "商贸"),
}


class Nodes(Struct, frozen=True):
    """The nodes that stores hang on, each by its code."""

    brands: dict[str, int]
    entities: dict[str, int]
    operators: dict[str, int]
    cities: dict[str, int]


def chosen_brands(scale: Scale) -> tuple[BrandSource, ...]:
    """The brands of a demo of this size."""
    brands = brand_sources()
    first = [brand for brand in brands if brand.code in CURATED_BRANDS]
    others = [brand for brand in brands if brand.code not in CURATED_BRANDS]
    kept = {brand.code for brand in (*first, *others)[: scale.brands]}
    return tuple(brand for brand in brands if brand.code in kept)


def chosen_cities(scale: Scale) -> tuple[CitySource, ...]:
    """The cities of a demo of this size, the largest first."""
    return city_sources()[: scale.cities]


def city_code(city: CitySource) -> str:
    """A city's code: its number at GeoNames."""
    return f"CN-{city.geoname_id}"


def entity_code(segment: Segment, region: Region, *, own: bool) -> str:
    """The company that sells for a store, by what it sells, where, and for whom."""
    if own:
        match segment:
            case "hotel":
                return f"PR-HTL-{region[0].upper()}"
            case "dining":
                return "PR-DIN-NE" if region in ("north", "east") else "PR-DIN-SW"
            case "tour":
                return "PR-TRV"
            case "ticket":
                return "PR-ATT"
            case "retail":
                return "PR-RTL"
    if segment in ("hotel", "dining"):
        return f"FR-{'HTL' if segment == 'hotel' else 'DIN'}-{region[0].upper()}"
    return "FR-LEI" if segment in ("tour", "ticket") else "FR-RTL"


def operator_codes(segment: Segment) -> tuple[str, ...]:
    """The franchisees that run stores of a segment."""
    trade = _TRADES[segment][0][:3].upper()
    return tuple(f"OP-{trade}-{n:02d}" for n in range(1, len(_franchisees()) + 1))


def nodes(scale: Scale, ids: Iterator[int]) -> tuple[Group, tuple[Struct, ...]]:
    """The group, and the other records of everything above the stores."""
    platform = LegalEntity(
        id=next(ids), code=PLATFORM_CODE, name_en="Post Road Platform", name_zh="驿道平台科技",
        currency="CNY", country="CN",
    )  # fmt: skip
    entities = tuple(_companies(ids))
    group = Group(
        id=next(ids), code=GROUP_CODE, name_en="Post Road Group", name_zh="驿道文旅集团",
        platform_entity_id=platform.id,
    )  # fmt: skip
    return group, (
        platform,
        *entities,
        *_taxes((platform, *entities), ids),
        *_operators(ids),
        *(
            Brand(id=next(ids), code=one.code, name_en=one.name_en, name_zh=one.name_zh,
                  segment=one.segment)
            for one in chosen_brands(scale)
        ),
        *_cities(scale, ids),
    )  # fmt: skip


def _companies(ids: Iterator[int]) -> Iterator[LegalEntity]:
    for code, en, zh in _company_names():
        yield LegalEntity(
            id=next(ids), code=code, name_en=en, name_zh=zh, currency="CNY", country="CN"
        )


def _company_names() -> Iterator[tuple[str, str, str]]:
    for region in REGIONS:
        code, zh = entity_code("hotel", region, own=True), _REGION_ZH[region]
        yield code, f"Post Road Hotels {region.title()}", f"驿道酒店（{zh}）"
    yield "PR-DIN-NE", "Post Road Dining North and East", "驿道餐饮（北方华东）"
    yield "PR-DIN-SW", "Post Road Dining South and West", "驿道餐饮（华南西部）"
    yield "PR-TRV", "Post Road Travel", "驿道旅行社"
    yield "PR-ATT", "Post Road Attractions", "驿道景区运营"
    yield "PR-RTL", "Post Road Retail", "驿道商品零售"
    for region, en, name in zip(
        REGIONS, ("Beihe", "Donglan", "Nanshu", "Xiling"), ("北合", "东澜", "南树", "西岭"),
        strict=True,
    ):  # fmt: skip
        yield f"FR-HTL-{region[0].upper()}", f"{en} Hotel Franchise", f"{name}酒店联营"
        yield f"FR-DIN-{region[0].upper()}", f"{en} Restaurant Franchise", f"{name}餐饮联营"
    yield "FR-LEI", "Lianyou Leisure Franchise", "联游文旅联营"
    yield "FR-RTL", "Hepu Shops Franchise", "合铺商品联营"


def _taxes(entities: tuple[LegalEntity, ...], ids: Iterator[int]) -> Iterator[TaxRate]:
    for entity in entities:
        for tax_class, rate_bp in TAX_BP.items():
            yield TaxRate(
                id=next(ids), entity_id=entity.id, tax_class=tax_class, rate_bp=rate_bp,
                inclusive=True, fees_taxed=True, since=LONG_AGO,
            )  # fmt: skip


def _operators(ids: Iterator[int]) -> Iterator[Operator]:
    yield Operator(
        id=next(ids), code=OWN_OPERATOR_CODE, name_en="Post Road Operations", name_zh="驿道自营",
        own=True,
    )  # fmt: skip
    seen: set[str] = set()
    for segment, (trade_en, trade_zh) in _TRADES.items():
        for code, (en, zh) in zip(operator_codes(segment), _franchisees(), strict=True):
            if code not in seen:
                seen.add(code)
                yield Operator(
                    id=next(ids), code=code, name_en=f"{en} {trade_en}", name_zh=f"{zh}{trade_zh}",
                    own=False,
                )  # fmt: skip


def _franchisees() -> list[tuple[str, str]]:
    pairs = (pair.split("=") for pair in FRANCHISEES.split("; "))
    return [(en, zh) for en, zh in pairs]


def _cities(scale: Scale, ids: Iterator[int]) -> Iterator[City]:
    spots = city_spots()
    for city in chosen_cities(scale):
        spot = spots[city.geoname_id]
        yield City(
            id=next(ids), code=city_code(city), name_en=city.name_en, name_zh=city.name_zh,
            country="CN", latitude=spot.latitude, longitude=spot.longitude,
            timezone=spot.timezone, population=spot.population,
        )  # fmt: skip
