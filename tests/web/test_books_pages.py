"""The books of the companies as of any day, down to accounts and transfers."""

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest

from serai.capital import OPEN_ITEM_ROLES
from serai.core.postgres import DatabaseUrls
from serai.flows import House
from serai.ledger import fold
from serai.web.languages import LANGUAGES
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.test_group_pages import text_of
from tests.web.test_pages import Elements
from tests.web.visitors import sign_in_as
from tests.worlds import (
    ADMISSION,
    DUCK,
    LAKESIDE_COMPANY,
    LANTERN_COMPANY,
    PLATFORM_ENTITY,
    ROOM_PREPAID,
)

FRAGMENT = {"hx-request": "true"}
LANTERN = f"/group/books/{LANTERN_COMPANY}"
PLATFORM = f"/group/books/{PLATFORM_ENTITY}"


async def two_days(desk: Desk, clock: SetClock) -> int:
    """On Monday a room for two nights (900.00) and an admission (80.00) are paid; on Tuesday a
    duck (128.00) is paid and handed over."""
    order = await desk.confirmed(want(ROOM_PREPAID, nights=2), want(ADMISSION, minute=600))
    clock.set(at(2, 11))
    duck = await desk.confirmed(want(DUCK, clock().date()))
    await desk.fulfil(duck)
    return order


async def in_both_states(urls: DatabaseUrls, check: Callable[[], Awaitable[None]]) -> None:
    """Before the journal is folded, and after it."""
    await check()
    await fold(urls.writer, OPEN_ITEM_ROLES)
    await check()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_books_are_whole_in_both_languages(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, language: str
) -> None:
    await two_days(desk, clock)
    for address in (
        "/group/books",
        LANTERN,
        f"{LANTERN}?tab=value",
        f"{LANTERN}?tab=goods",
        f"/group/books/{LAKESIDE_COMPANY}",
        f"{LANTERN}/roles/deposits",
        f"{LANTERN}/roles/on_the_books?unit=value:CNY",
        f"{LANTERN}/roles/sold?unit=room",
        f"{LANTERN}/roles/unheard_of",
        f"/group/books/{PLATFORM_ENTITY}/owed/{LANTERN_COMPANY}",
        f"/group/books/{LANTERN_COMPANY}/owed/{PLATFORM_ENTITY}",
    ):
        answer = await pages.get(address, headers={"cookie": f"serai_language={language}"})
        assert answer.status_code == 200, address
        page = Elements(answer.text)
        assert len([tag for tag, _ in page.found if tag == "h1"]) == 1, address
        ids = [found["id"] for _, found in page.found if "id" in found]
        assert len(ids) == len(set(ids)), address
        assert "is-broken" not in answer.text


