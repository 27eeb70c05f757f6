"""The organisation's pages: found, moved, taken away as a file and brought back changed."""

import asyncio
import re
from datetime import date
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from serai.cloud.sheets import lines_of, write_csv
from serai.flows import House, carry_out_moves, move_store
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, done, want
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.forms import hidden_of, send
from tests.web.visitors import sign_in_as
from tests.worlds import (
    LAKESIDE_BRAND,
    LAKESIDE_COMPANY,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_INN,
    ROOM_PREPAID,
)

ROOT = "/admin/organisation"
INN = f"{ROOT}/stores/{LANTERN_INN}"


async def shown(pages: httpx.AsyncClient, path: str) -> str:
    answer = await pages.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_nodes_are_found_on_their_axes(pages: httpx.AsyncClient) -> None:
    assert "Lantern Inns" in await shown(pages, ROOT)
    companies = await shown(pages, f"{ROOT}?axis=entity")
    assert "Lantern Platform" in companies
    assert "Lantern Inns" not in companies
    found = await shown(pages, f"{ROOT}?q=s0")
    assert "The Lantern Inn" in found
    assert "Lakeside Gate" not in found
    node = await shown(pages, f"{ROOT}/brand/{LANTERN_BRAND}")
    assert "The Lantern Inn" in node
    assert "Lakeside Gate" not in node
    for path in (f"{ROOT}/brand/999", f"{ROOT}/town/1", f"{ROOT}/stores/999"):
        assert (await pages.get(path)).status_code == 404


async def test_a_store_is_moved_on_a_day(pages: httpx.AsyncClient, house: House) -> None:
    page = await shown(pages, INN)
    # Whoever presses the button without a choice moves it nowhere.
    assert re.search(r'<select [^>]*name="parent" required=""><option value="" selected>', page)
    answer = await send(
        pages, page, f"{INN}/moves", {"parent": str(LAKESIDE_BRAND), "since": "2026-09-01"}
    )
    assert answer.status_code == 303
    assert "It is done." in await shown(pages, answer.headers["location"])
    organisation = await house.organisation()
    days = (date(2026, 8, 31), date(2026, 9, 1))
    parents = [organisation.parent(LANTERN_INN, "brand", day) for day in days]
    assert parents == [LANTERN_BRAND, LAKESIDE_BRAND]


async def test_a_move_that_cannot_be(pages: httpx.AsyncClient, desk: Desk, house: House) -> None:
    await desk.pay((await desk.book(want(ROOM_PREPAID))).order_id)
    page = await shown(pages, INN)
    past = {"parent": str(LAKESIDE_BRAND), "since": "2026-05-01"}
    answer = await send(pages, page, f"{INN}/moves", past)
    assert answer.status_code == 409
    assert "booked_since" in answer.text
    await desk.book(want(ROOM_PREPAID))
    page = await shown(pages, f"{INN}?axis=entity")
    answer = await send(
        pages, page, f"{INN}/moves", {"parent": str(LAKESIDE_COMPANY), "since": "2026-06-01"}
    )
    assert (answer.status_code, "open_balances" in answer.text) == (409, True)
    for wrong in ({"parent": "x", "since": "2026-09-01"}, {"parent": "31", "since": "soon"}):
        assert (await send(pages, page, f"{INN}/moves", wrong)).status_code == 400


async def test_a_store_changes_its_company_with_its_bookings(
    pages: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID))
    page = await shown(pages, f"{INN}?axis=entity")
    answer = await send(
        pages, page, f"{INN}/moves", {"parent": str(LAKESIDE_COMPANY), "since": "2026-06-01"}
    )
    assert answer.status_code == 303, answer.text
    assert (await desk.file(order)).bookings[0].entity_id == LAKESIDE_COMPANY
    for path in (f"/group/orders/{order}", f"/group/orders/{order}/trace"):
        await shown(pages, path)


async def test_a_change_of_company_is_planned_seen_and_called_off(
    pages: httpx.AsyncClient, desk: Desk, house: House
) -> None:
    await desk.confirmed(want(ROOM_PREPAID))
    assert "planned move" not in await shown(pages, ROOT)
    assert "No move is planned" in await shown(pages, f"{ROOT}/moves")
    page = await shown(pages, f"{INN}?axis=entity")
    wanted = {"parent": str(LAKESIDE_COMPANY), "since": "2026-06-03"}
    answer = await send(pages, page, f"{INN}/moves", wanted)
    assert answer.status_code == 303, answer.text
    page = await shown(pages, answer.headers["location"])
    assert "the store goes to Lakeside Parks" in page
    assert "has planned it" in page
    assert "1 planned move" in await shown(pages, ROOT)
    listed = await shown(pages, f"{ROOT}/moves")
    for text in ("The Lantern Inn", "Lantern Hotels", "Lakeside Parks"):
        assert text in listed
    again = await send(pages, page, f"{INN}/moves", wanted)
    assert (again.status_code, "move_planned" in again.text) == (409, True)
    (plan,) = (await house.organisation()).planned.values()
    cancel = f"{ROOT}/moves/{plan.id}/cancellation"
    answer = await send(pages, page, cancel, {})
    assert answer.status_code == 303, answer.text
    page = await shown(pages, answer.headers["location"])
    assert "The move is called off." in page
    assert "the store goes to" not in page
    hidden = hidden_of(page, f"{INN}/moves")
    late = await pages.post(cancel, data=hidden)
    assert (late.status_code, "move_ended" in late.text) == (409, True)
    for id in ("999", str(2**63)):
        gone = await pages.post(
            f"{ROOT}/moves/{id}/cancellation", data={**hidden, "key": uuid4().hex}
        )
        assert gone.status_code == 404


