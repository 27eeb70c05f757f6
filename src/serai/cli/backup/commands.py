"""The commands `serai backup` and `serai restore`."""

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from serai.cli.terminal import AsJson, console, print_json, settings_of_environment
from serai.core import ConfigurationError


def backup(
    folder: Annotated[
        Path | None,
        typer.Argument(envvar="SERAI_BACKUP", help="Where backups go; remembered."),
    ] = None,
    list_them: Annotated[
        bool, typer.Option("--list", help="Take none; show those there and what is wrong.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="With --list: read every byte.")] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep so many, and the log they need.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Back the data folder up: a base backup now, and from then on the log as it is written."""
    from serai.cli import serving
    from serai.cli.backup import listing, taking, telling

    if check and not list_them:
        raise ConfigurationError("--check goes with --list, which it makes read every byte.")
    if keep is not None and list_them:
        raise ConfigurationError("--keep goes with a new backup; leave out --list to take one.")
    settings = settings_of_environment()
    folder = folder.absolute() if folder else None
    if list_them:
        listed = asyncio.run(listing.list_backups(settings, folder, check=check))
        if as_json:
            print_json(listed)
        else:
            telling.print_listing(listed, Console())
        if not listed.well:
            raise typer.Exit(1)
        return
    try:
        with console.status("Backing up") as status:
            taken = serving.run(taking.take_backup(settings, folder, keep, status.update))
    except KeyboardInterrupt:
        console.print("Stopped. What was begun does not count; earlier backups are as they were.")
        raise typer.Exit(130) from None
    if as_json:
        print_json(taken)
    else:
        telling.print_taken(taken, Console())
    if taken.problem:
        raise typer.Exit(1)


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="A backup folder.")],
    to: Annotated[Path, typer.Option(help="The new data folder; empty, or not there yet.")],
    at: Annotated[
        str | None, typer.Option(help="Up to this moment, such as 2026-11-22T10:00:00+08:00.")
    ] = None,
    transfer: Annotated[
        int | None, typer.Option(min=1, help="Up to this transfer and its batch.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into another folder, all of it or up to a moment, and audit the books."""
    from serai.cli import serving
    from serai.cli.backup import restoring, telling

    if at is not None and transfer is not None:
        raise ConfigurationError("Name either --at or --transfer, not both.")
    wanted = restoring.Wanted(_moment(at) if at else None, transfer)
    settings = msgspec.structs.replace(
        settings_of_environment(), home=to.absolute(), database_url=None
    )
    try:
        with telling.restore_progress(console) as told:
            restored = serving.run(restoring.restore(source.absolute(), settings, wanted, told))
    except KeyboardInterrupt:
        console.print(f"Stopped. {to} is not whole; remove it and restore again.")
        raise typer.Exit(130) from None
    if as_json:
        print_json(restored)
    else:
        telling.print_restored(restored, Console())
    if not restored.audit.passed:
        raise typer.Exit(1)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigurationError(
            f"--at is {text!r}; write the moment with its time zone, "
            "such as 2026-11-22T10:00:00+08:00 or 2026-11-22T02:00:00Z."
        )
    return moment
