"""A provider of OpenID Connect, as we talk to it: the code flow with PKCE, by Authlib.

What it says is believed only when it is signed by a key of its own, for us, now, and in answer to
what we asked: an unsigned token (`alg: none`) or one signed with a shared secret is refused.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from serai.core import SingleSignOn

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
    "EdDSA",
)  # fmt: skip
"""Signatures that only the provider can make."""
SCOPE = "openid profile email"
TIMEOUT_SECONDS = 10.0
LEEWAY_SECONDS = 60
KEYS_SECONDS = 3600.0
FRESH_KEYS_SECONDS = 30.0
"""Keys that are changed are asked for again, but not by everybody who makes a key up."""


class NotVouched(Exception):
    """The provider does not vouch for anybody, or cannot be understood; the log has the reason."""


class Departure(Struct, frozen=True):
    """Where a browser is sent, and what it must bring back with it."""

    address: str
    state: str
    nonce: str
    verifier: str


class Provider:
    """The provider of the settings; what it tells of itself is read once, its keys now and then."""

    def __init__(self, settings: SingleSignOn) -> None:
        self.settings = settings
        self._known: Mapping[str, Any] | None = None
        self._keys: KeySet | None = None
        self._keys_at = float("-inf")

    async def depart(self, redirect_uri: str) -> Departure:
        """Begin: the address to go to, with a state, a nonce and a proof for the way back."""
        nonce, verifier = generate_token(32), generate_token(48)
        async with self._client(redirect_uri) as client:
            address, state = client.create_authorization_url(
                (await self._metadata())["authorization_endpoint"],
                nonce=nonce,
                code_verifier=verifier,
            )
        return Departure(address, state, nonce, verifier)

    async def arrive(self, redirect_uri: str, code: str, departure: Departure) -> Mapping[str, Any]:
        """The claims of whoever came back with a code; raises `NotVouched`."""
        try:
            metadata = await self._metadata()
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(
                    metadata["token_endpoint"], code=code, code_verifier=departure.verifier
                )
                claims = await self._read(str(token.get("id_token", "")), departure.nonce)
                return claims | await self._more(client, claims)
        except (httpx.HTTPError, AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            raise NotVouched(f"{type(error).__name__}: {error}") from error

    async def _read(self, written: str, nonce: str) -> dict[str, Any]:
        """The claims of an id token that is signed, ours, fresh, and asked for."""
        try:
            token = jwt.decode(written, await self._key_set(), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            keys = await self._key_set(fresh=True)  # its keys may have changed meanwhile
            token = jwt.decode(written, keys, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": self.settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(token.claims)
        claims: dict[str, Any] = token.claims
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise ValueError("the token is for another party")
        return claims

    async def _more(self, client: AsyncOAuth2Client, claims: Mapping[str, Any]) -> dict[str, Any]:
        """What the provider tells of the person besides the token, where it tells anything."""
        endpoint = (await self._metadata()).get("userinfo_endpoint")
        if not endpoint or self.settings.claim in claims:
            return {}
        answer = await client.get(endpoint)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        if told.get("sub") != claims["sub"]:
            raise ValueError("it tells of somebody else")
        return {name: value for name, value in told.items() if name not in claims}

    async def _metadata(self) -> Mapping[str, Any]:
        if self._known is None:
            issuer = self.settings.issuer
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                answer = await client.get(place)
                answer.raise_for_status()
                known = answer.json()
            if known.get("issuer") != issuer:
                raise ValueError(f"{issuer} calls itself {known.get('issuer')}")
            self._known = known
        assert self._known is not None
        return self._known

    async def _key_set(self, *, fresh: bool = False) -> KeySet:
        age = time.monotonic() - self._keys_at
        if self._keys is None or age > (FRESH_KEYS_SECONDS if fresh else KEYS_SECONDS):
            address = (await self._metadata())["jwks_uri"]
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
                answer = await client.get(address)
                answer.raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
            self._keys_at = time.monotonic()
        return self._keys

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.settings.client_id,
            self.settings.client_secret,
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=TIMEOUT_SECONDS,
        )


def texts_of(claim: Any) -> Sequence[str]:
    """The values of a claim: a list of texts, or one."""
    if isinstance(claim, str):
        return (claim,)
    return [one for one in claim if isinstance(one, str)] if isinstance(claim, list) else ()
