"""The embedded PostgreSQL where it must not or cannot run."""

import os
import pwd
from pathlib import Path

import pytest

from serai.core.configuration import Settings
from serai.core.postgres import (
    PostgresError,
    embedded_postgres,
    running_postgres,
    users,
)
from serai.core.postgres.embedded import only_one
from serai.core.postgres.server import failure_in
from serai.core.postgres.urls import url_parameters
from tests.core.postgres.servers import (
    copy,
    guests,
    guests_after_start,
    mode,
)


async def test_a_folder_of_something_else_is_left_alone(inn: Path) -> None:
    home = inn / "garden"
    (home / "postgres").mkdir(parents=True)
    home.chmod(0o711)
    (home / "postgres" / "roses").touch()
    with pytest.raises(PostgresError, match="not a PostgreSQL database"):
        await guests_after_start(home)
    assert (home / "postgres" / "roses").exists()


async def test_data_of_another_version_are_left_alone(home: Path) -> None:
    (home / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(PostgresError, match="are of PostgreSQL 17; this release runs"):
        await guests_after_start(home)


async def test_a_server_that_cannot_start_tells_why(home: Path) -> None:
    (home / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(PostgresError, match=r"did not start: .*pg_control.* Its log is in"):
        await guests_after_start(home)


def test_that_it_is_starting_is_no_reason_why_it_did_not_start() -> None:
    said = (
        "2026-06-01 LOG:  starting PostgreSQL 18",
        "2026-06-01 FATAL:  could not open file: No such file or directory",
        "2026-06-01 FATAL:  the database system is starting up",
    )
    assert failure_in(said) == "could not open file: No such file or directory"
    assert failure_in(said[:1]) == failure_in(said[2:]) == ""


async def test_a_home_that_is_a_file_is_refused(inn: Path) -> None:
    (inn / "file").touch()
    with pytest.raises(PostgresError, match="not a folder that this user may write to"):
        await guests_after_start(inn / "file")
    with pytest.raises(PostgresError, match=r"cannot be made: .*\. Set SERAI_HOME"):
        await guests_after_start(inn / "file" / "home")


async def test_a_link_in_place_of_a_private_folder_is_refused(home: Path, inn: Path) -> None:
    (inn / "elsewhere").mkdir()
    (home / "run").rmdir()
    (home / "run").symlink_to(inn / "elsewhere")
    with pytest.raises(PostgresError, match="should be a folder that belongs to"):
        await guests_after_start(home)


async def test_a_folder_in_place_of_a_file_is_told(home: Path) -> None:
    (home / "postgres" / "postgresql.conf").unlink()
    (home / "postgres" / "postgresql.conf").mkdir()
    with pytest.raises(PostgresError, match=r"cannot be set up: .*postgresql\.conf"):
        await guests_after_start(home)


async def test_a_long_path_has_its_socket_elsewhere(inn: Path, stopped: Path) -> None:
    home = inn / ("long" * 20) / "home"
    home.parent.mkdir()
    home.parent.chmod(0o711)
    copy(stopped, home)
    for _ in ("the first start", "the second"):
        async with embedded_postgres(Settings(home=home)) as postgres:
            assert await guests(postgres) == ["Lin"]
            assert await running_postgres(Settings(home=home)) == postgres.urls
            folder = url_parameters(postgres.urls.app)["host"]
            assert not folder.startswith(str(home))
            assert mode(folder) == 0o700
        assert not os.path.exists(folder)


def test_the_lock_is_free_again_after_use(inn: Path) -> None:
    for _ in ("the first", "the second"):
        with only_one(inn):
            pass


def test_only_root_chooses_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    someone = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
    monkeypatch.setattr(os, "geteuid", lambda: someone.pw_uid)
    assert users.server_user(None) is None
    assert users.server_user(someone.pw_name) is None
    with pytest.raises(PostgresError, match="only root may run the database as another user"):
        users.server_user("root")
