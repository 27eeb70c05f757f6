"""What the platform is told by its environment, and by a file."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

import msgspec
import psycopg
from psycopg.conninfo import conninfo_to_dict

from serai.core.given import OTLP_VARIABLE, Given, Setting, given_by
from serai.core.single_sign_on import NAMES as SINGLE_SIGN_ON
from serai.core.single_sign_on import SingleSignOn, single_sign_on

MASK = "***"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8080
DEFAULT_FILE = Path("/etc/serai/serai.toml")
ROOT_HOME = Path("/var/lib/serai")
PORT = re.compile(r"[1-9][0-9]{0,4}")
HOST = re.compile(r"[A-Za-z0-9.:_\-\[\]%]+")
TOKEN = re.compile(r"[\x21-\x7e]{16,}")
"""A secret that goes over the line in a header: long enough not to be guessed."""

LogFormat = Literal["auto", "text", "json"]

SETTINGS: tuple[Setting, ...] = (
    Setting("home"),
    Setting("host"),
    Setting("port"),
    Setting("database_url", secret=True),
    Setting("postgres_user"),
    Setting("trusted_proxies"),
    Setting("metrics_token", secret=True),
    Setting("log_format"),
    Setting("access_log"),
    Setting("certificates"),
    Setting("otlp_endpoint", of_telemetry=OTLP_VARIABLE),
    Setting("personal_keys", secret=True),
    Setting("personal_keys_file"),
    *(Setting(name, secret=name == "oidc_client_secret") for name in SINGLE_SIGN_ON),
)
"""Every setting there is: a field of `Settings`, a line of the file, and a variable."""


class ConfigurationError(Exception):
    """The environment asks for something that cannot be; says what and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the platform keeps its data, where it listens, and what it is told besides.

    `trusted_proxies` are addresses and networks whose word is taken for who has asked;
    `personal_keys` seal personal data (or those in `personal_keys_file`, instead of the data
    folder's);
    `certificates` are files whose expiry is watched. Text in the log is for terminals: `auto` is
    JSON wherever the log does not go to one.
    """

    home: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    database_url: str | None = None
    postgres_user: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    metrics_token: str | None = None
    log_format: LogFormat = "auto"
    access_log: bool = False
    certificates: tuple[Path, ...] = ()
    otlp_endpoint: str | None = None
    personal_keys: str | None = None
    personal_keys_file: Path | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_client_secret_file: str | None = None
    oidc_name: str | None = None
    oidc_claim: str | None = None
    oidc_roles: str | None = None

    @classmethod
    def from_environment(
        cls,
        environ: Mapping[str, str],
        *,
        uid: int | None = None,
        default_file: Path = DEFAULT_FILE,
    ) -> Settings:
        """Return the settings, or raise ConfigurationError with every mistake at once.

        What the environment does not say is taken from the file that SERAI_CONFIG names, or from
        `default_file`. `uid` is the user to choose the default data folder for; it is that of this
        process when not given. A variable that is empty counts as not set.
        """
        mistakes: list[str] = []
        given = given_by(environ, default_file, SETTINGS, mistakes)
        settings = cls(
            home=_home(given, environ, os.geteuid() if uid is None else uid, mistakes),
            host=_host(given, mistakes),
            port=_port(given, mistakes),
            database_url=_database_url(given, mistakes),
            postgres_user=given.text("postgres_user") or None,
            trusted_proxies=_trusted_proxies(given, mistakes),
            metrics_token=_metrics_token(given, mistakes),
            log_format=_log_format(given, mistakes),
            access_log=_flag(given, "access_log", mistakes),
            certificates=_certificates(given, mistakes),
            otlp_endpoint=_otlp_endpoint(given, mistakes),
            personal_keys=given.text("personal_keys") or None,
            personal_keys_file=_personal_keys_file(given, mistakes),
            **{name: given.text(name) or None for name in SINGLE_SIGN_ON},
        )
        single_sign_on(given.text, given.called, mistakes)
        if mistakes:
            raise ConfigurationError("\n".join(mistakes))
        return settings

    @property
    def single_sign_on(self) -> SingleSignOn | None:
        """The provider of single sign-on, where one is named."""
        given: Mapping[str, str | None] = {name: getattr(self, name) for name in SINGLE_SIGN_ON}
        return single_sign_on(lambda name: given[name] or "", lambda name: name, [])

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"Settings({shown})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # msgspec gives every Struct this method, and it would show the password.
        shown = msgspec.structs.asdict(self)
        for setting in SETTINGS:
            if setting.secret and shown[setting.name] is not None:
                shown[setting.name] = MASK
        return list(shown.items())


class ShownSetting(msgspec.Struct, frozen=True):
    """A setting as it holds, for a reader: secrets are masked; `source` is where it was found."""

    name: str
    variable: str
    value: str
    source: str


def shown_settings(
    settings: Settings, environ: Mapping[str, str], default_file: Path = DEFAULT_FILE
) -> list[ShownSetting]:
    """What holds, and where each came from."""
    given = given_by(environ, default_file, SETTINGS, [])
    values = dict(settings.__rich_repr__())
    shown = []
    for setting in SETTINGS:
        source = "environment" if given.text(setting.name) else "default"
        source = given.sources.get(setting.name, source)
        shown.append(
            ShownSetting(setting.name, setting.variable, _shown(values[setting.name]), source)
        )
    return shown


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(map(str, value))
    return str(value)


def _home(given: Given, environ: Mapping[str, str], uid: int, mistakes: list[str]) -> Path:
    named = given.text("home")
    user_home = environ.get("HOME", "").strip()
    if named.startswith("~/") and user_home:
        named = user_home + named[1:]
    if "\0" in named or "\n" in named:
        mistakes.append(f"{given.called('home')} holds a line break; give the path of one folder.")
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


def _host(given: Given, mistakes: list[str]) -> str:
    named = given.text("host") or DEFAULT_HOST
    if not HOST.fullmatch(named):
        mistakes.append(
            f"{given.called('host')} is {named!r}, which is neither an address nor a host name; "
            "set it to an address of this machine such as 127.0.0.1 or 0.0.0.0."
        )
    return named


def _port(given: Given, mistakes: list[str]) -> int:
    named = given.text("port") or str(DEFAULT_PORT)
    if not PORT.fullmatch(named) or int(named) > 65535:
        mistakes.append(
            f"{given.called('port')} is {named[:40]!r}; set it to a whole number from 1 to 65535, "
            f"or leave it out for {DEFAULT_PORT}."
        )
        return DEFAULT_PORT
    return int(named)


def _database_url(given: Given, mistakes: list[str]) -> str | None:
    named = given.text("database_url")
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
            f"{given.called('database_url')} is not the address of a PostgreSQL database; write "
            "it as postgresql://user:password@host:5432/database (with %40 for an @ in the "
            "password)."
        )
    return url


def _listed(given: Given, name: str) -> list[str]:
    return [one.strip() for one in given.text(name).split(",") if one.strip()]


def _trusted_proxies(given: Given, mistakes: list[str]) -> tuple[str, ...]:
    found = []
    for named in _listed(given, "trusted_proxies"):
        try:
            found.append(str(ipaddress.ip_network(named)))
        except ValueError:
            mistakes.append(
                f"{given.called('trusted_proxies')} names {named[:60]!r}, which is neither an "
                "address nor a network; write 127.0.0.1 or 10.1.0.0/24, with commas between them."
            )
    return tuple(found)


def _metrics_token(given: Given, mistakes: list[str]) -> str | None:
    token = given.text("metrics_token") or None
    if token is not None and not TOKEN.fullmatch(token):
        mistakes.append(
            f"{given.called('metrics_token')} must be 16 signs of ASCII at least, without spaces; "
            "`openssl rand -hex 24` makes one."
        )
    return token


def _log_format(given: Given, mistakes: list[str]) -> LogFormat:
    named = given.text("log_format") or "auto"
    for known in get_args(LogFormat):
        if named == known:
            return known  # type: ignore[no-any-return]  # it is one of them
    mistakes.append(
        f"{given.called('log_format')} is {named[:40]!r}; set it to auto, text or json."
    )
    return "auto"


def _flag(given: Given, name: str, mistakes: list[str]) -> bool:
    named = given.text(name).lower()
    if named not in ("", "1", "true", "yes", "on", "0", "false", "no", "off"):
        mistakes.append(f"{given.called(name)} is {named[:40]!r}; set it to true or false.")
    return named in ("1", "true", "yes", "on")


def _certificates(given: Given, mistakes: list[str]) -> tuple[Path, ...]:
    found = tuple(Path(named) for named in _listed(given, "certificates"))
    for path in found:
        if not path.is_absolute():
            mistakes.append(
                f"{given.called('certificates')} names {str(path)!r}; give the whole path of the "
                "file, from / on."
            )
    return found


def _otlp_endpoint(given: Given, mistakes: list[str]) -> str | None:
    named = given.text("otlp_endpoint")
    if not named:
        return None
    try:
        parts = urlsplit(named)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        fits = fits and parts.username is None
    except ValueError:  # a port that is none
        fits = False
    if not fits:  # not shown: there may be a password in it
        mistakes.append(
            f"{given.called('otlp_endpoint')} is not the address of a collector; write it for OTLP "
            "over HTTP, as http://127.0.0.1:4318, and what it asks for into "
            "OTEL_EXPORTER_OTLP_HEADERS."
        )
    return named


def _personal_keys_file(given: Given, mistakes: list[str]) -> Path | None:
    named = given.text("personal_keys_file")
    if not named:
        return None
    if not named.startswith("/"):
        mistakes.append(
            f"{given.called('personal_keys_file')} is {named[:60]!r}; give the whole path of the "
            "file, from / on."
        )
    return Path(named)
