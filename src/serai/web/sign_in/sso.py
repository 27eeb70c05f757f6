"""Single sign-on: away to the provider, and back with what it says."""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Any

import msgspec
import structlog
from litestar import Request, get
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Template
from msgspec import Struct

from serai.core import Refusal
from serai.flows import Outsider, sign_in_outsider
from serai.web.entry import OPEN, cookie_ended, origin_of, own_path, session_cookies, visit_of
from serai.web.sign_in.entrance import SharedEntrance, form_page
from serai.web.sign_in.provider import Departure, NotVouched, Provider, texts_of

COOKIE = "serai_sso"
MOST_SECONDS = 600
CALLBACK = "/sign-in/sso/callback"
FAILED = Refusal(
    name="sso_failed",
    says="The provider has not let you in.",
    advice="Try again; if it goes on, tell your IT the number of the request.",
)

_log = structlog.get_logger()


class Away(Struct, frozen=True):
    """What a browser keeps while it is at the provider; it is signed, and good for ten minutes."""

    departure: Departure
    onward: str
    until: int


@get("/sign-in/sso", include_in_schema=False, opt=OPEN)
async def leave_for_provider(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Redirect | Template:
    """Off to the provider."""
    provider = _provider(entrance.provider)
    onward = own_path(request.query_params.get("next", ""))
    try:
        departure = await provider.depart(_callback(request))
    except Exception as error:  # whatever a provider may do wrong, the page says one thing
        _log.warning("provider_away", reason=str(error)[:200])
        return form_page(request, entrance, onward, refused=FAILED)
    away = Away(departure, onward, int(time.time()) + MOST_SECONDS)
    cookie = Cookie(
        COOKIE, value=_signed(entrance.secret, away), max_age=MOST_SECONDS, httponly=True,
        samesite="lax", secure=request.scope["scheme"] == "https", path="/sign-in",
    )  # fmt: skip
    return Redirect(departure.address, status_code=303, cookies=[cookie])


@get(CALLBACK, include_in_schema=False, opt=OPEN)
async def return_from_provider(
    request: Request[Any, Any, Any], entrance: SharedEntrance
) -> Redirect | Template:
    """Back: only the browser that left comes in, once, and with what it left for."""
    provider = _provider(entrance.provider)
    away = _read(entrance.secret, request.cookies.get(COOKIE, ""))
    query = request.query_params
    code, state, issuer = (str(query.get(name, "")) for name in ("code", "state", "iss"))
    fits = (
        away is not None
        and code != ""
        and secrets.compare_digest(state.encode(), away.departure.state.encode())
        and issuer in ("", provider.settings.issuer)
    )
    if away is None or not fits:
        return _failed(request, entrance, "it does not answer what was asked")
    try:
        claims = await provider.arrive(_callback(request), code, away.departure)
    except NotVouched as reason:
        return _failed(request, entrance, str(reason))
    outsider = _outsider(claims, provider.settings.claim)
    opened = await sign_in_outsider(
        entrance.house, visit_of(request), outsider, provider.settings.rules
    )
    if isinstance(opened, Refusal):
        return form_page(request, entrance, away.onward, refused=opened)
    cookies = [*session_cookies(request, opened), cookie_ended(COOKIE, "/sign-in")]
    return Redirect(away.onward, status_code=303, cookies=cookies)


def _outsider(claims: Any, claim: str) -> Outsider:
    def text(name: str) -> str:
        value = claims.get(name)
        return value if isinstance(value, str) else ""

    verified = text("email") if claims.get("email_verified", True) is True else ""
    name = text("preferred_username") or verified or text("sub")
    return Outsider(
        subject=text("sub"),
        name=name,
        display_name=text("name") or name,
        email=verified,
        values=frozenset(texts_of(claims.get(claim))),
    )


def _failed(request: Request[Any, Any, Any], entrance: SharedEntrance, reason: str) -> Template:
    origin = origin_of(request.scope)
    _log.warning("sso_failed", reason=reason[:200], address=origin.address,
                 request=origin.request_id)  # fmt: skip
    page = form_page(request, entrance, "/", refused=FAILED)
    page.cookies.append(cookie_ended(COOKIE, "/sign-in"))
    return page


def _provider(provider: Provider | None) -> Provider:
    if provider is None:
        raise NotFoundException
    return provider


def _callback(request: Request[Any, Any, Any]) -> str:
    return str(request.base_url).rstrip("/") + CALLBACK


def _signed(secret: str, away: Away) -> str:
    said = urlsafe_b64encode(msgspec.json.encode(away)).decode()
    return f"{said}.{_signature(secret, said)}"


def _read(secret: str, cookie: str) -> Away | None:
    said, _, signature = cookie.rpartition(".")
    if not hmac.compare_digest(_signature(secret, said).encode(), signature.encode()):
        return None
    try:
        away = msgspec.json.decode(urlsafe_b64decode(said), type=Away)
    except (NotBase64, ValueError, msgspec.DecodeError):
        return None
    return away if time.time() < away.until else None


def _signature(secret: str, said: str) -> str:
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()
