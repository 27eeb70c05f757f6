"""What surrounds every page: where one can go, and how this reader wants to see it."""

from datetime import UTC, datetime
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar.connection import Request
from msgspec import Struct

from serai.web.languages import LANGUAGE_COOKIE, LANGUAGES, N_, Language, choose_language

Theme = Literal["auto", "light", "dark"]
THEME_COOKIE = "serai_theme"


class Destination(Struct, frozen=True):
    """A place in the navigation; `g` and then `key` leads there."""

    name: str
    text: str
    href: str
    icon: str
    key: str


NAVIGATION: tuple[Destination, ...] = (
    Destination("overview", N_("Overview"), "/group", "home", "h"),
    Destination("cities", N_("Map & cities"), "/group/cities", "map-2", "m"),
    Destination("brands", N_("Brands"), "/group/brands", "rosette", "b"),
    Destination("stores", N_("Stores"), "/group/stores", "building", "s"),
    Destination("orders", N_("Orders"), "/group/orders", "receipt", "o"),
    Destination("books", N_("Books"), "/group/books", "book-2", "k"),
    Destination("feeds", N_("Feeds"), "/group/feeds", "file-import", "f"),
    Destination("last_room", N_("Last room"), "/group/last-room", "key", "l"),
)
SEARCH = "/group/search"


class Look(Struct, frozen=True):
    """How one reader sees one page: language, theme, and the page's own address."""

    language: Language = "en"
    theme: Theme = "auto"
    address: str = "/"
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def in_language(self, language: Language) -> str:
        """This page's address in another language."""
        return with_query(self.address, lang=language)

    @property
    def other_languages(self) -> tuple[Language, ...]:
        """The languages that this page is not in."""
        return tuple(one for one in LANGUAGES if one != self.language)


def look_of(request: Request[Any, Any, Any], now: datetime) -> Look:
    """How the sender of `request` wants to see its answer."""
    theme = request.cookies.get(THEME_COOKIE)
    query = request.url.query
    return Look(
        language=language_of(request),
        theme=theme if theme in get_args(Theme) else "auto",  # type: ignore[arg-type] # it is one
        address=request.url.path + (f"?{query}" if query else ""),
        now=now,
    )


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language to answer `request` in."""
    return choose_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language", ""),
    )


def with_query(address: str, **changes: str | None) -> str:
    """`address` with fields of its query set anew, or dropped where they are None."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return parts.path + (f"?{urlencode(query)}" if query else "")
