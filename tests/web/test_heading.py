"""The overview is headed with what its reader is there for."""

import re
from pathlib import Path

import pytest

from serai.flows import House, RoleOn
from serai.web.languages import LANGUAGES
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.visitors import sign_in_as
from tests.worlds import (
    DUCK_BRAND,
    DUCK_SHOP,
    FRANCHISEE,
    HANGZHOU,
    JUNK_BOAT,
    LAKESIDE_BRAND,
    LANTERN_BRAND,
    LANTERN_COMPANY,
)

HEADINGS: list[tuple[tuple[RoleOn, ...], str, str]] = [
    ((role_on("group_analyst"),), "Lantern Group", "灯笼集团"),
    ((role_on("brand_manager"),), "Lantern Inns", "灯笼客栈"),
    ((role_on("entity_finance", LANTERN_COMPANY),), "Lantern Hotels", "灯笼酒店"),
    ((role_on("operator_manager", FRANCHISEE),), "Lakeside", "湖畔"),
    ((role_on("city_officer"),), "Hangzhou", "杭州"),
    ((role_on("store_manager", DUCK_SHOP),), "The Duck Shop", "鸭铺"),
    (
        tuple(
            role_on("brand_manager", brand) for brand in (LANTERN_BRAND, LAKESIDE_BRAND, DUCK_BRAND)
        ),
        "3 brands",
        "3 个品牌",
    ),
    (
        (role_on("brand_manager"), role_on("brand_analyst")),
        "Lantern Inns",
        "灯笼客栈",
    ),
    (
        (
            role_on("store_manager", DUCK_SHOP),
            role_on("store_manager", JUNK_BOAT),
            role_on("brand_manager"),
        ),
        "Lantern Inns · 2 stores",
        "灯笼客栈 · 2 家门店",
    ),
    ((role_on("group_controller"), role_on("brand_manager")), "Lantern Group", "灯笼集团"),
]


def heading(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, flags=re.S)
    assert found
    return found[1].strip()


async def test_the_overview_is_headed_with_what_its_reader_is_there_for(
    house: House, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for roles, english, chinese in HEADINGS:
        async with open_pages(house, tmp_path) as pages:
            await sign_in_as(pages, house, *roles)
            for language in LANGUAGES:
                said = chinese if language == "zh-CN" else english
                with subtests.test(heading=said):
                    answer = await pages.get("/group", params={"lang": language})
                    assert answer.status_code == 200
                    assert heading(answer.text) == said
                    assert f"<title>{said} " in answer.text


async def test_below_it_stands_what_is_not_said_in_it(house: House, tmp_path: Path) -> None:
    for role, said in (
        (role_on("brand_manager"), "3 stores · Hangzhou"),
        (role_on("store_manager", DUCK_SHOP), "Duck Shops · 1 store · Hangzhou"),
        (role_on("city_officer"), "3 brands · 6 stores"),
    ):
        async with open_pages(house, tmp_path) as pages:
            await sign_in_as(pages, house, role)
            found = re.search(
                r'<div class="lede">(.*?)</div>', (await pages.get("/group")).text, flags=re.S
            )
            assert found
            assert found[1].strip() == said


async def test_who_may_not_see_orders_is_not_led_to_them(house: House, tmp_path: Path) -> None:
    """A city's officer sees figures, and never a single order."""
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("city_officer"))
        for path in ("/group", f"/group/cities/{HANGZHOU}", f"/group/stores/{DUCK_SHOP}"):
            page = (await pages.get(path)).text
            assert "/group/orders" not in page, path
            assert "/group/books" not in page, path
            assert "What moves now" not in page, path
