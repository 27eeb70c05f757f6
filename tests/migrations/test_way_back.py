"""A schema is opened to the release before, closed again, and left alone when it is newer."""

import psycopg
from structlog.testing import capture_logs

from serai.core.postgres import DatabaseUrls
from serai.migrations import migrate, step_back
from tests.upgrade import PREVIOUS, RELEASES

OPEN_TABLES = """
SELECT count(*) FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity
    AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid)
"""
GUARDED = "SELECT count(DISTINCT polrelid) FROM pg_policy"
REVISION = "SELECT version_num FROM alembic_version"
SET_REVISION = "UPDATE alembic_version SET version_num = %s"


def number(urls: DatabaseUrls, question: str) -> int:
    with psycopg.connect(urls.owner) as connection:
        row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_are_opened_for_the_release_before_and_closed_by_the_next_start(
    urls: DatabaseUrls,
) -> None:
    guarded = number(urls, GUARDED)
    assert guarded > 0
    assert number(urls, OPEN_TABLES) == 0
    try:
        step_back(urls.owner)
        assert number(urls, OPEN_TABLES) == guarded
    finally:
        migrate(urls.owner)
    assert number(urls, OPEN_TABLES) == 0


def test_a_schema_of_a_newer_release_is_left_alone(urls: DatabaseUrls) -> None:
    with psycopg.connect(urls.owner, autocommit=True) as connection:
        row = connection.execute(REVISION).fetchone()
        assert row is not None
        try:
            connection.execute(SET_REVISION, ["9999"])
            with capture_logs() as lines:
                migrate(urls.owner)
            assert [line["event"] for line in lines] == ["schema_is_newer"]
            assert connection.execute(REVISION).fetchone() == ("9999",)
        finally:
            connection.execute(SET_REVISION, row)


def test_the_previous_release_is_named() -> None:
    assert PREVIOUS.search(RELEASES.read_text())
