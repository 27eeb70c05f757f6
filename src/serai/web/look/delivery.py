"""What the web application takes from here: static files, and the memory for a language."""

from typing import Any

from litestar import Router
from litestar.connection import ASGIConnection, Request
from litestar.datastructures import CacheControlHeader, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from serai.web.languages import LANGUAGE_COOKIE, known_language
from serai.web.look.icons import STATIC
from serai.web.look.pages import static_edition

_A_YEAR = 31_536_000
_LONGEST_NAME = 255


def static_files() -> Router:
    """Serves `web/static` where `asset()` says it is, to be kept for good."""
    return create_static_files_router(
        path=f"/static/{static_edition()}",
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=_A_YEAR, immutable=True),
        guards=[_could_be_a_file],
    )


async def _could_be_a_file(
    connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler
) -> None:
    """Turn away a name that no file can have, over which the file system would fail."""
    path = connection.scope["path"]
    if "\0" in path or len(path.encode(errors="replace")) > _LONGEST_NAME:
        raise NotFoundException


class LanguageMemory(ASGIMiddleware):
    """Whoever asks for a page with `?lang=` gets the next ones in that language too."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Pass the request on; on the way back, set the cookie if there was a wish."""
        asked = Request(scope).query_params.get("lang", "") if scope["query_string"] else ""
        language = known_language(asked)
        if language is None:
            await next_app(scope, receive, send)
            return
        cookie = f"{LANGUAGE_COOKIE}={language}; Path=/; Max-Age={_A_YEAR}; SameSite=Lax"

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableScopeHeaders.from_message(message).add("set-cookie", cookie)
            await send(message)

        await next_app(scope, receive, send_with_cookie)
