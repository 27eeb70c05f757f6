"""Found: enter nodes, products and other records that stand behind what is sold."""

from collections import defaultdict

from msgspec import Struct

from serai import cloud
from serai.core import Refusal
from serai.flows.house import TABLES, House
from serai.flows.step import By, Draft, take
from serai.ledger import Event, Insert

_TABLE_OF = {table.row: table.name for table in TABLES}
_NODES = frozenset(table.row for table in cloud.TABLES)


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

    async def draft() -> Draft:
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
