"""The embedded PostgreSQL as it is killed, and as it comes back."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import psycopg
import pytest

from serai.core.configuration import Settings
from serai.core.postgres import (
    PostgresError,
    RestartPolicy,
    embedded_postgres,
    running_postgres,
)
from serai.core.postgres.leftovers import postmaster, processes_of, server_name
from serai.core.postgres.programs import install_folder
from serai.core.postgres.server import Server
from tests.core.postgres.servers import (
    PATIENCE_SECONDS,
    PLATFORM,
    ask,
    ended,
    guests,
    guests_after_start,
    kill_server,
    platform,
    said_by,
    until,
)


async def test_a_restart_keeps_the_data(home: Path) -> None:
    assert await running_postgres(Settings(home=home)) is None
    assert await guests_after_start(home) == ["Lin"]
    assert await guests_after_start(home) == ["Lin"]
    assert processes_of(server_name(home)) == []


async def test_a_relative_path_will_do(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home.parent)
    assert await guests_after_start(Path("home")) == ["Lin"]


@pytest.mark.parametrize("name", ["a b'c\"d\\e%41#?&=", "旅店", "a,b", "$HOME", "-D"])
async def test_a_folder_of_any_name_will_do(home: Path, name: str) -> None:
    odd = home.with_name(name)
    home.rename(odd)
    try:
        assert await guests_after_start(odd) == ["Lin"]
    finally:
        odd.rename(home)


async def test_the_server_stops_cleanly(home: Path) -> None:
    await guests_after_start(home)
    control = install_folder(home, None) / "bin" / "pg_controldata"
    said = said_by(control, home / "postgres")
    assert "Database cluster state:               shut down\n" in said


async def test_the_log_keeps_no_values_and_no_passwords(home: Path) -> None:
    async with embedded_postgres(Settings(home=home)) as postgres:
        for wrong in (
            "SELECT 'geheim'::int",
            "SELECT 'geheim' FROM nowhere",
            "CREATE TABLE u (name text UNIQUE); INSERT INTO u VALUES ('geheim'), ('geheim')",
        ):
            with pytest.raises(psycopg.Error, match=r"geheim|nowhere"):
                await ask(postgres.urls.owner, wrong)
    logged = "".join(file.read_text() for file in (home / "log").iterdir())
    assert "database system is ready" in logged
    assert "geheim" not in logged
    for secret in (home / "secrets").iterdir():
        assert secret.read_text() not in logged


async def test_a_lost_password_of_a_role_is_replaced(home: Path) -> None:
    (home / "secrets" / "postgres-app").unlink()
    async with embedded_postgres(Settings(home=home)) as postgres:
        assert await ask(postgres.urls.app, "SELECT 1") == [(1,)]


async def test_a_lost_password_of_the_supervisor_is_told(home: Path) -> None:
    (home / "secrets" / "postgres-supervisor").unlink()
    with pytest.raises(PostgresError, match="Restore both from the same backup"):
        await guests_after_start(home)
    assert processes_of(server_name(home)) == []


async def test_a_server_that_dies_is_started_again(home: Path) -> None:
    async with embedded_postgres(Settings(home=home)) as postgres:
        for only_postmaster in (False, True):
            before = postmaster(home / "postgres", server_name(home))
            kill_server(home, only_postmaster=only_postmaster)
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    try:
                        assert await guests(postgres) == ["Lin"]
                        break
                    except psycopg.OperationalError:
                        await asyncio.sleep(0.02)
            assert postmaster(home / "postgres", server_name(home)) not in (None, before)


async def test_a_server_that_keeps_dying_is_given_up(home: Path) -> None:
    policy = RestartPolicy(attempts=2, first_pause_seconds=0)
    async with embedded_postgres(Settings(home=home), policy) as postgres:
        # Without this file no start can succeed.
        (home / "postgres" / "global" / "pg_control").unlink()
        kill_server(home)
        with pytest.raises(PostgresError, match="started again 2 times in vain"):
            await asyncio.wait_for(postgres.watch(), PATIENCE_SECONDS)


def test_pauses_grow_and_end_growing() -> None:
    pauses = [RestartPolicy().pause_seconds(attempt) for attempt in range(6)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.1, 10.0)


async def test_a_start_after_everything_was_killed_recovers(home: Path) -> None:
    async with platform(home) as python:
        urls = await running_postgres(Settings(home=home))
        assert urls is not None
        await ask(urls.owner, "INSERT INTO guests VALUES ('Wang')")
        python.kill()
        kill_server(home)
        await until(lambda: not processes_of(server_name(home)))
    assert await guests_after_start(home) == ["Lin", "Wang"]


async def test_the_server_ends_with_the_python_that_was_killed(home: Path) -> None:
    async with platform(home) as python:
        python.kill()
        await ended(python)
        await until(lambda: not processes_of(server_name(home)))
    assert not (home / "postgres" / "postmaster.pid").exists()


async def test_a_start_right_after_the_kill_waits_for_the_old_server(home: Path) -> None:
    async with platform(home) as python:
        python.kill()
        assert await guests_after_start(home) == ["Lin"]


async def test_sigterm_to_python_is_enough(home: Path) -> None:
    async with platform(home) as python:
        python.terminate()
        assert await ended(python) == -signal.SIGTERM
        await until(lambda: not processes_of(server_name(home)))


async def test_ctrl_c_is_for_python_which_then_stops_the_server(home: Path) -> None:
    async with platform(home) as python:
        server = postmaster(home / "postgres", server_name(home))
        assert server is not None
        assert os.getpgid(server) != os.getpgid(python.pid)
        python.send_signal(signal.SIGINT)
        await ended(python)
        assert not (home / "postgres" / "postmaster.pid").exists()


async def test_a_server_without_supervisor_is_stopped_first(home: Path) -> None:
    async with embedded_postgres(Settings(home=home)) as first:
        cluster = first._server.cluster  # type: ignore[union-attr]  # it is embedded
    orphan = Server(cluster, RestartPolicy())
    await orphan.start()
    assert await guests_after_start(home) == ["Lin"]
    await orphan.stop()


@pytest.mark.parametrize("who", ["a stranger", "nobody", "half a file"])
async def test_an_old_pid_file_does_not_hinder(home: Path, who: str) -> None:
    async with platform(home) as python:
        kill_server(home)
        python.kill()
        await until(lambda: not processes_of(server_name(home)))
    file = home / "postgres" / "postmaster.pid"
    lines = file.read_text().splitlines()
    if who == "a stranger":
        lines[0] = str(os.getpid())
    file.write_text("" if who == "half a file" else "\n".join(lines) + "\n")
    assert await guests_after_start(home) == ["Lin"]


async def test_an_interrupted_first_start_is_begun_anew(inn: Path) -> None:
    home = inn / "interrupted"
    settings = Settings(home=home)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PLATFORM, str(home), stdout=asyncio.subprocess.PIPE
    )
    unfinished = home / "postgres.unfinished"
    await until((unfinished / "postgresql.conf").exists)
    process.kill()
    await ended(process)
    assert not (home / "postgres").exists()
    async with embedded_postgres(settings) as postgres:
        assert await ask(postgres.urls.app, "SELECT 1") == [(1,)]
    assert not unfinished.exists()
