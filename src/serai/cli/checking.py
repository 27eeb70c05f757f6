"""`serai check`: what the platform was told, and by whom, and whether it can be so."""

import os
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from serai.cli.serving import check_address
from serai.core import (
    ConfigurationError,
    PostgresError,
    Settings,
    ShownSetting,
    check_keys,
    check_outside,
    read_certificate,
    shown_settings,
    source_of_keys,
    utc_now,
)

SOON_DAYS = 21
PATIENCE_SECONDS = 3


class Checked(msgspec.Struct, frozen=True):
    """One thing that was looked at; `holds` is whether the platform can start with it."""

    name: str
    holds: bool
    says: str


class CheckReport(msgspec.Struct, frozen=True):
    """What `serai check --json` prints; secrets are masked."""

    passed: bool
    settings: tuple[ShownSetting, ...]
    checks: tuple[Checked, ...]


async def check(settings: Settings, environ: Mapping[str, str]) -> CheckReport:
    """Look at all that the settings name, and change nothing."""
    checks = tuple([one async for one in _checks(settings)])
    return CheckReport(
        all(one.holds for one in checks), tuple(shown_settings(settings, environ)), checks
    )


async def _checks(settings: Settings) -> AsyncIterator[Checked]:
    yield _folder(settings.home)
    yield _address(settings)
    if settings.database_url is not None:
        yield await _database(settings.database_url)
    for path in settings.certificates:
        yield _certificate(path)
    yield _keys(settings)


def _folder(home: Path) -> Checked:
    there = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    if not there.is_dir():
        return Checked("home", False, f"{there} is not a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        return Checked(
            "home",
            False,
            f"This user may not write to {there}. Give it to them, or set SERAI_HOME.",
        )
    return Checked("home", True, "It is there." if there == home.absolute() else "It will be made.")


def _address(settings: Settings) -> Checked:
    try:
        check_address(settings)
    except ConfigurationError as error:
        url = f"http://{settings.host}:{settings.port}/health/live"
        try:
            urllib.request.urlopen(url, timeout=PATIENCE_SECONDS).close()
        except (OSError, ValueError):
            return Checked("address", False, str(error))
        return Checked("address", True, "A platform answers there.")
    return Checked("address", True, "It is free.")


async def _database(url: str) -> Checked:
    try:
        version = await check_outside(url)
    except PostgresError as error:
        return Checked("database_url", False, str(error))
    return Checked("database_url", True, f"PostgreSQL {version} answers.")


def _keys(settings: Settings) -> Checked:
    try:
        found = check_keys(settings)
    except ConfigurationError as error:
        return Checked("personal_keys", False, str(error))
    except PermissionError as error:
        return Checked("personal_keys", False, f"This user may not read {error.filename}.")
    if not found:
        return Checked("personal_keys", True, "One will be made.")
    there = "There is 1" if found == 1 else f"There are {found}"
    says = f"{there} in {source_of_keys(settings)}."
    return Checked("personal_keys", True, says)


def _certificate(path: Path) -> Checked:
    found, now = read_certificate(path), utc_now()
    days = found.days_left(now)
    if days is None:
        return Checked("certificates", False, f"{path}: {found.problem}.")
    if found.ends_at is not None and found.ends_at <= now:
        return Checked("certificates", False, f"{path} ended {-days} days ago.")
    soon = "; renew it" if days < SOON_DAYS else ""
    return Checked("certificates", True, f"{path} holds for {days} days{soon}.")


def print_report(report: CheckReport, console: Console, *, as_json: bool) -> None:
    """Tell what holds, and what cannot be."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return
    settings = Table(box=None, pad_edge=False)
    for name in ("setting", "value", "from"):
        settings.add_column(name)
    for one in report.settings:
        style = "dim" if one.source == "default" else ""
        settings.add_row(one.variable, escape(one.value) or "-", one.source, style=style)
    console.print(settings)
    console.print()
    for check in report.checks:
        sign = "[green]ok[/]   " if check.holds else "[bold red]wrong[/]"
        console.print(sign, check.name, end=": ")
        console.print(check.says, highlight=False, markup=False, soft_wrap=True)
