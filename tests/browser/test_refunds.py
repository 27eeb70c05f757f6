"""A refund that waits is decided by keyboard alone, and by a pointer."""

from playwright.async_api import Browser, Page

from serai.cloud import actor_of_person, grants_of
from serai.flows import House
from tests.flows.clock import SetClock
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.visitors import come_in, token_for
from tests.worlds import LANTERN_INN, ROOM_PREPAID


async def waits(desk: Desk, clock: SetClock) -> int:
    """An order that a clerk has cancelled, above what they may pay back alone."""
    day = clock().date().replace(day=1).replace(year=clock().year + 1)
    order = await desk.confirmed(want(ROOM_PREPAID, day, nights=3))
    clerk = await come_in(desk.house, role_on("store_clerk", LANTERN_INN))
    desk.actor = actor_of_person(clerk, await grants_of(desk.house.database, [clerk.id]))
    await desk.cancel(order)
    return order


async def looked_at(browser: Browser, house: House, site: str) -> Page:
    """The page, as the finance of the group has it."""
    finance = await come_in(house, role_on("group_finance"))
    context = await browser.new_context(locale="en-US")
    await context.add_cookies([
        {"name": "serai_session", "value": await token_for(house, finance), "url": site}
    ])  # fmt: skip
    page = await context.new_page()
    await page.goto(f"{site}/group/refunds")
    return page


async def test_by_keyboard(
    browser: Browser, desk: Desk, house: House, site: str, clock: SetClock
) -> None:
    order = await waits(desk, clock)
    page = await looked_at(browser, house, site)
    for key in ("g", "h"):
        await page.keyboard.press(key)
    await page.wait_for_url(f"{site}/group")
    for key in ("g", "u"):
        await page.keyboard.press(key)
    await page.wait_for_url(f"{site}/group/refunds")
    await page.keyboard.press("j")
    for expected in ("O", "Approve the refund", "Refuse the refund"):
        await page.keyboard.press("Tab")
        named = await page.evaluate(
            "document.activeElement.ariaLabel ?? document.activeElement.textContent"
        )
        assert named.startswith(expected), named
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await page.get_by_text("It was approved").wait_for()
    assert (await desk.payments(order))[-1].status == "asked"


async def test_a_row_leads_to_its_order_and_its_buttons_do_not(
    browser: Browser, desk: Desk, house: House, site: str, clock: SetClock
) -> None:
    order = await waits(desk, clock)
    page = await looked_at(browser, house, site)
    await page.get_by_role("button", name="Refuse the refund").click()
    await page.get_by_text("It was refused").wait_for()
    assert (await desk.payments(order))[-1].status == "refused"
