"""Random deeds on the Lantern world, several at once, against the naive model of it."""

import asyncio
import copy
import random
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from itertools import permutations

from msgspec import Struct

from serai.capital import DeskMethod, payments_of
from serai.cloud import PLATFORM, Origin
from serai.core import day_of
from serai.flows import Booked, By, House, cancel
from serai.merchants import Wanted, read_order
from tests.flows.clock import SetClock
from tests.simulation.orders_deeds import (
    Again,
    Answer,
    Book,
    Cancel,
    Collect,
    Confirm,
    Decide,
    Deed,
    Fulfil,
    NoShow,
    OfOrder,
    Said,
    Sweep,
    said,
)
from tests.simulation.orders_model import CAPACITY, SOLD, Order, Payment, World

MONEY = """
SELECT unit, book, role, sum(debits_posted - credits_posted)::bigint AS amount FROM accounts
WHERE unit NOT LIKE '%%:%%' GROUP BY unit, book, role
"""
VALUE = """
SELECT unit, 0::bigint AS book, role, sum(credits_posted - debits_posted)::bigint AS amount
FROM accounts WHERE unit LIKE 'value:%%' AND role <> 'booked' GROUP BY unit, role
"""
LEFT = """
SELECT holder AS resource, slot, credits_posted - debits_posted - debits_pending AS left
FROM accounts WHERE role = 'available'
"""

FROM = (Origin(), Origin("simulation"))
"""Every other deed is somebody's, and stands in the audit trail."""
KINDS = ("confirm", "answer", "cancel", "fulfil", "no_show", "collect")


class _Balance(Struct, frozen=True):
    unit: str
    book: int
    role: str
    amount: int


class _Left(Struct, frozen=True):
    resource: int
    slot: int
    left: int


class Asked(Struct, frozen=True):
    """A deed that was asked for, under which key, and what was said."""

    by: By
    deed: Deed
    answer: object