async def test_what_stands_in_the_way_of_a_planned_move_is_seen(
    pages: httpx.AsyncClient, desk: Desk, house: House, clock: SetClock
) -> None:
    since = date(2026, 6, 3)
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, since))
    clock.set(at(3, 10))
    await desk.book(want(ROOM_PREPAID))
    await carry_out_moves(house)
    for path in (INN, f"{ROOT}/moves"):
        page = await shown(pages, path)
        assert "Something of the store is held or being paid" in page


async def test_a_file_is_taken_away_looked_at_and_applied(
    pages: httpx.AsyncClient, house: House
) -> None:
    data = (await pages.get(f"{ROOT}/file.csv")).content
    assert data == write_csv(lines_of(await house.organisation()))
    assert (await pages.get(f"{ROOT}/file.xlsx")).content[:2] == b"PK"
    page = await shown(pages, f"{ROOT}/file")
    hidden = hidden_of(page, f"{ROOT}/file/apply")
    new = data.replace(b"The Lantern Inn", b"The Old Inn")
    files = {"file": ("organisation.csv", new, "text/csv")}
    preview = await pages.post(
        f"{ROOT}/file/preview", data=hidden, files=files, headers={"hx-request": "true"}
    )
    assert preview.status_code == 200, preview.text
    assert "The Old Inn" in preview.text
    assert "<html" not in preview.text
    digest = re.search('name="digest" value="([0-9a-f]{64})"', preview.text)
    assert digest
    begun = await pages.post(
        f"{ROOT}/file/apply", data={**hidden, "digest": digest[1]}, files=files
    )
    assert begun.status_code == 303
    for _ in range(100):
        progress = await shown(pages, begun.headers["location"])
        if "It is done." in progress:
            break
        await asyncio.sleep(0.05)
    assert "1 node was made or changed." in progress
    assert (await house.organisation()).stores[LANTERN_INN].name_en == "The Old Inn"
    assert (await pages.get(f"{ROOT}/imports/{'0' * 64}")).status_code == 404


async def test_mistakes_are_listed_with_their_cells(pages: httpx.AsyncClient) -> None:
    data = (await pages.get(f"{ROOT}/file.csv")).content.replace(b"B0,E1", b"B9,E1")
    hidden = hidden_of(await shown(pages, f"{ROOT}/file"), f"{ROOT}/file/apply")
    for language, says in (("en", "There is no B9, neither"), ("zh-CN", "没有 B9")):
        preview = await pages.post(
            f"{ROOT}/file/preview?lang={language}", data=hidden,
            files={"file": ("organisation.csv", data, "text/csv")},
        )  # fmt: skip
        assert says in preview.text
        assert 'name="digest"' not in preview.text


async def test_a_name_in_a_file_is_text_on_the_page(
    pages: httpx.AsyncClient,
) -> None:
    data = (await pages.get(f"{ROOT}/file.csv")).content
    data = data.replace(b"The Lantern Inn", b"<script>alert(1)</script>")
    hidden = hidden_of(await shown(pages, f"{ROOT}/file"), f"{ROOT}/file/apply")
    preview = await pages.post(
        f"{ROOT}/file/preview", data=hidden, files={"file": ("x.csv", data, "text/csv")}
    )
    assert "<script>alert" not in preview.text
    assert "A text has no" in preview.text


@pytest.mark.parametrize("role", ["brand_manager", "group_analyst"])
async def test_who_may_only_look_is_shown_no_form(house: House, tmp_path: Path, role: str) -> None:
    async with open_pages(house, tmp_path) as reader:
        await sign_in_as(reader, house, role_on(role))
        page = await shown(reader, INN)
        assert "The Lantern Inn" in page
        assert "/moves" not in page
        assert "/file/apply" not in await shown(reader, f"{ROOT}/file")
        for path in (f"{INN}/moves", f"{ROOT}/file/preview", f"{ROOT}/file/apply"):
            answer = await reader.post(path, data={"_csrf_token": "x"})
            assert answer.status_code in (403, 404)
        if role == "brand_manager":
            assert (await reader.get(f"{ROOT}/stores/{LAKESIDE_GATE}")).status_code == 404
            text = (await reader.get(f"{ROOT}/file.csv")).text
            assert "S0" in text
            assert "Lakeside Gate" not in text
