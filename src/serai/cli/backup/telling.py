"""What `serai backup` and `serai restore` say on a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from serai.cli.auditing import print_report
from serai.cli.backup.listing import Listing
from serai.cli.backup.restoring import Restored, Told
from serai.cli.backup.taking import Taken

MEGABYTE = 1_000_000


def print_taken(taken: Taken, console: Console) -> None:
    """Tell where the backup lies, how far it goes, and to keep it safe."""
    backup = taken.backup
    console.print(
        f"Backup {backup.name}: {_megabytes(backup.size_bytes)} in {taken.seconds} s, read back "
        f"and whole. It lies in {escape(taken.folder)}.",
        highlight=False,
    )
    console.print(
        f"The books stand at transfer {backup.fence.next_transfer - 1:,}, batch "
        f"{backup.fence.batch:,}. The keys of the data folder are in it: who can read this backup "
        "can read everything.",
        highlight=False,
    )
    if taken.removed:
        console.print(f"{taken.removed} older removed, and the log that only they needed.")
    if taken.problem:
        console.print(
            f"[bold red]The backup is whole, but the archive does not go on from it:[/] "
            f"{escape(taken.problem)}",
            highlight=False,
        )


def print_listing(listing: Listing, console: Console) -> None:
    """Tell what there is to restore from."""
    table = Table(box=None, pad_edge=False)
    table.add_column("backup")
    for column in ("size", "transfers", "from", "until"):
        table.add_column(column, justify="right")
    for one in listing.backups:
        table.add_row(
            one.backup.name,
            _megabytes(one.backup.size_bytes),
            f"{one.backup.fence.next_transfer - 1:,}",
            _moment(one.backup.ended),
            _moment(one.until),
            style="red" if one.problem else "",
        )
    console.print(table)
    state = "the platform runs" if listing.running else "the platform is stopped"
    console.print(
        f"\n{escape(listing.folder)}: archive of {listing.segments} segments, "
        f"{_megabytes(listing.archive_bytes)}; {state}.",
        highlight=False,
    )
    for one in listing.backups:
        if one.problem:
            console.print(f"[bold red]{one.backup.name}:[/] {escape(one.problem)}", highlight=False)
    if listing.problem:
        console.print(f"[bold red]{escape(listing.problem)}[/]", highlight=False)


def print_restored(restored: Restored, console: Console) -> None:
    """Tell what the restored books hold, and how to start them."""
    figures = restored.figures
    console.print(
        f"{escape(restored.home)} holds {restored.wanted}, from backup {restored.backup} and "
        f"{restored.segments} segments of the log, in {restored.seconds} s.",
        highlight=False,
    )
    console.print(
        f"{figures.transfers:,} transfers (the last is {restored.fence.next_transfer - 1:,}), "
        f"{figures.accounts:,} accounts, {figures.events:,} events; the last batch is "
        f"{restored.fence.batch:,}, recorded at {restored.fence.recorded.isoformat()}.\n",
        highlight=False,
    )
    print_report(restored.audit, console, as_json=False)
    console.print(
        f"\nStart it with SERAI_HOME={escape(restored.home)} serai up. It has no backup of its "
        "own yet: `serai backup FOLDER` takes one, in another folder than the old house's.",
        highlight=False,
    )


@contextmanager
def restore_progress(console: Console) -> Iterator[Told]:
    """Bars for the copy and for the log; on no terminal, nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, DownloadColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        copying = bars.add_task("Copying the database", total=None)
        replaying = bars.add_task("Replaying the log", total=None, visible=False)

        def copied(done: int, total: int) -> None:
            bars.update(copying, completed=done, total=total)

        def replayed(name: str) -> None:
            bars.update(replaying, description=f"Replaying the log {name}", visible=True)

        yield Told(copied, replayed)


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / MEGABYTE:,.0f} MB"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "its own end"
