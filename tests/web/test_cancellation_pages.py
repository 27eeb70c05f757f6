"""A cancellation is shown before it is done, and done once."""

import re

import httpx

from tests.flows.clock import SetClock
from tests.flows.desk import Desk, want
from tests.web.forms import hidden_of, send
from tests.web.test_group_pages import text_of
from tests.worlds import ADMISSION, DUCK, ROOM_PREPAID


async def late(desk: Desk, clock: SetClock) -> int:
    """A room of 900.00 that is kept whole when it is cancelled late, and an admission of 80.00."""
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2), want(ADMISSION, minute=600))
    clock.forward(days=18)
    return order


async def test_the_preview_tells_what_the_deed_then_does(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await late(desk, clock)
    address = f"/group/orders/{order}/cancellation"
    before = await pages.get(address)
    shown = text_of(before.text)
    assert "Nothing is done yet." in shown
    assert "Kept as a fee 900.00 CNY Goes back to the customer 80.00 CNY" in shown
    previewed = re.search(r"Transfers (\d+) all of them, or none", shown)
    assert previewed
    assert await desk.states(order) == ["confirmed", "confirmed"]

    lines = [str(line.id) for line in await desk.lines(order)]
    sent = await send(pages, before.text, address, {"line": lines})
    assert sent.status_code == 303
    after = text_of((await pages.get(sent.headers["location"])).text)
    assert "It is done." in after
    assert "Kept as a fee 900.00 CNY Goes back to the customer 80.00 CNY" in after
    assert f"Transfers {previewed.group(1)} all of them, or none" in after
    assert await desk.states(order) == ["cancelled", "cancelled"]


async def test_some_lines_are_previewed_and_cancelled(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await late(desk, clock)
    address = f"/group/orders/{order}/cancellation"
    _, admission = await desk.lines(order)
    part = await pages.get(f"{address}?line={admission.id}", headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "Kept as a fee 0.00 CNY Goes back to the customer 80.00 CNY" in text_of(part.text)
    page = (await pages.get(address)).text
    sent = await send(pages, page, address, {"line": [str(admission.id)]})
    assert sent.status_code == 303
    assert await desk.states(order) == ["confirmed", "cancelled"]
    done = await pages.get(sent.headers["location"])
    assert "Cancel other lines" in done.text


async def test_a_form_that_is_sent_twice_cancels_once(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await late(desk, clock)
    address = f"/group/orders/{order}/cancellation"
    page = (await pages.get(address)).text
    lines = [str(line.id) for line in await desk.lines(order)]
    first = await send(pages, page, address, {"line": lines})
    second = await send(pages, page, address, {"line": lines})
    assert first.headers["location"] == second.headers["location"]
    assert len(await desk.payments(order)) == 2


async def test_refusals_are_said_in_words(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    order = await late(desk, clock)
    address = f"/group/orders/{order}/cancellation"
    page = (await pages.get(address)).text
    lines = [str(line.id) for line in await desk.lines(order)]
    await desk.cancel(order)
    answer = await send(pages, page, address, {"line": lines})
    assert answer.status_code == 409
    assert "One of these lines is cancelled already." in answer.text
    assert "line_cancelled" in answer.text
    chinese = await pages.post(
        f"{address}?lang=zh-CN", data={**hidden_of(page, address), "key": "0" * 32, "line": lines}
    )
    assert "所选行中有已取消的。" in chinese.text
    assert "Nothing can be cancelled" in (await pages.get(f"{address}?lang=en")).text


async def test_nothing_is_cancelled_without_a_line_a_token_or_a_key(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    order = await desk.confirmed(want(DUCK))
    address = f"/group/orders/{order}/cancellation"
    page = (await pages.get(address)).text
    (line,) = await desk.lines(order)
    assert "No line is chosen." in (await send(pages, page, address, {})).text
    empty = await pages.get(f"{address}?key={'0' * 32}", headers={"hx-request": "true"})
    assert "No line is chosen." in empty.text
    forged = await pages.post(address, data={"line": str(line.id), "key": "0" * 32})
    assert forged.status_code == 403
    for fault in ({"key": "x"}, {"line": "x"}, {"line": str(2**64)}):
        answer = await send(pages, page, address, {"line": str(line.id), **fault})
        assert answer.status_code == 400, fault
    assert await desk.states(order) == ["confirmed"]
