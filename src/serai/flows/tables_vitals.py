"""The SQL of the platform's vitals: counts and times, never who or what."""

DATABASE = """
SELECT current_setting('server_version') AS version,
    pg_database_size(current_database()) AS size_bytes,
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
    (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS most_connections
"""
WAITING_PAYMENTS = """
SELECT count(*) AS payments, min(asked_at) AS since FROM payments WHERE status = 'asked'
"""
UNFOLDED = """
SELECT fence.next_transfer - folds.next_transfer FROM fence CROSS JOIN folds
"""
FEEDS = """
SELECT feed, started_at, ended_at, read, accepted, rejected, coalesce(waiting, 0) AS waiting
FROM (SELECT DISTINCT ON (feed) * FROM feed_runs ORDER BY feed, id DESC) AS last
LEFT JOIN (
    SELECT feed, count(*) AS waiting FROM quarantine WHERE status = 'waiting' GROUP BY feed
) AS quarantined USING (feed)
ORDER BY feed
"""
