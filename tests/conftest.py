"""In which order the tests run, what they stand on, and what a run says of those left out."""

import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from serai.core import Database, open_database
from serai.core.postgres import DatabaseUrls, Postgres
from serai.ledger import Table, Writer, open_writer
from tests.databases import Pristine, postgres_for_tests

TESTS = Path(__file__).parent

# Folders whose tests are slow; all others come before them, so that a slip shows early.
LATE = ("api", "web", "cli", "simulation", "browser")

ON_AN_EMBEDDED_POSTGRES = {
    "core/postgres/test_recovery.py": "kills and restarts the embedded PostgreSQL",
    "core/postgres/test_refusals.py": "is about the embedded PostgreSQL's data folder",
    "core/postgres/test_root.py": "is about the embedded PostgreSQL as root starts it",
    "core/postgres/test_running.py": "is about the embedded PostgreSQL as it runs",
    "api/test_database_away.py": "kills an embedded PostgreSQL of its own",
    "mortal": "kills an embedded PostgreSQL of its own",
    "simulation/test_faults.py": "kills embedded PostgreSQLs of its own",
    "cli/test_backup.py": "backs up an embedded PostgreSQL",
    "cli/test_personal_keys.py": "kills, backs up and restores an embedded PostgreSQL",
    "cli/test_bench_flash.py": "measures an embedded PostgreSQL of its own",
}
"""Files and fixtures whose tests say the same on every database: where SERAI_DATABASE_URL names an
outside one they are left out, for the run without it has them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: lateness(item.path))
    if os.environ.get("SERAI_DATABASE_URL"):
        for item in items:
            for why in reasons_to_leave_out(item):
                item.add_marker(pytest.mark.skip(reason=f"{why}, not an outside one"))


def reasons_to_leave_out(item: pytest.Item) -> list[str]:
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
    names = (item.path.relative_to(TESTS).as_posix(), *fixtures)
    return [ON_AN_EMBEDDED_POSTGRES[name] for name in names if name in ON_AN_EMBEDDED_POSTGRES]


def lateness(path: Path) -> int:
    folder = path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) else ""
    return LATE.index(folder) + 1 if folder in LATE else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tried = [
        said
        for report in terminalreporter.stats.get("passed", [])
        for name, said in report.user_properties
        if name == "tried"
    ]
    if tried:
        terminalreporter.section("how much was tried")
    for said in tried:
        terminalreporter.line(said)
    skipped = Counter(reason(report) for report in terminalreporter.stats.get("skipped", []))
    if skipped:
        terminalreporter.section("skipped, and why")
    for why, count in skipped.most_common():
        terminalreporter.line(f"{count} {'test' if count == 1 else 'tests'}: {why}")


def reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium; a test that asks for it is skipped where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium here (on Debian: apt install chromium)")
    return found


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """A real PostgreSQL, migrated once: SERAI_DATABASE_URL's, or an embedded one of this run."""
    async with postgres_for_tests(os.environ.get("SERAI_DATABASE_URL") or None) as postgres:
        yield postgres


@pytest.fixture(scope="session")
def pristine(postgres: Postgres) -> Iterator[Pristine]:
    pristine = Pristine(postgres.urls)
    yield pristine
    pristine.close()


@pytest.fixture
def urls(pristine: Pristine) -> DatabaseUrls:
    """The ways into a database that is as the migrations left it."""
    pristine.restore()
    return pristine.urls


@pytest_asyncio.fixture
async def database(urls: DatabaseUrls) -> AsyncIterator[Database]:
    """Readers' connections to the clean database, in the application's role."""
    async with open_database(urls.platform, narrow_url=urls.app) as database:
        yield database


@pytest.fixture
def registered() -> Sequence[Table]:
    """The tables that proposals may insert into; a folder of tests overrides it with its own."""
    return ()


@pytest_asyncio.fixture
async def books(urls: DatabaseUrls, registered: Sequence[Table]) -> AsyncIterator[Writer]:
    """The one writer on the clean database."""
    async with open_writer(urls.writer, registered) as writer:
        yield writer
