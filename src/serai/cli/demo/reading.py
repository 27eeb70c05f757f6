"""One reading of the catalogue for hundreds of orders.

A flow reads the offers, plans, resources, terms and people of its own order. Whoever plays a whole
day at once reads those of the day beforehand, and the flows are answered from there.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from msgspec import Struct

from serai.capital import TaxRate
from serai.core import Database
from serai.customers import Customer, read_customers
from serai.logistics import Resource, read_resources
from serai.merchants import (
    Offer,
    Product,
    RatePlan,
    Terms,
    read_offers,
    read_plans,
    read_products,
    read_terms,
)

Row = TypeVar("Row", bound=Struct)
Answers = dict[int, list[Struct]]

ASKED_BY: dict[type[Struct], str] = {
    Offer: "ids", Product: "ids", RatePlan: "ids", Resource: "ids", Customer: "ids",
    Terms: "stores", TaxRate: "entities",
}  # fmt: skip
"""By which list of ids the rows of each kind are asked for."""


class WellRead(Database):
    """A database that knows some answers already; it asks the real one for all others."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[type[Struct], Answers] = {}

    async def prepare(self, offer_ids: Iterable[int], customer_ids: Iterable[int]) -> None:
        """Read what orders of these offers by these customers will ask for, and nothing else."""
        offers = await read_offers(self._database, sorted(set(offer_ids)))
        stores = sorted({offer.store_id for offer in offers.values()})
        products = await read_products(
            self._database, sorted({offer.product_id for offer in offers.values()})
        )
        uses = {use.resource_id for product in products.values() for use in product.uses}
        terms: Answers = {store: [] for store in stores}
        for row in await read_terms(self._database, stores):
            terms[row.store_id].append(row)
        self._known = {
            Offer: _each(offers),
            Product: _each(products),
            RatePlan: _each(
                await read_plans(self._database, sorted({one.plan_id for one in offers.values()}))
            ),
            Resource: _each(await read_resources(self._database, sorted(uses))),
            Customer: _each(await read_customers(self._database, sorted(set(customer_ids)))),
            Terms: terms,
            TaxRate: self._known.get(TaxRate, {}),
        }

    async def all(self, kind: type[Row], sql: str, /, **parameters: object) -> list[Row]:
        asked = self._asked(kind, parameters)
        known = self._known.get(kind, {})
        if asked is not None and all(id in known for id in asked):
            return [cast(Row, row) for id in dict.fromkeys(asked) for row in known[id]]
        found = await self._database.all(kind, sql, **parameters)
        if kind is TaxRate and asked is not None:
            rates = defaultdict[int, list[Struct]](list, {id: [] for id in asked})
            for row in found:
                rates[cast(TaxRate, row).entity_id].append(row)
            known.update(rates)
        return found

    async def value(self, sql: str, /, **parameters: object) -> Any:
        return await self._database.value(sql, **parameters)

    async def column(self, sql: str, /, **parameters: object) -> list[Any]:
        return await self._database.column(sql, **parameters)

    def _asked(self, kind: type[Struct], parameters: dict[str, object]) -> list[int] | None:
        """The ids that are asked for, where nothing else is asked."""
        name = ASKED_BY.get(kind, "")
        return cast(list[int], parameters[name]) if parameters.keys() == {name} else None


def _each(rows: dict[int, Any]) -> Answers:
    return {id: [row] for id, row in rows.items()}
