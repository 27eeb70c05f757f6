"""`serai restore`: a data folder of its own, as the books were at the end, a moment, a transfer."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from serai.cli.auditing import AuditReport, audit
from serai.cli.backup import tables
from serai.cli.backup.shelf import Backup, Fence, backups_in, chain_from, read_backup
from serai.cli.running import find_database
from serai.core import PostgresError, Settings, open_database, postgres

MARK = "serai.batch"
"""Under this name each batch of the books says in the log how far it has come."""


class Wanted(Struct, frozen=True):
    """What is to be restored: the books up to a moment, or up to a transfer, or all there is."""

    at: datetime | None = None
    transfer: int | None = None

    def __str__(self) -> str:
        if self.at is not None:
            return f"what was recorded up to {self.at.isoformat()}"
        return f"transfer {self.transfer}" if self.transfer is not None else "the latest"


class Figures(Struct, frozen=True):
    """What the restored books hold; `amounts` is the sum of all transfers, whatever
    their unit: a number that may be larger than programs keep in an integer."""

    transfers: int
    amounts: str
    accounts: int
    events: int
    last_recorded: datetime | None


class Restored(Struct, frozen=True):
    """What `serai restore --json` prints."""

    home: str
    backup: str
    wanted: str
    seconds: float
    segments: int
    fence: Fence
    figures: Figures
    audit: AuditReport


class Told(Struct, frozen=True):
    """Who is told how far a restore has come."""

    copied: Callable[[int, int], None]
    replayed: Callable[[str], None]


class _Place(Struct, frozen=True):
    """A way to the target: from which backup, to which place in the log."""

    backup: Backup
    target: postgres.Target


async def restore(source: Path, settings: Settings, wanted: Wanted, told: Told) -> Restored:
    """Make the data folder of `settings` from a backup folder, or from one backup in it.

    Raises PostgresError when what is wanted cannot be had; never restores to less than it.
    """
    began = time.perf_counter()
    postgres.check_empty(settings.home.absolute())
    folder, backups = _backups(source)
    _check_elsewhere(settings.home, folder)
    wal = postgres.Wal(folder / "wal")
    place = await _find(folder, backups, wal, wanted)
    segments: set[str] = set()

    def replayed(name: str) -> None:
        segments.add(name)
        told.replayed(name)

    secrets = _secrets(folder, place.backup)
    await postgres.restore(
        settings,
        postgres.Source(place.backup.data, wal, secrets),
        place.target,
        told.copied,
        replayed,
    )
    async with find_database(settings) as urls, open_database(urls.platform) as database:
        fence = await database.one(Fence, tables.FENCE)
        figures = await database.one(Figures, tables.FIGURES)
        assert fence is not None
        assert figures is not None
        _check_wanted(fence, wanted, settings)
        report = await audit(settings)
    return Restored(
        str(settings.home), place.backup.manifest.name, str(wanted),
        round(time.perf_counter() - began, 2), len(segments), fence, figures, report,
    )  # fmt: skip


def _check_elsewhere(home: Path, folder: Path) -> None:
    if home.resolve().is_relative_to(folder.resolve()):
        raise PostgresError(
            f"{home} lies in the backup folder {folder}, which is for backups alone. "
            "Name a folder elsewhere with --to."
        )


def _backups(source: Path) -> tuple[Path, list[Backup]]:
    """The backup folder that `source` is or lies in, and which of its backups may be used."""
    one = read_backup(source)
    if one is not None:
        return source.parent.parent, [one]
    backups = backups_in(source)
    if not backups:
        raise PostgresError(
            f"There is no backup in {source}. Name the folder that `serai backup` was given, or "
            "one of the backups in its folder `base`; one that was interrupted does not count."
        )
    return source, backups


async def _find(folder: Path, backups: list[Backup], wal: postgres.Wal, wanted: Wanted) -> _Place:
    backup = _last_before(backups, wanted)
    names, missing = chain_from(backup, wal.names())
    reach = postgres.read_reach(folder)
    end = postgres.lsn(backup.manifest.end)
    if reach is not None and names and reach.timeline == backup.manifest.timeline:
        end = max(end, reach.place)
    latest = _Place(backup, postgres.Target(at_least=end))
    if wanted.at is not None:
        beyond = await postgres.first_mark(wal, names, MARK, _recorded_after(wanted.at))
        if beyond is not None:
            return _Place(backup, postgres.Target(before=beyond.transaction))
        if missing is None and reach is not None and names and reach.until >= wanted.at:
            return latest
        until = f"surely reaches to {reach.until.isoformat()}" if reach else "is not there"
        raise PostgresError(
            f"The archive in {folder} {until}, and {wanted.at.isoformat()} is later"
            f"{f' (its segment {missing} is missing)' if missing else ''}. "
            "Leave --at out to restore all there is."
        )
    if wanted.transfer is not None:
        holding = await postgres.first_mark(wal, names, MARK, _holds_transfer(wanted.transfer))
        if holding is None:
            raise PostgresError(
                f"The archive in {folder} ends before transfer {wanted.transfer}. "
                "Leave --transfer out to restore all there is."
            )
        # A batch may have failed and come again under its number: to stop before the next number
        # is to have it whole.
        batch = _fence(holding.says).batch
        beyond = await postgres.first_mark(wal, names, MARK, _batch_after(batch))
        return _Place(backup, postgres.Target(before=beyond.transaction)) if beyond else latest
    return latest


def _last_before(backups: list[Backup], wanted: Wanted) -> Backup:
    """The newest backup that holds nothing later than what is wanted."""
    fits = [one for one in backups if _is_before(one.manifest.fence, wanted)]
    if not fits:
        first = backups[0].manifest
        raise PostgresError(
            f"The oldest backup here, {first.name}, holds {wanted} and more: it begins with what "
            f"was recorded up to {first.fence.recorded.isoformat()}, transfer "
            f"{first.fence.next_transfer - 1}. What was before it cannot be restored."
        )
    return fits[-1]


def _is_before(fence: Fence, wanted: Wanted) -> bool:
    if wanted.at is not None:
        return fence.recorded <= wanted.at
    return wanted.transfer is None or fence.next_transfer <= wanted.transfer


def _recorded_after(moment: datetime) -> Callable[[str], bool]:
    return lambda says: _fence(says).recorded > moment


def _holds_transfer(transfer: int) -> Callable[[str], bool]:
    return lambda says: _fence(says).next_transfer > transfer


def _batch_after(batch: int) -> Callable[[str], bool]:
    return lambda says: _fence(says).batch > batch


def _fence(says: str) -> Fence:
    """The fence as a batch has told it in the log: its moment in microseconds since 1970."""
    batch, next_transfer, next_position, microseconds = (int(word) for word in says.split())
    seconds, rest = divmod(microseconds, 1_000_000)
    recorded = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    return Fence(batch, next_transfer, next_position, recorded)


def _secrets(folder: Path, backup: Backup) -> dict[str, str]:
    """The secrets at the time of the backup, and those that came later."""
    secrets: dict[str, str] = {}
    for kept in (folder / "secrets", backup.secrets):
        for file in sorted(kept.iterdir()) if kept.is_dir() else ():
            if not file.name.startswith("."):
                secrets[file.name] = file.read_text()
    return secrets


def _check_wanted(fence: Fence, wanted: Wanted, settings: Settings) -> None:
    late = wanted.at is not None and fence.recorded > wanted.at
    early = wanted.transfer is not None and fence.next_transfer <= wanted.transfer
    if late or early:
        raise PostgresError(
            f"What is in {settings.home} now is not {wanted}: it goes up to "
            f"{fence.recorded.isoformat()}, transfer {fence.next_transfer - 1}. Do not use it."
        )
