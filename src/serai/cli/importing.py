"""`serai import`: files of a feed are brought in, with a bar that shows how far."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from serai.cli.running import join_house
from serai.core import Refusal, Settings, decimal_text
from serai.flows import Imported, ImportProgress, import_hotel_bookings
from serai.information import hotel_bookings, verify_file

FEEDS = (hotel_bookings.FEED,)


async def import_feed(
    settings: Settings, feed: str, files: Sequence[Path], console: Console
) -> Imported | Refusal:
    """Bring files of a feed into the house, the one that runs in this data folder if one does."""
    if feed not in FEEDS:
        return Refusal(
            name="feed_unknown",
            says=f"There is no feed {feed!r}.",
            advice=f"Name one of: {', '.join(FEEDS)}.",
            field="feed",
        )
    async with join_house(settings) as house:
        with _bar(console) as bar:
            tasks = {file.name: bar.add_task(file.name, total=None) for file in files}

            def watch(progress: ImportProgress) -> None:
                bar.update(tasks[progress.file_name], completed=progress.done, total=progress.total)

            return await import_hotel_bookings(house, files, watch)


@contextmanager
def _bar(console: Console) -> Iterator[Progress]:
    """A progress bar on a terminal; where there is none, nothing is drawn."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar


def print_import(imported: Imported, console: Console, *, as_json: bool) -> None:
    """Tell what came in and what the books hold of the feed."""
    if as_json:
        sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
        return
    console.print(
        f"{imported.read:,} rows read in {imported.seconds} s: {imported.accepted:,} accepted, "
        f"{imported.rejected:,} in quarantine, {imported.already_known:,} known before.",
        highlight=False,
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("in the books")
    for column in ("bookings", "nights", hotel_bookings.CURRENCY):
        table.add_column(column, justify="right")
    for status, figures in imported.by_status.items():
        table.add_row(
            status,
            f"{figures.bookings:,}",
            f"{figures.nights:,}",
            decimal_text(figures.amount_minor, 2),
        )
    table.add_row("Fees kept", "", "", decimal_text(imported.fees_minor, 2))
    console.print(table)


def print_refusal(refusal: Refusal, console: Console) -> None:
    """Say in a sentence what is wrong, and what to do."""
    told = escape(f"{refusal.says} {refusal.advice}")
    console.print(f"[bold red]serai:[/] {told}", highlight=False, soft_wrap=True)
