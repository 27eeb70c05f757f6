"""Whoever has a role on every node is shown what the group is shown, and not less of it.

The tests of isolation find what is shown to others; this finds what is kept from those whose it is.
"""

import re
from collections import Counter
from pathlib import Path

import httpx
import pytest

from serai.cloud import read_organisation
from serai.flows import House, RoleOn
from tests.flows.clock import SetClock, at
from tests.flows.desk import Desk, want
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.test_books_pages import two_days
from tests.web.test_group_pages import room_and_duck, text_of
from tests.web.visitors import sign_in_as
from tests.worlds import LANTERN_BRAND, LANTERN_INN, OWN_OPERATOR, ROOM_FLEXIBLE, ROOM_PREPAID

BEGINNINGS = (
    "/group/books", "/group/orders", "/group/brands", "/group/cities", "/group/stores",
    "/group/refunds",
)  # fmt: skip
OF_EACH_KIND = 4
TOLD_APART = (
    "A guest who is here",
    "Trace",
    "No payment provider was asked for this order.",
    "Payments are made for the whole order, and listed for the company that collects them. "
    "What has reached these bookings stands in their folios.",
)
"""Buttons to what is for those alone who may do everything; and what is said where no payments are
listed: whoever does not see the whole order is not told that there are none."""
LINK = re.compile(r'href="(/group/[^"#]*)"')
PLACE = re.compile(r"\d+")
BOOKING = re.compile(r"The Lantern Inn Hotel .*?(?= Payments)")


async def test_a_role_on_every_node_is_shown_what_the_group_is(
    pages: httpx.AsyncClient, house: House, desk: Desk, clock: SetClock, tmp_path: Path
) -> None:
    await two_days(desk, clock)
    await room_and_duck(desk)
    await desk.book(want(ROOM_FLEXIBLE), want(ROOM_PREPAID))
    tried: Counter[str] = Counter()
    async with open_pages(house, tmp_path) as part:
        await sign_in_as(part, house, *await roles_on_all(house))
        waiting = list(BEGINNINGS)
        seen = set(waiting)
        while waiting:
            address = waiting.pop(0)
            answer = await part.get(address)
            if answer.status_code in (302, 404):
                continue  # it is not for them: the tests of isolation say what is
            assert answer.status_code == 200, address
            kind = PLACE.sub("0", address.split("?")[0])
            tried[kind] += 1
            assert shown(answer) == shown(await pages.get(address)), address
            for found in LINK.findall(answer.text):
                link = found.replace("&amp;", "&")
                new = link not in seen and "lang=" not in link and "sort=" not in link
                if new and tried[PLACE.sub("0", link.split("?")[0])] < OF_EACH_KIND:
                    seen.add(link)
                    waiting.append(link)
    for kind in ("/group/books/0", "/group/books/accounts/0", "/group/orders/0", "/group/stores/0"):
        assert tried[kind] >= 2, kind


@pytest.mark.parametrize(
    "role",
    [
        role_on("brand_manager", LANTERN_BRAND), role_on("operator_manager", OWN_OPERATOR),
        role_on("store_manager", LANTERN_INN), role_on("store_clerk", LANTERN_INN),
    ],
    ids=lambda role: role.role,
)  # fmt: skip
async def test_a_desk_is_shown_the_whole_folio_of_its_own_order(
    pages: httpx.AsyncClient, house: House, desk: Desk, clock: SetClock, tmp_path: Path,
    role: RoleOn,
) -> None:  # fmt: skip
    paid = await desk.confirmed(want(ROOM_PREPAID, nights=2))
    owing = await desk.confirmed(want(ROOM_FLEXIBLE))
    stayed = await desk.confirmed(want(ROOM_FLEXIBLE))
    clock.set(at(22, 12))
    await desk.fulfil(stayed)
    await desk.collect(stayed)
    async with open_pages(house, tmp_path) as part:
        await sign_in_as(part, house, role)
        for order in (paid, owing, stayed):
            address = f"/group/orders/{order}"
            (theirs,) = BOOKING.findall(shown(await part.get(address)))
            (groups,) = BOOKING.findall(shown(await pages.get(address)))
            assert theirs == groups


async def roles_on_all(house: House) -> list[RoleOn]:
    """What leaves out nothing but the group itself."""
    nodes = await read_organisation(house.database)
    assert nodes is not None
    return [
        *(role_on("brand_manager", id) for id in nodes.brands),
        *(role_on("entity_finance", id) for id in nodes.entities),
        *(role_on("operator_manager", id) for id in nodes.operators),
        *(role_on("city_officer", id) for id in nodes.cities),
    ]


def shown(answer: httpx.Response) -> str:
    """The words of the page's body, without its heading and what the group alone may do."""
    (body,) = re.findall(r"<main.*?</main>", answer.text, re.DOTALL)
    text = text_of(body)
    for words in TOLD_APART:
        text = text.replace(words, "")
    return " ".join(text.split())
