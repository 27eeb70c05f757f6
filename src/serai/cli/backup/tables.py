"""What a backup notes of the books, and what is told of them after a restore."""

FENCE = "SELECT batch, next_transfer, next_position, recorded FROM fence"

FIGURES = """
SELECT (SELECT count(*) FROM transfers) AS transfers,
    (SELECT coalesce(sum(amount), 0)::text FROM transfers) AS amounts,
    (SELECT count(*) FROM all_accounts) AS accounts,
    (SELECT count(*) FROM events) AS events,
    (SELECT max(recorded) FROM transfers) AS last_recorded
"""
