"""What happens by the clock: what runs out, begins, is folded, archived, looked at, sealed, or
written down."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from serai.capital import OPEN_ITEM_ROLES
from serai.core import DatabaseAway, Trouble, begin_rounds
from serai.flows import (
    House,
    carry_out_moves,
    expire_overdue,
    keep_shares,
    note_uses,
    seal_what_is_clear,
)
from serai.jobs.ending import end_if_told
from serai.ledger import audit_balances, fold
from serai.logistics import archive_past_slots

EXPIRY_SECONDS = 2.0
FOLD_SECONDS = 5.0
ARCHIVE_SECONDS = 3600.0
BALANCE_SECONDS = 900.0
MOVES_SECONDS = 30.0
USES_SECONDS = 60.0
SEALING_SECONDS = 3600.0

_log = structlog.get_logger()


async def every(name: str, seconds: float, deed: Callable[[], Awaitable[object]]) -> None:
    """Do a deed again and again, with a pause of `seconds`, until cancelled.

    A deed that answers with a `Trouble` was done, and has found something to be wrong.
    """
    round = begin_rounds(name, seconds)
    while True:
        round.begin()
        try:
            found = await deed()
        except DatabaseAway:
            _log.warning("database_away", job=name)
            round.end("database_away", done=False)
        else:
            round.end(found.says if isinstance(found, Trouble) else "")
        end_if_told()
        await asyncio.sleep(seconds)


async def expire_holds(house: House) -> None:
    """Expire what has run out, until cancelled."""
    await every("expire_holds", EXPIRY_SECONDS, lambda: expire_overdue(house))


async def fold_journal(writer_url: str) -> None:
    """Keep the daily sums close behind the journal, until cancelled."""
    await every("fold_journal", FOLD_SECONDS, lambda: fold(writer_url, OPEN_ITEM_ROLES))


async def archive_slots(house: House, writer_url: str) -> None:
    """Keep the slots of long ago out of the writer's way, until cancelled."""
    await every(
        "archive_slots",
        ARCHIVE_SECONDS,
        lambda: archive_past_slots(writer_url, house.clock().date()),
    )


async def carry_moves_out(house: House) -> None:
    """Carry out moves of stores to other companies when their day begins, until cancelled."""
    await every("carry_moves_out", MOVES_SECONDS, lambda: carry_out_moves(house))


async def check_books(house: House) -> None:
    """See at times whether the books are balanced, until cancelled."""
    await every("check_books", BALANCE_SECONDS, lambda: _look_at_balances(house))


async def _look_at_balances(house: House) -> Trouble | None:
    findings = await audit_balances(house.database)
    broken = [one for one in findings if one.failed]
    for one in broken:
        _log.error("books_unbalanced", invariant=one.invariant, failed=one.failed)
    return Trouble("; ".join(one.invariant for one in broken)) if broken else None


async def write_uses_down(house: House) -> None:
    """Keep it known when keys were last used, until cancelled."""
    await every("write_uses_down", USES_SECONDS, lambda: note_uses(house))


async def seal_people(house: House) -> None:
    """Seal what an earlier release has left in the clear, until cancelled."""
    await every("seal_people", SEALING_SECONDS, lambda: seal_what_is_clear(house))


async def write_shares_down(house: House) -> None:
    """Keep it known what was used of the shares of hours and days, until cancelled."""
    await every("write_shares_down", USES_SECONDS, lambda: keep_shares(house))
