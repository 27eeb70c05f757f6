"""The ways into the database, one for each role."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

import msgspec
from psycopg.conninfo import conninfo_to_dict

from serai.core.configuration import MASK


class DatabaseUrls(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses as libpq and psycopg take them: `postgresql://user:password@/serai?host=...`.

    `owner` migrates, `writer` writes the books, `app` is all the rest. They hold passwords,
    so only their masked form is ever shown.
    """

    owner: str
    writer: str
    app: str

    def __repr__(self) -> str:
        shown = (
            f"{name}={masked(value)!r}" for name, value in msgspec.structs.asdict(self).items()
        )
        return f"DatabaseUrls({', '.join(shown)})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        # msgspec gives every Struct this method, and it would show the passwords.
        return [(name, masked(value)) for name, value in msgspec.structs.asdict(self).items()]


def database_url(parameters: Mapping[str, str]) -> str:
    """Return the address made of libpq's parameters; SQLAlchemy reads the same form."""
    rest = dict(parameters)
    user = quote(rest.pop("user", ""), safe="")
    password = quote(rest.pop("password", ""), safe="*")
    name = quote(rest.pop("dbname", ""), safe="")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    query = urlencode(rest, quote_via=quote, safe="/")
    return f"postgresql://{login}/{name}" + (f"?{query}" if query else "")


def masked(url: str) -> str:
    """Return the address with its password hidden."""
    parameters = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    if "password" in parameters:
        parameters["password"] = MASK
    return database_url(parameters)
