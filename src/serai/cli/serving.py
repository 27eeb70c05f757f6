"""Serves the application over HTTP, in the process that runs the house, until told to stop."""

import asyncio
import errno
import gc
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from serai import __version__
from serai.cli.gate import Gate
from serai.cli.supervisor import tell_supervisor, tell_when_answered
from serai.core import ConfigurationError, Settings, open_tracing

Answer = TypeVar("Answer")

OBJECTS_BEFORE_COLLECTION = 100_000
"""Steps are made by the million and hold no cycles; to look for cycles among them every few
hundred objects, as Python does by default, doubles the work of an import."""

SWITCH_SECONDS = 0.0003
"""How long a thread waits for its turn: the server's, which brings requests, and the writer's, for
which PostgreSQL waits. With Python's five milliseconds an order takes four times as long."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

MOST_CONNECTIONS = 8192
"""Every page that watches holds a connection. The server's own limit is 128: with so many pages
open, nobody else would be answered."""
MOST_ARRIVING = 2048
"""Connections that wait to be taken when a sale begins; more are turned away by the system."""
FILES_BESIDE_CONNECTIONS = 256


def check_address(settings: Settings) -> None:
    """Refuse an address that cannot be listened on, or that somebody listens on already.

    The server would share the port with another of its kind, each getting some of the requests.
    """
    where = f"{settings.host}:{settings.port}"
    try:
        found = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM
        )
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
            attempt.listen()
    except (OSError, UnicodeError) as error:  # what cannot be a name at all is a UnicodeError
        reason = error.strerror if isinstance(error, OSError) else "it is not a name"
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ConfigurationError(
                f"Somebody listens on {where} already, another serai perhaps. "
                "Stop it, or set SERAI_PORT to another port."
            ) from None
        raise ConfigurationError(
            f"{where} cannot be listened on: {reason}. "
            "Set SERAI_HOST to an address of this machine and SERAI_PORT to a port that this user "
            "may listen on."
        ) from None


def make_room_for_connections() -> None:
    """Let this process hold as many open files as its connections need, where it may."""
    wanted = MOST_CONNECTIONS + FILES_BESIDE_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def serve(application: Litestar, settings: Settings, *beside: Awaitable[object]) -> None:
    """Serve until SIGINT or SIGTERM, or until something `beside` ends; raises what ended it."""
    async with open_tracing(settings.otlp_endpoint, __version__):
        await _serve(application, settings, *beside)


async def _serve(application: Litestar, settings: Settings, *beside: Awaitable[object]) -> None:
    make_room_for_connections()
    gc.collect()
    gc.freeze()  # what stands now stands for good: the program itself, and routes and pages
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in STOP_SIGNALS:
        loop.add_signal_handler(sign, told.set)
    server = Server(
        Gate(application, settings),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        backlog=MOST_ARRIVING,
        backpressure=MOST_CONNECTIONS,
        log_enabled=False,
    )
    stop_serving: Callable[[], None] = server.stop  # granian leaves it untyped
    tasks = [asyncio.ensure_future(one) for one in (server.serve(), *beside)]
    stop = asyncio.ensure_future(told.wait())
    ready = asyncio.ensure_future(tell_when_answered(settings.host, settings.port))
    try:
        await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        tell_supervisor("STOPPING=1")
        for sign in STOP_SIGNALS:
            loop.remove_signal_handler(sign)
        for end in application.state.get("before_stop", ()):
            end()  # pages that watch hold their connection until they are sent home
        stop_serving()
        ended = [task for task in tasks if task.done()]
        for task in (stop, ready, *tasks[1:]):
            task.cancel()
        with suppress(
            asyncio.CancelledError, TimeoutError
        ):  # what ended it is told, not how slowly
            await asyncio.wait_for(tasks[0], timeout=10)
    for task in ended:
        task.result()


def run(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a command's coroutine on uvloop; told to end by SIGTERM, it ends as on Ctrl-C."""
    import uvloop

    async def stoppable() -> Answer:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await main

    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            return runner.run(stoppable())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