async def test_a_trial_balance_is_that_of_its_day(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    await two_days(desk, clock)

    async def check() -> None:
        monday = text_of((await pages.get(f"{PLATFORM}?day=2026-06-01")).text)
        assert "As of the end of Monday 1 June 2026" in monday
        assert "Payment clearing 980.00" in monday
        assert "Due to 900.00" in monday
        assert "Debits equal credits 980.00 980.00" in monday
        assert "Revenue" not in monday
        tuesday = text_of((await pages.get(PLATFORM)).text)
        assert "Payment clearing 1,108.00" in tuesday
        assert "Revenue 113.27" in tuesday
        assert "Output tax 14.73" in tuesday

    await in_both_states(urls, check)


async def test_the_slider_brings_a_part_of_the_page_and_its_address(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock
) -> None:
    await two_days(desk, clock)
    answer = await pages.get(f"{PLATFORM}?tab=money&day=2026-06-01", headers=FRAGMENT)
    assert "<html" not in answer.text
    assert answer.headers["hx-replace-url"] == f"{PLATFORM}?tab=money&day=2026-06-01"
    assert "Debits equal credits" in answer.text
    answer = await pages.get("/group/books?day=2026-06-01", headers=FRAGMENT)
    assert answer.headers["hx-replace-url"] == "/group/books?day=2026-06-01"


async def test_deposits_are_their_bookings(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    order = await two_days(desk, clock)

    async def check() -> None:
        answer = await pages.get(LANTERN)
        page = text_of(answer.text)
        assert "Deposits Balance 900.00 CNY 1 booking 900.00 CNY" in page
        assert f'href="/group/orders/{order}/trace"' in answer.text
        role = text_of((await pages.get(f"{LANTERN}/roles/deposits")).text)
        assert "Deposits 900.00 CNY credit balance" in role
        assert "The Lantern Inn" in role

    await in_both_states(urls, check)


async def test_what_entities_owe_each_other_leads_to_both_accounts(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    await two_days(desk, clock)

    async def check() -> None:
        page = (await pages.get("/group/books")).text
        (link,) = set(re.findall(r'href="(/group/books/\d+/owed/\d+\?[^"]+)"', page))
        shown = await pages.get(link, headers=FRAGMENT)
        assert "data-open-now" in shown.text
        text = " ".join(re.sub(r"<[^>]+>", " ", shown.text).replace("&nbsp;", " ").split())
        assert "Lantern Platform owes Lantern Hotels" in text
        assert "due to 900.00 CNY = Lantern Hotels · due from 900.00 CNY" in text
        assert shown.text.count('class="transfer is-posted') == 1

    await in_both_states(urls, check)


async def test_a_statement_has_the_balance_after_each_transfer(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    await two_days(desk, clock)

    async def check() -> None:
        role = (await pages.get(f"{PLATFORM}/roles/payment_clearing")).text
        (link,) = set(re.findall(r'href="(/group/books/accounts/\d+\?[^"]+)"', role))
        page = text_of((await pages.get(link)).text)
        assert "Payment clearing 1,108.00 CNY debit balance" in page
        rows = re.findall(r"(2026-06-0\d) customer money \w+ O\d+ ([\d.,]+) – ([\d.,]+) CNY", page)
        assert rows == [
            ("2026-06-02", "128.00", "1,108.00"),
            ("2026-06-01", "980.00", "980.00"),
        ]
        monday = text_of((await pages.get(link.replace("2026-06-02", "2026-06-01"))).text)
        assert "Payment clearing 980.00 CNY debit balance" in monday

    await in_both_states(urls, check)


async def test_a_company_s_finance_reads_which_order_a_transfer_belongs_to(
    pages: httpx.AsyncClient, house: House, desk: Desk, clock: SetClock
) -> None:
    order = await two_days(desk, clock)
    await sign_in_as(pages, house, role_on("entity_finance", LANTERN_COMPANY))
    role = (await pages.get(f"{LANTERN}/roles/deposits")).text
    (link,) = set(re.findall(r'href="(/group/books/accounts/\d+\?[^"]+)"', role))
    page = text_of((await pages.get(link)).text)
    assert f"O{order:09d}" in page


async def test_a_long_statement_goes_on_where_it_ended(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serai.web.group.book_account.PAGE_ROWS", 2)
    for _ in range(5):
        await desk.confirmed(want(DUCK))
    role = (await pages.get(f"{PLATFORM}/roles/payment_clearing")).text
    (link,) = set(re.findall(r'href="(/group/books/accounts/\d+\?[^"]+)"', role))
    balances: list[str] = []
    while link:
        page = (await pages.get(link.replace("&amp;", "&"))).text
        balances += re.findall(r" – ([\d.,]+) CNY", text_of(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        link = found.group(1) if found else ""
    assert balances == ["640.00", "512.00", "384.00", "256.00", "128.00"]


async def test_goods_that_were_opened_are_somewhere(
    pages: httpx.AsyncClient, desk: Desk, clock: SetClock, urls: DatabaseUrls
) -> None:
    await two_days(desk, clock)

    async def check() -> None:
        page = text_of((await pages.get(f"{LANTERN}?tab=goods")).text)
        assert "room-nights 10 8 2 0 0 equal" in page
        duck = text_of((await pages.get(f"{PLATFORM}?tab=goods")).text)
        assert "items 50 49 0 1 0 equal" in duck

    await in_both_states(urls, check)


async def test_an_empty_book_says_so(pages: httpx.AsyncClient) -> None:
    assert "Nothing has moved yet" in (await pages.get(LANTERN)).text
    assert "Nothing is kept here" in (await pages.get(f"{LANTERN}?tab=goods")).text
    assert "Nobody owes anybody" in (await pages.get("/group/books")).text
    assert "nothing yet" in (await pages.get("/group/books")).text


async def test_days_and_companies_that_do_not_fit(pages: httpx.AsyncClient) -> None:
    for address in ("/group/books/999", "/group/books/accounts/999", f"/group/books/{2**64}"):
        assert (await pages.get(address)).status_code == 404, address
    for query in ("day=2026-02-30", "day=0001-01-01", "tab=gossip"):
        assert (await pages.get(f"{LANTERN}?{query}")).status_code == 400, query
    assert (await pages.get(f"{LANTERN}?day=2099-01-01")).status_code == 200
    answer = await pages.get(f"/group/books?company={LANTERN_COMPANY}")
    assert (answer.status_code, answer.headers["location"]) == (302, LANTERN)
