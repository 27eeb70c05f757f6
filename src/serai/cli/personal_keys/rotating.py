"""What the commands of `serai personal-keys` do, and how it is shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from msgspec import Struct
from rich.console import Console
from rich.table import Table

from serai.cli.keys.keeping import OPERATOR
from serai.cli.running import find_database, join_house
from serai.cli.terminal import COMMAND_LINE
from serai.core import (
    ConfigurationError,
    Settings,
    drop_key,
    kept_keys,
    make_key,
    open_database,
    open_ring,
    postgres,
    utc_now,
)
from serai.flows import By, note_keys, reseal, uses_of_keys

SETTLED = timedelta(seconds=60)
"""So long after a new key was made, nobody is still writing by an older one."""


class KeyListed(Struct, frozen=True):
    """A key in the list of `serai personal-keys list --json`."""

    id: str
    seals: bool
    missing: bool
    rows: int
    customers: int
    people: int
    made_at: datetime | None


class Rotated(Struct, frozen=True):
    """What `serai personal-keys rotate|reseal --json` prints."""

    sealing: str
    rows: int
    unopened: tuple[int, ...]


class Retired(Struct, frozen=True):
    """What `serai personal-keys retire --json` prints: keys that went, and those still needed."""

    retired: tuple[str, ...]
    needed: dict[str, int]


async def listed(settings: Settings) -> list[KeyListed]:
    """The keys there are, and those that are needed and missing."""
    async with find_database(settings) as urls, open_database(urls.platform) as database:
        ring = open_ring(settings)
        uses = await uses_of_keys(database, ring)
    made_at: dict[str, datetime] = {}
    if settings.personal_keys is None and settings.personal_keys_file is None:
        made_at = {kept.id: kept.made_at for kept in kept_keys(settings)}
    return [
        KeyListed(
            id, id in ring.ids[:1], id not in ring.ids, use.rows, use.customers, use.people,
            made_at.get(id),
        )
        for id, use in uses.items()
    ]  # fmt: skip


async def reseal_all(
    settings: Settings, told: Callable[[int], None], *, with_new_key: bool
) -> Rotated:
    """Seal anew by the key that seals, which is a new one if it is to be."""
    async with join_house(settings) as house:
        if with_new_key:
            id = make_key(settings, utc_now(), _shelves(settings))
            await note_keys(house, _by(), "rotate_personal_keys", [id])
        done = await reseal(house, told)
        return Rotated(house.ring.sealing.id, done.rows, done.unopened)


async def retire(settings: Settings) -> Retired:
    """Remove every older key that nothing needs."""
    kept = kept_keys(settings)
    if len(kept) < 2:
        return Retired((), {})
    newest, *older = kept
    rest = newest.made_at + SETTLED - utc_now()
    if rest > timedelta():
        raise ConfigurationError(
            f"The key {newest.id} is new, and somebody may still be writing by an older one. "
            f"Try again in {int(rest.total_seconds()) + 1} s."
        )
    async with join_house(settings) as house:
        uses = await uses_of_keys(house.database, house.ring)
        needed = {one.id: uses[one.id].rows for one in older if uses[one.id].rows}
        going = [one for one in older if one.id not in needed]
        if going:
            await note_keys(house, _by(), "retire_personal_keys", [one.id for one in going])
        for one in going:
            drop_key(one)
    return Retired(tuple(one.id for one in going), needed)


def _by() -> By:
    return By(OPERATOR, str(uuid4()), origin=COMMAND_LINE)


def _shelves(settings: Settings) -> list[Path]:
    """Where a new key lies before anything is sealed by it: with the backups, if there are any."""
    archive = postgres.read_archive(settings.home)
    return [archive.secrets] if archive is not None and archive.secrets.is_dir() else []


def print_list(keys: list[KeyListed], console: Console) -> None:
    """A table of the keys."""
    table = Table(box=None, pad_edge=False)
    for name in ("key", "", "made"):
        table.add_column(name)
    for name in ("customers", "people"):
        table.add_column(name, justify="right")
    for one in keys:
        what = "[bold red]missing[/]" if one.missing else "seals" if one.seals else "opens"
        made = f"{one.made_at:%Y-%m-%d %H:%M} UTC" if one.made_at else "-"
        table.add_row(one.id, what, made, f"{one.customers:,}", f"{one.people:,}")
    console.print(table)


def print_rotated(rotated: Rotated, console: Console) -> None:
    """How much is sealed anew."""
    console.print(
        f"{rotated.sealing} seals; {rotated.rows:,} rows were sealed anew.",
        highlight=False,
    )


def print_retired(retired: Retired, console: Console) -> None:
    """Which keys went."""
    if retired.retired:
        console.print(f"Removed: {', '.join(retired.retired)}. Backups keep them.", highlight=False)
    elif not retired.needed:
        console.print("There is no older key.")
    for id, rows in retired.needed.items():
        console.print(
            f"{id} still seals {rows:,} rows: run `serai personal-keys reseal` first.",
            highlight=False,
        )
