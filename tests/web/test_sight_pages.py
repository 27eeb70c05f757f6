"""The console of a part of the house: what moves there, and nothing of its neighbours."""

import asyncio
import json

from serai.cloud import ROLES, Actor, Holding, Node
from serai.flows import House
from serai.web.group.console import Console
from serai.web.group.live import stream
from tests.flows.desk import Desk, want
from tests.worlds import DUCK, DUCK_BRAND, ROOM_FLEXIBLE

PATIENCE_SECONDS = 20


def text_of(data: object) -> str:
    return data.decode() if isinstance(data, bytes) else str(data)


async def brand_console(house: House, whole: Console) -> Console:
    """The console of the duck shop's brand."""
    rights = ROLES["brand_manager"].rights
    actor = Actor("ducks", holdings=(Holding(Node("brand", DUCK_BRAND), rights),))
    seen = await house.seen_by(actor, "figures.read")
    return Console(seen, seen, whole)


async def test_the_stream_of_a_brand_tells_its_own_alone(house: House, desk: Desk) -> None:
    whole = Console(house)
    async with whole.pulse.beating(), asyncio.timeout(PATIENCE_SECONDS):
        console = await brand_console(house, whole)
        heard: list[str] = []
        async for message in stream(console, "en"):
            if message.event == "figures" and not heard:
                shown = json.loads(text_of(message.data))
                assert shown["orders"] == "0"
                assert "events" not in shown
                await desk.book(want(ROOM_FLEXIBLE))
                await desk.book(want(DUCK))
                heard.append("figures")
            elif message.event == "news":
                heard.append(text_of(message.data))
                break
    assert "The Duck Shop is booked" in heard[1]
    assert "Lantern Inn" not in heard[1]


async def test_figures_of_a_brand_are_its_own_and_kept_apart(house: House, desk: Desk) -> None:
    await desk.book(want(ROOM_FLEXIBLE))
    await desk.book(want(DUCK))
    whole = Console(house)
    console = await brand_console(house, whole)
    assert (await whole.figures.get()).today.orders == 2
    assert (await console.figures.get()).today.orders == 1
    assert (await whole.figures.get()).today.orders == 2
    month = await console.month.get()
    assert len(month.by_store) == 1
