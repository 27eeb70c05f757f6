"""News: the events of the house, the latest first, as people may read them."""

from datetime import datetime

from msgspec import Struct

from serai.core import Database
from serai.insights import tables


class Told(Struct, frozen=True):
    """What an event says of its booking; what it does not say is empty."""

    number: str = ""
    segment: str = ""
    channel: str = ""
    amount_minor: int = 0
    currency: str = ""
    fee_minor: int = 0


class News(Struct, frozen=True):
    """One event: what happened (`booking.placed`), to which order, in which store, when."""

    position: int
    type: str
    order_id: int
    booking_id: int
    store_id: int
    effective: datetime
    recorded: datetime
    data: Told


async def news(database: Database, after: int = 0, most: int = 12) -> list[News]:
    """The last events beyond a position, the latest first."""
    return await database.all(News, tables.NEWS, after=after, most=most)


async def entered_since(database: Database, after: int) -> bool:
    """Whether nodes, products or the like were entered beyond a position."""
    return bool(await database.value(tables.ENTERED_SINCE, after=after))
