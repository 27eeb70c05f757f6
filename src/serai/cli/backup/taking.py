"""`serai backup`: a base backup, while the platform runs, and the archive that goes on from it."""

import asyncio
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from serai import __version__
from serai.cli.backup import tables
from serai.cli.backup.shelf import (
    MANIFEST,
    UNFINISHED,
    Backup,
    Fence,
    Manifest,
    clear_away,
    prune,
    read_backup,
)
from serai.cli.running import find_database
from serai.core import PostgresError, Settings, open_database, postgres, utc_now

ARCHIVED_SECONDS = 30.0
POLL_SECONDS = 0.1

OUTSIDE = (
    "This house's database is an outside PostgreSQL (SERAI_DATABASE_URL), and whoever runs that "
    "server backs it up, with pg_basebackup and an archive of its log; `serai backup` does that "
    "for the database in the data folder alone. Back up {secrets} beside it: the keys there belong "
    "to the data. docs/OPERATIONS.md has the commands."
)


class Taken(Struct, frozen=True):
    """What `serai backup --json` prints."""

    backup: Manifest
    folder: str
    seconds: float
    removed: int
    archived: bool
    problem: str | None


async def take_backup(
    settings: Settings, folder: Path | None, keep: int | None, say: Callable[[str], None]
) -> Taken:
    """Take a backup of the data folder's database, started for it unless the platform runs.

    `folder` is remembered; without one the backup goes where the last one went.
    """
    began = time.perf_counter()
    if settings.database_url:
        raise PostgresError(OUTSIDE.format(secrets=settings.home / "secrets"))
    home = settings.home.absolute()
    known = postgres.read_archive(home) if home.exists() else None
    if folder is None and known is None:
        raise PostgresError(
            "There is no folder for backups yet. Name one: `serai backup FOLDER`, or set "
            "SERAI_BACKUP. On another disk it survives the loss of this one."
        )
    if not (home / "postgres").exists():
        raise PostgresError(f"There is no house in {home} to back up. SERAI_HOME names another.")
    async with find_database(settings) as urls:
        archive = postgres.choose_archive(home, folder or (known.folder if known else home))
        busy = f"Another `serai backup` into {archive.folder} is under way."
        with postgres.held(archive, "backup.lock", busy):
            cluster = postgres.running_cluster(settings)
            if cluster is None:
                raise PostgresError(f"The database in {home} has just stopped. Try again.")
            try:
                clear_away(archive.folder)
                if archive != known:
                    await _follows(archive)
                backup = await _take(cluster, archive, urls.platform, say)
                say("Waiting for the archive to follow")
                problem = await _archived(cluster, archive, backup)
                # The older ones are not let go for one that the log does not go on from.
                removed = prune(archive, keep) if keep and problem is None else 0
            except OSError as error:
                raise PostgresError(
                    f"The backup into {archive.folder} failed: {error}. Make room there, or name "
                    "another folder; the backups taken before are as they were."
                ) from error
    return Taken(
        backup.manifest,
        str(backup.folder),
        round(time.perf_counter() - began, 2),
        removed,
        problem is None,
        problem,
    )


async def _take(
    cluster: postgres.Cluster, archive: postgres.Archive, url: str, say: Callable[[str], None]
) -> Backup:
    """A backup under a name of its own; until it is whole and on disk, its name says otherwise."""
    began = utc_now()
    name = f"{began:%Y%m%dT%H%M%SZ}"
    final = archive.folder / "base" / name
    unfinished = final.with_name(name + UNFINISHED)
    if final.exists():
        raise PostgresError(f"There is a backup {name} already. Try again in a second.")
    unfinished.mkdir(mode=0o700)
    try:
        say("Copying the database")
        await postgres.take_base(cluster, unfinished / "data")
        fence = await _read_fence(url)
        ended = utc_now()
        (unfinished / "secrets").mkdir(mode=0o700)
        postgres.copy_secrets(cluster.home, unfinished / "secrets")
        say("Reading the copy back")
        await asyncio.to_thread(postgres.check_base, unfinished / "data", _quiet)
        await postgres.check_base_log(unfinished / "data")
        manifest = _manifest(name, began, ended, fence, unfinished / "data")
        postgres.write_private(
            unfinished / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)).decode()
        )
        postgres.sync_folder(unfinished)
        unfinished.rename(final)
        postgres.sync_folder(final.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    taken = read_backup(final)
    assert taken is not None
    return taken


def _manifest(name: str, began: datetime, ended: datetime, fence: Fence, data: Path) -> Manifest:
    base = postgres.read_base(data)
    return Manifest(
        name=name,
        version=__version__,
        postgres=(data / "PG_VERSION").read_text().strip(),
        began=began,
        ended=ended,
        fence=fence,
        timeline=base.timeline,
        start=postgres.lsn_text(base.start),
        end=postgres.lsn_text(base.end),
        size_bytes=base.size_bytes,
        files=base.files,
    )


async def _read_fence(url: str) -> Fence:
    async with open_database(url, most_connections=1) as database:
        fence = await database.one(Fence, tables.FENCE)
    assert fence is not None
    return fence


async def _follows(archive: postgres.Archive) -> None:
    """Wait a while for the log to come into a new folder, so that it is there from the base on."""
    now = utc_now()
    deadline = time.monotonic() + ARCHIVED_SECONDS
    while time.monotonic() < deadline:
        reach = postgres.read_reach(archive.folder)
        if reach is not None and reach.until >= now:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _archived(
    cluster: postgres.Cluster, archive: postgres.Archive, backup: Backup
) -> str | None:
    """Wait until the archive has the backup's own part of the log; else why it has not."""
    deadline = time.monotonic() + ARCHIVED_SECONDS
    while time.monotonic() < deadline:
        reach = postgres.read_reach(archive.folder)
        if reach is not None and reach.until >= backup.manifest.ended:
            return None
        await asyncio.sleep(POLL_SECONDS)
    return await postgres.archive_problem(cluster, archive) or (
        f"After {ARCHIVED_SECONDS:.0f} s the archive has not come as far as the backup."
    )


def _quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""
