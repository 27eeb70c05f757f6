"""A small named world: one group, two companies, three houses, three guests.

The Lantern Inn (own, principal) sells a garden room and a goose dinner; the Lakeside Gate
(franchised, agent) sells admissions and a day tour; the Duck Shop (own) sells ducks.

Its neighbours, for those who ask for them: the Tea House (own, principal) collects for itself and
its fees bear no tax; the Junk Boat (agent) collects for itself; Casa da Lanterna is a house in
Lisbon, in euros, whose clocks change. The Inn has one more plan for them, paid before and partly
kept.
"""

from datetime import date
from typing import Any, Literal

from msgspec import Struct, structs

from serai.capital import TaxRate
from serai.cloud import (
    PLATFORM,
    Axis,
    Brand,
    City,
    Group,
    LegalEntity,
    Operator,
    Segment,
    Store,
    StoreParent,
)
from serai.core import Refusal
from serai.customers import Customer
from serai.flows import By, House, enter
from serai.logistics import CapacityRule, Resource, ResourceKind
from serai.merchants import Cancellation, Guarantee, Offer, Price, Product, RatePlan, Terms, Use

LONG_AGO = date(2020, 1, 1)
FAR_OFF = date(2100, 1, 1)

GROUP, PLATFORM_ENTITY, LANTERN_COMPANY, LAKESIDE_COMPANY = 1, 10, 11, 12
OWN_OPERATOR, FRANCHISEE = 20, 21
LANTERN_BRAND, LAKESIDE_BRAND, DUCK_BRAND = 30, 31, 32
HANGZHOU = 40
LANTERN_INN, LAKESIDE_GATE, DUCK_SHOP = 50, 51, 52
ROOMS, TABLES_FOR_FOUR, DAY_QUOTA, WINDOW_QUOTA, BOAT_SEATS, DUCKS = 60, 61, 62, 63, 64, 65
ROOM_FLEXIBLE, ROOM_PREPAID, ROOM_COMPANY = 100, 101, 102
DINNER, ADMISSION, BOAT_TOUR, DUCK = 103, 104, 105, 106
WANG, ACME, LOTUS_TRAVEL = 200, 201, 202

TEA_COMPANY, LISBON_COMPANY = 13, 14
RIVER_COMPANY = 980
LISBON = 41
TEA_HOUSE, JUNK_BOAT, CASA_DA_LANTERNA = 53, 54, 55
TEA_ROOMS, DECK_SEATS, LISBON_ROOMS, TEA_TINS = 66, 67, 68, 69
TEA_CEREMONY, TEA_TABLE, SUNSET_CRUISE, LISBON_ROOM, TEA_TIN = 107, 108, 109, 110, 111
ROOM_HALF_SURE = 112


def _store(id: int, code: str, name: str, zh: str, segment: Segment) -> Store:
    return Store(
        id=id, code=code, name_en=name, name_zh=zh, segment=segment,
        latitude=30.25, longitude=120.15, timezone="Asia/Shanghai", closing_minute=240,
    )  # fmt: skip


def _parents(store: int, brand: int, entity: int, operator: int) -> tuple[StoreParent, ...]:
    axes: tuple[tuple[Axis, int], ...] = (
        ("brand", brand), ("entity", entity), ("operator", operator), ("city", HANGZHOU),
    )  # fmt: skip
    return tuple(
        StoreParent(id=store * 100 + n, store_id=store, axis=axis, parent_id=parent,
                    since=LONG_AGO)
        for n, (axis, parent) in enumerate(axes)
    )  # fmt: skip


def _terms(
    store: int, kind: Literal["principal", "agent"], commission_bp: int,
    collects: Literal["platform", "store"] = "platform",
) -> Terms:  # fmt: skip
    return Terms(
        id=store * 1000, store_id=store, channel="*", kind=kind,
        commission_bp=commission_bp, commission_tax_bp=600,
        collects=collects, since=LONG_AGO,
    )  # fmt: skip


def _plan(id: int, store: int, code: str, guarantee: Guarantee, **cancellation: int) -> RatePlan:
    return RatePlan(
        id=id, store_id=store, code=code, name_en=code.title(), name_zh=code,
        guarantee=guarantee, cancellation=Cancellation(**cancellation),
    )  # fmt: skip


def _offer(
    id: int, store: int, product: int, plan: int, *prices: Price, currency: str = "CNY"
) -> Offer:
    return Offer(
        id=id, store_id=store, product_id=product, plan_id=plan, currency=currency, prices=prices,
        since=LONG_AGO, until=FAR_OFF,
    )  # fmt: skip


