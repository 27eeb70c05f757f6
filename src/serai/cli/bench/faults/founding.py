"""The small house that the rounds are played in: four stores, three entities, one guest.

Rooms, tables and boat seats are scarce, so that orders are refused as well; the shop never runs
out. Some plans bind by a card, some by nothing, some are paid first.
"""

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

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
from serai.logistics import CapacityRule, Resource, ResourceKind, SlotPattern
from serai.merchants import Cancellation, Guarantee, Offer, Price, Product, RatePlan, Terms, Use

IDS = 100
LONG_AGO = date(2020, 1, 1)
FAR_OFF = date(2100, 1, 1)
PLENTY = 1_000_000_000


class Shelved(Struct, frozen=True):
    """Something that can be ordered: how many nights at most (0: it has none), and when it
    begins."""

    offer_id: int
    most_nights: int = 0
    minutes: tuple[int, ...] = (0,)


class Inn(Struct, frozen=True):
    """A founded house as a caller knows it."""

    guest_id: int
    shelf: tuple[Shelved, ...]


class _Sold(Struct, frozen=True, kw_only=True):
    """What a store sells of: one resource, one product, one plan, one offer."""

    code: str
    segment: Segment
    resource: ResourceKind
    capacity: int
    guarantee: Guarantee
    price_minor: int
    pattern: SlotPattern
    minutes: tuple[int, ...] = ()
    span: int = 0
    cost_minor: int = 0


class _Place(Struct, frozen=True):
    """A store, whose it is, and what it sells."""

    code: str
    segment: Segment
    entity: int
    own: bool
    sells: tuple[_Sold, ...]


_ROOM = _Sold(
    code="room", segment="hotel", resource="room", capacity=4, guarantee="card",
    price_minor=50_000, pattern="nights",
)  # fmt: skip
_SUITE = _Sold(
    code="suite", segment="hotel", resource="room", capacity=2, guarantee="prepaid",
    price_minor=96_000, pattern="nights",
)  # fmt: skip
_DINNER = _Sold(
    code="dinner", segment="dining", resource="table", capacity=2, guarantee="none",
    price_minor=19_900, pattern="span", minutes=(1080, 1110, 1140), span=6,
)  # fmt: skip
_ADMISSION = _Sold(
    code="admission", segment="ticket", resource="quota", capacity=10, guarantee="prepaid",
    price_minor=8_000, pattern="entry", minutes=(540, 600, 660),
)  # fmt: skip
_BOAT = _Sold(
    code="boat", segment="tour", resource="seat", capacity=4, guarantee="prepaid",
    price_minor=26_800, pattern="entry", minutes=(570, 870),
)  # fmt: skip
_DUCK = _Sold(
    code="duck", segment="retail", resource="stock", capacity=PLENTY, guarantee="prepaid",
    price_minor=12_800, pattern="stock", cost_minor=3_000,
)  # fmt: skip

_PLACES = (
    _Place("S0", "hotel", 1, True, (_ROOM, _SUITE, _DINNER)),
    _Place("S1", "ticket", 2, False, (_ADMISSION,)),
    _Place("S2", "tour", 2, False, (_BOAT,)),
    _Place("S3", "retail", 0, True, (_DUCK,)),
)


async def found(house: House) -> Inn:
    """Enter the small house into an empty one."""
    records, inn = _records(await house.ids.take(IDS))
    entered = await enter(house, By(PLATFORM, "inn"), records)
    if isinstance(entered, Refusal):
        raise RuntimeError(f"the house could not be founded: {entered.name} {entered.says}")
    return inn


