"""Brings the schema of a database up to date, and opens it to the release before this one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text

from serai.migrations.stamps import STAMPS

_LOCK = 7_221_998
"""Advisory lock: of two processes that start at once, one migrates and the other waits."""

# Where a policy is, row-level security is on; a release from before it reads nothing then.
_SWITCH = """
DO $$
DECLARE
    found regclass;
BEGIN
    FOR found IN
        SELECT c.oid::regclass FROM pg_class AS c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity <> {on}
            AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid)
    LOOP
        EXECUTE format('ALTER TABLE %s {switch} ROW LEVEL SECURITY', found);
    END LOOP;
END
$$
"""
_IS_OPEN = """
SELECT EXISTS (SELECT FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity
        AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))
"""
_CLOSE = _SWITCH.format(on="true", switch="ENABLE")
_OPEN = _SWITCH.format(on="false", switch="DISABLE")

_log = structlog.get_logger()


def migrate(owner_url: str) -> None:
    """Run every migration that the database at `owner_url` has not seen yet.

    A schema that a newer release has made is left as it is: its migrations only add, so that this
    release can go on with it. Where the schema was open to the release before, what that has
    written is stamped, and row-level security is on again.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with _locked(owner_url) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        connection.commit()
        if revision is not None and revision not in known:
            _log.warning("schema_is_newer", revision=revision)
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.scalar(text(_IS_OPEN)):
            _log.info("rows_stamped_after_step_back")
            connection.exec_driver_sql(STAMPS)
            connection.execute(text(_CLOSE))
        connection.commit()


def step_back(owner_url: str) -> None:
    """Open the schema to the release before this one, which knows nothing of row-level security.

    This release closes it again when it starts.
    """
    with _locked(owner_url) as connection:
        connection.execute(text(_OPEN))
        connection.commit()


@contextmanager
def _locked(owner_url: str) -> Iterator[Connection]:
    """A connection while nobody else migrates."""
    engine = create_engine(
        owner_url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool
    )
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
        connection.commit()
        yield connection
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()
    engine.dispose()
