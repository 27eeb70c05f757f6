"""Every page there is keeps to a strict policy: found in the table of routes, so that a new one is
looked at too."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from serai.cli.application import make_application
from serai.core import Settings
from serai.flows import House
from serai.web.security import HEADERS
from tests.flows.desk import Desk
from tests.web.test_group_pages import room_and_duck
from tests.web.test_pages import Elements
from tests.web.visitors import EVERYTHING, come_in, sign_in_as
from tests.worlds import HANGZHOU, LANTERN_BRAND, LANTERN_INN, PLATFORM_ENTITY

STREAMS = ("/group/live",)
"""What does not end by itself; it wears the same headers, and its own tests see to it."""
PARAMETER = re.compile(r"\{(\w+):?\w*\}")
LOOSE = re.compile(r"unsafe-|\*|(?<!img-src 'self' )data:|https?:")
ELSEWHERE = ("http:", "https:", "//", "javascript:", "data:")


def addresses(application: Litestar, named: dict[str, Any]) -> list[str]:
    """Every address that can be asked for with GET, with something in the place of its names."""
    found = []
    for route in application.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith("/static"):
            continue
        if any("GET" in handler.http_methods for handler in route.route_handlers):
            found.append(PARAMETER.sub(lambda name: str(named.get(name[1], 1)), route.path))
    return sorted({address for address in found if address not in STREAMS})


def offences(answer: httpx.Response) -> list[str]:
    """What of an answer needs a looser policy than the one it has, or has none."""
    found = [name for name in HEADERS if name not in answer.headers]
    if loose := LOOSE.findall(answer.headers.get("content-security-policy", "unsafe-all")):
        found.append(f"policy: {loose}")
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return found
    for tag, attributes in Elements(answer.text).found:
        found += [f"<{tag} {name}>" for name in attributes if name.startswith("on")]
        found += [f"<{tag} style>"] if "style" in attributes or tag == "style" else []
        if tag == "script" and "src" not in attributes:
            found += [] if attributes.get("type") == "application/json" else ["<script>"]
        for name in ("src", "action"):
            if (attributes.get(name) or "").startswith(ELSEWHERE):
                found.append(f"<{tag} {name}={attributes[name]}>")
    return found


@pytest.fixture
def application(house: House, tmp_path: Path) -> Litestar:
    return make_application(house, Settings(home=tmp_path))


async def test_no_page_needs_more_than_the_policy_allows(
    application: Litestar, house: House, desk: Desk
) -> None:
    order = await room_and_duck(desk)
    person = await come_in(house, *EVERYTHING)
    named = {"order_id": order, "store_id": LANTERN_INN, "brand_id": LANTERN_BRAND,
             "city_id": HANGZHOU, "entity_id": PLATFORM_ENTITY, "book": PLATFORM_ENTITY,
             "person_id": person.id, "name": "not_found"}  # fmt: skip
    transport = httpx.ASGITransport(application, raise_app_exceptions=False)  # type: ignore[arg-type]  # litestar's own types
    shown = []
    async with httpx.AsyncClient(transport=transport, base_url="https://house") as client:
        for signed_in in (False, True):
            if signed_in:
                await sign_in_as(client, house, *EVERYTHING)
            for address in [*addresses(application, named), "/nothing/here", "/group/orders/x"]:
                answer = await client.get(address)
                assert not offences(answer), f"{address}: {offences(answer)}"
                assert answer.status_code < 500, address
                if answer.status_code == 200:
                    shown.append(address)
    assert len(set(shown)) > 30, shown


async def test_what_came_over_tls_stays_there(application: Litestar) -> None:
    transport = httpx.ASGITransport(application)  # type: ignore[arg-type]  # litestar's own types
    for scheme, safe in (("https", True), ("http", False)):
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://house") as client:
            answer = await client.get("/sign-in?lang=en")
        assert ("strict-transport-security" in answer.headers) is safe
        cookies = answer.headers.get_list("set-cookie")
        assert len(cookies) >= 2
        assert all(("; secure" in cookie.lower()) is safe for cookie in cookies), cookies
