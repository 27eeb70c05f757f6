"""No page leads anybody to where they may not go: each role follows every link that it is shown."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from serai.cloud import ROLES, Level
from serai.flows import House
from tests.flows.clock import SetClock
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.test_books_pages import two_days
from tests.web.test_group_pages import room_and_duck
from tests.web.visitors import sign_in_as
from tests.worlds import (
    GROUP,
    HANGZHOU,
    LANTERN_BRAND,
    LANTERN_COMPANY,
    LANTERN_INN,
    OWN_OPERATOR,
    ROOM_FLEXIBLE,
    WANG,
)

NODES: Mapping[Level, int] = {
    "group": GROUP,
    "brand": LANTERN_BRAND,
    "entity": LANTERN_COMPANY,
    "operator": OWN_OPERATOR,
    "city": HANGZHOU,
    "store": LANTERN_INN,
    "customer": WANG,
}
OF_EACH_KIND = 3
LINK = re.compile(r'(?:href|hx-get)="(/[^"#]*)"')
PLACE = re.compile(r"\d+")
NO_PAGES = ("/static/", "/sign-out", "/docs", "/openapi")


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_every_link_leads_somewhere(
    house: House, desk: Desk, clock: SetClock, tmp_path: Path, role: str
) -> None:
    await two_days(desk, clock)
    await room_and_duck(desk)
    await desk.book(want(ROOM_FLEXIBLE))
    tried: Counter[str] = Counter()
    dead = []
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on(role, NODES[ROLES[role].level]))
        waiting = ["/"]
        seen = set(waiting)
        came_from = dict.fromkeys(waiting, "the browser")
        while waiting:
            address = waiting.pop(0)
            answer = await pages.get(address)
            if answer.is_redirect and (landing := answer.headers["location"]) not in seen:
                came_from[landing] = address
                waiting.append(landing)
            if answer.status_code >= 400:
                dead.append((came_from[address], address, answer.status_code))
                continue
            for link in new_links(answer, seen, tried):
                came_from[link] = address
                waiting.append(link)
    assert dead == []
    assert sum(tried.values()) > 3


def new_links(answer: httpx.Response, seen: set[str], tried: Counter[str]) -> list[str]:
    """Where a page leads: a few of each kind, since a thousand stores are one page."""
    found = []
    for text in LINK.findall(answer.text):
        link = text.replace("&amp;", "&")
        kind = PLACE.sub("0", link.split("?")[0])
        if link in seen or link.startswith(NO_PAGES) or tried[kind] >= OF_EACH_KIND:
            continue
        seen.add(link)
        tried[kind] += 1
        found.append(link)
    return found


async def test_a_clerk_has_one_step_to_the_day_of_their_store(house: House, tmp_path: Path) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk", LANTERN_INN))
        page = (await pages.get("/group/orders")).text
        assert f'href="/group/stores/{LANTERN_INN}">' in page
        assert "The day at The Lantern Inn" in page
        await sign_in_as(pages, house, role_on("brand_manager", LANTERN_BRAND))
        assert "The day at" not in (await pages.get("/group/orders")).text