def _records(ids: Iterator[int]) -> tuple[tuple[Struct, ...], Inn]:
    entities = tuple(
        LegalEntity(id=next(ids), code=f"E{n}", name_en=f"Company {n}", name_zh=f"公司{n}",
                    currency="CNY", country="CN")
        for n in range(3)
    )  # fmt: skip
    operators = tuple(
        Operator(id=next(ids), code=f"OP{n}", name_en=f"Operator {n}", name_zh=f"经营者{n}",
                 own=own)
        for n, own in enumerate((False, True))
    )  # fmt: skip
    brand = Brand(id=next(ids), code="B0", name_en="Brand", name_zh="品牌", segment="hotel")
    city = City(id=next(ids), code="C0", name_en="Hangzhou", name_zh="杭州", country="CN",
                latitude=30.29, longitude=120.16, timezone="Asia/Shanghai",
                population=6_241_971)  # fmt: skip
    guest = Customer(id=next(ids), kind="person", code="GUEST", name="Wang Min", country="CN")
    records: list[Struct] = [
        Group(id=next(ids), code="G", name_en="Group", name_zh="集团",
              platform_entity_id=entities[0].id),
        *entities, *operators, brand, city, guest,
        *(TaxRate(id=next(ids), entity_id=entity.id, tax_class="standard", rate_bp=600,
                  inclusive=True, fees_taxed=True, since=LONG_AGO) for entity in entities),
    ]  # fmt: skip
    shelf = []
    for place in _PLACES:
        parents: dict[Axis, int] = {
            "brand": brand.id, "entity": entities[place.entity].id,
            "operator": operators[place.own].id, "city": city.id,
        }  # fmt: skip
        store_id = next(ids)
        records += _open(place, store_id, parents, ids)
        for sold in place.sells:
            shelved, goods = _stock(sold, store_id, ids)
            records += goods
            shelf.append(shelved)
    return tuple(records), Inn(guest.id, tuple(shelf))


def _open(
    place: _Place, store_id: int, parents: dict[Axis, int], ids: Iterator[int]
) -> Iterator[Struct]:
    yield Store(id=store_id, code=place.code, name_en=place.code, name_zh=place.code,
                segment=place.segment, latitude=30.25, longitude=120.15,
                timezone="Asia/Shanghai", closing_minute=240)  # fmt: skip
    for axis, parent in parents.items():
        yield StoreParent(id=next(ids), store_id=store_id, axis=axis, parent_id=parent,
                          since=LONG_AGO)  # fmt: skip
    yield Terms(id=next(ids), store_id=store_id, channel="*",
                kind="principal" if place.own else "agent", commission_bp=1_000,
                commission_tax_bp=600, collects="platform", since=LONG_AGO)  # fmt: skip


def _stock(sold: _Sold, store_id: int, ids: Iterator[int]) -> tuple[Shelved, list[Struct]]:
    code, name = sold.code, sold.code.title()
    resource = Resource(
        id=next(ids), store_id=store_id, kind=sold.resource, code=code, name_en=name,
        name_zh=code, calendar=(CapacityRule(quantity=sold.capacity),),
    )  # fmt: skip
    use = Use(
        resource_id=resource.id, pattern=sold.pattern, span=sold.span,
        each=sold.pattern != "span",
    )  # fmt: skip
    product = Product(
        id=next(ids), store_id=store_id, segment=sold.segment, code=code, name_en=name,
        name_zh=code, tax_class="standard", uses=(use,), starts=sold.minutes,
        cost_minor=sold.cost_minor,
    )  # fmt: skip
    plan = RatePlan(
        id=next(ids), store_id=store_id, guarantee=sold.guarantee, code=code,
        name_en=name, name_zh=code,
        cancellation=Cancellation(free_hours=24, fee_bp=5_000),
    )  # fmt: skip
    offer = Offer(
        id=next(ids), store_id=store_id, product_id=product.id, plan_id=plan.id, currency="CNY",
        prices=(Price(amount_minor=sold.price_minor),), since=LONG_AGO, until=FAR_OFF,
    )  # fmt: skip
    shelved = Shelved(offer.id, 2 if sold.pattern == "nights" else 0, sold.minutes or (0,))
    return shelved, [resource, product, plan, offer]
