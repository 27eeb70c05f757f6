"""200 buyers at once for the last room."""

import asyncio
from collections import Counter
from datetime import timedelta

from serai.cloud import PLATFORM
from serai.core import Refusal
from serai.flows import By, book
from tests.flows.desk import STAY, WANG_AT_WEB, Desk, want
from tests.flows.statement import held, left
from tests.worlds import DINNER, DUCK, DUCKS, ROOM_FLEXIBLE, ROOM_PREPAID, ROOMS

BUYERS = 200


async def test_one_wins_and_the_others_hear_why_not(desk: Desk) -> None:
    for _ in range(4):
        await desk.book(want(ROOM_FLEXIBLE))
    answers = await asyncio.gather(
        *(
            book(desk.house, By(PLATFORM, f"buyer-{buyer}"), WANG_AT_WEB, (want(ROOM_PREPAID),))
            for buyer in range(BUYERS)
        )
    )
    names = Counter(one.name if isinstance(one, Refusal) else "booked" for one in answers)
    assert names == {"booked": 1, "exceeds_credits": BUYERS - 1}
    assert await left(desk.house.database, ROOMS, STAY) == 0
    assert {one.says for one in answers if isinstance(one, Refusal)} == {
        "There is not enough left for Garden Room on 2026-06-20."
    }


async def test_the_losers_of_one_line_hold_nothing_of_the_others(desk: Desk) -> None:
    wanted = (want(DUCK, quantity=1), want(ROOM_PREPAID, nights=2), want(DINNER, minute=1110))
    answers = await asyncio.gather(
        *(
            book(desk.house, By(PLATFORM, f"buyer-{buyer}"), WANG_AT_WEB, wanted)
            for buyer in range(40)
        )
    )
    assert sum(not isinstance(one, Refusal) for one in answers) == 2  # tables are the fewest
    database = desk.house.database
    assert await held(database, DUCKS) == 2
    assert await held(database, ROOMS) == 4
    assert await left(database, ROOMS, STAY + timedelta(days=1)) == 3


async def test_one_buyer_who_asks_two_hundred_times_gets_one_room(desk: Desk) -> None:
    by = By(PLATFORM, "impatient")
    answers = await asyncio.gather(
        *(book(desk.house, by, WANG_AT_WEB, (want(ROOM_PREPAID),)) for _ in range(BUYERS))
    )
    assert len({str(one) for one in answers}) == 1
    assert not isinstance(answers[0], Refusal)
    assert await held(desk.house.database, ROOMS) == 1
