"""Programs and their keys as pages: within one's own nodes, and the key is shown once."""

import re
from pathlib import Path

import httpx
import pytest

from serai.cloud import find_program, read_key
from serai.flows import House
from serai.web.languages import LANGUAGES
from tests.api.keys import admitted
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.forms import hidden_of, send
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as
from tests.worlds import LAKESIDE_BRAND, LANTERN_BRAND

FORM = {
    "name": "Shop 1", "level": "brand", "node": "B0", "scopes": "orders.read",
    "days": "30", "requests_a_minute": "600",
}  # fmt: skip
KEY = re.compile(r"serai_\d+_[A-Za-z0-9_-]{43}")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_whole(pages: httpx.AsyncClient, house: House, language: str) -> None:
    made = (await admitted(house, "shop", "orders")).made
    for address in ("/admin/programs", "/admin/programs/new", f"/admin/programs/{made.program_id}"):
        answer = await pages.get(f"{address}?lang={language}")
        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in answer.text
        Elements(answer.text)


async def test_no_programs_say_how_one_comes_in(
    pages: httpx.AsyncClient, door: httpx.AsyncClient, house: House
) -> None:
    empty = (await pages.get("/admin/programs")).text
    assert "No program is at home here yet" in empty
    assert empty.count('href="/admin/programs/new"') == 2
    await sign_in_as(door, house, role_on("group_controller"))
    seen = (await door.get("/admin/programs")).text
    assert "Whoever may grant roles lets them in." in seen
    assert 'href="/admin/programs/new"' not in seen


async def test_a_program_is_let_in_and_its_key_shown_once(
    pages: httpx.AsyncClient, house: House
) -> None:
    page = (await pages.get("/admin/programs/new")).text
    answer = await send(pages, page, "/admin/programs/new", FORM)
    told = KEY.search(answer.text)
    assert told is not None
    assert not KEY.search((await send(pages, page, "/admin/programs/new", FORM)).text)
    program = await find_program(house.database, "Shop 1")
    assert program is not None
    assert (program.scopes, program.level, program.node_id) == (
        ("orders.read",), "brand", LANTERN_BRAND,
    )  # fmt: skip
    written = read_key(told.group())
    assert written is not None
    caller = (await house.catalogue.callers([written.id]))[written.id]
    assert written.opens(caller.key)
    listed = (await pages.get("/admin/programs")).text
    assert "Shop 1" in listed
    assert written.secret not in listed


async def test_another_key_and_the_end(pages: httpx.AsyncClient, house: House) -> None:
    issued = await admitted(house, "shop", "orders")
    address = f"/admin/programs/{issued.made.program_id}"
    page = (await pages.get(address)).text
    answer = await send(pages, page, f"{address}/keys", {"overlap": "now"})
    assert KEY.search(answer.text)
    old = (await house.catalogue.callers([issued.written.id]))[issued.written.id]
    assert not old.is_good(house.clock())
    page = (await pages.get(address)).text
    assert (await send(pages, page, f"{address}/end", {})).status_code == 303
    program = await find_program(house.database, "shop")
    assert program is not None
    assert program.ended_at == house.clock()


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("name", "<script>", "1 to 63 letters"),
        ("node", "NOWHERE", "There is no such node"),
        ("level", "moon", "There is no such node"),
        ("days", "0", "one day at least"),
        ("days", "x", "one day at least"),
        ("days", "99999999999", "one day at least"),
        ("requests_a_minute", "0", "1 to 1,000,000 times"),
        ("scopes", "everything", "without scopes"),
    ],
)
async def test_what_does_not_fit_is_said(
    pages: httpx.AsyncClient, field: str, value: str, says: str
) -> None:
    page = (await pages.get("/admin/programs/new")).text
    answer = await send(pages, page, "/admin/programs/new", {**FORM, field: value})
    assert (answer.status_code, says in answer.text) == (422, True), answer.text


async def test_a_brand_keeps_its_own_programs_alone(house: House, tmp_path: Path) -> None:
    theirs = await admitted(house, "theirs", "orders.read", level="brand", node_id=LAKESIDE_BRAND)
    strong = await admitted(house, "strong", "all", level="brand", node_id=LANTERN_BRAND)
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("brand_manager"))
        listed = (await pages.get("/admin/programs")).text
        assert ("theirs" in listed, "strong" in listed) == (False, True)
        hidden = await pages.get(f"/admin/programs/{theirs.made.program_id}")
        assert hidden.status_code == 404
        shown = (await pages.get(f"/admin/programs/{strong.made.program_id}")).text
        assert "/end" not in shown
        page = (await pages.get("/admin/programs/new")).text
        for wish in ({"scopes": "books.read"}, {"level": "group", "node": ""}, {"node": "B1"}):
            answer = await send(pages, page, "/admin/programs/new", {**FORM, **wish})
            assert answer.status_code == 422, wish
        for deed in ("keys", "end"):
            fields = hidden_of(page, "/admin/programs/new")
            for program, status in ((strong, 422), (theirs, 404)):
                address = f"/admin/programs/{program.made.program_id}/{deed}"
                assert (await pages.post(address, data=fields)).status_code == status
        page = (await pages.get("/admin/programs/new")).text
        answer = await send(pages, page, "/admin/programs/new", FORM)
        assert KEY.search(answer.text)
    assert await find_program(house.database, "theirs")
