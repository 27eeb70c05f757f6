"""Feeds: what was read, what waits, and how a row is corrected, released or dropped."""

import re
from pathlib import Path

import httpx
import pytest

from serai.core import Refusal
from serai.flows import House, import_hotel_bookings
from serai.information import read_quarantine
from serai.web.languages import LANGUAGES
from tests.hotel_rows import file, row
from tests.web.forms import send
from tests.web.test_group_pages import text_of
from tests.web.test_pages import Elements


@pytest.fixture
async def waiting(house: House, tmp_path: Path) -> int:
    """A file of three rows, two of which wait; the id of the one without guests."""
    rows = (row(), row(adults=0, country="ITA"), row(adults="two", adr=-5, hotel="<b>Inn</b>"))
    imported = await import_hotel_bookings(house, [file(tmp_path, *rows)])
    assert not isinstance(imported, Refusal), imported
    return (await read_quarantine(house.database))[0].id


async def test_no_feed_yet_tells_how_to_begin(pages: httpx.AsyncClient) -> None:
    page = text_of((await pages.get("/group/feeds")).text)
    assert "Nothing has been read yet" in page
    assert "serai import hotel-bookings bookings.csv" in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_feeds_are_whole_in_both_languages(
    pages: httpx.AsyncClient, house: House, waiting: int, language: str
) -> None:
    rows = await read_quarantine(house.database)
    for address in (
        "/group/feeds",
        "/group/feeds?status=released",
        "/group/feeds?reason=no_guests",
        *(f"/group/feeds/quarantine/{one.id}" for one in rows),
    ):
        answer = await pages.get(address, headers={"cookie": f"serai_language={language}"})
        assert answer.status_code == 200, address
        page = Elements(answer.text)
        assert len([tag for tag, _ in page.found if tag == "h1"]) == 1
        ids = [found["id"] for _, found in page.found if "id" in found]
        assert len(ids) == len(set(ids)), address


async def test_readings_and_quarantine_are_counted(pages: httpx.AsyncClient, waiting: int) -> None:
    page = text_of((await pages.get("/group/feeds")).text)
    assert "Rows accepted 1 in 1 reading" in page
    assert "Wait in quarantine 2" in page
    assert "has no guest · 1" in page
    narrowed = text_of((await pages.get("/group/feeds?reason=no_guests")).text)
    assert "line 3" in narrowed
    assert "line 4" not in narrowed
    assert (await pages.get("/group/feeds?status=gone")).status_code == 400


async def test_every_reason_stands_beside_its_fields(
    pages: httpx.AsyncClient, house: House, waiting: int
) -> None:
    _, bad = await read_quarantine(house.database)
    page = (await pages.get(f"/group/feeds/quarantine/{bad.id}")).text
    faulty = set(re.findall(r'id="fault-([a-z_]+)"', page))
    assert faulty == {"adults", "adr", "hotel"}
    assert "<b>Inn</b>" not in page
    assert "&lt;b&gt;Inn&lt;/b&gt;" in page


async def test_a_row_is_corrected_and_released_into_the_books(
    pages: httpx.AsyncClient, waiting: int
) -> None:
    address = f"/group/feeds/quarantine/{waiting}"
    page = (await pages.get(address)).text
    still = await send(pages, page, f"{address}/release", {"column:adults": "0"})
    assert still.status_code == 409
    assert "The row still does not satisfy its schema." in still.text
    sent = await send(pages, page, f"{address}/release", {"column:adults": " 2 "})
    assert sent.headers["location"] == f"{address}?told=released"
    again = await send(pages, page, f"{address}/release", {"column:adults": "2"})
    assert again.status_code == 303
    after = await pages.get(sent.headers["location"])
    shown = text_of(after.text)
    assert "This row is in the books" in shown
    assert "adults 0 2" in shown
    (trace,) = set(re.findall(r'href="(/group/orders/\d+/trace)"', after.text))
    assert "Portuguese Hotels" in (await pages.get(trace)).text


async def test_a_row_is_dropped(pages: httpx.AsyncClient, waiting: int) -> None:
    address = f"/group/feeds/quarantine/{waiting}"
    page = (await pages.get(address)).text
    sent = await send(pages, page, f"{address}/drop", {})
    assert sent.status_code == 303
    assert "This row was dropped" in (await pages.get(sent.headers["location"])).text
    late = await send(pages, page, f"{address}/release", {"column:adults": "2"})
    assert late.status_code == 409
    assert "This row was dropped before." in late.text


async def test_rows_and_forms_that_do_not_fit(pages: httpx.AsyncClient, waiting: int) -> None:
    address = f"/group/feeds/quarantine/{waiting}"
    page = (await pages.get(address)).text
    assert (await pages.get("/group/feeds/quarantine/999")).status_code == 404
    unknown = await send(pages, page, f"{address}/release", {"column:shoe": "41"})
    assert unknown.status_code == 409
    long = await send(pages, page, f"{address}/release", {"column:adults": "2" * 3000})
    assert long.status_code == 400
    assert (await pages.post(f"{address}/drop", data={"key": "0" * 32})).status_code == 403
