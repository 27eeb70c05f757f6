"""The gate: what every request passes first, whatever it asks for.

Here it gets its name, the address of who has really asked, its time, and its trace; here it is
counted, and written into the log where that is wanted. It must cost next to nothing.
"""

import secrets
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import structlog
from litestar import Litestar
from litestar.types import Message, Receive, Scope, Send
from prometheus_client import Gauge, Histogram

from serai.cli.logs import REQUEST
from serai.cli.proxies import Proxies, name_given, trace_given
from serai.core import Settings, is_traced, span_of_request

REQUESTS = Histogram(
    "serai_http_request_seconds",
    "How long requests took, by route and by how they were answered (none: nobody waited).",
    ("method", "route", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
AT_WORK = Gauge(
    "serai_http_requests_at_work", "Requests that are being answered, pages that watch included."
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE = "(none)"
"""What leads nowhere has no template; what was asked for is not kept, it may be anything."""

_log = structlog.get_logger("access")


class Gate:
    """The application as the server sees it."""

    def __init__(self, application: Litestar, settings: Settings) -> None:
        self._application = application
        self._proxies = Proxies(settings.trusted_proxies)
        self._writes_log = settings.access_log
        self._observed: dict[tuple[str, str, int], Any] = {}
        self._at_work = 0
        AT_WORK.set_function(lambda: self._at_work)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer a request; what is no request is passed on."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        began = perf_counter()
        speaks_for = self._proxies.speaks_for(scope)
        name = (speaks_for and name_given(scope)) or secrets.token_hex(8)
        if speaks_for:
            self._proxies.reveal(scope)
        scope.setdefault("state", {})["request_id"] = name
        said = REQUEST.set(name)
        noted = _Noted(send)
        self._at_work += 1
        try:
            if is_traced():
                await self._traced(scope, receive, noted, trace_given(scope) if speaks_for else "")
            else:
                await self._application(scope, receive, noted)
        finally:
            self._at_work -= 1
            self._tell(scope, noted.status, perf_counter() - began)
            REQUEST.reset(said)

    async def _traced(
        self, scope: Scope, receive: Receive, noted: "_Noted", traceparent: str
    ) -> None:
        with span_of_request("request", traceparent) as active:
            await self._application(scope, receive, noted)
            if active is not None:
                method, route = _method(scope), _route(scope)
                active.update_name(f"{method} {route}")
                active.set_attributes(
                    {
                        "http.request.method": method,
                        "http.route": route,
                        "http.response.status_code": noted.status,
                        "serai.request_id": REQUEST.get(),
                    }
                )

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        key = _method(scope), _route(scope), status // 100
        observed = self._observed.get(key)
        if observed is None:
            method, route, first = key
            observed = REQUESTS.labels(method, route, f"{first}xx" if first else "none")
            self._observed[key] = observed
        observed.observe(seconds)
        if self._writes_log:
            method, route, _ = key
            _log.info(
                "request",
                method=method,
                route=route,
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


class _Noted:
    """The way back to whoever asked, with a note of the status."""

    __slots__ = ("_send", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)


def _method(scope: Mapping[str, Any]) -> str:
    method: str = scope["method"]
    return method if method in METHODS else "other"


def _route(scope: Mapping[str, Any]) -> str:
    return scope.get("path_template") or NO_ROUTE
