"""Serves the application over HTTP, in the process that runs the house, until told to stop."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar

from serai.core import Settings

Answer = TypeVar("Answer")

OBJECTS_BEFORE_COLLECTION = 100_000
"""Steps are made by the million and hold no cycles; to look for cycles among them every few
hundred objects, as Python does by default, doubles the work of an import."""

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


async def serve(application: Litestar, settings: Settings, *beside: Awaitable[object]) -> None:
    """Serve until SIGINT or SIGTERM, or until something `beside` ends; raises what ended it."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in STOP_SIGNALS:
        loop.add_signal_handler(sign, told.set)
    server = Server(
        application,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    stop_serving: Callable[[], None] = server.stop  # granian leaves it untyped
    tasks = [asyncio.ensure_future(one) for one in (server.serve(), *beside)]
    stop = asyncio.ensure_future(told.wait())
    try:
        await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for sign in STOP_SIGNALS:
            loop.remove_signal_handler(sign)
        stop_serving()
        ended = [task for task in tasks if task.done()]
        for task in (stop, *tasks[1:]):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(tasks[0], timeout=10)
    for task in ended:
        task.result()


def run(main: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a command's coroutine on uvloop."""
    import uvloop

    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 20, 50)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
