"""A provider that says what it should not: a token that is not what was asked opens nothing."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import RSAKey
from litestar import Litestar, get, post

from serai.cloud import person_outside
from serai.flows import House
from tests.serving import served
from tests.sso.conftest import open_door

OURS = RSAKey.generate_key(2048, {"kid": "ours"})
FOREIGN = RSAKey.generate_key(2048, {"kid": "ours"})


class Liar:
    """A provider whose next token is whatever a test has put there."""

    def __init__(self) -> None:
        self.address = ""
        self.token = ""

    def claims(self, nonce: str, **others: Any) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.address, "sub": "eve", "aud": "caravanserai", "iat": now,
            "exp": now + 60, "nonce": nonce, "groups": ["hotel-managers"],
            "preferred_username": "eve", **others,
        }  # fmt: skip

    def application(self) -> Litestar:
        @get("/.well-known/openid-configuration", sync_to_thread=False)
        def metadata() -> dict[str, str]:
            return {
                "issuer": self.address,
                "authorization_endpoint": f"{self.address}/auth",
                "token_endpoint": f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
            }

        @get("/keys", sync_to_thread=False)
        def keys() -> dict[str, Any]:
            return {"keys": [OURS.as_dict(private=False)]}

        @post("/token", status_code=200, sync_to_thread=False)
        def token() -> dict[str, str]:
            return {"access_token": "x", "token_type": "Bearer", "id_token": self.token}

        return Litestar([metadata, keys, token], openapi_config=None)


@pytest_asyncio.fixture
async def liar() -> AsyncIterator[Liar]:
    liar = Liar()
    async with served(liar.application()) as address:
        liar.address = address
        yield liar


def unsigned(claims: dict[str, Any], header: dict[str, str], signature: str = "") -> str:
    parts = (json.dumps(header), json.dumps(claims))
    written = ".".join(urlsafe_b64encode(one.encode()).decode().rstrip("=") for one in parts)
    return f"{written}.{signature}"


def signed(claims: dict[str, Any], key: RSAKey = OURS) -> str:
    return jwt.encode({"alg": "RS256", "kid": "ours"}, claims, key)


def by_public_key(claims: dict[str, Any]) -> str:
    """Signed with the provider's public key, as though that were a secret shared with us."""
    said = unsigned(claims, {"alg": "HS256", "kid": "ours"}).rstrip(".")
    mac = hmac.new(OURS.as_pem(private=False), said.encode(), "sha256").digest()
    return f"{said}.{urlsafe_b64encode(mac).decode().rstrip('=')}"


FORGED: dict[str, Any] = {
    "alg none": lambda liar, nonce: unsigned(liar.claims(nonce), {"alg": "none"}),
    "alg None": lambda liar, nonce: unsigned(liar.claims(nonce), {"alg": "None", "kid": "ours"}),
    "no signature": lambda liar, nonce: unsigned(liar.claims(nonce), {"alg": "RS256"}),
    "a foreign key": lambda liar, nonce: signed(liar.claims(nonce), FOREIGN),
    "the public key as a secret": lambda liar, nonce: by_public_key(liar.claims(nonce)),
    "another nonce": lambda liar, nonce: signed(liar.claims("replayed")),
    "for somebody else": lambda liar, nonce: signed(liar.claims(nonce, aud="another-client")),
    "for several": lambda liar, nonce: signed(
        liar.claims(nonce, aud=["caravanserai", "another"], azp="another")
    ),
    "of another issuer": lambda liar, nonce: signed(liar.claims(nonce, iss="https://evil.example")),
    "of yesterday": lambda liar, nonce: signed(liar.claims(nonce, exp=int(time.time()) - 3600)),
    "about nobody": lambda liar, nonce: signed(
        {name: value for name, value in liar.claims(nonce).items() if name != "sub"}
    ),
    "no token": lambda liar, nonce: "",
    "not a token": lambda liar, nonce: "a.b.c",
}


async def return_with(door: httpx.AsyncClient, liar: Liar, token: Any) -> httpx.Response:
    left = await door.get("/sign-in/sso")
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    liar.token = token(liar, asked["nonce"][0])
    return await door.get(f"/sign-in/sso/callback?code=x&state={asked['state'][0]}")


@pytest.mark.parametrize("forged", FORGED)
async def test_a_forged_token_opens_nothing(
    liar: Liar, house: House, tmp_path: Path, forged: str
) -> None:
    async with open_door(house, tmp_path, liar.address) as door:
        answer = await return_with(door, liar, FORGED[forged])
        assert answer.status_code == 401, answer.text
        assert "The provider has not let you in." in answer.text
        assert "serai_session" not in answer.headers.get("set-cookie", "")
        assert await person_outside(house.database, "eve") is None


async def test_the_same_provider_is_believed_when_it_signs(
    liar: Liar, house: House, tmp_path: Path
) -> None:
    async with open_door(house, tmp_path, liar.address) as door:
        answer = await return_with(door, liar, lambda one, nonce: signed(one.claims(nonce)))
        assert answer.status_code == 303, answer.text


async def test_a_provider_that_is_away_is_told(house: House, tmp_path: Path) -> None:
    async with open_door(house, tmp_path, "http://127.0.0.1:9") as door:
        answer = await door.get("/sign-in/sso")
        assert answer.status_code == 401
        assert "The provider has not let you in." in answer.text
