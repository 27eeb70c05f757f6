"""Folds the journal into daily sums, so that a balance as of any date is a short sum.

Each fold goes on from where the last one ended. Two at once wait for each other; one that dies
leaves nothing behind.
"""

from collections.abc import Sequence

from psycopg import AsyncConnection, OperationalError

from serai.core import DatabaseAway
from serai.ledger import tables_folding as sql

MOST_AT_ONCE = 200_000
"""Transfers folded in one transaction; more are folded by the next one."""


async def fold(writer_url: str, open_item_roles: Sequence[str]) -> int:
    """Fold what has come since the last time; how many transfers that were.

    `open_item_roles` are the roles whose sums are also kept by booking.
    """
    folded = 0
    try:
        async with await AsyncConnection.connect(writer_url, prepare_threshold=None) as connection:
            while True:
                step = await _fold_once(connection, list(open_item_roles))
                folded += step
                if step < MOST_AT_ONCE:
                    return folded
    except OperationalError as error:
        raise DatabaseAway("the database cannot be reached at the moment") from error


async def _fold_once(connection: AsyncConnection, roles: list[str]) -> int:
    async with connection.transaction():
        since = await _number(connection, sql.FOLD_LOCK)
        until = min(await _number(connection, sql.FOLD_UNTIL), since + MOST_AT_ONCE)
        if until > since:
            bounds = {"since": since, "until": until}
            await connection.execute(sql.FOLD_DAYS, bounds)
            await connection.execute(sql.FOLD_STRETCHES, bounds)
            await connection.execute(sql.FOLD_BOOKINGS, {**bounds, "roles": roles})
            await connection.execute(sql.FOLD_MOVE, {"until": until})
    return until - since


async def _number(connection: AsyncConnection, statement: str) -> int:
    row = await (await connection.execute(statement.encode())).fetchone()
    if row is None:
        raise RuntimeError("the ledger's rows are missing: were the migrations run?")
    number: int = row[0]
    return number
