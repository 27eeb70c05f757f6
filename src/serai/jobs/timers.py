"""What happens by the clock: holds that run out, the folding of the journal, and the archive."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from serai.capital import OPEN_ITEM_ROLES
from serai.core import DatabaseAway
from serai.flows import House, expire_overdue, note_uses
from serai.jobs.ending import end_if_told
from serai.ledger import fold
from serai.logistics import archive_past_slots

EXPIRY_SECONDS = 2.0
FOLD_SECONDS = 5.0
ARCHIVE_SECONDS = 3600.0
USES_SECONDS = 60.0

_log = structlog.get_logger()


async def every(seconds: float, deed: Callable[[], Awaitable[object]]) -> None:
    """Do a deed again and again, with a pause of `seconds`, until cancelled."""
    while True:
        try:
            await deed()
        except DatabaseAway:
            _log.warning("database_away")
        end_if_told()
        await asyncio.sleep(seconds)


async def expire_holds(house: House) -> None:
    """Expire what has run out, until cancelled."""
    await every(EXPIRY_SECONDS, lambda: expire_overdue(house))


async def fold_journal(writer_url: str) -> None:
    """Keep the daily sums close behind the journal, until cancelled."""
    await every(FOLD_SECONDS, lambda: fold(writer_url, OPEN_ITEM_ROLES))


async def archive_slots(house: House, writer_url: str) -> None:
    """Keep the slots of long ago out of the writer's way, until cancelled."""
    await every(ARCHIVE_SECONDS, lambda: archive_past_slots(writer_url, house.clock().date()))


async def write_uses_down(house: House) -> None:
    """Keep it known when keys were last used, until cancelled."""
    await every(USES_SECONDS, lambda: note_uses(house))
