"""In which order the tests run, and what a run says about those it left out."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parent

# Folders whose tests are slow; all others come before them, so that a slip shows early.
LATE = ("api", "web", "cli", "simulation", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: lateness(item.path))


def lateness(path: Path) -> int:
    folder = path.relative_to(TESTS).parts[0] if path.is_relative_to(TESTS) else ""
    return LATE.index(folder) + 1 if folder in LATE else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
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
