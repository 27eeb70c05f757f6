"""What pages say when something is wrong: with the address, with us, or with the database."""

import re
from html import unescape
from pathlib import Path

import httpx
import pytest
from litestar import get
from structlog.testing import capture_logs

from serai.core import Database
from serai.core.postgres import DatabaseUrls
from serai.flows import House
from serai.web.languages import LANGUAGES
from tests.web.conftest import open_pages, signed_pages
from tests.web.test_pages import Elements
from tests.worlds import LANTERN_INN

HUGE = 2**70


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/group/cities?segment=castle", "Segment"),
        ("/group/stores?brand=x", "Brand"),
        (f"/group/stores?city={HUGE}", "City"),
        ("/group/stores?q=" + "x" * 5000, "Name"),
        ("/group/stores?q=a%00b", "Name"),
        (f"/group/stores/{LANTERN_INN}?day=2026-02-30", "Day"),
        (f"/group/stores/{LANTERN_INN}?day=0001-01-01", "Day"),
        (f"/group/stores/{LANTERN_INN}?day=9999-12-31", "Day"),
        ("/group/orders?state=happy", "State"),
        ("/group/orders?since=yesterday", "Placed from"),
        ("/group/orders?until=9999-12-31", "Up to"),
        ("/group/orders?channel=%1b%5b31m", "Channel"),
        ("/group/search?q=%7f", "Search"),
    ],
)
async def test_a_value_that_does_not_fit_is_named_as_its_form_names_it(
    pages: httpx.AsyncClient, address: str, field: str
) -> None:
    answer = await pages.get(address)
    assert answer.status_code == 400
    assert f"“{field}” does not fit" in answer.text
    assert await works_without(pages, answer)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/group/orders?since=yesterday&lang=zh-CN", "“下单日期自”填写有误"),
        ("/group/orders?since=yesterday&lang=zh-CN", "“yesterday”不是 2000 至 2099 年间的日期"),
        ("/group/orders?since=yesterday", "“yesterday” is no day from 2000 to 2099."),
        ("/group/orders?since=%1b%3Cb%3E", "“&lt;b&gt;” is no day"),
        ("/group/stores?city=" + "9" * 5000, f"“{'9' * 40}…” is no number"),
        ("/group/orders?state=happy", "“happy” is none of its choices."),
        ("/admin/trail?refused=perhaps", "“perhaps” is none of its choices."),
        ("/group/stores?q=" + "x" * 65, "It takes 64 characters at most"),
        ("/admin/people?q=" + "x" * 65, "It takes 64 characters at most"),
    ],
)
async def test_what_does_not_fit_is_told_in_words(
    pages: httpx.AsyncClient, address: str, says: str
) -> None:
    assert says in (await pages.get(address)).text


@pytest.mark.parametrize(
    "address",
    [
        "/group/cities?by=weight",
        "/group/cities?sort=password",
        "/group/brands?sort=--name",
        "/group/stores?cursor=-1",
        "/group/orders?cursor=abc",
        "/group/orders?cursor=1-99999999999999999999",
    ],
)
async def test_what_no_form_shows_is_not_named(pages: httpx.AsyncClient, address: str) -> None:
    answer = await pages.get(address)
    assert answer.status_code == 400
    assert "This address does not fit" in answer.text
    assert "“" not in answer.text.split("</h1>")[1]
    assert await works_without(pages, answer)


async def works_without(pages: httpx.AsyncClient, answer: httpx.Response) -> bool:
    """Whether the page's one button leads to the page without the value."""
    found = re.search(r'<a class="button" href="([^"]*)">Show it without that</a>', answer.text)
    return found is not None and (await pages.get(unescape(found[1]))).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/group/stores?unknown=1&lang=xx&sort=",
        "/group/stores?segment=hotel&segment=dining",
        "/group/search?q=%ff%fe",
        "/group/search?q=%F0%9F%90%AB",
        "/group/search?q=" + "%25" * 90,
        "/group/orders?channel=%27%20OR%201=1--",
        "/group/stores?%00=%00",
    ],
)
async def test_whatever_else_is_asked_is_answered(pages: httpx.AsyncClient, address: str) -> None:
    assert (await pages.get(address)).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/nowhere", "/group/nowhere", "/group/orders/0", "/group/orders/12345678",
        f"/group/orders/{HUGE}", "/group/stores/1", f"/group/stores/{HUGE}", "/group/brands/-1",
        "/group/cities/999", "/group/orders/x", "/group/orders/1/nothing",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_not_there(pages: httpx.AsyncClient, address: str, language: str) -> None:
    answer = await pages.get(f"{address}?lang={language}")
    assert answer.status_code == 404
    assert f'<html lang="{language}"' in answer.text
    assert answer.headers["x-request-id"] in answer.text
    Elements(answer.text)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_empty_house_tells_how_to_begin(
    empty_house: House, tmp_path: Path, language: str
) -> None:
    async with signed_pages(empty_house, tmp_path) as pages:
        for address in ("/group", "/group/cities", "/group/orders", "/group/stores/1"):
            answer = await pages.get(f"{address}?lang={language}")
            assert answer.status_code == 200
            assert "serai demo" in answer.text
            assert "serai import hotel-bookings" in answer.text
            Elements(answer.text)


