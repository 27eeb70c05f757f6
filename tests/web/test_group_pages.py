"""The pages of the group console over a small world whose figures are known."""

import re
from datetime import timedelta

import httpx
import pytest

from serai.flows import House
from serai.web.languages import LANGUAGES
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as
from tests.worlds import (
    ADMISSION,
    CASA_DA_LANTERNA,
    DINNER,
    DUCK,
    DUCK_BRAND,
    HANGZHOU,
    LAKESIDE_BRAND,
    LAKESIDE_GATE,
    LANTERN_BRAND,
    LANTERN_INN,
    LISBON_ROOM,
    ROOM_FLEXIBLE,
    ROOM_PREPAID,
)

PAGES = (
    "/group",
    "/group/cities",
    "/group/cities?segment=hotel&by=sales&sort=-sales",
    f"/group/cities/{HANGZHOU}",
    "/group/brands",
    f"/group/brands/{LANTERN_BRAND}",
    "/group/stores",
    "/group/stores?segment=ticket&run=franchised",
    f"/group/stores/{LANTERN_INN}",
    f"/group/stores/{LANTERN_INN}?day=2026-06-20",
    f"/group/stores/{LAKESIDE_GATE}",
    f"/group/stores/{CASA_DA_LANTERNA}",
    "/group/orders",
    "/group/orders?state=confirmed&channel=web&since=2026-05-01&until=2026-06-30",
    "/group/search",
    "/group/search?q=lantern",
)


