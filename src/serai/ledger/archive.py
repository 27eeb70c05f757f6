"""The archive of accounts: what is past and settled leaves the table that the writer works on.

An account keeps its id and its balances wherever its row lies, so nothing in the books changes
when it is moved: readers read both tables (`all_accounts`), and the writer brings an account back
when it is touched once more.
"""

from psycopg import AsyncConnection, OperationalError

from serai.core import DatabaseAway
from serai.ledger.tables_archive import ARCHIVE_STEP

LOOKED_AT_ONCE = 4_000
"""Accounts looked at in one transaction."""


async def archive_accounts(writer_url: str, role: str, before_slot: int) -> int:
    """Archive the accounts of `role` whose slot is before `before_slot` and that have nothing
    pending; how many those were.

    Orders go on meanwhile: an account that is touched at this moment stays where it is.
    """
    archived, after, looking = 0, 0, True
    try:
        async with await AsyncConnection.connect(
            writer_url, autocommit=True, prepare_threshold=None
        ) as connection:
            while looking:
                cursor = await connection.execute(
                    ARCHIVE_STEP,
                    {"after": after, "most": LOOKED_AT_ONCE, "role": role, "before": before_slot},
                )
                row = await cursor.fetchone()
                assert row is not None  # it is one row, whatever there is to archive
                after, moved = row
                archived += moved
                looking = after > 0
    except OperationalError as error:
        raise DatabaseAway("the database cannot be reached at the moment") from error
    return archived
