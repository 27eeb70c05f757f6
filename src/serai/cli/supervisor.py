"""Whoever started this process and waits for a word of it: systemd, for a service of `Type=notify`.

The protocol is sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names.
"""

import asyncio
import os
import socket

import structlog

VARIABLE = "NOTIFY_SOCKET"
AGAIN_SECONDS = 0.02

_log = structlog.get_logger()


def tell_supervisor(word: str) -> None:
    """Say one word, `READY=1` for one; where nobody waits for it, nothing happens."""
    name = os.environ.get(VARIABLE, "")
    if not name:
        return
    address = "\0" + name[1:] if name.startswith("@") else name  # "@": of no file system
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(word.encode(), address)
    except OSError as error:
        _log.warning("supervisor_not_told", word=word, reason=error.strerror)


async def tell_when_answered(host: str, port: int) -> None:
    """Say `READY=1` as soon as somebody answers at an address."""
    while True:
        try:
            _, sink = await asyncio.open_connection(host.strip("[]"), port)
        except OSError:
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        sink.close()
        tell_supervisor("READY=1")
        return
