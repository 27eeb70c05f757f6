"""The pages of an order whose booking went over to another company with its store."""

from datetime import date
from pathlib import Path

import httpx
import pytest

from serai.flows import House, move_store
from tests.flows.desk import Desk, done, want
from tests.people import role_on
from tests.web.conftest import open_pages
from tests.web.visitors import sign_in_as
from tests.worlds import (
    LAKESIDE_COMPANY,
    LANTERN_COMPANY,
    LANTERN_INN,
    PLATFORM_ENTITY,
    ROOM_PREPAID,
)

NIGHT, TODAY = date(2026, 6, 8), date(2026, 6, 1)


async def asked_by_finance_of(
    company: int, house: House, home: Path, *addresses: str
) -> list[httpx.Response]:
    async with open_pages(house, home) as client:
        await sign_in_as(client, house, role_on("entity_finance", company))
        return [await client.get(address) for address in addresses]


@pytest.mark.parametrize("company", [LAKESIDE_COMPANY, LANTERN_COMPANY])
async def test_finance_of_both_companies_opens_the_order(
    house: House, desk: Desk, tmp_path: Path, company: int
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY))
    number = (await desk.file(order)).bookings[0].number
    page, found = await asked_by_finance_of(
        company, house, tmp_path, f"/group/orders/{order}", "/group/orders"
    )
    assert page.status_code == 200
    assert number in page.text
    assert "Lantern Inn" in page.text
    assert f"/group/orders/{order}" in found.text


async def test_finance_of_neither_company_finds_no_such_order(
    house: House, desk: Desk, tmp_path: Path
) -> None:
    order = await desk.confirmed(want(ROOM_PREPAID, NIGHT))
    address = f"/group/orders/{order}"
    (before,) = await asked_by_finance_of(LAKESIDE_COMPANY, house, tmp_path, address)
    assert before.status_code == 404
    done(await move_store(house, desk.by(), LANTERN_INN, "entity", LAKESIDE_COMPANY, TODAY))
    (other,) = await asked_by_finance_of(PLATFORM_ENTITY, house, tmp_path, address)
    assert other.status_code == 404
