"""A customer's page: masked for everybody, in full for whoever may and asks, and then noted."""

import re
from pathlib import Path

import httpx
import pytest_asyncio

from serai.customers import DetailsChange, Document, Email, Phone
from serai.flows import House, change_details
from tests.flows.desk import Desk, want
from tests.people import by_platform, role_on
from tests.web.conftest import open_pages
from tests.web.forms import send
from tests.web.visitors import sign_in_as
from tests.worlds import DINNER, WANG

PAGE = f"/group/customers/{WANG}"
UNMASKING = f"{PAGE}/unmasking"
PLAIN = ("13812345678", "wang.min@", "E12345678")
MASKED = ("138****5678", "w***@example.com", "E****78")
WHO_SAW = "SELECT actor_id FROM trail WHERE operation = 'show_details' ORDER BY number"


@pytest_asyncio.fixture(autouse=True)
async def details(house: House) -> None:
    change = DetailsChange(
        phone=Phone("+8613812345678"),
        email=Email("wang.min@example.com"),
        document=Document("passport", "CN", "E12345678"),
    )
    await change_details(house, by_platform(), WANG, change)


def shows(page: httpx.Response, *texts: str) -> bool:
    assert page.status_code == 200, page.text
    found = [text in page.text for text in texts]
    assert all(found) or not any(found), page.text
    return all(found)


async def test_details_are_masked_until_they_are_asked_for_and_then_noted(
    pages: httpx.AsyncClient, house: House
) -> None:
    page = await pages.get(PAGE)
    assert shows(page, *MASKED)
    assert not shows(page, *PLAIN)
    assert await house.database.column(WHO_SAW) == []

    full = await send(pages, page.text, UNMASKING, {})
    assert shows(full, *PLAIN)
    assert full.headers["cache-control"] == "no-store"
    (seen_by,) = await house.database.column(WHO_SAW)
    assert seen_by > 0
    assert not shows(await pages.get(PAGE), *PLAIN)
    assert (await pages.get(UNMASKING)).status_code == 405


async def test_whoever_may_not_see_details_is_not_offered_to_and_refused(
    house: House, tmp_path: Path
) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("group_finance"))
        page = await pages.get(PAGE)
        assert shows(page, *MASKED)
        assert UNMASKING not in page.text
        token = re.findall(r'name="_csrf_token" value="([^"]+)"', page.text)
        form = {"_csrf_token": token[0] if token else "", "key": "0" * 32}
        refused = await pages.post(UNMASKING, data=form)
        assert refused.status_code in (403, 404)
        assert not [plain for plain in PLAIN if plain in refused.text]
    assert await house.database.column(WHO_SAW) == []


async def test_whoever_sees_no_customers_finds_none(house: House, tmp_path: Path) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("group_analyst"))
        assert (await pages.get(PAGE)).status_code == 404


async def test_a_form_without_its_token_shows_nothing(pages: httpx.AsyncClient) -> None:
    answer = await pages.post(UNMASKING, data={"key": "0" * 32})
    assert answer.status_code == 403
    assert not [plain for plain in PLAIN if plain in answer.text]


async def test_a_customers_orders_lead_there_and_are_listed(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    booked = await desk.book(want(DINNER, minute=1110))
    order = await pages.get(f"/group/orders/{booked.order_id}")
    assert f'href="{PAGE}"' in order.text
    page = await pages.get(PAGE)
    assert f'href="/group/orders/{booked.order_id}"' in page.text


async def test_nobody_has_no_page(pages: httpx.AsyncClient) -> None:
    for id in (999, 2**63):
        missing = await pages.get(f"/group/customers/{id}")
        assert missing.status_code == 404
        assert "No such customer" in missing.text