def text_of(page: str) -> str:
    """What is read of a page."""
    shown = re.sub(r"<(script|svg|head|dialog|aside)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).replace("&nbsp;", " ").split())


async def room_and_duck(desk: Desk) -> int:
    """An order of a prepaid room for two nights and a duck, paid; 900.00 and 128.00."""
    booked = await desk.book(want(ROOM_PREPAID, nights=2), want(DUCK))
    confirmed = await desk.ask(booked.order_id)
    await desk.answer(confirmed.payment_id)
    return booked.order_id


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_whole_in_both_languages(
    pages: httpx.AsyncClient, desk: Desk, language: str
) -> None:
    order = await room_and_duck(desk)
    for address in (*PAGES, f"/group/orders/{order}"):
        answer = await pages.get(address, headers={"cookie": f"serai_language={language}"})
        assert answer.status_code == 200, address
        assert f'<html lang="{language}"' in answer.text
        page = Elements(answer.text)
        ids = [found["id"] for _, found in page.found if "id" in found]
        assert len(ids) == len(set(ids)), address
        for tag, found in page.found:
            assert not [name for name in found if name.startswith("on") or name == "style"], tag
        assert len([tag for tag, _ in page.found if tag == "h1"]) == 1, address


async def test_the_front_door_leads_to_the_group(pages: httpx.AsyncClient) -> None:
    answer = await pages.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/group")


async def test_the_overview_counts_today_and_compares_it_with_last_week(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    clock.set(at(25, 9, month=5))
    await desk.book(want(DUCK))
    clock.set(at(1, 10))
    await room_and_duck(desk)
    page = text_of((await pages.get("/group")).text)
    assert "Sales today 1,028 CNY 703.1% on last week" in page
    assert "Orders today 1 0.0%" in page
    assert "Customers today 1" in page
    assert "Customer money 0 CNY" in page
    assert "Deposits 1,028 CNY" in page
    assert "Payment clearing 1,028 CNY" in page
    assert "3 brands · 6 stores · 1 city" in page


async def test_tonight_is_read_from_the_books(pages: httpx.AsyncClient, desk: Desk) -> None:
    today = at(1).date()
    await desk.book(want(ROOM_FLEXIBLE, today, quantity=3))
    page = text_of((await pages.get("/group")).text)
    assert "Occupancy tonight 33.3%" in page, "3 of 5 rooms of one inn, 0 of 4 of the other"
    page = text_of((await pages.get(f"/group/cities/{HANGZHOU}")).text)
    assert "Occupancy tonight 33.3% 3 of 9 rooms" in page


async def test_what_is_still_to_be_served_today(pages: httpx.AsyncClient, desk: Desk) -> None:
    today = at(1).date()
    booked = await desk.book(want(DINNER, today, quantity=2, minute=1110), want(ROOM_FLEXIBLE))
    await desk.ask(booked.order_id)
    page = text_of((await pages.get("/group")).text)
    assert "Still to serve today Hotel 1 Dining 0" in page, "a store's segment, not a product's"


async def test_cities_carry_their_figures(pages: httpx.AsyncClient, desk: Desk) -> None:
    await room_and_duck(desk)
    page = (await pages.get("/group/cities?by=sales")).text
    assert '"name":"Hangzhou","longitude":120.16,"latitude":30.29,"value":102800' in page
    assert f'href="/group/cities/{HANGZHOU}"' in page
    only_tickets = text_of((await pages.get("/group/cities?segment=ticket")).text)
    assert "Hangzhou 1" in only_tickets


async def test_currencies_are_never_added(pages: httpx.AsyncClient, desk: Desk) -> None:
    await desk.book(want(LISBON_ROOM))
    await room_and_duck(desk)
    assert "Sales today 1,028 CNY" in text_of((await pages.get("/group")).text)
    store = text_of((await pages.get(f"/group/stores/{CASA_DA_LANTERNA}")).text)
    assert "EUR" in store
    assert "CNY" not in store
    stores = text_of((await pages.get("/group/stores")).text)
    assert "Casa da Lanterna Hotel Lantern Inns Hangzhou Own 1 130.86 EUR" in stores


async def test_stores_are_narrowed(pages: httpx.AsyncClient) -> None:
    for query, count in (
        ("", 6), ("segment=hotel", 2), ("run=franchised", 2), (f"brand={LANTERN_BRAND}", 3),
        (f"city={HANGZHOU}&segment=dining", 1), ("q=GATE", 1), ("q=灯笼客栈", 1),
        ("segment=&brand=&city=&run=&q=", 6), ("city=999999", 0),
    ):  # fmt: skip
        page = (await pages.get(f"/group/stores?{query}")).text
        assert len(re.findall(r'<td class="is-title"', page)) == count, query


async def test_a_store_says_where_it_stands(pages: httpx.AsyncClient) -> None:
    page = text_of((await pages.get(f"/group/stores/{LANTERN_INN}")).text)
    assert "Lantern Inns · Hangzhou · run by Lantern · Asia/Shanghai" in page
    assert "Legal entity Lantern Hotels 2020-01-01 –" in page
    assert "Principal every channel 10.0% the platform" in page
    assert "Garden Room Flexible Card free until 24 hours before, then 50%" in page
    assert "500.00 – 666.00 500.00 CNY" in page, "weekends cost more; today is a Monday"


async def test_a_hotel_day_by_day(pages: httpx.AsyncClient, desk: Desk, clock: SetClock) -> None:
    order = await room_and_duck(desk)
    address = f"/group/stores/{LANTERN_INN}"
    arrival = text_of((await pages.get(f"{address}?day=2026-06-20")).text)
    assert "In house 1 1 guest Arrivals 1 Departures 0 Occupancy 20.0% 1 of 5 rooms" in arrival
    assert "Value of the night 450 CNY 450.00 a room" in arrival
    leaving = (await pages.get(f"{address}?day=2026-06-22")).text
    assert "Departures 1" in text_of(leaving)
    assert f"/group/orders/{order}" in leaving
    today = (await pages.get(address)).text
    assert 'value="2026-06-01"' in today, "there is business around today"
    clock.forward(days=90)
    later = (await pages.get(address)).text
    assert 'value="2026-06-20"' in later, "there is none any more: the last day there was"


async def test_the_day_alone_for_the_slider(pages: httpx.AsyncClient, desk: Desk) -> None:
    await room_and_duck(desk)
    answer = await pages.get(
        f"/group/stores/{LANTERN_INN}?day=2026-06-20", headers={"hx-request": "true"}
    )
    assert "<html" not in answer.text
    assert 'class="house-day"' in answer.text
    assert answer.headers["vary"] == "HX-Request"


async def test_orders_are_narrowed_and_their_pages_turned(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    first = await room_and_duck(desk)
    for _ in range(55):
        clock.forward(seconds=1)
        await desk.book(want(DINNER, minute=1110) if _ < 2 else want(ADMISSION, minute=600))
        clock.forward(hours=1)
    seen: list[str] = []
    address = "/group/orders"
    for _ in range(2):
        page = (await pages.get(address)).text
        seen += re.findall(r'is-title"><a href="(/group/orders/\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following.group(1).replace("&amp;", "&") if following else ""
    assert address == ""
    assert len(seen) == len(set(seen)) == 56
    assert seen[-1] == f"/group/orders/{first}", "the latest come first"
    for query, count in (
        (f"store={LANTERN_INN}", 3), ("state=confirmed", 1), ("channel=desk", 0),
        (f"city={HANGZHOU}&until=2026-05-31", 0), ("since=2026-06-01&until=2026-06-01", 15),
    ):  # fmt: skip
        page = (await pages.get(f"/group/orders?{query}")).text
        assert len(re.findall(r'<td class="is-title"', page)) == count, query


async def test_an_order_and_its_folio_tie_to_the_cent(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    booked = await desk.book(want(ROOM_PREPAID, nights=2), want(ROOM_FLEXIBLE))
    confirmed = await desk.ask(booked.order_id)
    await desk.answer(confirmed.payment_id)
    address = f"/group/orders/{booked.order_id}"
    page = text_of((await pages.get(address)).text)
    assert "Settled 900.00 CNY Stands as a deposit 900.00 CNY Still owed by the guest 0.00" in page
    assert "What a cancellation would do" in page
    clock.set(at(22, 12))
    await desk.fulfil(booked.order_id)
    page = text_of((await pages.get(address)).text)
    assert "Stands as a deposit 0.00 CNY Still owed by the guest 666.00 CNY" in page
    assert "What a cancellation would do" not in page
    await desk.collect(booked.order_id, method="till")
    page = text_of((await pages.get(address)).text)
    assert "Settled 1,566.00 CNY" in page
    assert "Still owed by the guest 0.00 CNY" in page
    assert "Payment sandbox Succeeded" in page


async def test_what_is_looked_for_is_found(pages: httpx.AsyncClient, desk: Desk) -> None:
    order = await room_and_duck(desk)
    number = f"O{order:09d}"
    for text in (number, number.lower(), f"{number}-2", str(order)):
        answer = await pages.get("/group/search", params={"q": text})
        assert answer.headers.get("location") == f"/group/orders/{order}", text
    for text, found in (
        ("duck shop", "/group/stores/52"), ("杭州", f"/group/cities/{HANGZHOU}"),
        ("灯笼之家", f"/group/stores/{CASA_DA_LANTERNA}"), ("s1", f"/group/stores/{LAKESIDE_GATE}"),
    ):  # fmt: skip
        answer = await pages.get("/group/search", params={"q": text})
        assert found in (answer.headers.get("location") or answer.text), text
    assert "Nothing found" in (await pages.get("/group/search?q=100%25_\\")).text


async def test_whoever_sees_a_part_of_an_order_finds_it_by_its_number(
    pages: httpx.AsyncClient, house: House, desk: Desk
) -> None:
    order = await room_and_duck(desk)
    await sign_in_as(pages, house, role_on("brand_manager", DUCK_BRAND))
    number = f"O{order:09d}"
    for text in (number, number.lower(), f"{number}-2", str(order)):
        answer = await pages.get("/group/search", params={"q": text})
        assert answer.headers.get("location") == f"/group/orders/{order}", text
    await sign_in_as(pages, house, role_on("brand_manager", LAKESIDE_BRAND))
    for text in (number, f"{number}-1", f"{number}-2", str(order), str(2**63), "O999999999"):
        assert "Nothing found" in (await pages.get("/group/search", params={"q": text})).text, text


async def test_names_that_people_give_do_no_harm(pages: httpx.AsyncClient, desk: Desk) -> None:
    from msgspec import structs

    from tests.flows.desk import WANG_AT_WEB

    name = "</script><img src=x onerror=alert(1)>"
    party = structs.replace(WANG_AT_WEB, guest_name=name, channel='"><script>')
    booked = await desk.book(want(ROOM_FLEXIBLE, at(1).date()), party=party)
    for address in (
        f"/group/orders/{booked.order_id}", "/group", "/group/orders",
        f"/group/stores/{LANTERN_INN}", "/group/orders?channel=%22%3E%3Cscript%3E",
        "/group/search?q=%3Cscript%3E", "/group/stores?q=%22%3E%3Cscript%3E",
    ):  # fmt: skip
        page = (await pages.get(address)).text
        assert "<img" not in page
        assert "<script>" not in page
        Elements(page)


async def test_a_page_is_remembered_by_its_language(pages: httpx.AsyncClient) -> None:
    assert "今日销售额" in (await pages.get("/group?lang=zh-CN")).text
    assert "今日销售额" in (await pages.get("/group")).text


async def test_a_new_day_begins_at_midnight(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    await room_and_duck(desk)
    assert "Orders today 1" in text_of((await pages.get("/group")).text)
    clock.set(at(1) + timedelta(days=1, minutes=1))
    fresh = text_of((await pages.get("/group/stores")).text)
    assert "6 stores" in fresh
