"""The demo's past: thousands of orders, played through the flows day by day.

Every deed has its own key and is dated when it would have happened. A day that is played is noted,
so that a start after a kill goes on with the next one; what the day had done already is answered
from its keys.
"""

import asyncio
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from serai.capital import payments_of
from serai.cli.demo.fates import End, Life, live
from serai.cli.demo.founding import DEMO_ACTOR, SYSTEM, Founding, Progress
from serai.cli.demo.market import Market
from serai.cli.demo.people import Crowd
from serai.cli.demo.scale import Scale, chance
from serai.cli.demo.wishes import Outing, draw_crew, draw_outing, moment_on
from serai.core import Refusal, days
from serai.flows import (
    HOLD_SECONDS,
    Booked,
    By,
    House,
    PaymentMeans,
    answer_payment,
    book,
    cancel,
    confirm,
    enter,
    expire_overdue,
    fulfil,
    no_show,
)
from serai.information import ExternalReference, references_of
from serai.merchants import read_order

PROVIDER = "sandbox"
RUN_UP_DAYS = 14
"""Orders come in some days before the past begins, so that its first days have guests too."""

SPARE_PERCENT = 2
"""More orders are drawn than wanted: some find no room."""

CREWS = 0.02
"""How many of the draws are for crews. Most other draws come to nothing, so of the orders they are
about one in twenty."""

AT_ONCE = 200
"""How many orders are played side by side: the more wait, the more go into one commit."""
MOST_DRAWS = 40
LAPSE_SECONDS = 1
PAY_SECONDS, ANSWER_SECONDS = 25, 4
REFUND_HOURS = 2
LEAD_IN = timedelta(minutes=10)
"""The past ends a little before its anchor, so that nothing of it looks like the present."""

DAY_NOTE = "day-played"

Verdict = Literal["succeeded", "declined"]
VERDICTS: dict[str, Verdict] = {"succeeds": "succeeded", "declined": "declined"}


class Deed(Struct, frozen=True, order=True):
    """Something that is done about an order at its time; `line` is the place in its wishes."""

    at: datetime
    number: int
    kind: Literal["place", "cancel", "end"]
    line: int = 0


class Placed(Struct, frozen=True):
    """An order that stands; where it has several lines, their ids in the order of its wishes."""

    order_id: int
    lines: tuple[int, ...]


class Played(Struct, frozen=True):
    """What playing the past came to: orders placed, and what was refused by name."""

    placed: int
    refused: dict[str, int]


