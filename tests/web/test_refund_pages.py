"""Refunds that wait, as a page: for those alone who look after them, and decided by another."""

from pathlib import Path

import httpx
import pytest

from serai.cloud import Actor, Person, actor_of_person, grants_of
from serai.core import Refusal
from serai.flows import House, RoleOn, set_refund_bound
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.forms import send
from tests.web.visitors import come_in, sign_in_as
from tests.worlds import (
    ADMISSION,
    BOAT_TOUR,
    DUCK_BRAND,
    LAKESIDE_COMPANY,
    LANTERN_BRAND,
    LANTERN_INN,
    PLATFORM_ENTITY,
    ROOM_PREPAID,
)

PAGE = "/group/refunds"


async def acting(house: House, person: Person) -> Actor:
    return actor_of_person(person, await grants_of(house.database, [person.id]))


async def waits(desk: Desk, name: str = "lin-the-clerk") -> tuple[int, int]:
    """An order that a clerk has cancelled, and its refund."""
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    clerk = await come_in(
        desk.house, role_on("store_clerk", LANTERN_INN), name=name, display_name="Lin Clerk"
    )
    desk.actor = await acting(desk.house, clerk)
    await desk.cancel(order)
    return order, (await desk.payments(order))[-1].id


async def test_what_waits_is_shown_with_all_that_a_decision_needs(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    order, refund = await waits(desk)
    shown = (await pages.get(PAGE)).text
    for text in ("O00000", "Lin Clerk", "1,350.00", "The Lantern Inn", "Wang Min", "1,000.00"):
        assert text in shown, text
    assert f'href="/group/orders/{order}"' in shown
    assert f'action="{PAGE}/{refund}/decision"' in shown
    assert "1 waits for a second person" in shown
    chinese = (await pages.get(PAGE, params={"lang": "zh-CN"})).text
    assert "1 笔等待第二人批准" in chinese


async def test_nothing_waits(pages: httpx.AsyncClient) -> None:
    shown = (await pages.get(PAGE)).text
    assert "No refund waits" in shown
    assert "wait for a second person" not in (await pages.get("/group")).text


@pytest.mark.parametrize(
    ("decision", "notice", "status", "word"),
    [
        ("approve", "It was approved", "asked", "With the provider"),
        ("refuse", "It was refused", "refused", "Refused"),
    ],
)
async def test_another_decides(
    pages: httpx.AsyncClient, desk: Desk, decision: str, notice: str, status: str, word: str
) -> None:
    order, refund = await waits(desk)
    action = f"{PAGE}/{refund}/decision"
    shown = (await pages.get(PAGE)).text
    answer = await send(pages, shown, action, {"decision": decision})
    assert answer.status_code == 303
    after = (await pages.get(answer.headers["location"])).text
    assert notice in after
    assert word in after
    assert "No refund waits" in after
    assert (await desk.payments(order))[-1].status == status
    again = await send(pages, shown, action, {"decision": decision})
    assert again.status_code == 303, "the same form is done once"
    other = {"decision": decision, "key": "0" * 32}
    late = await send(pages, shown, action, other)
    assert late.status_code == 409
    assert "Somebody else has decided this refund already" in late.text


async def test_whoever_asked_sees_it_and_does_not_decide(
    desk: Desk, house: House, tmp_path: Path
) -> None:
    async with open_pages(house, tmp_path) as pages:
        manager = await sign_in_as(pages, house, role_on("brand_manager"))
        order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
        desk.actor = await acting(house, manager)
        await desk.cancel(order)
        refund = (await desk.payments(order))[-1]
        shown = (await pages.get(PAGE)).text
        assert "A colleague decides this." in shown
        assert "<form" not in shown.split("refunds-waiting")[1].split("</table>")[0]
        form = {
            "decision": "approve", "key": "1" * 32,
            "_csrf_token": pages.cookies["serai_csrf"],
        }  # fmt: skip
        answer = await pages.post(f"{PAGE}/{refund.id}/decision", data=form)
        assert answer.status_code == 409
        assert "You asked for this refund" in answer.text
        assert (await desk.payments(order))[-1].status == "waiting"


async def test_what_was_declined_is_asked_for_again(pages: httpx.AsyncClient, desk: Desk) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID))
    await desk.cancel(order)
    refund = (await desk.payments(order))[-1].id
    action = f"{PAGE}/{refund}/repetition"
    assert action not in (await pages.get(PAGE)).text
    await desk.answer(refund, "declined")
    shown = (await pages.get(PAGE)).text
    answer = await send(pages, shown, action, {})
    assert answer.status_code == 303
    after = (await pages.get(answer.headers["location"])).text
    assert "It is asked for again" in after
    assert "Asked for again" in after
    assert action not in after
    assert [one.status for one in await desk.payments(order)] == ["succeeded", "declined", "asked"]
    again = await send(pages, shown, action, {})
    assert again.status_code == 303, "the same form is done once"
    late = await send(pages, shown, action, {"key": "0" * 32})
    assert late.status_code == 409
    assert "This refund was asked for again already" in late.text
    traced = (await pages.get(f"/group/orders/{order}/trace")).text
    assert "Refund asked for again" in traced


