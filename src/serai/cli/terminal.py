"""What every command speaks through: the terminal, the log, JSON for programs, the environment."""

import logging
import os
import sys
from typing import Any

import msgspec
import structlog
from rich.console import Console

from serai.core import Settings

console = Console(stderr=True)


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


def settings_of_environment() -> Settings:
    """What this process was told by its environment."""
    return Settings.from_environment(os.environ)


def print_json(answer: Any) -> None:
    """Print an answer for a program, on a line of its own."""
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
