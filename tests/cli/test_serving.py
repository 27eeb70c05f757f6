"""Where the platform listens, for how many, and how it ends and fails in sentences."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
from litestar import Litestar, get
from litestar.response import Stream
from structlog.testing import capture_logs

from serai.cli import main
from serai.cli.serving import check_address, serve
from serai.cli.supervisor import tell_supervisor
from serai.core import ConfigurationError, Settings

WATCHERS = 300
PATIENCE_SECONDS = 20
ENDLESS = """
import asyncio
from serai.cli.serving import run

async def endless():
    print("begun", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        print("tidied up", flush=True)

try:
    run(endless())
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
WITHOUT_DATABASE = """
import asyncio
from serai.cli.terminal import speak_plainly
from serai.core import open_database

async def look() -> None:
    async with open_database("postgresql://nobody@/nothing?host=/nowhere"):
        pass

async def main() -> None:
    looking = [asyncio.create_task(look()) for _ in range(3)]
    await asyncio.wait(looking, timeout=1.5)
    for one in looking:
        one.cancel()
    await asyncio.gather(*looking, return_exceptions=True)

speak_plainly()
asyncio.run(main())
"""
FAILING = """
import structlog
from serai.cli import terminal

def ask(token):
    raise ValueError("it did not work")

terminal.speak_plainly()
try:
    ask("opensesame")
except ValueError as error:
    structlog.get_logger().error("failed", exc_info=error)
"""


@contextmanager
def listener(*, shares: bool) -> Iterator[int]:
    with socket.socket() as server:
        if shares:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def settings(port: int, host: str = "127.0.0.1") -> Settings:
    return Settings(home=Path("/nowhere"), host=host, port=port)


@pytest.mark.parametrize("shares", [True, False])
def test_a_port_that_somebody_listens_on_is_refused_in_a_sentence(shares: bool) -> None:
    taken = r"127\.0\.0\.1:\d+ already.*SERAI_PORT"
    with listener(shares=shares) as port, pytest.raises(ConfigurationError, match=taken):
        check_address(settings(port))
    check_address(settings(port))


@pytest.mark.parametrize("host", ["203.0.113.9", "no-such-host.invalid", "a..b"])
def test_an_address_of_another_machine_is_refused_in_a_sentence(host: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be listened on: .*SERAI_HOST"):
        check_address(settings(8099, host))


async def test_hundreds_of_pages_that_watch_leave_room_for_everybody_else() -> None:
    @get("/watch")
    async def watch() -> Stream:
        async def signs() -> AsyncIterator[bytes]:
            yield b"open"
            await asyncio.Event().wait()

        return Stream(signs())

    @get("/")
    async def page() -> str:
        return "here"

    with listener(shares=False) as port:
        pass
    enough = asyncio.Event()
    serving = asyncio.create_task(serve(Litestar([watch, page]), settings(port), enough.wait()))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await answers(port)
            with ExitStack() as doors:
                for _ in range(WATCHERS):
                    stream, sink = await ask(port, "/watch")
                    doors.callback(sink.close)
                    assert (await stream.readline()).startswith(b"HTTP/1.1 200")
                stream, sink = await ask(port, "/")
                doors.callback(sink.close)
                assert (await stream.readline()).startswith(b"HTTP/1.1 200")
    finally:
        enough.set()
        await serving


async def ask(port: int, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    stream, sink = await asyncio.open_connection("127.0.0.1", port)
    sink.write(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    return stream, sink


async def answers(port: int) -> None:
    while True:
        with suppress(ConnectionRefusedError):
            _, sink = await asyncio.open_connection("127.0.0.1", port)
            sink.close()
            return
        await asyncio.sleep(0.02)


async def test_systemd_is_told_when_it_answers_and_when_it_stops(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    loop, address = asyncio.get_running_loop(), tmp_path / "notify"
    enough = asyncio.Event()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        supervisor.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(address))
        with listener(shares=False) as port:
            pass
        serving = asyncio.create_task(serve(Litestar([]), settings(port), enough.wait()))
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await loop.sock_recv(supervisor, 64) == b"READY=1"
            _, sink = await asyncio.open_connection("127.0.0.1", port)
            sink.close()
            enough.set()
            assert await loop.sock_recv(supervisor, 64) == b"STOPPING=1"
            await serving


def test_a_supervisor_that_is_gone_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    with capture_logs() as told:
        tell_supervisor("READY=1")
    assert [line["event"] for line in told] == ["supervisor_not_told"]


def test_told_to_end_a_command_tidies_up_as_on_ctrl_c() -> None:
    command = subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True)
    with command:
        assert command.stdout is not None
        assert command.stdout.readline() == "begun\n"
        command.send_signal(signal.SIGTERM)
        assert command.stdout.read() == "tidied up\nstopped\n"


def test_what_is_wrong_is_told_as_it_is_also_with_brackets_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SERAI_PORT", "[/x]")
    monkeypatch.setattr(sys, "argv", ["serai", "up"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "SERAI_PORT is '[/x]'" in capsys.readouterr().err


def test_a_trace_in_the_log_does_not_tell_what_variables_held() -> None:
    told = subprocess.run(
        [sys.executable, "-c", FAILING], capture_output=True, text=True, check=True
    ).stderr
    assert "it did not work" in told
    assert "opensesame" not in told.replace('ask("opensesame")', "")


def test_a_database_that_is_away_is_told_of_once_and_in_a_sentence() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_DATABASE], capture_output=True, text=True, check=True
    ).stderr
    assert told.count("Connections to the database were lost") == 1
    assert len(told.splitlines()) == 1
