"""Base backups: the whole database as it was while they were taken, and the proof that it is."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import psycopg

from serai.core.postgres.cluster import SUPERVISOR, Cluster
from serai.core.postgres.error import PostgresError
from serai.core.postgres.folders import sync_disk
from serai.core.postgres.programs import program
from serai.core.postgres.segments import lsn, lsn_text
from serai.core.postgres.urls import url_parameters
from serai.core.postgres.users import child_environment

MANIFEST = "backup_manifest"
BLOCK_BYTES = 1024 * 1024
ERRORS_SHOWN = 3

Told = Callable[[int, int], None]
"""Is told how many bytes are done, of how many."""


class DamagedBackup(PostgresError):
    """A base backup is not as it was taken."""


class _File(msgspec.Struct, frozen=True):
    size: int = msgspec.field(name="Size")
    checksum: str = msgspec.field(name="Checksum", default="")
    path: str = msgspec.field(name="Path", default="")
    encoded_path: str = msgspec.field(name="Encoded-Path", default="")
    algorithm: str = msgspec.field(name="Checksum-Algorithm", default="")

    @property
    def name(self) -> str:
        return self.path or os.fsdecode(bytes.fromhex(self.encoded_path))


class _Range(msgspec.Struct, frozen=True):
    timeline: int = msgspec.field(name="Timeline")
    start: str = msgspec.field(name="Start-LSN")
    end: str = msgspec.field(name="End-LSN")


class _Manifest(msgspec.Struct, frozen=True):
    """What PostgreSQL writes beside a base backup."""

    files: list[_File] = msgspec.field(name="Files")
    ranges: list[_Range] = msgspec.field(name="WAL-Ranges")
    checksum: str = msgspec.field(name="Manifest-Checksum")
    system: int = msgspec.field(name="System-Identifier", default=0)


class Base(msgspec.Struct, frozen=True):
    """A base backup: which part of the log it needs to be whole, and how large it is.

    It holds that part itself; `end` is the first place that it can be restored to.
    """

    timeline: int
    start: int
    end: int
    size_bytes: int
    files: int


async def take_base(cluster: Cluster, folder: Path) -> None:
    """Copy the running database into `folder`, which must not exist; all of it, or an error."""
    parameters = url_parameters(cluster.url(SUPERVISOR, "postgres"))
    password = parameters.pop("password")
    parameters |= {"dbname": "replication", "application_name": "serai backup"}
    process = await asyncio.create_subprocess_exec(
        *cluster.own_command(
            signal.SIGTERM,
            program("pg_basebackup"),
            f"--pgdata={folder}",
            "--format=plain",
            # The log that it needs comes with it, so that it can be restored without the archive.
            "--wal-method=stream",
            "--checkpoint=fast",
            "--sync-method=syncfs",
            "--manifest-checksums=SHA256",
            "--no-password",
            "--label=serai",
            f"--dbname={psycopg.conninfo.make_conninfo(**parameters)}",
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment() | {"PGPASSWORD": password},
        start_new_session=True,
    )
    try:
        _, said = await process.communicate()
    except BaseException:
        process.terminate()
        await process.wait()
        raise
    if process.returncode != 0:
        lines = said.decode(errors="replace").splitlines()
        reasons = [line for line in lines if "error:" in line] or lines[-1:]
        raise PostgresError(
            f"The base backup was not taken: {'; '.join(reasons[:ERRORS_SHOWN])}. "
            "No backup was changed by this."
        )


def read_base(folder: Path) -> Base:
    """Return what PostgreSQL's manifest says of a base backup; raise DamagedBackup without it."""
    manifest = _manifest(folder)
    needed = manifest.ranges[-1]
    return Base(
        timeline=needed.timeline,
        start=lsn(needed.start),
        end=lsn(needed.end),
        size_bytes=sum(file.size for file in manifest.files),
        files=len(manifest.files),
    )


