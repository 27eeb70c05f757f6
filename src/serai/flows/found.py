"""Found: enter nodes, products and other records that stand behind what is sold."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from serai import cloud
from serai.core import MOST_PRICE_MINOR, Refusal
from serai.flows.house import TABLES, House
from serai.flows.step import By, Draft, take
from serai.ledger import Event, Insert
from serai.merchants import Offer, Product

_TABLE_OF = {table.row: table.name for table in TABLES}
_NODES = frozenset(table.row for table in cloud.NODES)


class Entered(Struct, frozen=True):
    """How many records were entered."""

    records: int


async def enter(
    house: House, by: By, records: tuple[Struct, ...], *, told: str = "records.entered"
) -> Entered | Refusal:
    """Enter records of any kinds in one step; the same key again enters nothing."""
    grouped: dict[str, list[Struct]] = defaultdict(list)
    for record in records:
        grouped[_TABLE_OF[type(record)]].append(record)

    async def draft() -> Draft | Refusal:
        refused = _check_prices(records)
        if refused is not None:
            return refused
        moment = house.clock()
        return Draft(
            effective=moment,
            business_date=moment.date(),
            answer=Entered(len(records)),
            inserts=tuple(Insert(table, tuple(rows)) for table, rows in grouped.items()),
            events=(Event(type=told),),
        )

    entered = await take(house, by, "enter", Entered, draft)
    if not _NODES.isdisjoint(map(type, records)):
        house.forget_organisation()
    return entered


def _check_prices(records: Iterable[Struct]) -> Refusal | None:
    for record in records:
        match record:
            case Offer():
                field, amounts = "prices", [price.amount_minor for price in record.prices]
            case Product():
                field, amounts = "cost_minor", [record.cost_minor]
            case _:
                continue
        if not all(0 <= amount <= MOST_PRICE_MINOR for amount in amounts):
            return Refusal(
                name="price_out_of_range",
                says=f"A price is from 0 to {MOST_PRICE_MINOR} in the currency's smallest part.",
                advice="Mend the price.",
                field=field,
            )
    return None
