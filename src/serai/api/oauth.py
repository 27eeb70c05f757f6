"""OAuth2 client credentials (RFC 6749, section 4.4): a key for a token that lives an hour.

The client id is the program's name, the client secret one of its keys.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from litestar import MediaType, Request, Response, post
from msgspec import Struct

from serai.api.tokens import LIFE, write_token
from serai.cloud import Caller, Right, read_key
from serai.flows import House

MOST_BYTES = 8_192
_FORM = "application/x-www-form-urlencoded"
_PRIVATE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenAnswer(Struct, frozen=True):
    """A token, and for how many seconds it is good."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class TokenError(Struct, frozen=True):
    """Why there is no token, in the words of RFC 6749."""

    error: str
    error_description: str


class _Asked(Struct, frozen=True):
    name: str
    secret: str


@post(
    "/oauth/token",
    operation_id="getToken",
    summary="Get an access token",
    response_description="A token.",
    tags=["Platform"],
    include_in_schema=False,
    status_code=200,
    request_max_body_size=MOST_BYTES,
    opt={"exclude_from_csrf": True},
)
async def get_token(request: Request[Any, Any, Any]) -> Response[TokenAnswer | TokenError]:
    """Give a program a token for its key, with all of its scopes or those it asks for."""
    if request.content_type[0].lower() != _FORM:
        return _refused(400, "invalid_request", f"The body must be {_FORM}.")
    try:
        fields = parse_qsl((await request.body()).decode("ascii"), max_num_fields=20)
    except (UnicodeError, ValueError):
        return _refused(400, "invalid_request", "The body is no form.")
    form = dict(fields)
    if len(form) != len(fields):
        return _refused(400, "invalid_request", "A field is there twice.")
    if form.get("grant_type") != "client_credentials":
        return _refused(400, "unsupported_grant_type", "Only client_credentials are taken.")
    asked = _asked(request.headers.get("authorization"), form)
    house: House = request.app.state.house
    caller = await _caller(house, asked)
    if caller is None:
        return _refused(401, "invalid_client", "The client is unknown, or its secret is wrong.")
    scopes = _scopes(form.get("scope", ""), caller)
    if scopes is None:
        return _refused(400, "invalid_scope", "The client does not have all of these scopes.")
    token = write_token(caller, scopes, request.app.state.token_secret, house.clock())
    answer = TokenAnswer(token, "Bearer", int(LIFE.total_seconds()), " ".join(scopes))
    return Response(answer, headers=_PRIVATE, media_type=MediaType.JSON)


def _asked(authorization: str | None, form: dict[str, str]) -> _Asked:
    """The client's name and secret, from the header or the form (RFC 6749, section 2.3.1)."""
    if authorization is not None and authorization[:6].lower() == "basic ":
        try:
            name, _, secret = b64decode(authorization[6:], validate=True).decode().partition(":")
        except (NotBase64, UnicodeError):
            return _Asked("", "")
        return _Asked(unquote_plus(name), unquote_plus(secret))
    return _Asked(form.get("client_id", ""), form.get("client_secret", ""))


async def _caller(house: House, asked: _Asked) -> Caller | None:
    written = read_key(asked.secret)
    if written is None:
        return None
    caller = (await house.catalogue.callers((written.id,))).get(written.id)
    if caller is None or not written.opens(caller.key) or not caller.is_good(house.clock()):
        return None
    return caller if caller.program.name == asked.name else None


def _scopes(text: str, caller: Caller) -> tuple[Right, ...] | None:
    """The scopes that are asked for, or all; None when the program lacks one of them."""
    wanted = set(text.split())
    given = tuple(right for right in caller.program.scopes if not wanted or right in wanted)
    return given if not wanted - set(given) else None


def _refused(status: int, error: str, says: str) -> Response[TokenAnswer | TokenError]:
    headers = {**_PRIVATE, **({"WWW-Authenticate": 'Basic realm="serai"'} if status == 401 else {})}
    return Response(
        TokenError(error, says), status_code=status, headers=headers, media_type=MediaType.JSON
    )
