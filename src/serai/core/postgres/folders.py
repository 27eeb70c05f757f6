"""The folders and private files of the embedded PostgreSQL."""

from __future__ import annotations

import ctypes
import hashlib
import os
import pwd
import stat
import tempfile
from pathlib import Path
from typing import BinaryIO

from serai.core.postgres.error import PostgresError
from serai.core.postgres.users import user_may

SOCKET_NAME = ".s.PGSQL.5432"
# The address of a Unix socket has room for 108 bytes, the last of which is zero.
SOCKET_PATH_BYTES = 107


def make_home(home: Path, user: str | None) -> None:
    """Make the data folder if there is none, and see that the server's user may enter it."""
    try:
        there = next(one for one in (home, *home.parents) if one.is_dir())
        if not home.exists():
            _check_entry(user, there, home)  # before anything is made for nothing
            _make_parents(home.parent, user)
            home.mkdir(mode=0o700)
            if user is not None:
                os.chown(home, os.geteuid(), pwd.getpwnam(user).pw_gid)
                home.chmod(0o710)
    except OSError as error:
        raise PostgresError(
            f"The data folder {home} cannot be made: {error.strerror}. "
            "Set SERAI_HOME to a folder that this user may write to."
        ) from error
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise PostgresError(
            f"The data folder {home} is not a folder that this user may write to. "
            "Give it to this user, or set SERAI_HOME to another folder."
        )
    _check_entry(user, home, home)


def _check_entry(user: str | None, folder: Path, home: Path) -> None:
    if user is not None and not user_may(user, 'cd -- "$1"', folder):
        raise PostgresError(
            f"As root the platform runs its database as the user {user}, who may not enter "
            f"{home}. Set SERAI_HOME to a folder that {user} may enter, such as /var/lib/serai, "
            "or start the platform as the user who owns this folder. "
            "(A restore is told the folder by --to.)"
        )


def socket_folder(home: Path) -> Path:
    """Return where the socket of this home lies: inside it, unless its path will not do."""
    inside = home / "run"
    # Clients read a comma as the end of one host and the beginning of the next.
    if len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_BYTES and "," not in str(inside):
        return inside
    uid = os.geteuid()
    runtime = Path("/run") if uid == 0 else Path(f"/run/user/{uid}")
    if not os.access(runtime, os.W_OK | os.X_OK):
        runtime = Path(tempfile.gettempdir())
    mark = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    return runtime / f"serai-{mark}"


def make_folder(folder: Path, user: str | None) -> None:
    """Make a private folder of `user`, or see that the one there is private and theirs."""
    uid = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    if not folder.is_symlink() and not folder.exists():
        folder.mkdir(mode=0o700)
        give(folder, user)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise PostgresError(
            f"{folder} should be a folder that belongs to {user or 'the user of this process'}, "
            "and is not. Start the platform as the user who made it, or move it away."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def give(path: Path, user: str | None) -> None:
    """Make `path` belong to `user`, None for the user of this process."""
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def private_file(file: Path) -> BinaryIO:
    """Open a new file of mode 0600 in the place of the one there, never through a link."""
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    return os.fdopen(descriptor, "wb")


def write_private(file: Path, text: str, user: str | None = None) -> None:
    """Write a file of mode 0600 that belongs to `user`, the whole of it or nothing."""
    part = file.with_name(f".{file.name}.part")
    with private_file(part) as stream:
        give(part, user)
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def _make_parents(folder: Path, user: str | None) -> None:
    if folder.exists():
        return
    _make_parents(folder.parent, user)
    folder.mkdir(exist_ok=True)
    if user is not None:
        # Whatever root's umask is: what we make ourselves, the server's user can pass.
        folder.chmod(0o755)


def sync_disk(folder: Path) -> None:
    """See that all that was written to a folder's disk is on it: one wait for very many files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs", str(folder))
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
