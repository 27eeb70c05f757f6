"""A database within settings: they hold for one statement, in a transaction that only reads."""

import asyncio

import pytest

from serai.core import Database, DatabaseAway, open_database
from serai.core.postgres import DatabaseUrls

SETTING = "SELECT current_setting('serai.shown', true)"
WHO = "SELECT current_user::text"


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