async def test_what_was_refused_waits_again(pages: httpx.AsyncClient, desk: Desk) -> None:
    order, refund = await waits(desk)
    decided = await send(
        pages, (await pages.get(PAGE)).text, f"{PAGE}/{refund}/decision", {"decision": "refuse"}
    )
    assert decided.status_code == 303
    shown = (await pages.get(PAGE)).text
    answer = await send(pages, shown, f"{PAGE}/{refund}/repetition", {})
    after = (await pages.get(answer.headers["location"])).text
    assert "It waits for a second person, above." in after
    assert "A second person has refused it before." in after
    assert "A colleague decides this." in after
    assert (await desk.payments(order))[-1].status == "waiting"


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        (role_on("brand_manager", LANTERN_BRAND), True),
        (role_on("entity_finance", PLATFORM_ENTITY), True),
        (role_on("group_finance"), True),
        (role_on("brand_manager", DUCK_BRAND), False),
        (role_on("entity_finance", LAKESIDE_COMPANY), False),
    ],
)
async def test_who_looks_after_it(
    desk: Desk, house: House, tmp_path: Path, role: RoleOn, *, sees: bool
) -> None:
    _, refund = await waits(desk)
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role)
        shown = (await pages.get(PAGE)).text
        assert ("Lin Clerk" in shown) == sees
        noticed = "1 refund waits for a second person" in (await pages.get("/group")).text
        assert noticed == sees
        form = {
            "decision": "approve", "key": "1" * 32,
            "_csrf_token": pages.cookies["serai_csrf"],
        }  # fmt: skip
        answer = await pages.post(f"{PAGE}/{refund}/decision", data=form)
        assert answer.status_code == (303 if sees else 404)


async def test_a_company_pays_back_for_stores_that_are_not_its_own(
    desk: Desk, house: House, tmp_path: Path
) -> None:
    """The platform has collected it: its finance decides, and does not open the order."""
    order = await desk.confirmed(
        want(ADMISSION, quantity=10, minute=540), want(BOAT_TOUR, minute=570, quantity=2)
    )
    manager = await come_in(house, role_on("group_controller"), display_name="Lin Chief")
    desk.actor = await acting(house, manager)
    await desk.cancel(order)
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("entity_finance", PLATFORM_ENTITY))
        shown = (await pages.get(PAGE)).text
        assert "Lakeside Gate" in shown
        assert "1,336.00" in shown
        assert f'href="/group/orders/{order}"' not in shown
        assert "Wang Min" not in shown


async def test_a_form_says_which_of_two(pages: httpx.AsyncClient, desk: Desk) -> None:
    order, refund = await waits(desk)
    shown = (await pages.get(PAGE)).text
    for decision in ("", "maybe"):
        answer = await send(pages, shown, f"{PAGE}/{refund}/decision", {"decision": decision})
        assert answer.status_code == 400
    assert (await desk.payments(order))[-1].status == "waiting"


async def test_the_order_and_its_cancellation_say_that_it_waits(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, nights=3))
    before = (await pages.get(f"/group/orders/{order}/cancellation")).text
    assert "once a second person agrees" in before
    lines = [str(line.id) for line in await desk.lines(order)]
    action = f"/group/orders/{order}/cancellation"
    answer = await send(pages, before, action, {"line": lines})
    after = (await pages.get(answer.headers["location"])).text
    assert "once a second person agrees" in after
    shown = (await pages.get(f"/group/orders/{order}")).text
    assert "A refund waits for a second person" in shown
    assert "Waits for a second person" in shown
    traced = (await pages.get(f"/group/orders/{order}/trace")).text
    assert "waits to be paid back until a second person agrees" in traced


