"""What the commands of `serai trail` do, and how it is shown."""

import re
from datetime import UTC, datetime
from typing import TextIO

from msgspec import Struct
from rich.console import Console

from serai.cli.running import find_database
from serai.cloud import DeedsWanted, TrailForm, chain_end, deed_numbered, every_deed, written_trail
from serai.core import ConfigurationError, Settings, open_database
from serai.ledger import audit_chain

_ANCHOR = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


class Verdict(Struct, frozen=True):
    """Whether the chain is whole; `last` and `hash` are to be kept elsewhere, for `--against`."""

    whole: bool
    deeds: int
    last: int
    hash: str
    failed: int
    failures: tuple[str, ...]


async def export(settings: Settings, wanted: DeedsWanted, form: TrailForm, to: TextIO) -> None:
    """Write deeds to a file, a line at a time."""
    async with find_database(settings) as urls, open_database(urls.platform) as database:
        async for line in written_trail(every_deed(database, wanted), form):
            to.write(line)


async def verify(settings: Settings, against: str) -> Verdict:
    """Compute the chain again, and hold it against what was known of it, whether or not the
    platform runs."""
    anchor = _ANCHOR.fullmatch(against)
    if against and anchor is None:
        raise ConfigurationError("--against is NUMBER:HASH, as `serai trail verify` prints it.")
    async with find_database(settings) as urls, open_database(urls.platform) as database:
        found = await audit_chain(database)
        end = await chain_end(database)
        known = anchor and await deed_numbered(database, int(anchor[1]))
    failures = found.failures
    if anchor and (known is None or known.hash != anchor[2]):
        failures = (f"deed {anchor[1]} does not have the hash that it had", *failures)
    return Verdict(
        whole=not failures,
        deeds=found.checked,
        last=end.number if end else 0,
        hash=end.hash if end else "",
        failed=found.failed + (len(failures) - len(found.failures)),
        failures=failures,
    )


def print_verdict(verdict: Verdict, console: Console) -> None:
    """Tell whether the chain is whole, and what to keep."""
    for failure in verdict.failures:
        console.print(f"  {failure}", highlight=False, markup=False)
    if verdict.failed > len(verdict.failures):
        console.print(f"  and {verdict.failed - len(verdict.failures):,} more")
    says = "[bold green]The audit trail is whole.[/]"
    if not verdict.whole:
        says = "[bold red]The audit trail is damaged.[/]"
    console.print(f"{says} {verdict.deeds:,} deeds; the last one is")
    console.print(f"{verdict.last}:{verdict.hash}", highlight=False, soft_wrap=True)


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment as it was typed, in UTC."""
    return None if moment is None else moment.replace(tzinfo=UTC)
