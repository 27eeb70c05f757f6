"""The express lane: well-formed requests of a hot route, without the framework's own handling.

To find a handler's dependencies, check its signature and build its response costs more than
placing an order does. A lane stands before one handler as plain ASGI. Whatever is not as it should
be (no key, another content type, parameters) goes on to the handler, which says what is wrong; the
deed is the same one in both.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from msgspec.json import encode

from serai.api.v1.asking import (
    KEY,
    PRINTABLE,
    Asked,
    actor_of,
    house_of,
    house_seen,
    request_bytes,
)
from serai.api.v1.bodies import JSON, MOST_BYTES, decode_body
from serai.api.v1.callers import origin_of
from serai.flows import By

_KEY = KEY.lower().encode()
_GOOD_KEY = re.compile(PRINTABLE.encode())
_LENGTH = b"content-length"
_TYPE = b"content-type"
_JSON = JSON.encode()


Answer = TypeVar("Answer", bound=Struct)
Data = TypeVar("Data")


class Made(Struct, Generic[Answer], frozen=True):
    """What a deed has made: what is answered, and where it stands from now on."""

    answer: Answer
    location: str

    def headers(self, asked: Asked) -> dict[str, str]:
        """The headers of the answer that are its own."""
        return {"Location": self.location, **asked.headers}


def express(
    kind: type[Data], deed: Callable[[Asked, Data], Awaitable[Made[Any]]]
) -> Callable[[ASGIApp], ASGIApp]:
    """A lane before a handler that makes something of a body of that kind by that deed."""

    def before(app: ASGIApp) -> ASGIApp:
        async def lane(scope: Scope, receive: Receive, send: Send) -> None:
            key = _key_of_good(scope)
            if key is None:
                await app(scope, receive, send)
                return
            body = await _body(receive)
            if body is None:
                return
            by = By(actor_of(scope), key, request_bytes(scope, body), origin_of(scope))
            house = house_of(scope["litestar_app"].state)
            asked = Asked(house, await house_seen(scope), by, scope)
            made = await deed(asked, decode_body(body, kind))
            await _answer(send, made, asked)

        return lane

    return before


def _key_of_good(scope: Scope) -> str | None:
    """The idempotency key of a request in which nothing is missing, or odd."""
    sent = list(scope["headers"])
    headers = dict(sent)
    key = headers.get(_KEY, b"")
    length = headers.get(_LENGTH, b"")
    if (
        headers.get(_TYPE) == _JSON
        and length.isdigit()
        and 0 < int(length) <= MOST_BYTES
        and not scope["query_string"]
        and not scope.get("root_path")
        and len(headers) == len(sent)  # none is there twice
        and _GOOD_KEY.fullmatch(key)
    ):
        return key.decode()
    return None


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when whoever asked has gone away."""
    body = bytearray()
    while True:
        message: Any = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _answer(send: Send, made: Made[Any], asked: Asked) -> None:
    body = encode(made.answer)
    headers = [(_TYPE, _JSON), (_LENGTH, b"%d" % len(body))]
    for name, value in made.headers(asked).items():
        headers.append((name.lower().encode(), value.encode()))
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