async def test_a_clerk_of_the_brand_sees_on_the_order_that_it_waits(
    desk: Desk, house: House, tmp_path: Path
) -> None:
    order, _ = await waits(desk)
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("store_clerk", LANTERN_INN))
        shown = (await pages.get(f"/group/orders/{order}")).text
        assert "A refund waits for a second person" in shown
        assert "/group/refunds" not in shown
        assert (await pages.get(PAGE)).status_code == 404


async def test_the_bound_of_a_company(pages: httpx.AsyncClient, house: House) -> None:
    address = f"/admin/organisation/entity/{PLATFORM_ENTITY}"
    action = f"/admin/organisation/refunds-alone/{PLATFORM_ENTITY}"
    shown = (await pages.get(address)).text
    assert 'value="1000.00"' in shown
    answer = await send(pages, shown, action, {"alone": "2,500.50"})
    assert answer.headers["location"] == f"{address}?done=bound"
    assert "It is done." in (await pages.get(answer.headers["location"])).text
    entity = (await house.organisation()).entities[PLATFORM_ENTITY]
    assert entity.refunds_alone_minor == 250_050
    for wrong in ("", "-1", "1.005", "many", "NaN", "1e30", "9e999999", "99999999999.00"):
        answer = await send(pages, (await pages.get(address)).text, action, {"alone": wrong})
        assert answer.status_code == 422, wrong
        assert "bound_out_of_range" in answer.text
    entity = (await house.organisation()).entities[PLATFORM_ENTITY]
    assert entity.refunds_alone_minor == 250_050


async def test_what_it_may_come_to_in_a_day(pages: httpx.AsyncClient, house: House) -> None:
    address = f"/admin/organisation/entity/{PLATFORM_ENTITY}"
    action = f"/admin/organisation/refunds-alone/{PLATFORM_ENTITY}"
    shown = (await pages.get(address)).text
    assert 'value="10000.00"' in shown
    answer = await send(pages, shown, action, {"alone": "500", "day": "4,000.00"})
    assert answer.headers["location"] == f"{address}?done=bound"
    entity = (await house.organisation()).entities[PLATFORM_ENTITY]
    assert (entity.refunds_alone_minor, entity.refunds_day_minor) == (50_000, 400_000)
    answer = await send(pages, (await pages.get(address)).text, action, {"alone": "500", "day": ""})
    assert answer.status_code == 422


async def test_it_says_how_much_has_gone_today_and_from_where_on_it_waits(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    day = await set_refund_bound(desk.house, desk.by(), PLATFORM_ENTITY, 100_000, 60_000)
    assert not isinstance(day, Refusal)
    first, second = [await desk.confirmed(want(ROOM_PREPAID)) for _ in range(2)]
    for order in (first, second):
        action = f"/group/orders/{order}/cancellation"
        shown = (await pages.get(action)).text
        lines = [str(line.id) for line in await desk.lines(order)]
        answer = await send(pages, shown, action, {"line": lines})
    words = "You have paid back 450.00 CNY alone in the last 24 hours; above 600.00 CNY"
    after = (await pages.get(answer.headers["location"])).text
    assert words in shown
    assert words in after
    chinese = (await pages.get(f"{answer.headers['location']}&lang=zh-CN")).text
    assert "过去 24 小时内您已单独退还" in chinese
    assert "The same person has paid back" in (await pages.get(PAGE, params={"lang": "en"})).text


async def test_a_companys_finance_reads_the_bound_and_does_not_set_it(
    house: House, tmp_path: Path
) -> None:
    address = f"/admin/organisation/entity/{PLATFORM_ENTITY}"
    async with open_pages(house, tmp_path) as pages:
        await sign_in_as(pages, house, role_on("entity_finance", PLATFORM_ENTITY))
        shown = (await pages.get(address)).text
        assert "What one person pays back alone" in shown
        assert "refunds-alone/" not in shown
