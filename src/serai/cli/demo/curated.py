"""Two orders that the demo shows to its guests: one to trace, one to cancel too late.

The first takes a room, a table, an admission, a day tour and a duck from five stores of one city,
own and franchised ones, and is served and paid. The second is for tomorrow night, paid, and past
its free deadline.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from serai.cli.demo.fates import End, Life
from serai.cli.demo.founding import Founding
from serai.cli.demo.history import Player, deeds_of
from serai.cli.demo.market import Market, OnSale, Shop
from serai.cli.demo.people import Crowd
from serai.cli.demo.wishes import local_moment
from serai.flows import House, Party
from serai.merchants import Guarantee, Order, Wanted, read_order

ROOM, TABLE, TICKET, TOUR, DUCK = "H06-0001", "D01-0001", "T05-0001", "R02-0001", "S01-0001"
GUEST = "林望舒 Lin Wangshu"

TRACED, LATE = 1_000_000, 2_000_000
"""Their numbers begin where those of the past can never come."""

ARRIVED_DAYS_AGO, ORDERED_DAYS_AGO = 3, 12
LATE_PLACED_DAYS_AGO = 9
EVENING, MORNING = 20 * 60 + 14, 9 * 60


async def place_traced(
    house: House, founding: Founding, market: Market, crowd: Crowd
) -> Order | None:
    """The order of five lines, placed and served days ago; the same one at every start."""
    room = market.shops[ROOM]
    arrival = founding.anchor.date() - timedelta(days=ARRIVED_DAYS_AGO)
    second, third = arrival + timedelta(days=1), arrival + timedelta(days=2)
    wanted = (
        want(room, "king", "card", arrival, nights=2),
        want(market.shops[TABLE], "dinner", "none", arrival, 3, minute=18 * 60 + 30),
        want(market.shops[TICKET], "adult", "prepaid", second, 2, minute=10 * 60),
        want(market.shops[TOUR], "day", "prepaid", third, 2, minute=8 * 60 + 30),
        want(market.shops[DUCK], "whole", "prepaid", second, 1),
    )
    ends = (
        End(local_moment(room, third, MORNING - 60), "served", "card"),
        End(local_moment(room, arrival, EVENING), "served", "till"),
        End(local_moment(room, second, 10 * 60 + 6), "served"),
        End(local_moment(room, third, 17 * 60), "served"),
        End(local_moment(room, second, 16 * 60 + 40), "served"),
    )
    placed_at = local_moment(
        room, founding.anchor.date() - timedelta(days=ORDERED_DAYS_AGO), EVENING
    )
    return await _play(house, founding, TRACED, _life(crowd, placed_at, wanted, ends))


async def place_late(
    house: House, founding: Founding, market: Market, crowd: Crowd
) -> Order | None:
    """A prepaid room for tomorrow night whose free cancellation has passed; one for each day."""
    now = house.clock()
    tomorrow = now.date() + timedelta(days=1)
    shop = market.shops[ROOM]
    wanted = (want(shop, "king", "prepaid", tomorrow, nights=1),)
    placed_at = (now - timedelta(days=LATE_PLACED_DAYS_AGO)).replace(
        hour=12, minute=0, second=0, microsecond=0
    )
    number = LATE + (tomorrow - date(2020, 1, 1)).days
    return await _play(house, founding, number, _life(crowd, placed_at, wanted, ()))


def want(
    shop: Shop, product: str, guarantee: Guarantee, day: date, quantity: int = 1, *,
    nights: int = 1, minute: int = 0,
) -> Wanted:  # fmt: skip
    """One offer of a store, by its product and its guarantee."""
    offer = _offer(shop.offers, product, guarantee)
    return Wanted(
        offer_id=offer.offer_id, first_day=day, quantity=quantity, nights=nights, minute=minute
    )


def _offer(offers: Sequence[OnSale], product: str, guarantee: Guarantee) -> OnSale:
    return next(one for one in offers if (one.product, one.guarantee) == (product, guarantee))


def _life(
    crowd: Crowd, placed_at: datetime, wanted: tuple[Wanted, ...], ends: tuple[End, ...]
) -> Life:
    customer = crowd.people[0]
    party = Party(
        customer_id=customer.id, payer_id=customer.id, channel="app", guest_name=GUEST, adults=2,
        children=1, country="CN", market="leisure",
    )  # fmt: skip
    return Life(placed_at, party, wanted, ("succeeds",), False, None, ends)


async def _play(house: House, founding: Founding, number: int, life: Life) -> Order | None:
    player = Player(house, founding, {number: life})
    await player.play_day(sorted(deeds_of(number, life)))
    placed = player.placed.get(number)
    file = await read_order(house.database, placed.order_id) if placed else None
    return file.order if file else None
