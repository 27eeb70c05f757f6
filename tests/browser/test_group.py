"""The group console in a real browser, on the real server, over a small world at work."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from serai.web.languages import LANGUAGES
from tests.flows.desk import Desk, want
from tests.worlds import (
    DUCK,
    HANGZHOU,
    LANTERN_BRAND,
    LANTERN_INN,
    ROOM_PREPAID,
)

WIDTHS = (1440, 390)
PATIENCE_MILLISECONDS = 15_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser, site: str, session: str, width: int = 1440, language: str = "en"
) -> AsyncIterator[Page]:
    """A page that must not complain of anything."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    context = await browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, base_url=site
    )
    await context.add_cookies([{"name": "serai_session", "value": session, "url": site}])
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        await context.close()
    assert complaints == []


async def order_of_room_and_duck(desk: Desk) -> int:
    today = desk.clock.now.date()
    booked = await desk.book(want(ROOM_PREPAID, today, nights=2), want(DUCK, today))
    confirmed = await desk.ask(booked.order_id)
    await desk.answer(confirmed.payment_id)
    return booked.order_id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", WIDTHS)
async def test_every_page_fits(
    browser: Browser, site: str, session: str, desk: Desk, width: int, language: str
) -> None:
    order = await order_of_room_and_duck(desk)
    async with opened(browser, site, session, width, language) as page:
        for address in (
            "/group", "/group/cities", f"/group/cities/{HANGZHOU}", "/group/brands",
            f"/group/brands/{LANTERN_BRAND}", "/group/stores", f"/group/stores/{LANTERN_INN}",
            "/group/orders", f"/group/orders/{order}", "/group/search?q=lantern", "/admin/health",
        ):  # fmt: skip
            answer = await page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            await expect(page.locator("html")).to_have_attribute("lang", language)
            wider = await page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wider <= 0, f"{address} is {wider} px too wide at {width}"


async def test_an_order_arrives_on_the_page_that_watches(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    async with opened(browser, site, session) as page:
        await page.goto("/group")
        await expect(page.locator("[data-live-lamp]")).to_have_attribute("data-state", "on")
        orders = page.locator('[data-live-figure="orders"]')
        await expect(orders).to_have_text("0")
        order = await order_of_room_and_duck(desk)
        news = page.locator('[data-live-list="news"] > li')
        await expect(news.first).to_contain_text("The Duck Shop confirms", timeout=30_000)
        await expect(orders).to_have_text("1", timeout=30_000)
        await expect(page.locator('[data-live-figure="sales"]')).to_have_text(re.compile("1,028"))
        await news.first.get_by_role("link").click()
        await expect(page).to_have_url(re.compile(f"/group/orders/{order}$"))


async def test_keys_lead_everywhere(browser: Browser, site: str, session: str, desk: Desk) -> None:
    await order_of_room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto("/group")
        for key, place in (("m", "cities"), ("b", "brands"), ("s", "stores"), ("o", "orders")):
            await page.keyboard.press("g")
            await page.keyboard.press(key)
            await page.wait_for_url(re.compile(f"/group/{place}$"))
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/group/orders/\d+$"))
        await page.keyboard.press("/")
        await page.keyboard.type("casa")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile(r"/group/stores/\d+$"))


async def test_the_slider_fetches_a_day(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    await order_of_room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto(f"/group/stores/{LANTERN_INN}")
        house = page.locator("#house-day")
        await expect(house).to_contain_text("1 of 5 rooms")
        for _ in range(3):
            await page.get_by_role("button", name="A day later").click()
        await expect(house).to_contain_text("0 of 5 rooms")
        await expect(page.locator("html")).to_have_count(1)
        await expect(house.locator("canvas")).to_have_count(2)


async def test_charts_have_their_tables(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    await order_of_room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto("/group")
        charts = page.locator("[data-chart]")
        await expect(charts.locator("canvas")).to_have_count(await charts.count())
        tables = page.locator(".chart-table, .chart-list")
        await expect(tables).to_have_count(await charts.count())
        await page.goto(f"/group/cities/{HANGZHOU}")
        await page.locator(".chart-table summary").first.click()
        await expect(page.locator(".chart-table").first).to_contain_text("128.00")


async def test_a_point_of_the_map_leads_to_its_city(
    browser: Browser, site: str, session: str
) -> None:
    async with opened(browser, site, session) as page:
        await page.goto("/group/cities")
        canvas = page.locator(".chart-plot-map canvas").first
        await expect(canvas).to_be_visible()
        box = await canvas.bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for _ in range(30):  # the map is drawn when its coast has arrived
            await page.mouse.click(*middle)
            with suppress(TimeoutError):
                await asyncio.wait_for(page.wait_for_url(f"**/group/cities/{HANGZHOU}"), 1)
                return
        pytest.fail("no click on the only point has led to its city")


async def test_a_new_page_closes_its_stream(browser: Browser, site: str, session: str) -> None:
    async with opened(browser, site, session) as page:
        for _ in range(8):  # a browser has six connections to a house
            await page.goto("/group")
            await expect(page.locator("[data-live-lamp]")).to_have_attribute("data-state", "on")
