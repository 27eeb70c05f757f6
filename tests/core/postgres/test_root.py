"""The embedded PostgreSQL started as root."""

import os
import pwd
from pathlib import Path

import pytest

from serai.core.configuration import Settings
from serai.core.postgres import (
    PostgresError,
    embedded_postgres,
)
from serai.core.postgres.leftovers import postmaster, server_name
from serai.core.postgres.programs import install_folder
from tests.core.postgres.servers import (
    IS_ROOT,
    ask,
    copy,
    guests,
    guests_after_start,
    mode,
    proc,
)

pytestmark = pytest.mark.skipif(not IS_ROOT, reason="only root can start it as another user")


@pytest.mark.parametrize("user", ["root", "no-such-user"])
async def test_root_names_a_user_that_will_not_do(inn: Path, user: str) -> None:
    with pytest.raises(PostgresError, match=rf"no other user named {user} .*useradd"):
        async with embedded_postgres(Settings(home=inn / "new", postgres_user=user)):
            pass
    assert not (inn / "new").exists()


async def test_root_names_the_user(inn: Path) -> None:
    settings = Settings(home=inn / "daemons", postgres_user="daemon")
    async with embedded_postgres(settings) as postgres:
        assert await ask(postgres.urls.app, "SELECT 1") == [(1,)]
        assert (settings.home / "postgres").stat().st_uid == pwd.getpwnam("daemon").pw_uid


async def test_roots_private_folder_is_not_opened(inn: Path) -> None:
    private = inn / "private"
    private.mkdir(mode=0o700)
    with pytest.raises(PostgresError, match=r"who may not enter .* Set SERAI_HOME to a folder"):
        await guests_after_start(private / "home")
    assert mode(private) == 0o700
    assert list(private.iterdir()) == []


async def test_missing_parents_can_be_passed_whatever_the_umask(inn: Path) -> None:
    before = os.umask(0o077)
    try:
        async with embedded_postgres(Settings(home=inn / "a" / "b" / "home")) as postgres:
            assert await ask(postgres.urls.app, "SELECT 1") == [(1,)]
    finally:
        os.umask(before)


async def test_programs_out_of_reach_are_copied(
    inn: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = install_folder(home, None).parent
    closed = inn / "closed"
    closed.mkdir(mode=0o700)
    for part in (package, package.with_name(f"{package.name}.libs")):
        copy(part, closed)
    monkeypatch.syspath_prepend(str(closed))
    for _ in ("copied", "found again"):
        async with embedded_postgres(Settings(home=home)) as postgres:
            assert await guests(postgres) == ["Lin"]
            server = postmaster(home / "postgres", server_name(home))
            assert proc(server, "cmdline").read_text().startswith(str(home))
    assert mode(closed) == 0o700