class Play:
    """Plays a seed: everything random comes from it, but for who of several is first."""

    def __init__(self, house: House, clock: SetClock, seed: int) -> None:
        self.house = house
        self.clock = clock
        self.world = World()
        self.names: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._asked: list[Asked] = []
        self._count = 0

    async def rounds(self, count: int) -> None:
        for number in range(1, count + 1):
            self._let_time_pass()
            match self._chance.randrange(12):
                case 0:
                    await self._again()
                case 1:
                    await self._key_reused()
                case _:
                    size = self._chance.choice((1, 1, 1, 2, 3, 4))
                    await self._together([self._deed() for _ in range(size)])
            if number % 15 == 0:
                await self.compare()
        await self.compare()

    def _let_time_pass(self) -> None:
        """Mostly seconds, now and then hours; never to the very moment of a deadline."""
        often, seldom, now_and_then = (1, 10, 30, 60), (300, 900), (3_600, 5 * 3_600, 11 * 3_600)
        lengths = self._chance.choices((often, seldom, now_and_then), (16, 3, 3))[0]
        seconds = self._chance.choice(lengths)
        self.clock.forward(seconds=seconds + 0.5)

    async def _together(self, deeds: Sequence[Deed]) -> None:
        """Ask for deeds at once; some order of them must explain what all of them heard."""
        asked = [(self._by(), deed) for deed in deeds]
        answers = await asyncio.gather(*(deed.ask(self.house, by) for by, deed in asked))
        heard = [said(answer) for answer in answers]
        done = [Asked(by, deed, answer) for (by, deed), answer in zip(asked, answers, strict=True)]
        meant = None if any(isinstance(deed, Sweep) for deed in deeds) else set(map(_order, done))
        for order in permutations(range(len(done))):
            world = copy.deepcopy(self.world)
            expected: dict[int, Said] = {}
            for place in order:
                one = done[place]
                expected[place] = one.deed.expect(world, self.clock(), one.answer)
            told = [expected[place] for place in range(len(done))]
            differs = f"they say {told}" if told != heard else await self._differs(world, meant)
            if not differs:
                break
        else:
            raise AssertionError(f"no order of {deeds} explains {answers}: {differs}")
        self.world = world
        self._asked += [one for one in done if not isinstance(one.deed, Sweep)]
        self.names.update(str(one[0]) if one else "swept" for one in map(_name, heard))

    async def _differs(self, world: World, orders: Collection[int] | None = None) -> str:
        """How the records of orders (all by default) are not those of the world, whose new things
        get their ids from them."""
        for order in world.orders.values():
            if orders is not None and order.id not in orders:
                continue
            file = await read_order(self.house.database, order.id)
            assert file is not None
            states = [line.state for line in file.lines]
            if states != [line.state for line in order.lines]:
                return f"order {order.id} is {states} and should be {order.lines}"
            for line, record in zip(order.lines, file.lines, strict=True):
                line.id = record.id
            await self._find_refunds(order)
            records = await payments_of(self.house.database, order.id)
            wanted = {(one.id, one.status) for one in order.payments}
            if wanted != {(record.id, record.status) for record in records}:
                return f"order {order.id} has {records} and should have {order.payments}"
        return ""

    async def _find_refunds(self, order: Order) -> None:
        records = await payments_of(self.house.database, order.id)
        known = {payment.id for payment in order.payments}
        for payment in order.payments:
            if payment.id == 0:
                for record in records:
                    same = (record.refund_of, record.amount_minor) == (payment.of, payment.amount)
                    if record.id not in known and same and set(record.lines) == set(payment.lines):
                        payment.id = record.id
                        known.add(record.id)
                        break

    async def _again(self) -> None:
        """The same request again hears the same, and changes nothing."""
        if self._asked:
            one = self._chance.choice(self._asked)
            assert await one.deed.ask(self.house, one.by) == one.answer, one
            assert not await self._differs(self.world, {_order(one)}), one
            self.names["again"] += 1

    async def _key_reused(self) -> None:
        """Another request under a key that was used is refused."""
        if self._asked:
            one = self._chance.choice(self._asked)
            deeds = [deed for deed in (self._deed() for _ in range(20)) if deed != one.deed]
            for deed in deeds:
                if type(deed) is type(one.deed) and _asker(deed) == _asker(one.deed):
                    assert said(await deed.ask(self.house, one.by)) == ("key_reused",), one
                    assert not await self._differs(self.world, {_order(one)}), one
                    self.names["key_reused"] += 1
                    return

    async def compare(self) -> None:
        """The books are those of the model: money, agreed value, and what is left of all goods."""
        assert not await self._differs(self.world)
        await cancel(self.house, self._by(), 0)  # any batch gives back what has run out
        database = self.house.database
        money = {
            (row.unit, row.book, row.role): row.amount
            for row in await database.all(_Balance, MONEY)
            if row.amount
        }
        assert money == self.world.money()
        value = {
            (row.unit.removeprefix("value:"), row.role): row.amount
            for row in await database.all(_Balance, VALUE)
            if row.amount
        }
        assert value == self.world.value()
        taken = {
            (row.resource, day_of(row.slot), row.slot % 1440): CAPACITY[row.resource] - row.left
            for row in await database.all(_Left, LEFT)
            if CAPACITY[row.resource] != row.left
        }
        assert taken == +self.world.taken(self.clock())

    def _by(self) -> By:
        self._count += 1
        return By(PLATFORM, f"simulated-{self._count}", origin=FROM[self._count % 2])

    def _deed(self) -> Deed:
        """Mostly something that fits the state of some order, but also anything else."""
        chance = self._chance
        if not self.world.orders or chance.random() < 0.2:
            return self._book()
        if chance.random() < 0.04:
            return Sweep()
        orders = list(self.world.orders.values())[-40:]
        ripe = [order for order in orders if self._fitting(order)]
        order = chance.choice(ripe if ripe and chance.random() < 0.9 else orders)
        fitting = self._fitting(order)
        kind = chance.choice(fitting if fitting and chance.random() < 0.8 else KINDS)
        wanted = self._lines(order, kind)
        number = 7 if chance.random() < 0.02 else order.id
        method: DeskMethod = chance.choice(("till", "card", "company"))
        match kind:
            case "answer" if order.payments:
                asked = [one for one in order.payments if one.status == "asked"]
                payment = chance.choice(asked or order.payments)
                if chance.random() < 0.25:
                    return Answer(order.id, payment.id, "declined")
                return Answer(order.id, payment.id, "succeeded")
            case "decide" if order.payments:
                waiting = [one for one in order.payments if one.status == "waiting"]
                payment = chance.choice(waiting if chance.random() < 0.8 else order.payments)
                approved, clerk = chance.random() < 0.6, chance.random() < 0.2
                return Decide(order.id, payment.id, approved, clerk)
            case "again" if order.payments:
                given_up = [one for one in order.payments if _is_given_up(one)]
                payment = chance.choice(given_up if given_up else order.payments)
                return Again(order.id, payment.id)
            case "cancel":
                return Cancel(number, wanted, chance.random() < 0.6)
            case "fulfil":
                return Fulfil(number, wanted, None if chance.random() < 0.4 else method)
            case "no_show":
                return NoShow(number, wanted, chance.random() < 0.6)
            case "collect":
                return Collect(number, wanted, method)
            case _:
                return Confirm(number, wanted, card=chance.random() < 0.9)

    def _fitting(self, order: Order) -> list[str]:
        fitting = []
        now = self.clock()
        if any(line.state == "held" and line.holds(now) for line in order.lines):
            fitting += ["confirm"] * 4
        if any(payment.status == "asked" for payment in order.payments):
            fitting += ["answer"] * 4
        if any(payment.status == "waiting" for payment in order.payments):
            fitting += ["decide"] * 4
        if any(_is_given_up(payment) for payment in order.payments):
            fitting += ["again"] * 2
        if any(line.state == "confirmed" for line in order.lines):
            begun = any(line.begins <= now for line in order.lines)
            if begun:
                fitting += ["fulfil"] * 5 + ["no_show"] * 2 + ["cancel"]
            elif self._chance.random() < 0.2:
                fitting += ["cancel"]
        if any(line.owes for line in order.lines):
            fitting += ["collect"]
        return fitting

    def _lines(self, order: Order, kind: str) -> frozenset[int] | None:
        """Often those in a state for it, else any of them, or all."""
        chance = self._chance
        if chance.random() < 0.03:
            return frozenset({order.lines[0].id, 7})
        states = {"confirm": {"held"}, "fulfil": {"confirmed"}, "no_show": {"confirmed"}}
        wanted = states.get(kind, {"confirmed", "paying", "held"})
        begun = kind in ("fulfil", "no_show")
        fitting = [
            line.id
            for line in order.lines
            if line.state in wanted and (not begun or line.begins <= self.clock())
        ]
        if fitting and chance.random() < 0.6:
            return frozenset(chance.sample(fitting, chance.randint(1, len(fitting))))
        return None if chance.random() < 0.7 else frozenset(line.id for line in order.lines[:1])

    def _book(self) -> Book:
        chance = self._chance
        euros = chance.random() < 0.15
        choice = [id for id, sold in SOLD.items() if (sold.seller.currency == "EUR") == euros]
        offers = [chance.choice(choice) for _ in range(chance.choice((1, 1, 2, 3)))]
        if chance.random() < 0.03:
            offers.append(chance.choice(list(SOLD)))
        return Book(tuple(self._wanted(offer) for offer in offers), chance.random() < 0.5)

    def _wanted(self, offer: int) -> Wanted:
        chance = self._chance
        sold = SOLD[offer]
        quantity = chance.choice((1, 1, 2, 3)) if not sold.nights else chance.choice((1, 1, 2))
        minute = chance.choice(sold.minutes)
        if chance.random() < 0.02:
            quantity = chance.choice((0, -1, 21))
        if chance.random() < 0.02 and not sold.nights:
            minute = 1440
        return Wanted(
            offer_id=offer, first_day=self._day(), quantity=quantity, minute=minute,
            nights=chance.choice((1, 1, 2, 3)) if sold.nights else 1,
        )  # fmt: skip

    def _day(self) -> date:
        """Mostly the next days, so that things run short and services begin."""
        today = (self.clock() - timedelta(hours=4)).date()
        ahead = self._chance.choice((0, 0, 1, 1, 1, 2, 2, 3, 5))
        return today + timedelta(days=-1 if self._chance.random() < 0.02 else ahead)


def _is_given_up(payment: Payment) -> bool:
    """Whether it came to nothing, and its money is still with the house."""
    refund = payment.kind == "refund" and not payment.replaced
    return refund and payment.status in ("declined", "refused")


def _name(heard: Said) -> Said:
    """The first word of what was said; done deeds of orders have none but their lines."""
    return heard if not heard or isinstance(heard[0], str) else ("done",)


def _asker(deed: Deed) -> tuple[object, object]:
    """Who asks: keys of two of them are not the same."""
    return getattr(deed, "staff", None), getattr(deed, "clerk", None)


def _order(one: Asked) -> int:
    """The order that was asked about, or made."""
    match one:
        case Asked(answer=Booked(order_id=order)):
            return order
        case Asked(
            deed=OfOrder(order=order)
            | Answer(order=order)
            | Decide(order=order)
            | Again(order=order)
        ):
            return order
    return 0