def _resource(id: int, store: int, kind: ResourceKind, quantity: int) -> Resource:
    return Resource(
        id=id, store_id=store, code=f"{kind}-{id}", name_en=kind, name_zh=kind,
        kind=kind, calendar=(CapacityRule(quantity=quantity),),
    )  # fmt: skip


def _product(
    id: int, store: int, code: str, segment: Segment, tax: str, *uses: Use, **more: Any
) -> Product:
    return Product(
        id=id, store_id=store, code=code, name_en=code.replace("-", " ").title(), name_zh=code,
        segment=segment, tax_class=tax, uses=uses, **more,
    )  # fmt: skip


def organisation() -> tuple[Struct, ...]:
    return (
        Group(id=GROUP, code="G", name_en="Lantern Group", name_zh="灯笼集团",
              platform_entity_id=PLATFORM_ENTITY),
        LegalEntity(id=PLATFORM_ENTITY, code="E0", name_en="Lantern Platform", name_zh="灯笼平台",
                    currency="CNY", country="CN"),
        LegalEntity(id=LANTERN_COMPANY, code="E1", name_en="Lantern Hotels", name_zh="灯笼酒店",
                    currency="CNY", country="CN"),
        LegalEntity(id=LAKESIDE_COMPANY, code="E2", name_en="Lakeside Parks", name_zh="湖畔景区",
                    currency="CNY", country="CN"),
        Operator(id=OWN_OPERATOR, code="OP0", name_en="Lantern", name_zh="灯笼", own=True),
        Operator(id=FRANCHISEE, code="OP1", name_en="Lakeside", name_zh="湖畔", own=False),
        Brand(id=LANTERN_BRAND, code="B0", name_en="Lantern Inns", name_zh="灯笼客栈",
              segment="hotel"),
        Brand(id=LAKESIDE_BRAND, code="B1", name_en="Lakeside", name_zh="湖畔", segment="ticket"),
        Brand(id=DUCK_BRAND, code="B2", name_en="Duck Shops", name_zh="鸭铺", segment="retail"),
        City(id=HANGZHOU, code="C0", name_en="Hangzhou", name_zh="杭州", country="CN",
             latitude=30.29, longitude=120.16, timezone="Asia/Shanghai", population=6_241_971),
        _store(LANTERN_INN, "S0", "The Lantern Inn", "灯笼客栈", "hotel"),
        _store(LAKESIDE_GATE, "S1", "Lakeside Gate", "湖畔门", "ticket"),
        _store(DUCK_SHOP, "S2", "The Duck Shop", "鸭铺", "retail"),
        *_parents(LANTERN_INN, LANTERN_BRAND, LANTERN_COMPANY, OWN_OPERATOR),
        *_parents(LAKESIDE_GATE, LAKESIDE_BRAND, LAKESIDE_COMPANY, FRANCHISEE),
        *_parents(DUCK_SHOP, DUCK_BRAND, PLATFORM_ENTITY, OWN_OPERATOR),
        *(
            TaxRate(id=300 + n, entity_id=entity, tax_class=tax_class, rate_bp=rate,
                    inclusive=True, fees_taxed=True, since=LONG_AGO)
            for n, (entity, tax_class, rate) in enumerate((
                (LANTERN_COMPANY, "services", 600), (LAKESIDE_COMPANY, "services", 600),
                (PLATFORM_ENTITY, "goods", 1300),
            ))
        ),
        _terms(LANTERN_INN, "principal", 1000),
        _terms(LAKESIDE_GATE, "agent", 1500),
        _terms(DUCK_SHOP, "principal", 500),
    )  # fmt: skip


