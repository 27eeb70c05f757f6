"""What the demo group is made of is all there, real where it says so, and the same for a seed."""

from collections import Counter
from datetime import date
from itertools import count

from serai.cli.demo.group import chosen_brands
from serai.cli.demo.holidays import demand, holiday_on
from serai.cli.demo.people import customers
from serai.cli.demo.scale import WHOLE
from serai.cli.demo.sources import brand_sources, city_sources, city_spots, shelf_sources
from serai.cli.demo.stores import Plot, plots
from tests.cli.small_demo import SMALL


def simplified(name: str) -> bool:
    """Whether a name is written in simplified Chinese: GB 2312 has no traditional characters."""
    return len(name.encode("gb2312")) == 2 * len(name)


def test_there_are_400_cities_of_china_where_they_lie() -> None:
    cities, spots = city_sources(), city_spots()
    assert len(cities) == len(spots) == 400
    assert len({city.name_en for city in cities}) == len({city.name_zh for city in cities}) == 400
    assert all(simplified(city.name_zh) for city in cities)
    for spot in spots.values():
        assert 18 < spot.latitude < 54
        assert 73 < spot.longitude < 135
        assert spot.timezone in ("Asia/Shanghai", "Asia/Urumqi")
        assert spot.population > 10_000


def test_well_known_cities_have_their_names() -> None:
    names = {city.name_en: city.name_zh for city in city_sources()}
    for en, zh in (
        ("Beijing", "北京"), ("Nanjing", "南京"), ("Shaoxing", "绍兴"), ("Ürümqi", "乌鲁木齐"),
        ("Suzhou", "苏州"), ("Suzhou (Anhui)", "宿州"), ("Taizhou (Jiangsu)", "泰州"),
        ("Taizhou (Zhejiang)", "台州"), ("Yichun (Heilongjiang)", "伊春"), ("Lhasa", "拉萨"),
    ):  # fmt: skip
        assert names[en] == zh


def test_there_are_132_brands_over_five_segments() -> None:
    brands = brand_sources()
    assert len(brands) == 132
    assert len({b.name_en for b in brands}) == len({b.name_zh for b in brands}) == 132
    assert all(simplified(brand.name_zh) for brand in brands)
    segments = Counter(brand.segment for brand in brands)
    assert segments == {"hotel": 38, "dining": 40, "ticket": 20, "tour": 14, "retail": 20}
    cities = {city.name_en for city in city_sources()}
    assert all(brand.home in cities for brand in brands)
    sold = {(one.segment, one.kind) for one in shelf_sources()}
    assert all((b.segment, b.kind) in sold for b in brands if b.segment != "hotel")


def test_7000_stores_leave_no_city_out() -> None:
    planned = plots(WHOLE, 2026)
    assert len(planned) == 7_000
    assert len({plot.code for plot in planned}) == 7_000
    assert len({plot.name_en for plot in planned}) == 7_000
    assert len({plot.name_zh for plot in planned}) == 7_000
    assert len({plot.city.geoname_id for plot in planned}) == 400
    own = sum(plot.own for plot in planned)
    assert 1_500 < own < 3_500
    assert all(brand_home(plot) for plot in planned if plot.flagship)


def brand_home(plot: Plot) -> bool:
    return plot.city.name_en == plot.brand.home


def test_a_seed_makes_the_same_group_each_time_and_another_seed_another() -> None:
    def made(seed: int) -> list[tuple[str, str, bool]]:
        return [(plot.code, plot.name_zh, plot.own) for plot in plots(SMALL, seed)]

    assert made(7) == made(7)
    assert made(7) != made(8)
    assert [c.name for c in customers(SMALL, count(1), 7)] == [
        c.name for c in customers(SMALL, count(900), 7)
    ]


def test_the_smallest_demo_has_the_brands_of_its_examples() -> None:
    codes = {brand.code for brand in chosen_brands(SMALL)}
    assert codes == {"H06", "H23", "D01", "T05", "R02", "S01"}


def test_holidays_and_weekends_bring_visitors() -> None:
    national_day, monday, saturday = date(2026, 10, 1), date(2026, 11, 16), date(2026, 11, 21)
    assert holiday_on(national_day) is not None
    assert demand("leisure", national_day) > demand("leisure", saturday)
    assert demand("leisure", saturday) > demand("leisure", monday)
    assert demand("business", monday) > demand("business", saturday)
    assert demand("business", national_day) < demand("business", monday)
