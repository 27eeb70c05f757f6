"""A store's counter: where its resources, products, plans and offers are written up."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from msgspec import Struct

from serai.cli.demo.holidays import holidays_between
from serai.cli.demo.scale import chance
from serai.cli.demo.stores import Plot
from serai.logistics import CapacityRule, Resource, ResourceKind
from serai.merchants import Cancellation, Guarantee, Offer, Price, Product, RatePlan, Use

CURRENCY = "CNY"
SALE_SINCE_DAYS = 120
SALE_DAYS = 366
"""Offers are on sale well beyond the sixty days that the demo fills, so that it can go on."""

LEVELS_PERCENT = {1: 145, 2: 118, 3: 96, 4: 82}
"""What things cost in a city of each level, in percent of an ordinary price."""

WEEKEND_NIGHTS = (4, 5)
WEEKEND_DAYS = (5, 6)


class Season(Struct, frozen=True):
    """How a price moves, in percent: on which days of the week by how much, and on holidays."""

    days: tuple[int, ...] = ()
    week_percent: int = 100
    holiday_percent: int = 100


STEADY = Season()


class Counter:
    """Collects the records of one store's shelf, each with an id of its own."""

    def __init__(self, plot: Plot, store_id: int, ids: Iterator[int], anchor: date, seed: int):
        self.plot = plot
        self.luck: Random = chance(seed, "shelf", plot.code)
        self.records: list[Struct] = []
        self._store_id = store_id
        self._ids = ids
        self._since = anchor - timedelta(days=SALE_SINCE_DAYS)
        self._until = anchor + timedelta(days=SALE_DAYS)
        self._level_percent = LEVELS_PERCENT[plot.city.level] * self.luck.randint(88, 114)

    def resource(
        self, kind: ResourceKind, code: str, names: tuple[str, str], *rules: CapacityRule
    ) -> int:
        """A resource with its calendar; answers with its id."""
        resource = Resource(
            id=next(self._ids), store_id=self._store_id, code=code, name_en=names[0],
            name_zh=names[1], kind=kind, calendar=rules,
        )  # fmt: skip
        self.records.append(resource)
        return resource.id

    def plan(
        self,
        code: str,
        names: tuple[str, str],
        guarantee: Guarantee,
        cancellation: Cancellation,
        meals: str = "",
    ) -> int:
        """A rate plan; answers with its id."""
        plan = RatePlan(
            id=next(self._ids), store_id=self._store_id, code=code, name_en=names[0],
            name_zh=names[1], guarantee=guarantee, cancellation=cancellation, meals=meals,
        )  # fmt: skip
        self.records.append(plan)
        return plan.id

    def product(
        self, code: str, names: tuple[str, str], uses: Sequence[Use], *, tax_class: str,
        most: int, starts: tuple[int, ...] = (), cost_yuan: int = 0,
    ) -> int:  # fmt: skip
        """A product of the store's segment; answers with its id."""
        product = Product(
            id=next(self._ids), store_id=self._store_id, code=code, name_en=names[0],
            name_zh=names[1], segment=self.plot.brand.segment, tax_class=tax_class,
            uses=tuple(uses), most=most, starts=starts, cost_minor=cost_yuan * 100,
        )  # fmt: skip
        self.records.append(product)
        return product.id

    def offer(self, product: int, plan: int, price_yuan: int, season: Season = STEADY) -> None:
        """A product under a plan, dearer or cheaper by the season."""
        prices = [Price(amount_minor=_tidy(price_yuan))]
        if season.week_percent != 100:
            amount = _tidy(price_yuan * season.week_percent // 100)
            prices.append(Price(amount_minor=amount, weekdays=season.days))
        if season.holiday_percent != 100:
            amount = _tidy(price_yuan * season.holiday_percent // 100)
            prices += (
                Price(amount_minor=amount, since=one.first, until=one.last + timedelta(days=1))
                for one in holidays_between(self._since, self._until)
            )
        self.records.append(
            Offer(
                id=next(self._ids), store_id=self._store_id, product_id=product, plan_id=plan,
                currency=CURRENCY, prices=tuple(prices), since=self._since, until=self._until,
            )
        )  # fmt: skip

    def price(self, yuan: int) -> int:
        """What something of `yuan` in an ordinary place costs here, in yuan."""
        return max(1, yuan * self._level_percent // 10_000)


def _tidy(yuan: int) -> int:
    """A price as it stands on a card, in minor units: 38, 128, 1,280."""
    if yuan < 100:
        return yuan * 100
    return (round(yuan / 10) * 10 - 2) * 100
