"""The organisation's file in a real browser: chosen, looked at, applied while one looks on."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from serai.cloud.sheets import lines_of, write_csv
from serai.flows import House
from serai.web.languages import LANGUAGES
from tests.browser.test_group import WIDTHS, opened

FILE = "/admin/organisation/file"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_file_is_looked_at_and_applied(
    browser: Browser, site: str, session: str, house: House, tmp_path: Path, width: int,
    language: str,
) -> None:  # fmt: skip
    data = write_csv(lines_of(await house.organisation()))
    bad, good = tmp_path / "bad.csv", tmp_path / "good.csv"
    bad.write_bytes(data.replace(b"B0,E1", b"B9,E1"))
    good.write_bytes(data.replace(b"The Duck Shop", b"The Old Duck Shop"))
    async with opened(browser, site, session, width, language) as page:
        await page.goto(FILE)
        for file, shown in ((bad, "B9"), (good, "The Old Duck Shop")):
            await page.set_input_files("input[type=file]", file)
            await page.click("button[hx-post]")
            await expect(page.locator("#preview table")).to_contain_text(shown)
            fits = "document.documentElement.scrollWidth <= innerWidth"
            assert await page.evaluate(fits), f"wider than {width}"
        assert await page.locator("#preview .deed-bar button").count() == 1
        await page.click("#preview .deed-bar button")
        await expect(page.locator("#progress .notice")).to_be_visible()
        await page.goto("/admin/organisation?q=s2")
        await expect(page.locator("main")).to_contain_text("S2")
