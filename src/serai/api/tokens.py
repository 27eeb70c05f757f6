"""Access tokens of OAuth2 client credentials: signed by this installation, good for an hour.

A token names the key it was asked for with, so it ends when the key ends.
"""

from datetime import datetime, timedelta

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from msgspec import Struct

from serai.cloud import Caller, Right

LIFE = timedelta(hours=1)
ISSUER = "serai"
_ALGORITHM = "HS256"


class Token(Struct, frozen=True):
    """What a good token says."""

    key_id: int
    scopes: tuple[Right, ...]


class _Claims(Struct, frozen=True):
    iss: str
    kid: int
    scope: str
    exp: int


def write_token(caller: Caller, scopes: tuple[Right, ...], secret: str, moment: datetime) -> str:
    """A token for a caller, with these scopes."""
    end = min(moment + LIFE, caller.key.expires_at)
    claims = {
        "iss": ISSUER,
        "sub": caller.program.name,
        "kid": caller.key.id,
        "scope": " ".join(scopes),
        "iat": int(moment.timestamp()),
        "exp": int(end.timestamp()),
    }
    return jwt.encode({"alg": _ALGORITHM, "typ": "at+jwt"}, claims, OctKey.import_key(secret))


def read_token(text: str, secret: str, moment: datetime) -> Token | None:
    """What a token says; None unless it is ours, whole and in time. No other algorithm counts."""
    try:
        found = jwt.decode(text, OctKey.import_key(secret), algorithms=[_ALGORITHM])
        claims = msgspec.convert(found.claims, _Claims)
        scopes = msgspec.convert(claims.scope.split(), tuple[Right, ...])
    except (JoseError, msgspec.ValidationError, ValueError):
        return None
    if claims.iss != ISSUER or claims.exp <= moment.timestamp():
        return None
    return Token(claims.kid, scopes)