def draw_lives(market: Market, crowd: Crowd, founding: Founding, scale: Scale) -> tuple[Life, ...]:
    """The lives of all orders of the past, by when they are placed; the same for a seed."""
    first = founding.anchor.date() - timedelta(days=scale.days_back + RUN_UP_DAYS)
    last = founding.anchor.date() + timedelta(days=scale.days_ahead)
    rooms = _Rooms()
    lives = []
    for n in range(scale.orders * (100 + SPARE_PERCENT) // 100):
        luck = chance(founding.seed, "order", n)
        for _ in range(MOST_DRAWS):
            day = first + timedelta(days=luck.randrange(scale.days_back + RUN_UP_DAYS + 1))
            placed_at = moment_on(day, luck)
            if placed_at > founding.anchor - LEAD_IN:
                continue
            draw = draw_crew if luck.random() < CREWS else draw_outing
            outing = draw(market, luck, placed_at)
            if outing is None or outing.wishes[0].first_day > last or not rooms.take(outing):
                continue
            lives.append(live(outing, crowd, placed_at, luck))
            break
    return tuple(sorted(lives, key=lambda life: life.placed_at))


class _Rooms:
    """Room-nights given to the orders drawn so far, so that few of them find a full house."""

    def __init__(self) -> None:
        self._taken: Tally[tuple[int, date]] = Tally()

    def take(self, outing: Outing) -> bool:
        """Take what an outing needs, or nothing where a house is full."""
        nights = {
            (wish.offer.resource_id, day): wish
            for wish in outing.wishes
            if wish.shop.store.segment == "hotel"
            for day in days(wish.first_day, wish.nights)
        }
        for night, wish in nights.items():
            if self._taken[night] + wish.quantity > wish.offer.capacity:
                return False
        for night, wish in nights.items():
            self._taken[night] += wish.quantity
        return True


def deeds_of(number: int, life: Life) -> Iterator[Deed]:
    """Everything that is done about an order in its life."""
    yield Deed(life.placed_at, number, "place")
    if life.lapses or life.tokens[-1] != "succeeds":
        return
    if life.cancelled_at is not None:
        yield Deed(life.cancelled_at, number, "cancel")
        return
    for line, end in enumerate(life.ends):
        yield Deed(end.at, number, "end", line)


def by_day(lives: Mapping[int, Life], until: datetime) -> dict[date, list[Deed]]:
    """What is done on each day (UTC) of the past, in the order of time."""
    found: dict[date, list[Deed]] = defaultdict(list)
    for number, life in lives.items():
        for deed in deeds_of(number, life):
            if deed.at < until:
                found[deed.at.date()].append(deed)
    return {day: sorted(found[day]) for day in sorted(found)}


async def play(
    house: House, founding: Founding, lives: Sequence[Life], progress: Progress
) -> Played:
    """Play the past day by day, from the first day that was not played yet."""
    numbered = dict(enumerate(lives))
    player = Player(house, founding, numbered)
    done = await _days_played(house, founding)
    calendar = by_day(numbered, founding.anchor)
    total = sum(len(deeds) for deeds in calendar.values())
    passed = 0
    for day, deeds in calendar.items():
        if day not in done:
            await player.play_day(deeds)
            await expire_overdue(house)
            await _note_day(house, founding, day)
        passed += len(deeds)
        progress("past", passed, total)
    return Played(len(player.placed), dict(player.refused))


async def _days_played(house: House, founding: Founding) -> set[date]:
    notes = await references_of(house.database, founding.group_id)
    return {
        date.fromisoformat(one.external_id)
        for one in notes
        if one.system == SYSTEM and one.kind == DAY_NOTE
    }


async def _note_day(house: House, founding: Founding, day: date) -> None:
    note = ExternalReference(
        id=next(await house.ids.take(1)), system=SYSTEM, kind=DAY_NOTE,
        external_id=day.isoformat(), internal_id=founding.group_id,
    )  # fmt: skip
    by = By(DEMO_ACTOR, f"{founding.seed}:{DAY_NOTE}:{day}")
    await enter(house, by, (note,), told="demo.day_played")


class Player:
    """Plays deeds, and remembers the orders that they are about."""

    def __init__(self, house: House, founding: Founding, lives: Mapping[int, Life]) -> None:
        self.placed: dict[int, Placed] = {}
        self.refused: Tally[str] = Tally()
        self._house = house
        self._seed = founding.seed
        self._latest = founding.anchor
        self._lives = lives

    async def play_day(self, deeds: Sequence[Deed]) -> None:
        """Play a day's deeds: those of one order one after the other, orders side by side."""
        lanes: dict[int, list[Deed]] = defaultdict(list)
        for deed in deeds:
            lanes[deed.number].append(deed)
        waiting = iter(lanes.values())

        async def work() -> None:
            for lane in waiting:
                for deed in lane:
                    await self._do(deed)

        async with asyncio.TaskGroup() as workers:
            for _ in range(min(AT_ONCE, len(lanes))):
                workers.create_task(work())

    async def _do(self, deed: Deed) -> None:
        life = self._lives[deed.number]
        placed = self.placed.get(deed.number) or await self._place(deed.number, life)
        if placed is None:
            return
        match deed.kind:
            case "cancel":
                await self._cancel(deed, placed)
            case "end":
                await self._end(deed, placed, life.ends[deed.line])

    async def _place(self, number: int, life: Life) -> Placed | None:
        """Book and pay; with its keys known already, this finds the order as it was placed."""
        booked = await book(
            self._house,
            self._by(number, "book"),
            life.party,
            life.wanted,
            hold_seconds=LAPSE_SECONDS if life.lapses else HOLD_SECONDS,
            at=life.placed_at,
        )
        if isinstance(booked, Refusal):
            self.refused[booked.name] += 1
            return None
        if not life.lapses:
            await self._pay(number, life, booked)
        lines = await self._lines(life, booked.order_id) if len(life.wanted) > 1 else ()
        self.placed[number] = Placed(booked.order_id, lines)
        return self.placed[number]

    async def _lines(self, life: Life, order_id: int) -> tuple[int, ...]:
        file = await read_order(self._house.database, order_id)
        by_offer = {line.offer_id: line.id for line in file.lines} if file else {}
        return tuple(by_offer[wanted.offer_id] for wanted in life.wanted)

    async def _pay(self, number: int, life: Life, booked: Booked) -> None:
        moment = life.placed_at
        for attempt, token in enumerate(life.tokens):
            moment += timedelta(seconds=PAY_SECONDS)
            confirmed = await confirm(
                self._house,
                self._by(number, f"confirm:{attempt}"),
                booked.order_id,
                means=PaymentMeans(provider=PROVIDER, token=token),
                at=moment,
            )
            if isinstance(confirmed, Refusal):
                self.refused[confirmed.name] += 1
                return
            if not confirmed.payment_id:
                return
            moment += timedelta(seconds=ANSWER_SECONDS)
            verdict = VERDICTS[token]
            await self._answer(confirmed.payment_id, verdict, moment)
            if verdict == "succeeded":
                return
        by = self._by(number, "give-up")
        await cancel(self._house, by, booked.order_id, at=moment + timedelta(minutes=5))

    async def _cancel(self, deed: Deed, placed: Placed) -> None:
        by = self._by(deed.number, "cancel")
        cancelled = await cancel(self._house, by, placed.order_id, at=deed.at)
        if isinstance(cancelled, Refusal):
            self.refused[cancelled.name] += 1
        elif cancelled.refund_minor:
            await self._refund(placed, deed.at)

    async def _end(self, deed: Deed, placed: Placed, end: End) -> None:
        by = self._by(deed.number, f"{end.kind}:{deed.line}")
        lines = frozenset({placed.lines[deed.line]}) if placed.lines else None
        if end.kind == "served":
            served = await fulfil(
                self._house, by, placed.order_id, lines=lines, method=end.method, at=deed.at
            )
            if isinstance(served, Refusal):
                self.refused[served.name] += 1
            return
        missed = await no_show(self._house, by, placed.order_id, lines=lines, at=deed.at)
        if isinstance(missed, Refusal):
            self.refused[missed.name] += 1
        elif missed.refund_minor:
            await self._refund(placed, deed.at)

    async def _refund(self, placed: Placed, asked_at: datetime) -> None:
        """The provider pays back what was asked of it, some hours later."""
        moment = min(asked_at + timedelta(hours=REFUND_HOURS), self._latest)
        for payment in await payments_of(self._house.database, placed.order_id):
            if payment.kind == "refund":
                await self._answer(payment.id, "succeeded", moment)

    async def _answer(self, payment_id: int, verdict: Verdict, moment: datetime) -> None:
        by = By(DEMO_ACTOR, f"{self._seed}:answer:{payment_id}")
        reference = f"sandbox-{payment_id}"
        await answer_payment(self._house, by, payment_id, verdict, reference, at=moment)

    def _by(self, number: int, what: str) -> By:
        return By(DEMO_ACTOR, f"{self._seed}:{number}:{what}")
