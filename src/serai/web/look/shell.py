"""What surrounds every page: where one can go, and how this reader wants to see it."""

from collections.abc import Container
from datetime import UTC, datetime
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar.connection import Request
from msgspec import Struct

from serai.cloud import Actor, Right
from serai.web.languages import LANGUAGE_COOKIE, LANGUAGES, N_, Language, choose_language
from serai.web.look.ways import Ways, ways_of

Theme = Literal["auto", "light", "dark"]
THEME_COOKIE = "serai_theme"


class Destination(Struct, frozen=True):
    """A place in the navigation for those who hold `right`; `g` and then `key` leads there."""

    name: str
    text: str
    href: str
    icon: str
    key: str
    right: Right


NAVIGATION: tuple[Destination, ...] = (
    Destination("overview", N_("Overview"), "/group", "home", "h", "figures.read"),
    Destination("cities", N_("Map & cities"), "/group/cities", "map-2", "m", "figures.read"),
    Destination("brands", N_("Brands"), "/group/brands", "rosette", "b", "figures.read"),
    Destination("stores", N_("Stores"), "/group/stores", "building", "s", "figures.read"),
    Destination("orders", N_("Orders"), "/group/orders", "receipt", "o", "orders.read"),
    Destination(
        "refunds", N_("Refunds"), "/group/refunds", "receipt-refund", "u", "refunds.approve"
    ),
    Destination("books", N_("Books"), "/group/books", "book-2", "k", "books.read"),
    Destination("feeds", N_("Feeds"), "/group/feeds", "file-import", "f", "feeds.read"),
    Destination("last_room", N_("Last room"), "/group/last-room", "key", "l", "platform.read"),
    Destination(
        "organisation",
        N_("Organisation"),
        "/admin/organisation",
        "sitemap",
        "n",
        "organisation.read",
    ),
    Destination("people", N_("People"), "/admin/people", "users", "p", "access.read"),
    Destination("programs", N_("Programs"), "/admin/programs", "plug", "r", "access.read"),
    Destination("trail", N_("Audit trail"), "/admin/trail", "history", "t", "trail.read"),
    Destination("health", N_("Health"), "/admin/health", "heartbeat", "y", "platform.read"),
)
WAYS_OF_LOOKING = frozenset({"axis", "by", "done", "lang", "sort"})
"""Fields of a list's address that show all of it in another way."""
SEARCH = "/group/search"
ACCOUNT = "/account"
LANDINGS = frozenset({"overview", "orders", "health"})
"""Where a day's work begins: with figures, with orders, or with the machines."""


def landing(rights: Container[str]) -> str:
    """Where somebody goes who has named no page: the first landing that is theirs, or else the
    first place."""
    places = sorted(NAVIGATION, key=lambda one: one.name not in LANDINGS)
    return next((one.href for one in places if one.right in rights), ACCOUNT)


class Look(Struct, frozen=True):
    """How one reader sees one page: language, theme, and the page's own address.

    `who` is signed in, under the name that is shown; `rights` is None where nobody has asked.
    """

    language: Language = "en"
    theme: Theme = "auto"
    address: str = "/"
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    who: str = ""
    rights: frozenset[str] | None = None
    ways: Ways = Ways({})

    def may(self, right: str) -> bool:
        """Whether this reader holds a right anywhere."""
        return self.rights is None or right in self.rights

    def leads_to(self, href: str) -> bool:
        """Whether a link may be shown to this reader: they hold the right that its page needs."""
        right = self.ways.right_for(href)
        return bool(href) and (right is None or self.may(right))

    @property
    def destinations(self) -> tuple[Destination, ...]:
        """Where this reader can go."""
        return tuple(one for one in NAVIGATION if self.may(one.right))

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
    state = request.scope.get("state", {})
    actor: Actor | None = state.get("actor")
    nobody = frozenset[str]() if "signed_in" in state else None
    return Look(
        language=language_of(request),
        theme=theme if theme in get_args(Theme) else "auto",  # type: ignore[arg-type] # it is one
        address=request.url.path + (f"?{query}" if query else ""),
        now=now,
        who=state["signed_in"].person.display_name if actor else "",
        rights=actor.rights if actor else nobody,
        ways=ways_of(request.app),
    )


def language_of(request: Request[Any, Any, Any]) -> Language:
    """The language to answer `request` in."""
    return choose_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        request.headers.get("accept-language", ""),
    )


def whole_list(address: str) -> str:
    """The address of the list of which `address` asks for a part; empty if it asks for all."""
    narrowing = dict(parse_qsl(urlsplit(address).query)).keys() - WAYS_OF_LOOKING
    return with_query(address, **dict.fromkeys(narrowing)) if narrowing else ""


def with_query(address: str, **changes: str | None) -> str:
    """`address` with fields of its query set anew, or dropped where they are None."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return parts.path + (f"?{urlencode(query)}" if query else "")
