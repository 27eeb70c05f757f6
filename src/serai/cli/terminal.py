"""What every command speaks through: the terminal, the log, JSON for programs, the environment."""

import logging
import os
import sys
import time
from typing import Any

import msgspec
import structlog
from rich.console import Console

from serai.core import Settings

console = Console(stderr=True)

QUIET_SECONDS = 60.0
POOL_TROUBLE = "Connections to the database were lost; they are made anew as soon as it answers."

_log = structlog.get_logger()


def speak_plainly() -> None:
    """Log to stderr, without what was in variables: it may be a secret, or the name of a guest."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    pool = logging.getLogger("psycopg.pool")
    pool.handlers, pool.propagate = [PoolTrouble(logging.WARNING)], False


class PoolTrouble(logging.Handler):
    """Tells once of what the connections' keeper says again and again while a database is away."""

    _told_at = -QUIET_SECONDS

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if now - self._told_at >= QUIET_SECONDS:
            _log.warning(POOL_TROUBLE)
        self._told_at = now  # quiet for as long as it goes on


def settings_of_environment() -> Settings:
    """What this process was told by its environment."""
    return Settings.from_environment(os.environ)


def print_json(answer: Any) -> None:
    """Print an answer for a program, on a line of its own."""
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
