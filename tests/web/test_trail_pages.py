"""The pages of the audit trail: found by who, what, thing, day and address; one deed; as a file."""

import csv
import io
import json
import re

import httpx
import pytest

from serai.cloud import Actor, Holding, Node, Origin
from serai.core import Database
from serai.flows import House, cancel
from tests.flows.desk import Desk, done, want
from tests.people import role_on
from tests.web.visitors import sign_in_as
from tests.worlds import DUCK, LAKESIDE_BRAND, ROOM_FLEXIBLE

CLERK = Actor("person:7001", id=7001, holdings=(Holding(Node("group", 1), frozenset()),))
LAST = "SELECT max(number) FROM trail"


@pytest.fixture
async def order(desk: Desk) -> int:
    """An order that was placed and cancelled by a clerk, from two places."""
    desk.actor, desk.origin = CLERK, Origin("192.0.2.7", "aa11")
    booked = await desk.book(want(ROOM_FLEXIBLE))
    desk.origin = Origin("192.0.2.8", "bb22")
    done(await cancel(desk.house, desk.by(), booked.order_id))
    return booked.order_id


def rows(page: httpx.Response) -> list[str]:
    """The deeds that a page lists, by what was done."""
    assert page.status_code == 200, page.text
    return re.findall(r'href="/admin/trail/\d+"[^>]*>([A-Z][^<]+)<', page.text)


async def test_deeds_are_found_by_who_what_thing_day_and_address(
    pages: httpx.AsyncClient, order: int
) -> None:
    both = ["Cancelled an order", "Placed an order"]
    assert rows(await pages.get(f"/admin/trail?thing=order&id={order}")) == both
    assert rows(await pages.get("/admin/trail?who=person:7001")) == both
    assert rows(await pages.get("/admin/trail?who=person:7001&what=book")) == both[1:]
    assert rows(await pages.get("/admin/trail?address=192.0.2.8")) == both[:1]
    assert rows(await pages.get("/admin/trail?who=person:7001&refused=true")) == []
    assert rows(await pages.get("/admin/trail?who=person:7001&since=2099-01-01")) == []
    assert rows(await pages.get("/admin/trail?who=person:7001&since=2020-01-01")) == both
    assert (await pages.get("/admin/trail?since=tomorrow")).status_code == 400


async def test_one_deed_shows_before_and_after(
    pages: httpx.AsyncClient, order: int, house: House
) -> None:
    number = await house.database.value(LAST + " WHERE thing_id = %(id)s", id=order)
    page = (await pages.get(f"/admin/trail/{number}")).text
    assert "192.0.2.8" in page
    assert "bb22" in page
    assert re.search(r"held.*cancelled", page, re.DOTALL)
    assert f'href="/group/orders/{order}"' in page
    chinese = (await pages.get(f"/admin/trail/{number}?lang=zh-CN")).text
    assert "取消订单" in chinese
    assert (await pages.get(f"/admin/trail/{number + 10**6}")).status_code == 404


async def test_what_is_found_goes_into_a_file_and_that_is_a_deed(
    pages: httpx.AsyncClient, order: int
) -> None:
    answer = await pages.get("/admin/trail/file?who=person:7001&form=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="trail.csv"'
    told = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["operation"] for row in told] == ["cancel", "book"]
    answer = await pages.get("/admin/trail/file?who=person:7001&form=jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["operation"] for line in lines] == ["cancel", "book"]
    assert rows(await pages.get("/admin/trail?what=export")) == ["Took a file out"] * 2


async def test_html_in_a_deed_is_text(pages: httpx.AsyncClient, desk: Desk) -> None:
    desk.actor, desk.origin = CLERK, Origin("<script>alert(1)</script>", "'")
    await desk.book(want(DUCK))
    page = (await pages.get("/admin/trail")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    "path", ["/admin/trail", "/admin/trail/1", "/admin/trail/file", "/admin/trail?id=1"]
)
async def test_who_lacks_the_right_finds_no_such_page(
    door: httpx.AsyncClient, house: House, order: int, path: str
) -> None:
    await sign_in_as(door, house, role_on("brand_manager", LAKESIDE_BRAND))
    assert (await door.get(path)).status_code == 404


async def test_who_sees_one_store_sees_its_deeds_alone(house: House, desk: Desk) -> None:
    """A program at home in a store, with the right to the trail."""
    desk.actor = CLERK
    await desk.book(want(DUCK))
    await desk.book(want(ROOM_FLEXIBLE))
    stores = await house.database.column("SELECT store_id FROM trail ORDER BY number")

    async def seen(*nodes: Node) -> list[int]:
        actor = Actor("program:1", id=1, holdings=tuple(
            Holding(node, frozenset({"trail.read"})) for node in nodes
        ))  # fmt: skip
        database: Database = (await house.seen_by(actor, "trail.read")).database
        return await database.column("SELECT store_id FROM trail ORDER BY number")

    assert len(set(stores)) == 2
    assert await seen(Node("store", stores[0])) == stores[:1]
    assert await seen(Node("store", stores[1])) == stores[1:]
    assert await seen(Node("brand", LAKESIDE_BRAND)) in (stores[:1], stores[1:], [])
    assert await seen() == []
