"""`serai backup --list`: what there is to restore from, up to which moment, and what is wrong."""

import asyncio
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from serai.cli.backup.shelf import Backup, Manifest, backups_in, chain_from
from serai.core import PostgresError, Settings, postgres, utc_now

BEHIND_SECONDS = 60.0
"""An archive that has not caught up for so long is told of."""


class Listed(Struct, frozen=True):
    """A backup; `until` is the last moment that it can be restored to, `problem` what is wrong."""

    backup: Manifest
    folder: str
    until: datetime | None
    problem: str | None


class Listing(Struct, frozen=True):
    """What `serai backup --list --json` prints; all is well without a problem anywhere."""

    folder: str
    running: bool
    archive_until: datetime | None
    archive_bytes: int
    segments: int
    backups: tuple[Listed, ...]
    problem: str | None

    @property
    def well(self) -> bool:
        return self.problem is None and not any(one.problem for one in self.backups)


async def list_backups(settings: Settings, folder: Path | None, *, check: bool) -> Listing:
    """List a backup folder, by default that of this data folder.

    With `check` every byte of the backups and of the archive is read.
    """
    home = settings.home.absolute()
    archive = postgres.read_archive(home)
    if folder is None:
        if archive is None:
            raise PostgresError(
                "This house has no backup yet. Take one with `serai backup FOLDER`, or name the "
                "folder that is to be listed."
            )
        folder = archive.folder
    own = archive if archive and archive.folder == folder else None
    cluster = postgres.running_cluster(settings) if own else None
    wal = postgres.Wal(folder / "wal")
    names, reach = wal.names(), postgres.read_reach(folder)
    backups = backups_in(folder)
    listed = [await _listed(one, wal, names, reach, check=check) for one in backups]
    problem = None
    if own is not None:
        problem = await _problem(own, cluster, reach)
    if not backups:
        problem = problem or f"There is no backup in {folder}."
    elif problem is None and chain_from(backups[-1], names)[1] is not None:
        problem = (
            "The archive has a gap after the last backup, so what was written since cannot be "
            "restored. Take a new backup with `serai backup`."
        )
    return Listing(
        str(folder),
        cluster is not None,
        reach.until if reach else None,
        wal.size_bytes(),
        len(names),
        tuple(listed),
        problem,
    )


async def _problem(
    archive: postgres.Archive, cluster: postgres.Cluster | None, reach: postgres.Reach | None
) -> str | None:
    try:
        postgres.check_archive(archive)
    except PostgresError as error:
        return str(error)
    if cluster is None:
        return None
    problem = await postgres.archive_problem(cluster, archive)
    if problem is not None:
        return f"The log is not archived at the moment: {problem}"
    if reach is None or (utc_now() - reach.until).total_seconds() > BEHIND_SECONDS:
        return "The archive does not keep up with the log; is its disk slow or full?"
    return None


async def _listed(
    backup: Backup,
    wal: postgres.Wal,
    names: list[str],
    reach: postgres.Reach | None,
    *,
    check: bool,
) -> Listed:
    chain, missing = chain_from(backup, names)
    # Beyond a gap nothing is known but that the segments before it are whole.
    until = reach.until if reach and chain and missing is None else None
    problem = None
    if check:
        try:
            await asyncio.to_thread(_check, backup, wal, chain)
            await postgres.check_base_log(backup.data)
        except PostgresError as error:
            problem = str(error)
    if problem is None and missing is not None:
        problem = f"The archive's segment {missing} is missing: it reaches to there only."
    return Listed(backup.manifest, str(backup.folder), until, problem)


def _check(backup: Backup, wal: postgres.Wal, chain: list[str]) -> None:
    postgres.check_base(backup.data, lambda done, total: None)
    for name in chain:
        wal.content(name)
