"""A platform of a bench's own: `serai up` as a process, in a data folder that nobody else uses."""

import asyncio
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO

from serai.core import PostgresError, Settings

START_SECONDS = 60
STOP_SECONDS = 20
PROGRAM = "from serai.cli import main; main()"
PORTS = (16_384, 32_768)
LAST_WORDS = 20_000
"""So many bytes of its log are shown when it does not start."""


class Server:
    """A running `serai up`; `home` and the address are in `settings`."""

    def __init__(
        self, settings: Settings, process: asyncio.subprocess.Process, log: IO[bytes]
    ) -> None:
        self.settings = settings
        self.process = process
        self._log = log

    @property
    def address(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def postmaster(self) -> int:
        """The process of its embedded PostgreSQL."""
        return int((self.settings.home / "postgres" / "postmaster.pid").read_text().split()[0])

    def last_words(self) -> str:
        """The end of what it has said on its error stream."""
        log = self._log.fileno()  # it writes at the same place: that must not be moved
        beginning = max(0, os.fstat(log).st_size - LAST_WORDS)
        return os.pread(log, LAST_WORDS, beginning).decode(errors="replace").strip()

    async def can_serve(self, timeout_seconds: float) -> None:
        """Wait until it can serve; raises PostgresError, with what it said, when it does not."""
        try:
            await asyncio.wait_for(self._until_it_serves(), timeout_seconds)
        except TimeoutError:
            raise PostgresError(
                f"The platform cannot serve after {timeout_seconds:.0f} s. It said:\n"
                f"{self.last_words()}"
            ) from None

    async def _until_it_serves(self) -> None:
        while True:
            if self.process.returncode is not None:
                raise PostgresError(
                    f"The platform ended with {self.process.returncode} at its start. It said:\n"
                    f"{self.last_words()}"
                )
            try:
                await asyncio.to_thread(_ask, f"{self.address}/health")
                return
            except OSError:
                await asyncio.sleep(0.1)

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
            except TimeoutError:
                await self.kill()

    async def kill(self) -> None:
        """End it as a power cut would; its PostgreSQL notices by itself."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def start_server(settings: Settings, *options: str) -> Server:
    """Start `serai up` with these settings and options; returns when it can serve."""
    server = await launch_server(settings, *options)
    try:
        await server.can_serve(START_SECONDS)
    except BaseException:
        await server.kill()
        raise
    return server


async def launch_server(settings: Settings, *options: str) -> Server:
    """Start `serai up` with these settings and options, and do not wait for it."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SERAI_")},
        "SERAI_HOME": str(settings.home),
        "SERAI_HOST": settings.host,
        "SERAI_PORT": str(settings.port),
    }
    if settings.database_url:
        environment["SERAI_DATABASE_URL"] = settings.database_url
    log = tempfile.TemporaryFile()  # noqa: SIM115 - it is kept as long as the server is
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, "up", *options,
        env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
        stderr=log,
    )  # fmt: skip
    return Server(settings, process, log)


@asynccontextmanager
async def own_server(home: Path | None = None) -> AsyncIterator[Server]:
    """A platform on a free port of loopback, stopped at the end.

    Its data folder is `home`, or one that is removed afterwards.
    """
    with short_folder() as folder:
        server = await start_server(Settings(home=home or folder / "home", port=free_port()))
        try:
            yield server
        finally:
            await server.stop()


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment.

    It is not one of those that outgoing connections are given: while the platform is away, a
    caller's connection could be given it, and would then talk to itself.
    """
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(*PORTS)))
            return int(probe.getsockname()[1])


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for a while, with a path short enough for a socket, open to the server's user."""
    path = Path(tempfile.mkdtemp(prefix="serai-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _ask(url: str) -> None:
    urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own address
