"""Health: whether the platform can serve."""

import asyncio
from contextlib import suppress

from litestar import get
from msgspec import Struct

from serai.api.v1.asking import AskedHouse
from serai.api.v1.statuses import problems
from serai.core import DatabaseAway

ANSWER = "SELECT 1"
PATIENCE_SECONDS = 3.0
GLANCE_SECONDS = 0.01


class Health(Struct, frozen=True):
    """The platform serves; `position` is that of the last event in the books."""

    status: str
    position: int


@get(
    "/health",
    operation_id="getHealth",
    summary="Whether the platform can serve",
    response_description="It can.",
    tags=["Platform"],
    responses=problems(),
)
async def health(house: AskedHouse) -> Health:
    """200 when the database answers and the books are being written, 503 when not."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await house.database.value(ANSWER)
    except TimeoutError:
        raise DatabaseAway("the database does not answer") from None
    # Whoever waits for the next event is told at once when there is nobody to write it.
    with suppress(TimeoutError):
        async with asyncio.timeout(GLANCE_SECONDS):
            await house.books.beyond(house.books.position)
    return Health("ok", house.books.position)
