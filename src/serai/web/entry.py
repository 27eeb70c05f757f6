"""Who comes in: the session of a request, the rights that a page needs, and where one may go on.

A handler of the web says what it is for by its `opt`: `open` to everybody, for whoever is signed
in (`own`), or for those who hold a `right` somewhere. One that says nothing is refused to all. One
that gives a file says so too (`export`): files are counted against shares, as those of programs
are.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, cast
from urllib.parse import quote, urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from serai.cloud import (
    LONGEST,
    Actor,
    Origin,
    Right,
    SignedIn,
    Standing,
    actor_of_person,
    longest_wait,
    told,
)
from serai.flows import Attempts, House, Opened, Visit, take_export, who_is
from serai.web.security import request_id

SESSION_COOKIE = "serai_session"
DEVICE_COOKIE = "serai_device"
DEVICE_SECONDS = 180 * 86_400
MOST_TOKEN_LETTERS = 200
NOT_THERE = 404

OPEN: dict[str, Any] = {"open": True}
"""For pages that everybody may see."""
OWN: dict[str, Any] = {"own": True}
"""For pages of whoever is signed in, about themselves."""

_OWN_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,2000}")


class SignInNeeded(HTTPException):
    """Nobody is signed in, and the page is not open to all."""

    status_code = 401


class NewPasswordNeeded(HTTPException):
    """The password was given by somebody else, and is changed before anything else."""

    status_code = 403


class NoRights(HTTPException):
    """Somebody is signed in who holds nothing at all."""

    status_code = 403


class ShareUsedUp(HTTPException):
    """Somebody has taken out as many files as they may for now; `back` leads to where they were."""

    status_code = 429

    def __init__(self, standings: Sequence[Standing], over: Standing, back: str) -> None:
        super().__init__(detail="the share is used up")
        self.standings = standings
        self.over = over
        self.back = back


class Sessions(ASGIMiddleware):
    """Puts who asks, and from where, into the state of a request for a page."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, house: House) -> None:
        attempts = Attempts(house)
        # A router copies what it is given, and a house has no copy.
        self._house: Callable[[], House] = lambda: house
        self._attempts: Callable[[], Attempts] = lambda: attempts

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Find the session of the cookie; what is shown to somebody is kept by no cache."""
        state = scope.setdefault("state", {})
        client = scope.get("client")
        state["origin"] = Origin(client[0] if client else "", request_id(scope))
        token = Request[Any, Any, Any](scope).cookies.get(SESSION_COOKIE, "")
        signed_in = None
        if 0 < len(token) <= MOST_TOKEN_LETTERS:
            signed_in = await who_is(self._house(), token)
        state["house"], state["token"] = self._house(), token
        state["signed_in"] = signed_in
        if signed_in is not None and signed_in.session.passed:
            state["actor"] = actor_of_person(signed_in.person, signed_in.grants)

        async def send_unkept(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableScopeHeaders.from_message(message)
                if "cache-control" not in headers:
                    headers["cache-control"] = "no-store"
                opt = cast(Any, scope)["route_handler"].opt
                if message["status"] == NOT_THERE and "actor" in state:
                    self._attempts().note_missing(
                        state["actor"],
                        state["origin"],
                        opt.get("right"),
                        str(scope.get("path_template", "")),
                        scope["path_params"],
                    )
                if "standings" in state:
                    for name, value in told(state["standings"]).items():
                        headers[name] = value
            await send(message)

        await next_app(scope, receive, send_unkept)


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let in whoever may see the page; for others it is not there."""
    if handler.opt.get("open"):
        return
    signed_in = signed_in_of(connection.scope)
    if signed_in is None:
        raise SignInNeeded
    if handler.opt.get("own"):
        return
    if signed_in.must_change:
        raise NewPasswordNeeded
    held = actor_of(connection.scope).rights
    if handler.opt.get("right") in held:
        if handler.opt.get("export"):
            _count_export(connection.scope, handler.opt["right"])
        return
    if not held:
        raise NoRights
    raise NotFoundException


def _count_export(scope: Scope, right: Right) -> None:
    """Count a file against the shares of whoever takes it; raises where one is used up."""
    house: House = scope["state"]["house"]
    standings = take_export(house, actor_of(scope), right)
    over = longest_wait(standings)
    if over is not None:
        raise ShareUsedUp(standings, over, scope["path"].rpartition("/")[0])
    scope["state"]["standings"] = standings


def signed_in_of(scope: Scope) -> SignedIn | None:
    """Who is signed in, whole; half a session is none."""
    signed_in: SignedIn | None = scope["state"].get("signed_in")
    return signed_in if signed_in is not None and signed_in.session.passed else None


def actor_of(scope: Scope) -> Actor:
    """Who asks, on a page that is not open to all."""
    actor: Actor = scope["state"]["actor"]
    return actor


def origin_of(scope: Scope) -> Origin:
    """Where a request comes from."""
    origin: Origin = scope["state"]["origin"]
    return origin


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """Where somebody signs in from: the address, and the browser if it was here before."""
    device = request.cookies.get(DEVICE_COOKIE, "")[:MOST_TOKEN_LETTERS]
    return Visit(origin_of(request.scope), device)


def own_path(wanted: str, otherwise: str = "/") -> str:
    """Where to go on: a path of this house, never anybody else's."""
    if not _OWN_PATH.fullmatch(wanted):
        return otherwise
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path.startswith(("/sign-in", "/sign-out")):
        return otherwise
    return wanted


def sign_in_address(request: Request[Any, Any, Any]) -> str:
    """The sign-in page, which leads back to what was asked for; a form is not sent again."""
    if request.headers.get("hx-request") == "true":
        shown = urlsplit(request.headers.get("hx-current-url", ""))
        wanted = shown.path + (f"?{shown.query}" if shown.query else "")
    elif request.method == "GET":
        query = request.url.query
        wanted = request.url.path + (f"?{query}" if query else "")
    else:
        wanted = "/"
    onward = own_path(wanted)
    return "/sign-in" if onward == "/" else f"/sign-in?next={quote(onward, safe='/')}"


def session_cookies(request: Request[Any, Any, Any], opened: Opened) -> list[Cookie]:
    """What a browser keeps of a session that was opened."""
    secure = request.scope["scheme"] == "https"

    def kept(key: str, value: str, seconds: int) -> Cookie:
        return Cookie(
            key, value=value, max_age=seconds, httponly=True, samesite="lax", secure=secure
        )

    return [
        kept(SESSION_COOKIE, opened.token, int(LONGEST.total_seconds())),
        kept(DEVICE_COOKIE, opened.device, DEVICE_SECONDS),
    ]


def cookie_ended(key: str, path: str = "/") -> Cookie:
    """What takes a cookie back."""
    return Cookie(key, value="", max_age=0, path=path, httponly=True, samesite="lax")
