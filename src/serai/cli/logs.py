"""The log: events with a few named values, without secrets and without anybody's name.

A line tells what happened, not to whom. Whoever writes one names ids; what slips in all the same
(an address in an error of the database, a password in a connection string) is taken out here.
"""

import logging
import re
import sys
import time
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any

import structlog

from serai.core import LogFormat

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The name of the request that is being answered, on every line that is written meanwhile."""

HIDDEN = "***"
SECRETS = frozenset({
    "api_key", "authorization", "body", "code", "cookie", "document", "email", "mail", "otp",
    "password", "phone", "secret", "session", "token", "totp",
})  # fmt: skip
"""Names of values that are never written, whatever they hold."""

_TELLING: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://[^\s:/@]*:)[^\s@]*@"), rf"\1{HIDDEN}@"),
    (re.compile(r"(?i)\b(password|passwd|secret|token)(\s*[=:]\s*)\S+"), rf"\1\2{HIDDEN}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    # PostgreSQL quotes rows and values in what it says besides the reason.
    (re.compile(r"\b(DETAIL|CONTEXT|QUERY|STATEMENT):.*"), rf"\1: {HIDDEN}"),
    (re.compile(r"(invalid input \w+ [^:\n]*: ).*"), rf"\1{HIDDEN}"),
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), HIDDEN),
    (re.compile(r"\+\d[\d\s-]{6,}\d|(?<![\d.])1[3-9]\d{9}(?!\d)"), HIDDEN),
)
"""What a text must not show, and what stands there instead."""

QUIET_SECONDS = 60.0
_SELDOM: Mapping[str, str] = {
    "psycopg.pool": (
        "Connections to the database were lost; they are made anew as soon as it answers."
    ),
    "opentelemetry": "Traces cannot be sent; see whether the collector answers.",
}
"""What is said once a minute, whatever a library says again and again while something is away."""

Event = MutableMapping[str, Any]
_log = structlog.get_logger()


def is_text(format: LogFormat) -> bool:
    """Whether somebody reads the log as it is written; else programs do."""
    return format == "text" or (format == "auto" and sys.stderr.isatty())


def open_log(format: LogFormat) -> None:
    """Write to stderr: text for a terminal, JSON (one object a line) for programs."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _name_request,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            # Without what was in variables: it may be a secret, or the name of a guest.
            structlog.processors.format_exc_info,
            be_discreet,
            *(_as_text() if is_text(format) else _as_json()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.getLogger().handlers = [Forwarded(logging.WARNING)]
    for name, says in _SELDOM.items():
        library = logging.getLogger(name)
        library.handlers, library.propagate = [Seldom(says)], False


def _as_text() -> list[structlog.typing.Processor]:
    return [
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(),
    ]


def _as_json() -> list[structlog.typing.Processor]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _name_request(_logger: object, _method: str, event: Event) -> Event:
    name = REQUEST.get()
    if name:
        event.setdefault("request_id", name)
    return event


def be_discreet(_logger: object, _method: str, event: Event) -> Event:
    """An event without secrets, and without what tells of a person."""
    for name, value in event.items():
        if name in SECRETS:
            event[name] = HIDDEN
        elif isinstance(value, str):
            event[name] = discreet(value)
        elif not isinstance(value, int | float | bool | None):
            event[name] = discreet(str(value))
    return event


def discreet(text: str) -> str:
    """A text without passwords, addresses of people, and values that a database quoted."""
    for telling, instead in _TELLING:
        text = telling.sub(instead, text)
    return text


class Forwarded(logging.Handler):
    """What libraries write to Python's own log goes where ours goes."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write it as an event of ours."""
        _log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


class Seldom(logging.Handler):
    """Says one thing once, and again when it was quiet for a while."""

    def __init__(self, says: str) -> None:
        super().__init__(logging.WARNING)
        self._says = says
        self._told_at = -QUIET_SECONDS

    def emit(self, record: logging.LogRecord) -> None:
        """Say it, if it was not said just now."""
        now = time.monotonic()
        if now - self._told_at >= QUIET_SECONDS:
            _log.warning(self._says)
        self._told_at = now  # quiet for as long as it goes on
