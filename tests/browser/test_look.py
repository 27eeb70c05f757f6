"""The parts of the pages as a browser has them: under a strict policy, wide and narrow."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from litestar import Litestar, get
from litestar.datastructures import ResponseHeader
from litestar.params import FromQuery
from litestar.response import Response, Template
from litestar.template import TemplateConfig
from litestar.testing import TestClient
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from serai.web.look import LanguageMemory, Pages, look_page, static_files

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SITE = "http://serai.test"
WIDTHS = (1440, 390)


@get("/group/orders")
async def orders_page() -> Template:
    return Template(
        template_str="{% extends 'base.html' %}{% set live = '/group/live' %}"
        "{% block title %}{{ _('Orders') }}{% endblock %}"
        "{% block content %}{{ tile('x', 1 | number, live='count') }}{{ deeds([], live='deed') }}"
        "{% endblock %}"
    )


@get("/group/live")
async def live() -> Response[str]:
    figures = json.dumps({"count": "1,284"})
    text = f"event: figures\ndata: {figures}\n\nevent: deed\ndata: <li>A deed</li>\n\n"
    return Response(text, media_type="text/event-stream")


@get("/look/as-of")
async def as_of(day: FromQuery[str]) -> Response[str]:
    return Response(f"<p id=chosen>{day}</p>", media_type="text/html")


@pytest.fixture(scope="module")
def site() -> Iterator[TestClient[Litestar]]:
    app = Litestar(
        [look_page, orders_page, live, as_of, static_files()],
        template_config=TemplateConfig(instance=Pages()),
        middleware=[LanguageMemory()],
        response_headers=[ResponseHeader(name="content-security-policy", value=POLICY)],
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, site: TestClient[Litestar], address: str, width: int = 1440
) -> Iterator[Page]:
    """A page at `address` that must not complain of anything."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def answer(route: Route) -> None:
        wanted = route.request
        kept = {k: v for k, v in wanted.headers.items() if k in ("cookie", "hx-request")}
        found = site.get(wanted.url.removeprefix(SITE), headers=kept)
        route.fulfill(status=found.status_code, headers=dict(found.headers), body=found.content)

    page = browser.new_page(viewport={"width": width, "height": 900}, locale="en-GB")
    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(f"{SITE}/**", answer)
    site.cookies.clear()  # the browser keeps them
    page.goto(SITE + address)
    page.wait_for_load_state("networkidle")
    try:
        yield page
    finally:
        page.close()
    assert complaints == []


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_guide_keeps_the_policy_and_the_width(
    browser: Browser, site: TestClient[Litestar], width: int, language: str
) -> None:
    with opened(browser, site, f"/look?lang={language}", width) as page:
        expect(page.locator("[data-chart] canvas")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.fonts.check('16px \"Source Sans 3\"')")


def test_the_keyboard(browser: Browser, site: TestClient[Litestar]) -> None:
    with opened(browser, site, "/look") as page:
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#keys")).to_be_hidden()
        page.keyboard.press("/")
        expect(page.locator("[data-search]")).to_be_focused()
        page.keyboard.press("Escape")
        for key in "jjk":
            page.keyboard.press(key)
        expect(page.locator("tr.is-here td").first).to_contain_text("Lantern Court")
        page.keyboard.press("g")
        page.keyboard.press("o")
        page.wait_for_url(SITE + "/group/orders")


def test_light_and_dark(browser: Browser, site: TestClient[Litestar]) -> None:
    with opened(browser, site, "/look") as page:
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        by_day = page.evaluate(ground)
        for theme in ("light", "dark"):
            page.locator("[data-theme-switch]").click()
            expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert page.evaluate(ground) != by_day
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_live_figures(browser: Browser, site: TestClient[Litestar]) -> None:
    with opened(browser, site, "/group/orders?lang=en") as page:
        expect(page.locator("[data-live-figure=count]")).to_have_text("1,284")
        expect(page.locator("[data-live-list] li").first).to_have_text("A deed")


def test_the_slider(browser: Browser, site: TestClient[Litestar]) -> None:
    with opened(browser, site, "/look?lang=en") as page:
        page.locator(".slider [data-step='1']").click()
        expect(page.locator(".slider output")).to_have_text("Monday 4 May 2026")
        expect(page.locator("#chosen")).to_have_text("2026-05-04")
        page.locator(".slider input[type=date]").fill("2026-01-02")
        expect(page.locator("#chosen")).to_have_text("2026-01-02")


def test_a_drawer_on_a_phone(browser: Browser, site: TestClient[Litestar]) -> None:
    with opened(browser, site, "/look?lang=zh-CN", width=390) as page:
        expect(page.locator(".side")).to_be_hidden()
        page.locator("[data-opens=drawer]").click()
        expect(page.locator("#drawer").get_by_text("门店")).to_be_visible()
