"""Makes a data folder out of a base backup and the archive of the log, as it was at a moment."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import psycopg

from serai.core.configuration import Settings
from serai.core.postgres.base import Told, copy_base
from serai.core.postgres.cluster import SUPERVISOR, Cluster, prepare_cluster
from serai.core.postgres.embedded import only_one
from serai.core.postgres.error import PostgresError
from serai.core.postgres.feed import Feed
from serai.core.postgres.folders import give, make_folder, make_home, sync_folder, write_private
from serai.core.postgres.restored import UNFINISHED
from serai.core.postgres.segments import lsn_text
from serai.core.postgres.server import RestartPolicy, Server
from serai.core.postgres.users import server_user
from serai.core.postgres.wal import Wal

# Days of a busy house's log take hours; as long as the server works on it there is no hurry.
RECOVERY_SECONDS = 7 * 24 * 3600.0
REPLAYED = """
SELECT (coalesce(pg_last_wal_replay_lsn(), pg_current_wal_lsn()) - '0/0'::pg_lsn)::bigint
"""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where recovery stops: before a transaction commits, or at the end of what is there.

    Without a transaction the end must not lie before `at_least`, a place in the log.
    """

    before: int | None = None
    at_least: int = 0

    def settings(self) -> dict[str, str]:
        """Return what the server is told of it."""
        if self.before is None:
            return {}
        return {
            "recovery_target_xid": str(self.before),
            "recovery_target_inclusive": "off",
            "recovery_target_action": "promote",
        }


class Source(msgspec.Struct, frozen=True):
    """What is restored from: a base backup, the archive of the log, the secrets."""

    base: Path
    wal: Wal
    secrets: dict[str, str]


def check_empty(home: Path) -> None:
    """Raise PostgresError when something lies in the folder that is to be restored to."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise PostgresError(
            f"{home} holds something already. A restore makes a data folder of its own: "
            "name a folder that is empty or does not exist."
        )


async def restore(
    settings: Settings,
    source: Source,
    target: Target,
    copied: Told,
    replayed: Callable[[str], None],
) -> None:
    """Make the data folder of these settings from `source`, as it was at `target`.

    Whatever fails, the folder is marked as unfinished then, and no platform starts on it.
    """
    home = settings.home.absolute()
    check_empty(home)
    user = server_user(settings.postgres_user)
    make_home(home, user)
    with only_one(home):
        write_private(home / UNFINISHED, "")
        try:
            cluster = prepare_cluster(home, user)
            for name, text in source.secrets.items():
                write_private(cluster.secrets / name, text)
            await asyncio.to_thread(_copy, source.base, cluster, copied)
            await _recover(cluster, source.wal, target, replayed)
        except OSError as error:
            raise PostgresError(f"The restore into {home} failed: {error}.") from error
        (home / UNFINISHED).unlink()
        sync_folder(home)


def _copy(base: Path, cluster: Cluster, copied: Told) -> None:
    make_folder(cluster.data, cluster.user)
    copy_base(base, cluster.data, copied)
    write_private(cluster.data / "recovery.signal", "")
    for path in cluster.data.rglob("*"):
        give(path, cluster.user)


async def _recover(
    cluster: Cluster, wal: Wal, target: Target, replayed: Callable[[str], None]
) -> None:
    feed_folder = cluster.home / "feed"
    async with Feed(feed_folder, cluster.user, wal, cluster.data / "pg_wal", replayed) as feed:
        recovery = {
            "restore_command": feed.restore_command(),
            "recovery_target_timeline": "latest",
            "hot_standby": "off",
            **target.settings(),
        }
        server = Server(cluster, RestartPolicy(), further=recovery, start_seconds=RECOVERY_SECONDS)
        try:
            await server.start()
            await _check_reached(cluster, target)
        except PostgresError as error:
            raise (feed.problem or error) from None
        finally:
            await server.stop()
    shutil.rmtree(feed_folder)


async def _check_reached(cluster: Cluster, target: Target) -> None:
    url = cluster.url(SUPERVISOR, "postgres")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        row = await (await connection.execute(REPLAYED)).fetchone()
    reached = row[0] if row else 0
    if target.before is None and reached < target.at_least:
        raise PostgresError(
            f"The archive was known to reach {lsn_text(target.at_least)}, and its log can be read "
            f"only up to {lsn_text(reached)}: it is damaged there. Restore to a moment before "
            "with --at, or put another copy of its last segments in their place."
        )
