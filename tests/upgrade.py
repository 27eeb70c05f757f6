"""The previous release on the schema of this one: its own tests, with its own code.

`python -m tests.upgrade` takes it out of the history, lets this checkout's migrations make a
database, and runs its tests there. Where the history does not reach so far it says so and ends
well: a shallow clone has no previous release.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from serai.core.postgres import outside_postgres
from serai.migrations import migrate, step_back
from tests.databases import short_folder
from tests.outside import Outside, outside_server

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ROOT / "docs" / "RELEASES.md"
PREVIOUS = re.compile(r"^\| previous \| `([0-9a-f]{40})` \|$", re.MULTILINE)
MIGRATIONS = Path("src/serai/migrations/versions")
TESTS = (
    "tests/ledger/test_writer.py",
    "tests/ledger/test_balances.py",
    "tests/ledger/test_audit.py",
    "tests/ledger/test_archive.py",
    "tests/flows/test_order_walk.py",
    "tests/flows/test_cancellation.py",
    "tests/flows/test_payment_answers.py",
    "tests/flows/test_principal_money.py",
    "tests/flows/test_agent_money.py",
    "tests/flows/test_no_show.py",
    "tests/flows/test_expiry.py",
    "tests/flows/test_trace.py",
    "tests/jobs",
)
"""What writes and reads every table that release knows; the rest says it again, for longer."""
LET_COMPARE = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO serai_app"
"""Its tests compare all tables that there are, in the role that then read everything."""


class OutOfReach(Exception):
    """The previous release is not in the history that is here."""


def previous_commit() -> str:
    """The commit of the previous release."""
    found = PREVIOUS.search(RELEASES.read_text())
    assert found is not None, f"{RELEASES} names no previous release"
    return found[1]


def take_out(commit: str, into: Path) -> None:
    """The files of a commit, in a folder of their own; raises OutOfReach where it is not here."""
    archived = subprocess.run(
        ["git", "-C", str(ROOT), "archive", commit, "src", "tests", "pyproject.toml"],
        capture_output=True, check=False,
    )  # fmt: skip
    if archived.returncode:
        said = archived.stderr.decode(errors="replace").strip().splitlines()
        raise OutOfReach(said[-1] if said else "git cannot tell why")
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(["tar", "-x", "-C", str(into)], input=archived.stdout, check=True)
    # It would refuse a revision that it does not know; releases after it go on with a newer one.
    shutil.rmtree(into / MIGRATIONS)
    shutil.copytree(ROOT / MIGRATIONS, into / MIGRATIONS)


async def make_database(server: Outside) -> str:
    """A database as this release makes it, open to the one before; its address."""
    url = server.login("serai_test", "SUPERUSER")
    urls = await outside_postgres(url)
    await asyncio.to_thread(migrate, urls.owner)
    await asyncio.to_thread(step_back, urls.owner)
    server.administrator(LET_COMPARE, database="serai_test")
    return url


async def main() -> int:
    """Run the previous release's tests; the code that they end with."""
    with short_folder() as folder:
        try:
            take_out(previous_commit(), folder)
        except OutOfReach as reason:
            sys.stdout.write(f"The previous release is not in this history: {reason}. Left out.\n")
            return 0
        async with outside_server() as server:
            environment = {
                **os.environ,
                "PYTHONPATH": str(folder / "src"),
                "SERAI_DATABASE_URL": await make_database(server),
            }
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS,
                cwd=folder, env=environment,
            )  # fmt: skip
            try:
                return await process.wait()
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
