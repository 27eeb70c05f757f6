"""An order's trace: five timelines whose figures lead to their transfers."""

import re
from datetime import timedelta

import httpx
import pytest

from serai.web.languages import LANGUAGES
from tests.flows.clock import SetClock, at
from tests.flows.desk import STAY, Desk, want
from tests.web.test_group_pages import text_of
from tests.web.test_pages import Elements
from tests.worlds import ADMISSION, DINNER, DUCK, ROOM_PREPAID

FRAGMENT = {"hx-request": "true"}


async def traced(desk: Desk, clock: SetClock) -> int:
    """A room (900.00), an admission (80.00), a duck (128.00) and a table; the admission is
    cancelled for nothing, the duck handed over, the room and the table still to come."""
    order = await desk.confirmed(
        want(ROOM_PREPAID, nights=2), want(ADMISSION, minute=600), want(DUCK, clock().date()),
        want(DINNER, minute=1110),
    )  # fmt: skip
    lines = {line.offer_id: line.id for line in await desk.lines(order)}
    clock.forward(hours=1)
    await desk.cancel(order, [lines[ADMISSION]])
    clock.forward(hours=1)
    await desk.fulfil(order, lines=[lines[DUCK]])
    return order


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_trace_is_whole_in_both_languages(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, language: str
) -> None:
    order = await traced(desk, clock)
    held = (await desk.book(want(ROOM_PREPAID))).order_id
    for id in (order, held):
        for part in ("trace", "transfers"):
            answer = await pages.get(
                f"/group/orders/{id}/{part}", headers={"cookie": f"serai_language={language}"}
            )
            assert answer.status_code == 200, answer.text
            assert len([tag for tag, _ in Elements(answer.text).found if tag == "h1"]) == 1


async def test_what_was_agreed_is_shared_out_to_the_cent(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await traced(desk, clock)
    answer = await pages.get(f"/group/orders/{order}/trace")
    page = text_of(answer.text)
    assert "Agreed 1,307.00 CNY" in page
    assert "earned 128.00 CNY" in page
    assert "on the books 1,099.00 CNY" in page
    assert "cancelled 80.00 CNY" in page
    assert "The order = its charges, one by one 1,307.00" in page
    assert "Debits, Lantern Hotels = credits" in page
    assert 'class="is-broken"' not in answer.text


async def test_steps_stand_in_their_order_with_what_is_still_to_come(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await traced(desk, clock)
    page = (await pages.get(f"/group/orders/{order}/trace")).text
    titles = re.findall(r'<th scope="row"><b>([^<]+)</b>', page)
    assert titles == [
        "Ordered and held",
        "Payment asked for",
        "Paid and confirmed",
        "Cancelled",
        "Served",
        "To be served",
        "To be served",
    ]
    assert page.count('<tr class="is-ahead">') == 2


async def test_every_figure_leads_to_its_transfers(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await traced(desk, clock)
    page = (await pages.get(f"/group/orders/{order}/trace")).text
    links = set(re.findall(r'href="(/group/orders/\d+/transfers\?[^"]+)"', page))
    assert len(links) > 25
    for link in links:
        shown = (await pages.get(link.replace("&amp;", "&"), headers=FRAGMENT)).text
        assert "<html" not in shown
        assert "data-open-now" in shown
        assert 'class="transfer is-' in shown, link


async def test_a_figure_is_the_sum_of_its_transfers(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await traced(desk, clock)
    page = (await pages.get(f"/group/orders/{order}/trace")).text
    figure = re.search(
        r'available → sold</span> <a class="happening-figure" href="([^"]+)">'
        r'<span class="figure"><span class="figure-number">2</span>',
        page,
    )
    assert figure
    shown = await pages.get(figure.group(1).replace("&amp;", "&"), headers=FRAGMENT)
    days = [(STAY + timedelta(days=night)).isoformat() for night in range(2)]
    assert [day in shown.text for day in days] == [True, True]
    assert shown.text.count('class="transfer is-') == 2


async def test_a_hold_that_runs_out_says_so(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = (await desk.book(want(ROOM_PREPAID))).order_id
    assert "The hold runs out 2026-06-01 10:15" in text_of(
        (await pages.get(f"/group/orders/{order}/trace")).text
    )
    clock.set(at(2))
    assert "The hold runs out" not in (await pages.get(f"/group/orders/{order}/trace")).text


@pytest.mark.parametrize("part", ["trace", "transfers", "cancellation"])
async def test_an_unknown_order_has_no_trace(pages: httpx.AsyncClient, part: str) -> None:
    for id in (0, 999_999, 2**63 - 1, 2**64):
        answer = await pages.get(f"/group/orders/{id}/{part}")
        assert answer.status_code == 404
        assert "No such order" in answer.text


async def test_a_query_that_does_not_fit_is_named(pages: httpx.AsyncClient, desk: Desk) -> None:
    order = (await desk.book(want(DUCK))).order_id
    for query in ("step=-1", "flow=gossip", "payment=x", f"payment={2**64}"):
        answer = await pages.get(f"/group/orders/{order}/transfers?{query}")
        assert answer.status_code == 400, query
    answer = await pages.get(f"/group/orders/{order}/transfers?step=99")
    assert answer.status_code == 200