def check_base(folder: Path, told: Told) -> None:
    """Read every file of a base backup; raise DamagedBackup unless all are as they were taken."""
    _go_through(folder, None, told)


async def check_base_log(folder: Path) -> None:
    """Read the log that came with a base backup; raise DamagedBackup unless it is whole."""
    base = read_base(folder)
    process = await asyncio.create_subprocess_exec(
        program("pg_waldump"),
        "--quiet",
        f"--path={folder / 'pg_wal'}",
        f"--timeline={base.timeline}",
        f"--start={lsn_text(base.start)}",
        f"--end={lsn_text(base.end)}",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=child_environment(),
    )
    _, said = await process.communicate()
    if process.returncode != 0:
        raise DamagedBackup(
            f"The log that came with the base backup in {folder} is damaged: "
            f"{said.decode(errors='replace').strip()}."
        )


def copy_base(folder: Path, target: Path, told: Told) -> None:
    """Copy a base backup into the empty folder `target`, checking every byte on the way."""
    _go_through(folder, target, told)


def _go_through(folder: Path, target: Path | None, told: Told) -> None:
    manifest = _manifest(folder)
    total = sum(file.size for file in manifest.files)
    done = 0
    wrong: list[str] = []
    for file in manifest.files:
        reason = _read(folder / file.name, target / file.name if target else None, file)
        if reason:
            wrong.append(f"{file.name} {reason}")
        done += file.size
        told(done, total)
    if wrong:
        more = f" and {len(wrong) - ERRORS_SHOWN} more" if len(wrong) > ERRORS_SHOWN else ""
        raise DamagedBackup(
            f"The base backup in {folder} is damaged: {', '.join(wrong[:ERRORS_SHOWN])}{more}. "
            "Use another one; `serai backup --list` names them."
        )
    if target is not None:
        _copy_unlisted(folder, target)
        sync_disk(target)


def _read(source: Path, target: Path | None, file: _File) -> str:
    """Return what is wrong with a file, which is copied on the way; nothing if it is as it was."""
    digest = hashlib.new(file.algorithm) if file.algorithm else None
    size = 0
    try:
        with source.open("rb") as stream:
            copy = _new_file(target) if target else None
            try:
                while block := stream.read(BLOCK_BYTES):
                    size += len(block)
                    if digest:
                        digest.update(block)
                    if copy is not None:
                        _write_all(copy, block)
            finally:
                if copy is not None:
                    os.close(copy)
    except FileNotFoundError:
        return "is missing"
    if size != file.size:
        return f"has {size:,} bytes and had {file.size:,}"
    if digest and digest.hexdigest() != file.checksum:
        return "has changed"
    return ""


def _new_file(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _write_all(descriptor: int, block: bytes) -> None:
    rest = memoryview(block)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _copy_unlisted(folder: Path, target: Path) -> None:
    """Copy what the manifest does not list: empty folders, and the log that came with it."""
    for path in sorted(folder.rglob("*")):
        copy = target / path.relative_to(folder)
        if path.is_dir():
            copy.mkdir(mode=0o700, exist_ok=True)
        elif not copy.exists() and path.name != MANIFEST:
            shutil.copyfile(path, copy)
            copy.chmod(0o600)


def _manifest(folder: Path) -> _Manifest:
    """Return PostgreSQL's manifest of a base backup, whose own checksum is in its last line."""
    try:
        content = (folder / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=_Manifest)
    except FileNotFoundError:
        raise DamagedBackup(f"There is no base backup in {folder}.") from None
    except (msgspec.DecodeError, OSError) as error:
        raise DamagedBackup(f"The manifest in {folder} cannot be read: {error}.") from None
    listed = content[: content.rindex(b'"Manifest-Checksum"')]
    if hashlib.sha256(listed).hexdigest() != manifest.checksum or not manifest.ranges:
        raise DamagedBackup(f"The manifest in {folder} is not as it was written.")
    return manifest
