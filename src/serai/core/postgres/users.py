"""As whom the embedded PostgreSQL runs, and what that user may."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from pathlib import Path

from serai.core.postgres.error import PostgresError

LIKELY_USERS = ("serai", "postgres", "nobody")


def server_user(wanted: str | None) -> str | None:
    """Return the user that the server runs as, None for the user of this process."""
    if os.geteuid() != 0:
        _only_oneself(wanted)
        return None
    for name in (wanted,) if wanted else LIKELY_USERS:
        with contextlib.suppress(KeyError):
            if pwd.getpwnam(name).pw_uid != 0:
                return name
    raise PostgresError(
        f"PostgreSQL does not run as root, and there is no other user named "
        f"{wanted or ' or '.join(LIKELY_USERS)} to run it as. Create one with "
        "'useradd --system serai', or name another in SERAI_POSTGRES_USER."
    )


def user_may(user: str, script: str, path: Path) -> bool:
    """Tell whether a shell script succeeds for `user`, with `path` as its $1.

    Trying is the only sure test of a right: access lists and mounts have their say too.
    """
    entry = pwd.getpwnam(user)
    tried = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(path)],
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=os.getgrouplist(user, entry.pw_gid),
        cwd="/",
        env=child_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return tried.returncode == 0


def child_environment() -> dict[str, str]:
    """Return the little that the programs need; PG* variables of the user would mislead them."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _only_oneself(wanted: str | None) -> None:
    if wanted is None:
        return
    try:
        own = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        own = f"number {os.geteuid()}"
    if wanted != own:
        raise PostgresError(
            f"SERAI_POSTGRES_USER is {wanted}, but only root may run the database as another "
            f"user, and this is {own}. Leave SERAI_POSTGRES_USER out, or start as root."
        )
