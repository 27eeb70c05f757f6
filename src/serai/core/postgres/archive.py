"""The archive of the log: which folder it has, whose it is, and how far it reaches."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import write_private
from serai.core.postgres.wal import Wal

CONFIGURATION = "backup.json"
MARK = "house.json"
REACH = "reach.json"


class Archive(msgspec.Struct, frozen=True):
    """The folder that the log of a data folder is archived in.

    `house` stands in the folder too: two servers never archive into one folder, not even one
    that was restored from the other's backup.
    """

    folder: Path
    house: str

    @property
    def wal(self) -> Wal:
        return Wal(self.folder / "wal")

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"


class Reach(msgspec.Struct, frozen=True):
    """How far an archive reaches: it holds the log up to `place`, and with it all that was
    committed before `until`."""

    place: int
    timeline: int
    until: datetime


class _Configuration(msgspec.Struct, frozen=True):
    folder: str
    house: str


class _Mark(msgspec.Struct, frozen=True):
    house: str


def read_archive(home: Path) -> Archive | None:
    """Return the archive of this data folder; None when none was asked for yet."""
    try:
        found = msgspec.json.decode((home / CONFIGURATION).read_bytes(), type=_Configuration)
        return Archive(Path(found.folder), found.house)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise PostgresError(
            f"The file {home / CONFIGURATION} cannot be read ({error}). "
            "Remove it, and name the folder to `serai backup` again."
        ) from None


def choose_archive(home: Path, folder: Path) -> Archive:
    """Make `folder` the archive of this data folder, and see that it is nobody else's.

    Raises PostgresError when it holds something else, or the backups of another house.
    """
    folder = folder.absolute()
    if folder.resolve().is_relative_to((home / "postgres").resolve()):
        raise PostgresError(
            f"{folder} lies inside the database that is to be backed up. "
            "Name a folder elsewhere, on another disk if there is one."
        )
    known = read_archive(home)
    house = known.house if known else secrets.token_hex(16)
    archive = Archive(folder, house)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / MARK).exists():
            if any(folder.iterdir()):
                raise PostgresError(
                    f"The folder {folder} holds something that is not a backup. "
                    "Name an empty folder, or one that does not exist yet."
                )
            folder.chmod(0o700)
            write_private(folder / MARK, msgspec.json.encode(_Mark(house)).decode())
        check_archive(archive)
        for inner in (archive.wal.folder, archive.wal.incoming, archive.secrets, folder / "base"):
            inner.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise PostgresError(
            f"Backups cannot be kept in {folder}: {error.strerror}. "
            "Name a folder that this user may write to."
        ) from error
    if known != archive:
        configuration = _Configuration(str(folder), house)
        write_private(home / CONFIGURATION, msgspec.json.encode(configuration).decode())
    return archive


def check_archive(archive: Archive) -> None:
    """Raise PostgresError unless the folder is there and belongs to this house."""
    try:
        mark = msgspec.json.decode((archive.folder / MARK).read_bytes(), type=_Mark)
    except FileNotFoundError:
        # Made anew it might be a mere mount point, whose disk is elsewhere.
        raise PostgresError(
            f"The backup folder {archive.folder} is gone, or its disk is not mounted. "
            "Bring it back, or name another folder to `serai backup`."
        ) from None
    except (OSError, msgspec.DecodeError) as error:
        raise PostgresError(f"{archive.folder / MARK} cannot be read: {error}.") from None
    if mark.house != archive.house:
        raise PostgresError(
            f"The folder {archive.folder} holds the backups of another house, or of the one that "
            "this one was restored from. Two servers must not write one archive: "
            "name another folder."
        )


def read_reach(folder: Path) -> Reach | None:
    """Return how far the archive in `folder` reaches for sure; None when that is not known."""
    try:
        return msgspec.json.decode((folder / REACH).read_bytes(), type=Reach)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_reach(archive: Archive, reach: Reach) -> None:
    """Note how far the archive reaches, every second or so: not worth a wait for the disk."""
    part = archive.folder / f".{REACH}.part"
    part.write_bytes(msgspec.json.encode(reach))
    part.chmod(0o600)
    part.replace(archive.folder / REACH)


def copy_secrets(home: Path, target: Path) -> None:
    """Copy what lies in the data folder's secrets, where it is new or has changed."""
    for file in sorted((home / "secrets").iterdir()):
        if file.name.startswith(".") or not file.is_file():
            continue
        kept = target / file.name
        try:
            text = file.read_text()
        except FileNotFoundError:  # a key that was dropped in this moment
            continue
        if not kept.exists() or kept.read_text() != text:
            write_private(kept, text)


@contextmanager
def held(archive: Archive, name: str, busy: str) -> Iterator[None]:
    """Hold a file of the folder for this process; raise PostgresError with `busy` otherwise."""
    descriptor = os.open(archive.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PostgresError(busy) from None
        yield
    finally:
        os.close(descriptor)
