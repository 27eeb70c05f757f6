"""The ways into the database, one for each role."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote, urlencode

import msgspec
from psycopg.conninfo import conninfo_to_dict

from serai.core.configuration import MASK

OWNER = "serai_owner"
WRITER = "serai_writer"
PLATFORM = "serai_platform"
APP = "serai_app"


class DatabaseUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses as libpq and psycopg take them: `postgresql://user:password@/serai?host=...`.

    `owner` migrates, `writer` writes the books, `platform` reads whatever there is, and `app` reads
    what row-level security shows it. They hold passwords, so only their masked form is ever shown.
    """

    owner: str
    writer: str
    platform: str
    app: str

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={url!r}" for name, url in self.__rich_repr__())
        return f"DatabaseUrls({shown})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        # msgspec gives every Struct this method, and it would show the passwords.
        return [(name, masked(url)) for name, url in msgspec.structs.asdict(self).items()]


def database_url(parameters: Mapping[str, str]) -> str:
    """Return the address made of libpq's parameters; SQLAlchemy reads the same form."""
    rest = dict(parameters)
    user = quote(rest.pop("user", ""), safe="")
    password = quote(rest.pop("password", ""), safe="*")
    name = quote(rest.pop("dbname", ""), safe="")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    query = urlencode(rest, quote_via=quote, safe="/")
    return f"postgresql://{login}/{name}" + (f"?{query}" if query else "")


def url_parameters(url: str) -> dict[str, str]:
    """Return the libpq parameters of an address."""
    return {name: str(value) for name, value in conninfo_to_dict(url).items()}


def database_mark(url: str) -> str:
    """Return what tells one database from another, whatever login its address names; it is short,
    for it becomes the name of a socket."""
    parameters = url_parameters(url)
    named = [parameters.get(name, "") for name in ("host", "hostaddr", "port", "dbname")]
    return hashlib.sha256("\n".join(named).encode()).hexdigest()[:8]


def masked(url: str) -> str:
    """Return the address with its password hidden."""
    parameters = url_parameters(url)
    if "password" in parameters:
        parameters["password"] = MASK
    return database_url(parameters)
