"""Orders by chance over the Lantern world, several deeds at once, against a naive model.

A failure names its seed: `pytest tests/simulation/test_orders.py -k "seed-2"`.
"""

import pytest

from serai.cloud import PLATFORM
from serai.core import DatabaseUrls, open_database
from serai.flows import TABLES, BoundSet, By, audit, house_of_writer, set_refund_bound
from serai.ledger import open_writer
from tests.flows.clock import SetClock
from tests.simulation.orders_deeds import A_DAY, ALONE
from tests.simulation.orders_play import Play
from tests.worlds import found_lantern_group, found_neighbours

seeds = pytest.mark.parametrize("seed", range(1, 4), ids=lambda seed: f"seed-{seed}")


@seeds
async def test_many_deeds_at_once(urls: DatabaseUrls, seed: int) -> None:
    clock = SetClock()
    async with (
        open_writer(urls.writer, TABLES, clock) as writer,
        open_database(urls.platform) as database,
    ):
        house = house_of_writer(database, writer, clock)
        await found_lantern_group(house)
        await found_neighbours(house)
        for entity in (await house.organisation()).entities:
            by = By(PLATFORM, f"bound-{entity}")
            bound = await set_refund_bound(house, by, entity, ALONE, A_DAY)
            assert isinstance(bound, BoundSet)
        play = Play(house, clock, seed)
        await play.rounds(240)
    assert min(play.names["done"], play.names["booked"]) > 20, play.names
    assert play.names["approved"] + play.names["refused"] > 0, play.names
    assert play.names["asked_again"] > 0, play.names
    assert not [finding for finding in await audit(urls.platform) if finding.failed]
