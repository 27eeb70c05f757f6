"""Refunds that the demo's own people have asked for, above what one person may pay back alone.

Some wait for a second person, so that its guests have something to decide; of those of a day before
one was approved and one refused.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct

from serai.capital import payments_of
from serai.cli.demo.curated import ROOM, TOUR, want
from serai.cli.demo.fates import Life
from serai.cli.demo.founding import Founding
from serai.cli.demo.guests import guest_actor
from serai.cli.demo.history import Player, deeds_of
from serai.cli.demo.market import Market
from serai.cli.demo.people import Crowd
from serai.customers import Customer
from serai.flows import By, House, Party, cancel, decide_refund
from serai.merchants import Wanted

PAID_BACK = 3_000_000
"""Their numbers begin where those of other orders can never come."""
A_DAY = 10
PLACED_DAYS_AGO = 6


class Story(Struct, frozen=True):
    """A stay that somebody cancels so many hours ago; `decided_by` somebody, where it was."""

    asked_by: str
    hours_ago: int
    days_ahead: int
    nights: int
    rooms: int = 1
    tourists: int = 0
    decided_by: str = ""
    approved: bool = True


STORIES = (
    Story("store.clerk", 26, 33, 4, decided_by="group.finance"),
    Story("store.clerk", 25, 38, 5, decided_by="brand.manager", approved=False),
    Story("group.controller", 7, 28, 3, tourists=4),
    Story("brand.manager", 5, 24, 3, rooms=2),
    Story("store.manager", 3, 20, 4),
    Story("store.clerk", 1, 17, 3, rooms=2),
)


async def pay_back(house: House, founding: Founding, market: Market, crowd: Crowd) -> int:
    """Tell the stories of this day; how many of them came to a refund. A story that finds no room
    is not told."""
    now = house.clock().replace(second=0, microsecond=0)
    first = PAID_BACK + A_DAY * (now.date() - date(2020, 1, 1)).days
    told = 0
    for place, story in enumerate(STORIES):
        customer = crowd.people[(place + 1) % len(crowd.people)]
        life = _life(market, customer, story, now)
        order_id = await _place(house, founding, first + place, life)
        if order_id is not None:
            told += await _tell(house, story, f"{founding.seed}:{first + place}", order_id, now)
    return told


async def _place(house: House, founding: Founding, number: int, life: Life) -> int | None:
    player = Player(house, founding, {number: life})
    await player.play_day(sorted(deeds_of(number, life)))
    placed = player.placed.get(number)
    return placed.order_id if placed else None


async def _tell(house: House, story: Story, key: str, order_id: int, now: datetime) -> bool:
    asking = await guest_actor(house, story.asked_by)
    at = now - timedelta(hours=story.hours_ago)
    await cancel(house, By(asking, f"demo:{key}:cancel"), order_id, at=at)
    refunds = [one for one in await payments_of(house.database, order_id) if one.kind == "refund"]
    if story.decided_by:
        deciding = await guest_actor(house, story.decided_by)
        for refund in refunds:
            by = By(deciding, f"demo:{key}:{refund.id}")
            await decide_refund(house, by, refund.id, approved=story.approved)
    return bool(refunds)


def _life(market: Market, customer: Customer, story: Story, now: datetime) -> Life:
    party = Party(
        customer_id=customer.id, payer_id=customer.id, channel="desk",
        guest_name=customer.name, adults=2, country=customer.country, market="leisure",
    )  # fmt: skip
    placed_at = now - timedelta(days=PLACED_DAYS_AGO, hours=story.hours_ago)
    return Life(
        placed_at, party, tuple(_wanted(market, story, now)), ("succeeds",), False, None, ()
    )


def _wanted(market: Market, story: Story, now: datetime) -> Sequence[Wanted]:
    day = now.date() + timedelta(days=story.days_ahead)
    room = want(market.shops[ROOM], "king", "prepaid", day, story.rooms, nights=story.nights)
    if not story.tourists:
        return (room,)
    tour = want(market.shops[TOUR], "day", "prepaid", day, story.tourists, minute=8 * 60 + 30)
    return (room, tour)
