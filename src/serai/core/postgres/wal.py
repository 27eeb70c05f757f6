"""The segments of the log that an archive holds."""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec

from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import sync_folder
from serai.core.postgres.segments import SEGMENT_BYTES, is_segment

PARTIAL = ".partial"
SEALED = ".gz"
# More saves little: most of a segment is what the journal's rows share.
LEVEL = 1


class DamagedArchive(PostgresError):
    """What the archive holds is not what was put in."""


class Wal(msgspec.Struct, frozen=True):
    """A folder of segments: `incoming` is where they arrive, those beside it are sealed.

    A sealed segment is compressed, and carries a checksum. The one that arrives is `partial`
    until it is whole.
    """

    folder: Path

    @property
    def incoming(self) -> Path:
        return self.folder / "incoming"

    def names(self) -> list[str]:
        """Return the names of the segments that are here, also of one that is still arriving."""
        found = {
            file.name.removesuffix(SEALED).removesuffix(PARTIAL)
            for folder in (self.folder, self.incoming)
            if folder.is_dir()
            for file in folder.iterdir()
        }
        return sorted(name for name in found if is_segment(name))

    def content(self, name: str) -> bytes | None:
        """Return a segment or a timeline's history; None when it is not here.

        Raises DamagedArchive when it is, but not as it was written.
        """
        sealed = self.folder / (name + SEALED)
        found: bytes | None = None
        try:
            if sealed.exists():
                found = gzip.decompress(sealed.read_bytes())
            else:
                found = self._unsealed(name)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DamagedArchive(
                f"{sealed} is damaged ({error}). What was written after it cannot be restored; "
                "restore to a moment before it, or put another copy of this file in its place."
            ) from None
        if found is not None and is_segment(name) and len(found) != SEGMENT_BYTES:
            raise DamagedArchive(
                f"The segment {name} of the archive in {self.folder} holds {len(found):,} bytes "
                f"and should hold {SEGMENT_BYTES:,}: it is damaged."
            )
        return found

    def seal(self) -> list[str]:
        """Compress every segment that has arrived whole, and return their names.

        A segment is here at any moment: as it came, or sealed and on disk.
        """
        done = []
        for file in sorted(self.incoming.iterdir()):
            if file.name.endswith(PARTIAL):
                continue
            _move_sealed(file, self.folder / (file.name + SEALED))
            done.append(file.name)
        return done

    def set_aside(self) -> None:
        """Take what is still arriving out of the way; what comes next does not join it."""
        for file in list(self.incoming.iterdir()):
            file.replace(self.folder / file.name)

    def remove_before(self, name: str) -> int:
        """Remove the segments before this one, and return how many there were."""
        removed = 0
        for file in list(self.folder.iterdir()):
            plain = file.name.removesuffix(SEALED).removesuffix(PARTIAL)
            # The timeline, which comes first in a name, only grows.
            if is_segment(plain) and plain[8:] < name[8:] and plain[:8] <= name[:8]:
                file.unlink()
                removed += 1
        return removed

    def size_bytes(self) -> int:
        """Return how much room the archive takes."""
        total = 0
        for folder in (self.folder, self.incoming):
            for file in folder.iterdir() if folder.is_dir() else ():
                with suppress(FileNotFoundError):  # it was sealed in this moment
                    total += file.stat().st_size if file.is_file() else 0
        return total

    def _unsealed(self, name: str) -> bytes | None:
        for file in (
            self.incoming / name,
            self.incoming / (name + PARTIAL),
            self.folder / (name + PARTIAL),
        ):
            with suppress(FileNotFoundError):
                return file.read_bytes()
        # It was sealed while we looked.
        sealed = self.folder / (name + SEALED)
        return gzip.decompress(sealed.read_bytes()) if sealed.exists() else None


def _move_sealed(file: Path, sealed: Path) -> None:
    part = sealed.with_name(f".{sealed.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            # Without a time in it, the same segment gives the same file.
            with (
                file.open("rb") as source,
                gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=LEVEL, mtime=0) as target,
            ):
                shutil.copyfileobj(source, target, 1024 * 1024)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    part.replace(sealed)
    sync_folder(sealed.parent)
    file.unlink()