def goods() -> tuple[Struct, ...]:
    nights = Use(resource_id=ROOMS, pattern="nights")
    table = Use(resource_id=TABLES_FOR_FOUR, pattern="span", each=False, span=6)
    return (
        _resource(ROOMS, LANTERN_INN, "room", 5),
        _resource(TABLES_FOR_FOUR, LANTERN_INN, "table", 2),
        _resource(DAY_QUOTA, LAKESIDE_GATE, "quota", 100),
        _resource(WINDOW_QUOTA, LAKESIDE_GATE, "quota", 10),
        _resource(BOAT_SEATS, LAKESIDE_GATE, "seat", 8),
        _resource(DUCKS, DUCK_SHOP, "stock", 50),
        _product(70, LANTERN_INN, "garden-room", "hotel", "services", nights),
        _product(71, LANTERN_INN, "goose-dinner", "dining", "services", table, most=4,
                 starts=(1080, 1095, 1110, 1125)),
        _product(72, LAKESIDE_GATE, "admission", "ticket", "services",
                 Use(resource_id=DAY_QUOTA, pattern="day"),
                 Use(resource_id=WINDOW_QUOTA, pattern="entry"), starts=(540, 600, 660)),
        _product(73, LAKESIDE_GATE, "boat-tour", "tour", "services",
                 Use(resource_id=BOAT_SEATS, pattern="entry"), starts=(570,)),
        _product(74, DUCK_SHOP, "duck", "retail", "goods",
                 Use(resource_id=DUCKS, pattern="stock"), cost_minor=3_000),
        _plan(80, LANTERN_INN, "flexible", "card", free_hours=24, fee_bp=5_000,
              no_show_bp=10_000),
        _plan(81, LANTERN_INN, "prepaid", "prepaid", free_hours=72, fee_bp=10_000,
              no_show_bp=10_000),
        _plan(82, LANTERN_INN, "company", "company", free_hours=24, fee_bp=5_000,
              no_show_bp=10_000),
        _plan(83, LANTERN_INN, "table", "none"),
        _plan(84, LAKESIDE_GATE, "ticket", "prepaid", free_hours=24, fee_bp=3_000,
              no_show_bp=10_000),
        _plan(85, DUCK_SHOP, "shop", "prepaid", free_hours=0, fee_bp=0, no_show_bp=0),
        _offer(ROOM_FLEXIBLE, LANTERN_INN, 70, 80, Price(amount_minor=50_000),
               Price(amount_minor=66_600, weekdays=(4, 5))),
        _offer(ROOM_PREPAID, LANTERN_INN, 70, 81, Price(amount_minor=45_000)),
        _offer(ROOM_COMPANY, LANTERN_INN, 70, 82, Price(amount_minor=48_000)),
        _offer(DINNER, LANTERN_INN, 71, 83, Price(amount_minor=19_900)),
        _offer(ADMISSION, LAKESIDE_GATE, 72, 84, Price(amount_minor=8_000)),
        _offer(BOAT_TOUR, LAKESIDE_GATE, 73, 84, Price(amount_minor=26_800)),
        _offer(DUCK, DUCK_SHOP, 74, 85, Price(amount_minor=12_800)),
        Customer(id=WANG, kind="person", code="C-WANG", name="Wang Min", country="CN"),
        Customer(id=ACME, kind="company", code="C-ACME", name="Acme Machinery", country="CN"),
        Customer(id=LOTUS_TRAVEL, kind="agent", code="C-LOTUS", name="Lotus Travel",
                 country="CN"),
    )  # fmt: skip


async def found_lantern_group(house: House) -> None:
    """Enter the small world into an empty house."""
    entered = await enter(house, By(PLATFORM, "lantern"), (*organisation(), *goods()))
    assert not isinstance(entered, Refusal), entered


