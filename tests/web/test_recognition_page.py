"""A guest who is there: whoever serves them sees them once they have shown who they are."""

from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from serai.customers import Customer, Details, Document, Email, Phone
from serai.flows import House, Person, register
from serai.flows.recognition import MOST_IN_VAIN
from serai.web.languages import LANGUAGES
from tests.people import by_platform, role_on
from tests.web.conftest import open_pages
from tests.web.forms import send
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as

PAGE = "/group/customers/recognition"
PLAIN = ("13812345678", "wang.min@", "E12345678")
RIGHT = {"phone": "138 1234 5678"}
NOTED = """
SELECT concat_ws(' ', thing_id, refusal) FROM trail WHERE operation = 'recognise_customer'
ORDER BY number
"""


@pytest_asyncio.fixture
async def guest(house: House) -> Customer:
    """Somebody whom the group knows, and who has never been at the duck shop."""
    details = Details(
        phone=Phone("+8613812345678"),
        email=Email("wang.min@example.com"),
        document=Document("passport", "CN", "E12345678"),
    )
    made = await register(
        house, by_platform(), Person(kind="person", name="王敏", country="CN", details=details)
    )
    assert isinstance(made, Customer), made
    return made


async def test_a_clerk_recognises_a_guest_and_sees_them_from_then_on(
    house: House, tmp_path: Path, guest: Customer
) -> None:
    theirs = f"/group/customers/{guest.id}"
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk"))
        assert (await pages.get(theirs)).status_code == 404
        assert f'href="{PAGE}"' in (await pages.get("/group/orders")).text
        page = (await pages.get(PAGE)).text
        answer = await send(pages, page, PAGE, {"code": guest.code.lower(), **RIGHT})
        assert (answer.status_code, answer.headers["location"]) == (303, theirs)
        shown = await pages.get(theirs)
        assert "王敏" in shown.text
        assert "138****5678" in shown.text
    assert await house.database.column(NOTED) == [f"{guest.id} "]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"code": "C-NOBODY", **RIGHT}, "Nobody has this number"),
        ({"phone": "13812345679"}, "Nobody has this number"),
        ({"email": "wang@example.com"}, "Nobody has this number"),
        ({"kind": "passport", "country": "FR", "number": "E12345678"}, "Nobody has this number"),
        ({"kind": "emperor", "country": "CN", "number": "E12345678"}, "Nobody has this number"),
        ({}, "A guest shows one thing"),
        ({**RIGHT, "email": "wang.min@example.com"}, "A guest shows one thing"),
        ({"phone": "<b>call me</b>"}, "This is not a telephone number."),
        ({"email": "nobody"}, "This is not an e-mail address."),
        ({"number": "E_1"}, "This is not the number of a document"),
        ({"code": "\x00", **RIGHT}, "Nobody has this number"),
    ],
)
async def test_what_does_not_fit_is_said_and_shows_nobody(
    house: House, tmp_path: Path, guest: Customer, form: dict[str, str], says: str
) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk"))
        page = (await pages.get(PAGE)).text
        answer = await send(pages, page, PAGE, {"code": guest.code, **form})
        assert answer.status_code == 422
        assert says in answer.text
        assert "王敏" not in answer.text
        assert "<b>call" not in answer.text
        assert (await pages.get(f"/group/customers/{guest.id}")).status_code == 404


async def test_a_number_as_it_is_written_comes_before_one_in_capitals(
    house: House, tmp_path: Path
) -> None:
    made = []
    for code, phone in (("DUCK-1", "+8613800000001"), ("duck-1", "+8613800000002")):
        person = Person(kind="person", name="王敏", code=code, details=Details(phone=Phone(phone)))
        made.append(await register(house, by_platform(), person))
    assert isinstance(made[1], Customer)
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk"))
        page = (await pages.get(PAGE)).text
        form = {"code": "duck-1", "phone": "138 0000 0002"}
        answer = await send(pages, page, PAGE, form)
        assert answer.headers["location"] == f"/group/customers/{made[1].id}"


async def test_whoever_serves_nobody_has_no_such_page(house: House, tmp_path: Path) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("brand_analyst"))
        assert (await pages.get(PAGE)).status_code in (403, 404)
        assert PAGE not in (await pages.get("/group/orders")).text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_whole(pages: httpx.AsyncClient, language: str) -> None:
    answer = await pages.get(f"{PAGE}?lang={language}")
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    Elements(answer.text)


async def test_who_was_wrong_too_often_waits_an_hour(
    house: House, tmp_path: Path, guest: Customer
) -> None:
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk"))
        for number in range(MOST_IN_VAIN + 1):
            page = (await pages.get(PAGE)).text
            wrong = {"code": guest.code, "phone": f"138{number:08}"}
            answer = await send(pages, page, PAGE, wrong)
        assert answer.status_code == 429
        assert "Too many tries in vain from here." in answer.text
        assert "Try again in an hour, or let them be registered anew." in answer.text
