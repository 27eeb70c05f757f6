"""What every response carries, and what a form must show before it may change anything."""

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from litestar.config.csrf import CSRFConfig
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.types import Message, Scope

from serai.core import keep_secret

# ECharts and htmx set styles by script, which this allows; styles written into a page it does not.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
REQUEST_HEADER = "x-request-id"
# As they go over the line: every answer wears them, the fastest ones too.
_RAW_HEADERS = tuple((name.encode(), value.encode()) for name, value in HEADERS.items())
_RAW_REQUEST_HEADER = REQUEST_HEADER.encode()
_ONLY_SAFELY = (b"strict-transport-security", b"max-age=31536000")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS_SECRET = "forms"  # noqa: S105 - where it lies, not what it is


def request_id(scope: Scope) -> str:
    """The name of this request, the same in the answer, on the page and in the log."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        state["request_id"] = secrets.token_hex(8)
    return str(state["request_id"])


async def dress(message: Message, scope: Scope) -> None:
    """Put on what every response carries; a route that needs another policy has set its own."""
    if message["type"] != "http.response.start":
        return
    headers = list(message.get("headers", ()))
    worn = {name.lower() for name, _ in headers}
    headers += [header for header in _RAW_HEADERS if header[0] not in worn]
    if scope["scheme"] == "https":
        headers = [_kept_safe(header) for header in headers]
        headers.append(_ONLY_SAFELY)
    if _RAW_REQUEST_HEADER not in worn:
        headers.append((_RAW_REQUEST_HEADER, request_id(scope).encode()))
    message["headers"] = headers


def _kept_safe(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """A cookie that was given over TLS is never sent without it."""
    name, value = header
    if name.lower() == b"set-cookie" and b"; secure" not in value.lower():
        return name, value + b"; Secure"
    return header


async def guard_origin(connection: ASGIConnection[Any, Any, Any, Any], _: object) -> None:
    """Refuse what another site's page makes a browser send. The token alone does not: whoever can
    set a cookie here, a sister's site for one, knows which token fits to it.

    Browsers say where a page is from by `Sec-Fetch-Site` over TLS, and by `Origin` besides; what
    says neither is no browser, and has nobody's cookies.
    """
    if connection.scope["method"] in _SAFE:  # type: ignore[typeddict-item]  # as of HTTP
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site is not None:
        is_ours = site in ("same-origin", "none")
    elif origin is not None:
        host = _host_of(f"//{connection.headers.get('host', '')}")
        is_ours = host is not None and host == _host_of(origin)
    else:
        is_ours = True
    if not is_ours:
        raise PermissionDeniedException("it comes from another site")


def _host_of(address: str) -> str | None:
    """The host without its port, of which a proxy need not tell; None of what has none."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def guard_forms(home: Path) -> CSRFConfig:
    """Tokens that prove a form is ours; programs (`/v1`, `/scim`) bring keys of their own."""
    return CSRFConfig(
        secret=keep_secret(home, FORMS_SECRET),
        cookie_name="serai_csrf",
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude=["^/v1(/|$)", "^/scim(/|$)", "^/static/"],
    )
