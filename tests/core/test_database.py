"""A database within settings: they hold for one statement, in a transaction that only reads."""

import asyncio

import pytest
from psycopg import AsyncConnection

from serai.core import Database, DatabaseAway, open_database
from serai.core.postgres import DatabaseUrls

SETTING = "SELECT current_setting('serai.shown', true)"
WHO = "SELECT current_user::text"
KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %(like)s"


async def test_settings_hold_for_their_own_statements_alone(database: Database) -> None:
    red, blue = (database.within({"serai.shown": colour}) for colour in ("red", "blue"))
    asked = [one.value(SETTING) for one in (red, blue, red, blue) * 5]
    assert await asyncio.gather(*asked) == ["red", "blue", "red", "blue"] * 5
    assert not await database.within({}).value(SETTING)
    assert await database.value(SETTING) is None


async def test_a_narrowed_database_reads_in_the_role_of_the_application(database: Database) -> None:
    narrow = database.within({"serai.shown": "red"})
    assert await narrow.value(WHO) == "serai_app"
    assert await database.value(WHO) == "serai_platform"
    with pytest.raises(DatabaseAway, match="read-only"):
        await narrow.value("SELECT nextval('ids')")


async def test_after_a_statement_that_fails_the_next_one_is_well(database: Database) -> None:
    narrow = database.within({"serai.shown": "red"})
    with pytest.raises(Exception, match="division by zero"):
        await narrow.value("SELECT 1 / 0")
    assert await narrow.value(SETTING) == "red"


async def test_a_database_of_one_role_cannot_be_narrowed(urls: DatabaseUrls) -> None:
    async with open_database(urls.platform) as database:
        with pytest.raises(RuntimeError, match="one role alone"):
            database.within({})


async def test_what_is_asked_often_is_kept_but_not_what_is_planned_anew(urls: DatabaseUrls) -> None:
    async with open_database(urls.platform, narrow_url=urls.app, most_connections=1) as database:
        for one in (database, database.within({"serai.shown": "red"})):
            for number in range(20):
                assert await one.value("SELECT %(number)s::int + 1", number=number) == number + 1
                anew = one.planned_anew()
                assert await anew.value("SELECT %(number)s::int + 2", number=number) == number + 2
            assert await one.value(KEPT, like="%::int + 1") == 1
            assert await one.value(KEPT, like="%::int + 2") == 0


async def test_more_statements_than_a_connection_keeps_are_answered(urls: DatabaseUrls) -> None:
    async with open_database(urls.platform, narrow_url=urls.app, most_connections=1) as database:
        for one in (database, database.within({"serai.shown": "red"})):
            for number in range(150):
                found = [await one.value(f"SELECT {number}") for _ in range(7)]
                assert found == [number] * 7
            with pytest.raises(Exception, match="division by zero"):
                await one.value("SELECT 1 / 0")
            assert await one.value("SELECT 149") == 149
            assert 50 < await one.value(KEPT, like="SELECT%") <= 101


async def test_a_kept_statement_outlives_a_change_of_its_table(
    database: Database, urls: DatabaseUrls
) -> None:
    asked = "SELECT count(*) FROM lanterns"
    narrow = database.within({"serai.shown": "red"})
    async with await AsyncConnection.connect(urls.owner, autocommit=True) as owner:
        await owner.execute("CREATE TABLE lanterns (id bigint)")
        try:
            await owner.execute("GRANT SELECT ON lanterns TO serai_app")
            for _ in range(12):
                assert await narrow.value(asked) == await database.value(asked) == 0
            await owner.execute("ALTER TABLE lanterns ADD COLUMN remark text NOT NULL DEFAULT ''")
            await owner.execute("INSERT INTO lanterns VALUES (1)")
            for _ in range(12):
                assert await narrow.value(asked) == await database.value(asked) == 1
        finally:
            await owner.execute("DROP TABLE lanterns")


async def test_a_statement_that_could_not_be_kept_is_asked_anew(urls: DatabaseUrls) -> None:
    asked = "SELECT count(*) FROM lanterns"
    async with (
        await AsyncConnection.connect(urls.owner, autocommit=True) as owner,
        open_database(urls.platform, narrow_url=urls.app, most_connections=1) as database,
    ):
        narrow = database.within({"serai.shown": "red"})
        await owner.execute("CREATE TABLE lanterns (id bigint)")
        try:
            await owner.execute("GRANT SELECT ON lanterns TO serai_app, serai_platform")
            for one in (narrow, database):
                for _ in range(5):
                    assert await one.value(asked) == 0
                await owner.execute("ALTER TABLE lanterns RENAME TO lamps")
                with pytest.raises(Exception, match="does not exist"):  # kept from this time on
                    await one.value(asked)
                await owner.execute("ALTER TABLE lamps RENAME TO lanterns")
                assert await one.value(asked) == 0
        finally:
            await owner.execute("DROP TABLE IF EXISTS lanterns, lamps")
