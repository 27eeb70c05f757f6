"""`serai import`: files of a feed are brought in, with a bar that shows how far."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
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
from serai.core import CURRENCY_SCALES, DatabaseAway, Refusal, Settings, decimal_text
from serai.flows import BrokenReplay, House, Imported, ImportProgress, import_hotel_bookings
from serai.information import hotel_bookings, verify_file
from serai.ledger import Fenced

FEEDS = (hotel_bookings.FEED,)


async def import_feed(
    settings: Settings,
    feed: str,
    files: Sequence[Path],
    console: Console,
    *,
    take_over: bool = False,
) -> Imported | Refusal:
    """Bring files of a feed into the house, the one that runs in this data folder if one does."""
    if feed not in FEEDS:
        return Refusal(
            name="feed_unknown",
            says=f"There is no feed {feed!r}.",
            advice=f"Name one of: {', '.join(FEEDS)}.",
            field="feed",
        )
    for file in files:  # before anything is started for them
        verified = await verify_file(file, hotel_bookings.COLUMNS)
        if isinstance(verified, Refusal):
            return verified
    try:
        async with join_house(settings, take_over=take_over) as house:
            return await _import(house, files, console)
    except (DatabaseAway, Fenced) as error:
        return Refusal(
            name="import_interrupted",
            says=f"The import was cut short: {error}.",
            advice="Start it again: it goes on where it was.",
        )
    except BrokenReplay as error:
        return Refusal(
            name="import_refused",
            says=f"The books refused a booking of the past: {error}.",
            advice="What came before it is in. Run `serai audit`, mend what it names, and start "
            "the import again: it goes on where it was.",
        )


async def _import(house: House, files: Sequence[Path], console: Console) -> Imported | Refusal:
    with _bar(console) as bar:
        names = dict.fromkeys(file.name for file in files)
        tasks = {name: bar.add_task(name, total=None) for name in names}

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
        TextColumn("steps"),
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
            _money(figures.amount_minor),
        )
    table.add_row("Fees kept", "", "", _money(imported.fees_minor))
    console.print(table)


def _money(amount_minor: int) -> str:
    return f"{Decimal(decimal_text(amount_minor, CURRENCY_SCALES[hotel_bookings.CURRENCY])):,}"


def print_refusal(refusal: Refusal, console: Console) -> None:
    """Say in a sentence what is wrong, and what to do."""
    told = escape(f"{refusal.says} {refusal.advice}")
    console.print(f"[bold red]serai:[/] {told}", highlight=False, soft_wrap=True)
