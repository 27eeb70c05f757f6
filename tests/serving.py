"""An application behind its real server, on a port of this machine."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar


@asynccontextmanager
async def served(application: Litestar) -> AsyncIterator[str]:
    """Serve until the end of the block; the address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(
        application, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False
    )
    serving = asyncio.create_task(server.serve())
    try:
        await _answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()  # type: ignore[no-untyped-call]  # granian gives it no types
        with suppress(asyncio.CancelledError):
            await serving


async def _answers(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(20):
        while True:
            with suppress(ConnectionRefusedError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.02)