def neighbours() -> tuple[Struct, ...]:
    """Who collects for itself, and who lives by another clock and currency."""
    room = Use(resource_id=TEA_ROOMS, pattern="span", each=False, span=4)
    return (
        LegalEntity(id=TEA_COMPANY, code="E3", name_en="Lantern Tea", name_zh="灯笼茶业",
                    currency="CNY", country="CN"),
        LegalEntity(id=LISBON_COMPANY, code="E4", name_en="Lanterna", name_zh="灯笼里斯本",
                    currency="EUR", country="PT"),
        City(id=LISBON, code="C1", name_en="Lisbon", name_zh="里斯本", country="PT",
             latitude=38.72, longitude=-9.13, timezone="Europe/Lisbon", population=517_802),
        _store(TEA_HOUSE, "S3", "The Tea House", "茶馆", "dining"),
        _store(JUNK_BOAT, "S4", "The Junk Boat", "帆船", "tour"),
        Store(id=CASA_DA_LANTERNA, code="S5", name_en="Casa da Lanterna", name_zh="灯笼之家",
              segment="hotel", latitude=38.71, longitude=-9.14, timezone="Europe/Lisbon",
              closing_minute=240),
        *_parents(TEA_HOUSE, LANTERN_BRAND, TEA_COMPANY, OWN_OPERATOR),
        *_parents(JUNK_BOAT, LAKESIDE_BRAND, LAKESIDE_COMPANY, FRANCHISEE),
        *_parents(CASA_DA_LANTERNA, LANTERN_BRAND, LISBON_COMPANY, OWN_OPERATOR),
        TaxRate(id=310, entity_id=TEA_COMPANY, tax_class="services", rate_bp=600,
                inclusive=True, fees_taxed=False, since=LONG_AGO),
        TaxRate(id=311, entity_id=LISBON_COMPANY, tax_class="services", rate_bp=600,
                inclusive=False, fees_taxed=True, since=LONG_AGO, until=date(2027, 1, 1)),
        TaxRate(id=312, entity_id=LISBON_COMPANY, tax_class="services", rate_bp=1000,
                inclusive=False, fees_taxed=True, since=date(2027, 1, 1)),
        _terms(TEA_HOUSE, "principal", 800, collects="store"),
        _terms(JUNK_BOAT, "agent", 1200, collects="store"),
        _terms(CASA_DA_LANTERNA, "principal", 1000),
        _resource(TEA_ROOMS, TEA_HOUSE, "table", 3),
        _resource(TEA_TINS, TEA_HOUSE, "stock", 20),
        _resource(DECK_SEATS, JUNK_BOAT, "seat", 12),
        _resource(LISBON_ROOMS, CASA_DA_LANTERNA, "room", 4),
        _product(75, TEA_HOUSE, "tea-ceremony", "dining", "services", room, starts=(600, 840)),
        _product(76, JUNK_BOAT, "sunset-cruise", "tour", "services",
                 Use(resource_id=DECK_SEATS, pattern="entry"), starts=(1080,)),
        _product(77, CASA_DA_LANTERNA, "river-room", "hotel", "services",
                 Use(resource_id=LISBON_ROOMS, pattern="nights")),
        _product(78, TEA_HOUSE, "tea-tin", "retail", "services",
                 Use(resource_id=TEA_TINS, pattern="stock", quantity=2), cost_minor=2_500),
        _plan(86, TEA_HOUSE, "prepaid", "prepaid", free_hours=24, fee_bp=5_000,
              no_show_bp=10_000),
        _plan(87, TEA_HOUSE, "table", "card", free_hours=2, fee_bp=2_500, no_show_bp=5_000),
        _plan(88, JUNK_BOAT, "prepaid", "prepaid", free_hours=24, fee_bp=5_000,
              no_show_bp=10_000),
        _plan(89, CASA_DA_LANTERNA, "flexible", "card", free_hours=24, fee_bp=5_000,
              no_show_bp=5_000),
        _offer(TEA_CEREMONY, TEA_HOUSE, 75, 86, Price(amount_minor=9_999)),
        _offer(TEA_TABLE, TEA_HOUSE, 75, 87, Price(amount_minor=12_001)),
        _offer(TEA_TIN, TEA_HOUSE, 78, 86, Price(amount_minor=8_800)),
        _offer(SUNSET_CRUISE, JUNK_BOAT, 76, 88, Price(amount_minor=19_999)),
        _plan(90, LANTERN_INN, "half-sure", "prepaid", free_hours=24, fee_bp=3_333,
              no_show_bp=6_667),
        _offer(ROOM_HALF_SURE, LANTERN_INN, 70, 90, Price(amount_minor=45_000)),
        _offer(LISBON_ROOM, CASA_DA_LANTERNA, 77, 89, Price(amount_minor=12_345),
               currency="EUR"),
    )  # fmt: skip


async def found_neighbours(house: House) -> None:
    """Enter the neighbours beside the Lantern Group."""
    entered = await enter(house, By(PLATFORM, "neighbours"), neighbours())
    assert not isinstance(entered, Refusal), entered


def river_company() -> tuple[LegalEntity, TaxRate, TaxRate]:
    """A company that owes 13 % from July of 2026 on, where the Lantern Hotels go on with 6 %."""
    july = date(2026, 7, 1)
    river = LegalEntity(id=RIVER_COMPANY, code="E9", name_en="River Hotels", name_zh="河畔酒店",
                        currency="CNY", country="CN")  # fmt: skip
    low = TaxRate(
        id=981, entity_id=river.id, tax_class="services", rate_bp=600, inclusive=True,
        fees_taxed=True, since=date(2020, 1, 1), until=july,
    )  # fmt: skip
    return river, low, structs.replace(low, id=982, rate_bp=1300, since=july, until=None)
