"""The documentation in a browser, among the pages of the house and under their strict policy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from serai.cli.application import make_application
from serai.core import Clock, Settings, utc_now
from serai.flows import House
from tests.api.keys import key_for
from tests.serving import served


@pytest.fixture
def clock() -> Clock:
    """The real time, for the page's example is for a day soon."""
    return utc_now


@pytest_asyncio.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.mark.parametrize("width", [1440, 390])
async def test_an_order_is_placed_from_the_page(
    browser: Browser, house: House, tmp_path: Path, width: int
) -> None:
    async with served(make_application(house, Settings(home=tmp_path))) as address:
        page = await browser.new_page(viewport={"width": width, "height": 900})
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(request.url))
        await page.goto(f"{address}/docs")
        await page.locator(".btn.authorize").first.click()
        await page.locator("#auth-bearer-value").fill(await key_for(house, "reader", "all"))
        await page.locator(".auth-btn-wrapper .authorize").click()
        await page.locator(".auth-btn-wrapper .btn-done").click()
        operation = page.locator("#operations-Orders-placeOrder")
        await operation.locator(".opblock-summary").click()
        await operation.locator(".execute").click()
        status = operation.locator(".live-responses-table tbody .response-col_status").first
        await expect(status).to_contain_text("201", timeout=20_000)
        wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0
        assert not complaints
        await page.close()