async def test_every_answer_is_guarded(pages: httpx.AsyncClient) -> None:
    style = (await pages.get("/group")).text.split('rel="stylesheet" href="')[1].split('"')[0]
    for address in ("/group", "/nowhere", "/group/orders?state=x", style):
        headers = (await pages.get(address)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-request-id"]) == 16
    assert "set-cookie" not in (await pages.get(style)).headers


async def test_a_form_without_its_token_changes_nothing(pages: httpx.AsyncClient) -> None:
    answer = await pages.post("/group/orders")
    assert answer.status_code in (403, 405)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"sec-fetch-site": "cross-site", "origin": "http://elsewhere"}, 403),
        ({"sec-fetch-site": "same-site", "origin": "http://sister.house"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": "http://house"}, 403),
        ({"origin": "http://sister.house"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "http://house"}, 303),
        ({"origin": "http://house:8000"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_of_another_house_changes_nothing(
    house: House, tmp_path: Path, told: dict[str, str], status: int
) -> None:
    """Whoever can set a cookie here, a sister's site or the network before there is TLS, can make
    a browser show a token that fits."""
    async with open_pages(house, tmp_path) as stranger:
        await stranger.get("/sign-in")
        planted = stranger.cookies["serai_csrf"]
    async with signed_pages(house, tmp_path) as pages:
        answer = await pages.post(
            "/account/language",
            data={"_csrf_token": planted, "key": "0" * 32, "language": "en"},
            headers={"cookie": f"serai_csrf={planted}", **told},
        )
    assert answer.status_code == status


async def test_the_token_outlives_a_restart(house: House, tmp_path: Path) -> None:
    async with signed_pages(house, tmp_path) as before:
        await before.get("/group")
        token = before.cookies["serai_csrf"]
    async with signed_pages(house, tmp_path) as after:
        answer = await after.post(
            "/nowhere", headers={"cookie": f"serai_csrf={token}", "x-csrftoken": token}
        )
        assert answer.status_code == 404
    assert (tmp_path / "secrets" / "forms").stat().st_mode & 0o077 == 0


@get("/broken", sync_to_thread=False)
def broken_page() -> None:
    raise RuntimeError("the lamp fell over")


async def test_a_slip_of_ours_shows_nothing_of_the_program(house: House, tmp_path: Path) -> None:
    async with signed_pages(house, tmp_path, broken_page) as pages:
        with capture_logs() as log:
            answer = await pages.get("/broken")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "lamp" not in answer.text
    assert "Traceback" not in answer.text
    (entry,) = [line for line in log if line["event"] == "page_failed"]
    assert entry["request"] == answer.headers["x-request-id"]
    assert entry["request"] in answer.text


async def test_a_database_that_is_away_is_waited_for(
    house: House, database: Database, urls: DatabaseUrls, tmp_path: Path
) -> None:
    async with signed_pages(house, tmp_path) as pages:
        assert (await pages.get("/group/orders")).status_code == 200
        await database._pool.close()
        answer = await pages.get("/group/orders")
    assert answer.status_code == 503
    assert answer.headers["refresh"] == "5"
    assert "The books cannot be reached at the moment" in answer.text


async def test_a_part_of_a_page_fails_in_its_place(pages: httpx.AsyncClient) -> None:
    answer = await pages.get("/group/stores/1", headers={"hx-request": "true"})
    assert answer.status_code == 404
    assert "<html" not in answer.text
    assert "No such store" in answer.text
