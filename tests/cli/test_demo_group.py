"""The demo group as it is founded: nodes, agreements, prices, and a second start."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import pytest_asyncio

from serai.cli.demo.founding import AnotherDemo, find_founding, found
from serai.core import Database, Ids
from serai.customers import read_details
from serai.flows import TABLES, House
from serai.ledger import Table, Writer
from serai.merchants import offers_of, price_on, read_plans, read_products, read_terms
from tests.cli.small_demo import SEED, SMALL, SmallDemo, found_small, quiet
from tests.houses import ring_of_tests


@pytest.fixture
def registered() -> Sequence[Table]:
    return TABLES


@pytest_asyncio.fixture
async def demo(database: Database, books: Writer) -> SmallDemo:
    return await found_small(House(database, books, Ids(database), ring=ring_of_tests()))


async def test_stores_stand_on_all_four_axes(demo: SmallDemo) -> None:
    organisation = await demo.house.organisation()
    assert len(organisation.stores) == 30
    assert len(organisation.brands) == 6
    assert len(organisation.entities) == 20
    for store in organisation.stores.values():
        place = organisation.place(store.id, demo.founding.anchor.date())
        assert place is not None
        assert place.entity.code.startswith("PR-" if place.operator.own else "FR-")
        assert abs(place.city.latitude - store.latitude) < 0.3


async def test_own_stores_are_principals_and_franchised_ones_agents(demo: SmallDemo) -> None:
    organisation = await demo.house.organisation()
    day = demo.founding.anchor.date()
    kinds = set()
    for row in await read_terms(demo.house.database, list(organisation.stores)):
        place = organisation.place(row.store_id, day)
        assert place is not None
        assert row.kind == ("principal" if place.operator.own else "agent")
        assert 500 <= row.commission_bp <= 2_100
        kinds.add(row.kind)
    assert kinds == {"principal", "agent"}


async def test_offers_are_on_sale_for_the_coming_sixty_days(demo: SmallDemo) -> None:
    database, today = demo.house.database, demo.founding.anchor.date()
    offers = await offers_of(database, [shop.store.id for shop in demo.market.shops.values()])
    assert offers
    for offer in offers:
        for ahead in range(61):
            price = price_on(offer, today + timedelta(days=ahead))
            assert 500 <= (price or 0) <= 500_000_00


async def test_hotels_sell_two_to_four_room_types_under_several_plans(demo: SmallDemo) -> None:
    database = demo.house.database
    hotels = [shop for shop in demo.market.shops.values() if shop.store.segment == "hotel"]
    offers = await offers_of(database, [hotel.store.id for hotel in hotels])
    products = await read_products(database, [offer.product_id for offer in offers])
    plans = await read_plans(database, [offer.plan_id for offer in offers])
    assert hotels
    for hotel in hotels:
        own = [offer for offer in offers if offer.store_id == hotel.store.id]
        assert 2 <= len({products[offer.product_id].code for offer in own}) <= 4
        assert {"card", "prepaid", "company"} <= {plans[offer.plan_id].guarantee for offer in own}


async def test_a_second_start_finds_the_group_and_enters_nothing(demo: SmallDemo) -> None:
    position = demo.house.books.position
    assert await found(demo.house, SEED, SMALL, quiet) == demo.founding
    assert demo.house.books.position == position
    assert await find_founding(demo.house) == demo.founding


async def test_another_seed_is_refused_with_a_sentence(demo: SmallDemo) -> None:
    with pytest.raises(AnotherDemo, match="seed 7"):
        await found(demo.house, 8, SMALL, quiet)


async def test_everybody_can_be_reached_and_by_nobodys_number(demo: SmallDemo) -> None:
    crowd = demo.crowd
    everybody = [*crowd.people, *crowd.companies, *crowd.agents]
    assert len(everybody) == 70
    numbers = set()
    for one in everybody:
        known = await read_details(demo.house.database, demo.house.ring, one.id)
        assert known.phone is not None
        assert known.email is not None
        assert known.phone.number.startswith("+3363998")
        assert known.email.address == f"{one.code.casefold()}@example.com"
        numbers.add(known.phone.number)
    assert len(numbers) == len(everybody)
