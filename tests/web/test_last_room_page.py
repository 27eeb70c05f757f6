"""The last room, rehearsed from the page: one wins, 199 hear a named refusal, again and again."""

from pathlib import Path

import httpx

from serai.flows import House
from tests.flows.desk import Desk
from tests.web.conftest import signed_pages
from tests.web.forms import send
from tests.web.test_group_pages import text_of
from tests.web.test_pages import Elements

ADDRESS = "/group/last-room"


async def test_one_of_two_hundred_wins_as_often_as_it_is_run(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    page = (await pages.get(ADDRESS)).text
    assert page.count('class="gate gate-asked"') == 200
    for _ in range(2):
        answer = await send(pages, page, ADDRESS, {})
        assert answer.status_code == 200
        Elements(answer.text)
        assert answer.text.count('class="gate gate-won"') == 1
        assert answer.text.count('class="gate gate-refused"') == 199
        shown = text_of(answer.text)
        assert "Have the room 1 O0" in shown
        assert "Heard a named refusal 199" in shown
        assert "exceeds_credits There is not enough left of what this needs. 199" in shown


async def test_its_orders_are_listed_with_their_channel_in_words(
    pages: httpx.AsyncClient, desk: Desk
) -> None:
    page = (await pages.get(ADDRESS)).text
    await send(pages, page, ADDRESS, {})
    listed = text_of((await pages.get("/group/orders?channel=rehearsal&lang=zh-CN")).text)
    assert "演练" in listed
    assert "rehearsal" not in listed


async def test_an_empty_house_says_so(empty_house: House, tmp_path: Path) -> None:
    async with signed_pages(empty_house, tmp_path) as pages:
        answer = await pages.get(ADDRESS)
        assert "The house stands empty" in answer.text
        assert "Nothing has been read yet" in (await pages.get("/group/feeds")).text


async def test_nobody_rehearses_from_elsewhere(pages: httpx.AsyncClient) -> None:
    assert "最后一间房" in (await pages.get(f"{ADDRESS}?lang=zh-CN")).text
    assert (await pages.post(ADDRESS, data={})).status_code == 403
