"""The ledger's SQL for the archive of accounts."""

# Few rows for each step, so that no row of the books is locked for long.
ARCHIVE_STEP = """
SELECT last_id, archived
FROM archive_accounts(%(after)s::bigint, %(most)s::integer, %(role)s::text, %(before)s::bigint)
"""

UNARCHIVE = "SELECT unarchive_accounts(%(ids)s::bigint[])"
