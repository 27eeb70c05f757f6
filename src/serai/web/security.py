"""What every response carries, and what a form must show before it may change anything."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from litestar.config.csrf import CSRFConfig
from litestar.datastructures import MutableScopeHeaders
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
    headers = MutableScopeHeaders.from_message(message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault(REQUEST_HEADER, request_id(scope))


def guard_forms(home: Path) -> CSRFConfig:
    """Tokens that prove a form is ours; programs (`/v1`) bring keys of their own instead."""
    return CSRFConfig(
        secret=keep_secret(home, FORMS_SECRET),
        cookie_name="serai_csrf",
        cookie_httponly=True,
        cookie_samesite="lax",
        exclude=["^/v1(/|$)", "^/static/"],
    )
