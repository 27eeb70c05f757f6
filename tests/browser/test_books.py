"""Trace, books, cancellations, feeds and the last room, as a person with a keyboard has them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from serai.core import Refusal
from serai.flows import House, import_hotel_bookings
from serai.information import read_quarantine
from serai.web.languages import LANGUAGES
from tests.flows.desk import Desk, want
from tests.hotel_rows import file, row
from tests.worlds import DUCK, LANTERN_COMPANY, PLATFORM_ENTITY, ROOM_PREPAID


@asynccontextmanager
async def opened(
    browser: Browser, site: str, session: str, width: int = 1440, language: str = "en"
) -> AsyncIterator[Page]:
    """A page that must not complain of anything."""
    complaints: list[str] = []
    context = await browser.new_context(
        viewport={"width": width, "height": 900}, locale=language, base_url=site,
        reduced_motion="reduce",
    )  # fmt: skip
    await context.add_cookies([{"name": "serai_session", "value": session, "url": site}])
    page = await context.new_page()
    page.set_default_timeout(15_000)
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        await context.close()
    assert complaints == []


async def room_and_duck(desk: Desk) -> int:
    """An order of a room from today on and a duck, paid ahead: 900.00 and 128.00."""
    today = desk.clock.now.date()
    return await desk.confirmed(want(ROOM_PREPAID, today, nights=2), want(DUCK, today))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [1440, 390])
async def test_every_page_fits(
    browser: Browser,
    site: str,
    session: str,
    desk: Desk,
    house: House,
    tmp_path: Path,
    width: int,
    language: str,
) -> None:
    order = await room_and_duck(desk)
    imported = await import_hotel_bookings(house, [file(tmp_path, row(), row(adults=0))])
    assert not isinstance(imported, Refusal)
    (waiting,) = await read_quarantine(house.database)
    async with opened(browser, site, session, width, language) as page:
        for address in (
            f"/group/orders/{order}/trace", f"/group/orders/{order}/transfers",
            f"/group/orders/{order}/cancellation", "/group/books",
            f"/group/books/{LANTERN_COMPANY}", f"/group/books/{LANTERN_COMPANY}?tab=goods",
            f"/group/books/{LANTERN_COMPANY}/roles/deposits",
            f"/group/books/{PLATFORM_ENTITY}/owed/{LANTERN_COMPANY}", "/group/books/accounts/1",
            "/group/feeds", f"/group/feeds/quarantine/{waiting.id}", "/group/last-room",
        ):  # fmt: skip
            answer = await page.goto(address)
            assert answer is not None
            assert answer.status == 200, address
            wider = await page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wider <= 0, f"{address} is {wider} px too wide at {width}"


async def test_a_figure_of_the_trace_opens_its_transfers_where_one_is(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    order = await room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto(f"/group/orders/{order}/trace")
        figure = page.locator(".trace .flow-money .happening-figure").first
        await figure.focus()
        above = await page.evaluate("scrollY")
        await page.keyboard.press("Enter")
        panel = page.locator("#panel dialog[open]")
        await expect(panel.locator(".transfer:not(.transfer-head)")).to_have_count(1)
        await expect(panel).to_contain_text("payment clearing")
        assert await page.evaluate("scrollY") == above
        await page.keyboard.press("Escape")
        await expect(panel).to_have_count(0)
        await expect(page).to_have_url(re.compile(f"/group/orders/{order}/trace$"))
        await figure.click()
        await panel.get_by_role("link", name="customer money").click()
        await expect(page).to_have_url(re.compile(r"/group/books/accounts/\d+$"))
        await page.goto(f"/group/orders/{order}/trace")
        await page.locator(".traced-lines a").first.click()
        await expect(page).to_have_url(re.compile(r"/group/stores/\d+$"))


async def test_the_slider_goes_through_the_days_by_keys(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    await room_and_duck(desk)
    today = desk.clock.now.date()
    async with opened(browser, site, session) as page:
        await page.goto(f"/group/books/{PLATFORM_ENTITY}")
        await expect(page.locator("#as-of")).to_contain_text("Payment clearing")
        await page.locator("#slider-day").focus()
        await page.keyboard.press("ArrowLeft")
        yesterday = (today - timedelta(days=1)).isoformat()
        await expect(page).to_have_url(re.compile(f"day={yesterday}"))
        await expect(page.locator("#as-of")).to_contain_text("Nothing has moved yet")
        await page.reload()
        await expect(page.locator("input[type=date]")).to_have_value(yesterday)
        await page.locator("#slider-day").focus()
        await page.keyboard.press("End")
        await expect(page.locator("#as-of")).to_contain_text("Payment clearing")
        await page.keyboard.press("Tab")
        await page.locator("h1").click()
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await page.wait_for_url(re.compile("/roles/payment_clearing"))
        await page.keyboard.press("g")
        await page.keyboard.press("k")
        await page.wait_for_url(re.compile("/group/books$"))


async def test_a_cell_of_the_matrix_opens_both_accounts(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    await room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto("/group/books")
        await page.locator(".matrix td a").click()
        panel = page.locator("#panel dialog[open]")
        await expect(panel).to_contain_text("Lantern Platform owes Lantern Hotels")
        await expect(panel.locator(".sides-sign")).to_have_text("=")
        await page.keyboard.press("Escape")
        await page.locator("[data-narrows]").fill("茶业")
        await expect(page.locator(".companies tbody tr:visible")).to_have_count(1)


async def test_boxes_change_the_preview_and_the_deed_is_done(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    order = await room_and_duck(desk)
    async with opened(browser, site, session) as page:
        await page.goto(f"/group/orders/{order}/cancellation")
        tiles = page.locator("#preview .tile-figure")
        await expect(tiles.nth(2)).to_have_text("2")
        await page.locator("input[name=line]").first.uncheck()
        await expect(tiles.nth(2)).to_have_text("1")
        await page.get_by_role("button", name="Cancel these lines").click()
        await expect(page.locator("h1")).to_contain_text("Cancelled")
        assert sorted(await desk.states(order)) == ["cancelled", "confirmed"]


async def test_two_hundred_gates_and_one_lamp(
    browser: Browser, site: str, session: str, desk: Desk
) -> None:
    async with opened(browser, site, session) as page:
        await page.goto("/group/last-room")
        for _ in range(2):
            await page.get_by_role("button", name="Let 200 buyers ask").click()
            await expect(page.locator(".gate-won")).to_have_count(1, timeout=60_000)
            await expect(page.locator(".gate-refused")).to_have_count(199)
