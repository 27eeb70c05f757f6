"""What the platform is told by its environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict

MASK = "***"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
ROOT_HOME = Path("/var/lib/serai")
PORT = re.compile(r"[1-9][0-9]{0,4}")
HOST = re.compile(r"[A-Za-z0-9.:_\-\[\]%]+")


class ConfigurationError(Exception):
    """The environment asks for something that cannot be; says what and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the platform keeps its data, where it listens, and which database it uses."""

    home: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database_url: str | None = None
    postgres_user: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], *, uid: int | None = None) -> Settings:
        """Return the settings, or raise ConfigurationError with every mistake at once.

        `uid` is the user to choose the default data folder for; it is that of this process
        when not given. A variable that is empty counts as not set.
        """
        mistakes: list[str] = []
        settings = cls(
            home=_home(environ, os.geteuid() if uid is None else uid, mistakes),
            host=_host(environ, mistakes),
            port=_port(environ, mistakes),
            database_url=_database_url(environ, mistakes),
            postgres_user=environ.get("SERAI_POSTGRES_USER", "").strip() or None,
        )
        if mistakes:
            raise ConfigurationError("\n".join(mistakes))
        return settings

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Settings({shown})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # msgspec gives every Struct this method, and it would show the password.
        shown = msgspec.structs.asdict(self)
        if self.database_url is not None:
            shown["database_url"] = MASK
        return list(shown.items())


def _home(environ: Mapping[str, str], uid: int, mistakes: list[str]) -> Path:
    named = environ.get("SERAI_HOME", "").strip()
    user_home = environ.get("HOME", "").strip()
    if named.startswith("~/") and user_home:
        named = user_home + named[1:]
    if "\0" in named or "\n" in named:
        mistakes.append("SERAI_HOME holds a line break; give the path of one folder.")
    elif named:
        return Path(named)
    if uid == 0:
        return ROOT_HOME
    shared = environ.get("XDG_DATA_HOME", "").strip()
    if shared.startswith("/"):
        return Path(shared) / "serai"
    if user_home.startswith("/"):
        return Path(user_home) / ".local" / "share" / "serai"
    mistakes.append(
        "There is no data folder: neither SERAI_HOME nor HOME is set. "
        "Set SERAI_HOME to a folder that the platform may write to."
    )
    return ROOT_HOME


def _host(environ: Mapping[str, str], mistakes: list[str]) -> str:
    named = environ.get("SERAI_HOST", "").strip() or DEFAULT_HOST
    if not HOST.fullmatch(named):
        mistakes.append(
            f"SERAI_HOST is {named!r}, which is neither an address nor a host name; "
            "set it to an address of this machine such as 127.0.0.1 or 0.0.0.0."
        )
    return named


def _port(environ: Mapping[str, str], mistakes: list[str]) -> int:
    named = environ.get("SERAI_PORT", "").strip() or str(DEFAULT_PORT)
    if not PORT.fullmatch(named) or int(named) > 65535:
        mistakes.append(
            f"SERAI_PORT is {named[:40]!r}; set it to a whole number from 1 to 65535, "
            f"or leave it out for {DEFAULT_PORT}."
        )
        return DEFAULT_PORT
    return int(named)


def _database_url(environ: Mapping[str, str], mistakes: list[str]) -> str | None:
    named = environ.get("SERAI_DATABASE_URL", "").strip()
    if not named:
        return None
    url = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql://", named)
    try:
        known = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # The message of libpq may quote the value, and with it the password.
        known = {}
    ports = str(known.get("port", "")).split(",")
    wrong_port = any(port and not PORT.fullmatch(port) for port in ports)
    if not url.startswith("postgresql://") or not known.get("dbname") or wrong_port:
        mistakes.append(
            "SERAI_DATABASE_URL is not the address of a PostgreSQL database; write it as "
            "postgresql://user:password@host:5432/database (with %40 for an @ in the password)."
        )
    return url
