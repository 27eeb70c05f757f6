"""Every table has a policy for the application, or stands on a short list with its reason."""

import re

import psycopg
import pytest
from msgspec import Struct

from serai.core import Database
from serai.core.postgres import DatabaseUrls

NO_ROWS_OF_ANYBODY = {
    "alembic_version": "which migrations have run: the same for everybody",
}

LEANT_ON = {"customers", "holders", "introductions"}
"""Guarded tables whose rows decide for others: who sees a customer sees that there are details, who
sees a store by its number sees what it holds, and who sees an introduction sees the customer."""

TABLES = """
SELECT c.relname::text AS name, c.relrowsecurity AS guarded, c.relkind = 'v' AS view,
    coalesce('security_invoker=true' = ANY(c.reloptions), false) AS invoker,
    ARRAY(SELECT pg_get_expr(p.polqual, p.polrelid) FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')
            AND p.polroles && ARRAY[0::oid, 'serai_app'::regrole::oid]) AS policies
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
ORDER BY c.relname
"""
SEES_ALL = """
SELECT rolname::text FROM pg_roles
WHERE rolname IN ('serai_app', 'serai_platform', 'serai_writer') AND (rolbypassrls OR rolsuper)
ORDER BY rolname
"""
OWNED = """
SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND relowner IN ('serai_app'::regrole, 'serai_platform'::regrole, 'serai_writer'::regrole)
"""
WRITES = """
SELECT c.relname::text FROM pg_class AS c
CROSS JOIN unnest(ARRAY['serai_app', 'serai_platform']) AS role (name)
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    AND (has_any_column_privilege(role.name, c.oid, 'INSERT')
        OR has_any_column_privilege(role.name, c.oid, 'UPDATE')
        OR has_table_privilege(role.name, c.oid, 'DELETE')
        OR has_table_privilege(role.name, c.oid, 'TRUNCATE'))
"""
REMOVES = """
SELECT c.relname::text FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    AND (has_table_privilege('serai_writer', c.oid, 'DELETE')
        OR has_table_privilege('serai_writer', c.oid, 'TRUNCATE'))
"""
FOR_EVERYBODY = """
SELECT p.proname::text FROM pg_proc AS p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND EXISTS (
    SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    WHERE a.grantee = 0)
"""
# A table of one's own, whose values are compared as the owner when the trigger works on them.
BAIT = """
CREATE TYPE pg_temp.evil AS (x text);
CREATE FUNCTION pg_temp.go(pg_temp.evil) RETURNS bigint LANGUAGE plpgsql AS $$
    BEGIN DELETE FROM trail; RETURN 1; END $$;
CREATE CAST (pg_temp.evil AS bigint) WITH FUNCTION pg_temp.go(pg_temp.evil) AS IMPLICIT;
CREATE TEMP TABLE bait (store_id pg_temp.evil);
CREATE TRIGGER bait AFTER INSERT ON bait REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION place_stores_of_parents()
"""
SETTINGS = re.compile(r"current_setting\('serai\.(\w+)'")


class GuardedTable(Struct, frozen=True):
    name: str
    guarded: bool
    view: bool
    invoker: bool
    policies: list[str]


async def test_every_table_has_a_policy(database: Database) -> None:
    tables = await database.all(GuardedTable, TABLES)
    assert len(tables) > 30
    bare = [
        table.name
        for table in tables
        if not table.view
        and not (table.guarded and table.policies)
        and table.name not in NO_ROWS_OF_ANYBODY
    ]
    assert bare == [], "each needs a policy for serai_app, or a reason why it has none"
    loose = [table.name for table in tables if table.view and not table.invoker]
    assert loose == [], "a view must be a security_invoker: it would show its owner's rows"


async def test_policies_ask_for_settings_that_a_sight_has(database: Database) -> None:
    known = {
        "catalogue", "kept", "placements", "nodes", "books", "customers", "held", "holdings",
    }  # fmt: skip
    tables = await database.all(GuardedTable, TABLES)
    assert sum(bool(table.policies) for table in tables) > 30
    for table in tables:
        for policy in table.policies:
            asked = set(SETTINGS.findall(policy))
            assert (table.name, asked - known) == (table.name, set())
            leans = any(f"FROM {other} " in policy for other in LEANT_ON)
            assert asked or leans or policy == "false", f"{table.name} shows its rows to everybody"


async def test_the_application_cannot_see_past_its_policies(database: Database) -> None:
    assert await database.column(SEES_ALL) == ["serai_platform", "serai_writer"]
    assert await database.value(OWNED) == 0
    assert await database.column(WRITES) == []
    assert await database.column(REMOVES) == []


async def test_what_runs_as_the_owner_is_for_those_who_are_named(
    database: Database, urls: DatabaseUrls
) -> None:
    assert await database.column(FOR_EVERYBODY) == []
    async with await psycopg.AsyncConnection.connect(urls.writer) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="place_stores_of_parents"):
            await connection.execute(BAIT)
