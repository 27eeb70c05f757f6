"""What becomes of an order: who places it, how it is paid, and how each of its lines ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from msgspec import Struct

from serai.capital import DeskMethod
from serai.cli.demo.people import Crowd, person
from serai.cli.demo.wishes import Outing, Wish, local_moment, weighted
from serai.flows import Party
from serai.merchants import Wanted

CHANNELS = {"app": 38, "web": 24, "ota": 22, "desk": 9, "agent": 7}
MARKETS = {"business": "corporate", "leisure": "leisure"}
METHODS: dict[DeskMethod | None, int] = {"card": 66, "till": 31, None: 3}
"""How guests settle at the desk; some leave it open."""

LAPSES_PERCENT = 2.0
DECLINED_PERCENT = 5.0
GIVES_UP_PERCENT = 30.0
LATE_PERCENT = 30.0
CANCELS_PERCENT = {
    "none": 8.0, "card": 13.0, "company": 9.0, "prepaid": 4.5,
}  # fmt: skip
NO_SHOW_PERCENT = {"none": 3.0, "card": 2.5, "company": 1.0, "prepaid": 1.2}


class End(Struct, frozen=True):
    """How a line ends, and when."""

    at: datetime
    kind: Literal["served", "not_shown"]
    method: DeskMethod | None = None


class Life(Struct, frozen=True):
    """An order from its placing to its end.

    `tokens` are the means of payment that are tried, one after the other, where something is paid
    first. An order that `lapses` is never confirmed; one whose last token is declined is given up.
    `ends` go with `wanted`.
    """

    placed_at: datetime
    party: Party
    wanted: tuple[Wanted, ...]
    tokens: tuple[str, ...]
    lapses: bool
    cancelled_at: datetime | None
    ends: tuple[End, ...]


def live(outing: Outing, crowd: Crowd, placed_at: datetime, luck: Random) -> Life:
    """The life of an order for these wishes."""
    tokens: tuple[str, ...] = ("succeeds",)
    paid_first = any(wish.offer.guarantee == "prepaid" for wish in outing.wishes)
    if paid_first and _happens(luck, DECLINED_PERCENT):
        gives_up = _happens(luck, GIVES_UP_PERCENT)
        tokens = ("declined",) if gives_up else ("declined", "succeeds")
    return Life(
        placed_at=placed_at,
        party=_party(outing, crowd, luck),
        wanted=tuple(
            Wanted(
                offer_id=wish.offer.offer_id,
                first_day=wish.first_day,
                quantity=wish.quantity,
                nights=wish.nights,
                minute=wish.minute,
            )
            for wish in outing.wishes
        ),
        tokens=tokens,
        lapses=_happens(luck, LAPSES_PERCENT),
        cancelled_at=_cancellation(outing.wishes, placed_at, luck),
        ends=tuple(_end(wish, luck) for wish in outing.wishes),
    )


def _happens(luck: Random, percent: float) -> bool:
    return luck.random() * 100 < percent


def _party(outing: Outing, crowd: Crowd, luck: Random) -> Party:
    customer = luck.choice(crowd.people)
    payer, agent_id = customer, 0
    channel = weighted(luck, CHANNELS)
    if any(wish.offer.guarantee == "company" for wish in outing.wishes):
        payer, channel = luck.choice(crowd.companies), luck.choice(("web", "desk", "agent"))
    if outing.group:
        channel = "agent"
    if channel == "agent":
        agent_id = luck.choice(crowd.agents).id
    name, country = customer.name, customer.country
    if _happens(luck, 8):
        name, country = person(luck)
    return Party(
        customer_id=customer.id,
        payer_id=payer.id,
        channel=channel,
        agent_id=agent_id,
        guest_name=name,
        adults=outing.adults * (3 if outing.group else 1),
        children=outing.children,
        country=country,
        market="group" if outing.group else MARKETS.get(outing.mood, "leisure"),
    )


def _cancellation(wishes: Sequence[Wish], placed_at: datetime, luck: Random) -> datetime | None:
    """When the whole order is called off, if it is: most do it in time, some at the last minute."""
    if not _happens(luck, CANCELS_PERCENT[wishes[0].offer.guarantee]):
        return None
    room = min(wish.ready for wish in wishes) - timedelta(hours=1) - placed_at
    if room <= timedelta(hours=1):
        return None
    if _happens(luck, LATE_PERCENT):
        at = placed_at + room - min(room / 2, timedelta(hours=luck.uniform(0, 20)))
    else:
        at = placed_at + room * luck.uniform(0.05, 0.9)
    return at.replace(microsecond=0)


def _end(wish: Wish, luck: Random) -> End:
    """Served at the end of the service, or not shown some time after it began."""
    segment, shop = wish.shop.store.segment, wish.shop
    method = weighted(luck, METHODS)
    missed = segment != "retail" and _happens(luck, NO_SHOW_PERCENT[wish.offer.guarantee])
    if segment == "hotel":
        if missed:  # the night audit finds out, before the business day closes
            return End(
                local_moment(shop, wish.first_day, 26 * 60 + luck.randrange(60)), "not_shown"
            )
        last = wish.first_day + timedelta(days=wish.nights)
        return End(local_moment(shop, last, luck.randint(7 * 60, 12 * 60)), "served", method)
    if missed:
        return End(wish.ready + timedelta(minutes=luck.randint(60, 120)), "not_shown")
    match segment:
        case "dining":
            minutes = luck.randint(55, 110)
        case "tour":
            minutes = luck.randint(150, 520)
        case _:
            minutes = luck.randint(3, 40)
    return End(wish.ready + timedelta(minutes=minutes), "served", method)
