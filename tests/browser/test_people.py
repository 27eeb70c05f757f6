"""A role's node in a real browser: found by name in either language while one types."""

import pytest
from playwright.async_api import Browser, expect

from serai.cloud import grants_of
from serai.flows import House
from serai.web.languages import LANGUAGES
from tests.browser.test_group import WIDTHS, opened
from tests.people import let_in, role_on
from tests.worlds import LANTERN_INN


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_node_is_found_while_one_types(
    browser: Browser, site: str, session: str, house: House, width: int, language: str
) -> None:
    clerk = await let_in(house, "clerk", role_on("brand_analyst"))
    async with opened(browser, site, session, width, language) as page:
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url) if "/admin/nodes" in one.url else None)
        await page.goto(f"/admin/people/{clerk.id}")
        await page.select_option("#field-role", "store_clerk")
        await page.locator("#field-node").press_sequentially("灯笼客栈")
        choices = page.locator("#choices-node option")
        await expect(choices).to_have_count(1)
        assert await choices.first.get_attribute("value") == "S0"
        assert {url.split("?")[1].split("&")[0].split("=")[0] for url in asked} <= {"role", "node"}
        assert not [url for url in asked if "csrf" in url]
        await page.fill("#field-node", "S0")
        await page.press("#field-node", "Enter")
        await expect(page.locator(".held")).to_contain_text(
            "灯笼客栈" if language == "zh-CN" else "The Lantern Inn"
        )
        fits = "document.documentElement.scrollWidth <= innerWidth"
        assert await page.evaluate(fits), f"wider than {width}"
    held = await grants_of(house.database, [clerk.id])
    assert ("store_clerk", LANTERN_INN) in [(one.role, one.node_id) for one in held]
