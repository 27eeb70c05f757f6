"""Every part of the pages can be drawn, in both languages, within a strict policy."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from litestar import Litestar, get
from litestar.response import Template
from litestar.template import TemplateConfig
from litestar.testing import TestClient

from serai.web.languages import LANGUAGES, Language
from serai.web.look import (
    NAVIGATION,
    TEMPLATES,
    LanguageMemory,
    Pages,
    environment,
    look_page,
    static_files,
    with_query,
)
from serai.web.look.icons import STATIC, icon

ROOT = Path(__file__).resolve().parents[2]


@get("/group/orders")
async def orders_page() -> Template:
    return Template(
        template_str="{% extends 'base.html' %}"
        "{% set here = 'orders' %}{% set live = '/group/live' %}"
        "{% block title %}{{ _('Orders') }} {{ '<' }}{{ 1284 | number }}{% endblock %}"
    )


@get("/missing")
async def missing_page() -> Template:
    return Template("message.html", context={
        "scene": "lost", "title": "No such page", "says": "", "action": "", "href": ""
    })  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    app = Litestar(
        [look_page, orders_page, missing_page, static_files()],
        template_config=TemplateConfig(instance=Pages()),
        middleware=[LanguageMemory()],
    )
    with TestClient(app) as client:
        yield client


class Elements(HTMLParser):
    """The elements of a page, and whether each that was opened was closed."""

    VOID = frozenset({"meta", "link", "input", "img", "br", "hr", "col"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_style_guide_draws_every_part(client: TestClient[Litestar], language: Language) -> None:
    answer = client.get(f"/look?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    page = Elements(answer.text)
    classes = {name for _, found in page.found for name in (found.get("class") or "").split()}
    assert {"tile", "table", "trace", "transfer", "matrix", "slider", "bench", "toast"} <= classes
    ids = [found["id"] for _, found in page.found if "id" in found]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_needs_a_looser_policy(client: TestClient[Litestar], language: Language) -> None:
    elements = Elements(client.get(f"/look?lang={language}").text).found
    assert len(elements) > 100
    for tag, found in elements:
        assert not [name for name in found if name.startswith("on") or name == "style"], tag
        assert tag != "style"
        assert tag != "script" or "src" in found or found["type"] == "application/json"
        for name in ("src", "href", "action"):
            assert not (found.get(name) or "").startswith(("http", "//", "javascript:"))


def test_charts_carry_their_figures_and_a_table_of_them(client: TestClient[Litestar]) -> None:
    page = client.get("/look?lang=zh-CN").text
    specs = [
        json.loads(text)
        for text in re.findall(r'<script type="application/json">(.*?)</script>', page)
    ]
    assert len(specs) == 5
    assert {"unit_word", "scale"} <= set.intersection(*(set(spec) for spec in specs))
    assert page.count("以表格显示") == 5


def test_the_shell(client: TestClient[Litestar]) -> None:
    page = client.get("/group/orders?lang=en&q=a%26b").text
    assert "<h1>Orders &lt;1,284</h1>" in page
    assert "<title>Orders &lt;1,284 · Caravanserai</title>" in page
    assert 'data-live="/group/live"' in page
    assert re.search(r'<a href="/group/orders" data-key="o" aria-current="page">', page)
    assert 'href="/group/orders?lang=zh-CN&amp;q=a%26b"' in page or "q=a%26b&amp;lang=zh-CN" in page
    assert len({one.key for one in NAVIGATION}) == len(NAVIGATION)


def test_a_language_is_remembered(client: TestClient[Litestar]) -> None:
    with TestClient(client.app) as reader:
        assert '<html lang="en"' in reader.get("/missing").text
        reader.get("/missing?lang=zh-CN")
        assert '<html lang="zh-CN"' in reader.get("/missing").text
        assert '<html lang="zh-CN"' in reader.get("/missing?lang=klingon").text


def test_a_theme_is_remembered(client: TestClient[Litestar]) -> None:
    for theme, shown in (("dark", "dark"), ("plaid", "auto")):
        page = client.get("/missing", headers={"cookie": f"serai_theme={theme}"}).text
        assert f'data-theme="{shown}"' in page


def test_static_files_are_kept_by_edition(client: TestClient[Litestar]) -> None:
    page = client.get("/missing").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert addresses
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["cache-control"]


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment("en").from_string("{{ nobody_set_this }}").render()


def test_what_a_chart_says_cannot_end_its_element() -> None:
    from serai.web.look import Chart, Series

    chart = Chart("bars", "x", ("</script><b>",), "x", (Series("&", (1,)),), "CNY")
    drawn = environment("en").from_string("{{ plot(chart) }}").render(chart=chart)
    assert "</script><b>" not in drawn
    assert "\\u003c/script\\u003e" in drawn


def test_icons_are_listed_where_they_are_collected() -> None:
    listed: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
    (files,) = (one["files"] for one in listed["serai"]["vendor"] if one["to"] == "icons")
    ours = {path.name for path in (STATIC / "icons").iterdir()}
    used = {f"{one.icon}.svg" for one in NAVIGATION}
    for template in TEMPLATES.rglob("*.html"):
        used |= {
            f"{name}.svg" for name in re.findall(r"icon\('([a-z0-9-]+)'", template.read_text())
        }
    assert used <= ours | set(files)
    for name in used:
        assert "<path" in icon(name.removesuffix(".svg"))


def test_queries() -> None:
    assert with_query("/a?sort=x&cursor=9", sort="-x", cursor=None) == "/a?sort=-x"
    assert with_query("/a", lang="zh-CN") == "/a?lang=zh-CN"
    assert with_query("https://elsewhere.example/a?b=c") == "/a?b=c"
