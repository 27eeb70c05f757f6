"""The backups that stand side by side in a backup folder."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from serai.core import PostgresError, postgres

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"
REMOVED = ".removed"


class Fence(Struct, frozen=True):
    """How far the books had come: their batch, their next transfer, the next event's position."""

    batch: int
    next_transfer: int
    next_position: int
    recorded: datetime


class Manifest(Struct, frozen=True):
    """What a backup says of itself; without it, a folder is no backup.

    `fence` was read right after the copy had ended: nothing in it is later. `end` is where the
    log has to be replayed to before it is whole.
    """

    name: str
    version: str
    postgres: str
    began: datetime
    ended: datetime
    fence: Fence
    timeline: int
    start: str
    end: str
    size_bytes: int
    files: int


class Backup(Struct, frozen=True):
    """A backup and where it lies."""

    folder: Path
    manifest: Manifest

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def first_segment(self) -> str:
        """The first segment of the log that this backup needs."""
        return self._segment(self.manifest.start)

    @property
    def last_segment(self) -> str:
        """The segment in which it becomes whole; it holds the log up to there itself."""
        return self._segment(self.manifest.end)

    def _segment(self, place: str) -> str:
        return postgres.segment_at(self.manifest.timeline, postgres.lsn(place))


def read_backup(folder: Path) -> Backup | None:
    """The backup in a folder; None when there is none, or only half of one."""
    if folder.name.endswith((UNFINISHED, REMOVED)):
        return None
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise PostgresError(f"{folder / MANIFEST} cannot be read: {error}.") from None
    return Backup(folder, manifest)


def backups_in(folder: Path) -> list[Backup]:
    """The backups of a backup folder, the oldest first."""
    shelf = folder / "base"
    if not shelf.is_dir():
        return []
    found = [read_backup(one) for one in shelf.iterdir() if one.is_dir()]
    return sorted((one for one in found if one), key=lambda one: one.manifest.ended)


def clear_away(folder: Path) -> None:
    """Remove what a backup or a removal that was interrupted has left."""
    for one in (folder / "base").iterdir():
        if one.name.endswith((UNFINISHED, REMOVED)):
            shutil.rmtree(one)


def prune(archive: postgres.Archive, keep: int) -> int:
    """Keep the newest backups, and of the log what they need; how many backups went."""
    backups = backups_in(archive.folder)
    going, staying = backups[:-keep], backups[-keep:]
    for one in going:
        gone = one.folder.with_name(one.folder.name + REMOVED)
        one.folder.rename(gone)
        shutil.rmtree(gone)
    if staying:
        archive.wal.remove_before(staying[0].first_segment)
    return len(going)


def chain_from(backup: Backup, names: Sequence[str]) -> tuple[list[str], str | None]:
    """The archived segments that follow a backup without a gap, and the first that is missing.

    Up to its own end the backup needs no archive.
    """
    own, following = backup.last_segment, postgres.next_segment(backup.last_segment)
    chain = [name for name in names if name[8:] >= own[8:] and name[:8] >= own[:8]]
    if not chain:
        return [], None
    missing = postgres.gap_after(chain) if chain[0] in (own, following) else following
    if missing is None:
        return chain, None
    return [name for name in chain if name < missing], missing
